//! The writer: one thread, the only read-write connection, group commit.
//!
//! Commands arrive over a bounded channel. The thread takes what is waiting, opens one transaction,
//! runs each command in a savepoint of its own, commits, and only then answers all of them: under
//! load one sync pays for many writes, and nobody hears "done" before it is.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use log::{debug, error};
use rusqlite::ErrorCode;
use tokio::sync::oneshot;

use super::Tx;
use crate::domain::{Error, Result};

/// Commands that may wait; beyond it callers are told to slow down.
const QUEUE: usize = 1024;
/// Most commands in one transaction, so that the first of them does not wait long for its answer.
const BATCH: usize = 256;

enum Message {
    Run(Command),
    Stop,
}

/// Runs in a transaction, or is told why there is none.
type Command = Box<dyn FnOnce(std::result::Result<&Tx, Commit>) -> Option<Done> + Send>;

/// What a command leaves behind: whether to keep its effect, and whom to tell how the commit went.
struct Done {
    keep: bool,
    tell: Box<dyn FnOnce(Commit)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Commit {
    Made,
    DiskFull,
    Unknown,
}

impl Commit {
    const fn check(self) -> Result<()> {
        match self {
            Self::Made => Ok(()),
            Self::DiskFull => Err(Error::StorageFull),
            Self::Unknown => Err(Error::OutcomeUnknown),
        }
    }
}

/// The writer ended by itself: the database can no longer confirm writes.
#[derive(Debug, Clone, Copy)]
pub struct Ended;

/// A handle on the writer thread; clones share it.
#[derive(Clone)]
pub struct Writer(SyncSender<Message>);

impl Writer {
    /// Runs `work` in a transaction and answers after its commit. If `work` fails, nothing it did
    /// remains; others in the same transaction are not affected.
    ///
    /// # Errors
    /// What `work` answers; [`Error::Busy`] when the queue is full; [`Error::StorageFull`] and
    /// [`Error::OutcomeUnknown`] when the commit fails.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let command: Command = Box::new(move |tx| {
            let tx = match tx {
                Ok(tx) => tx,
                Err(failure) => {
                    drop(tell.send(failure.check().and(Err(Error::OutcomeUnknown))));
                    return None;
                }
            };
            let result = catch_unwind(AssertUnwindSafe(|| work(tx)))
                .unwrap_or_else(|panic| Err(Error::internal(anyhow::anyhow!(message(&*panic)))));
            Some(Done {
                keep: result.is_ok(),
                // The caller may have gone away; its write stands all the same.
                tell: Box::new(move |commit| {
                    drop(tell.send(result.and_then(|answer| commit.check().map(|()| answer))));
                }),
            })
        });
        self.0.try_send(Message::Run(command)).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::OutcomeUnknown,
        })?;
        told.await.unwrap_or(Err(Error::OutcomeUnknown))
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a write panicked: {}", text.unwrap_or("no message"))
}

pub(super) struct Thread {
    handle: JoinHandle<()>,
    ended: oneshot::Receiver<()>,
}

impl Thread {
    pub(super) async fn ended(&mut self) -> Ended {
        // Nothing is ever sent: the sender is dropped when the thread ends, however it ends.
        let _ = (&mut self.ended).await;
        Ended
    }

    pub(super) fn stop(self, writer: &Writer) {
        // An error here means the thread has ended already.
        let _ = writer.0.send(Message::Stop);
        if self.handle.join().is_err() {
            error!("the database writer had panicked");
        }
    }
}

pub(super) fn start(tx: Tx) -> std::io::Result<(Writer, Thread)> {
    let (sender, receiver) = sync_channel(QUEUE);
    let (end, ended) = oneshot::channel();
    let handle = std::thread::Builder::new().name("db-writer".to_owned()).spawn(move || {
        let _end = end;
        if serve(&tx, &receiver).is_ok() {
            close(tx);
        }
    })?;
    Ok((Writer(sender), Thread { handle, ended }))
}

/// Serves until told to stop; an error means that a commit failed with its outcome unknown.
fn serve(tx: &Tx, queue: &Receiver<Message>) -> std::result::Result<(), Ended> {
    while let Ok(Message::Run(first)) = queue.recv() {
        let mut stop = false;
        let mut waiting = Some(first);
        let batch = std::iter::from_fn(|| {
            waiting.take().or_else(|| match queue.try_recv() {
                Ok(Message::Run(command)) => Some(command),
                Ok(Message::Stop) => {
                    stop = true;
                    None
                }
                Err(_) => None,
            })
        });
        run_batch(tx, batch.take(BATCH))?;
        if stop {
            break;
        }
    }
    Ok(())
}

fn run_batch(tx: &Tx, commands: impl Iterator<Item = Command>) -> std::result::Result<(), Ended> {
    let mut done: Vec<Done> = Vec::new();
    let mut worst = Commit::Made;
    for command in commands {
        if tx.0.0.is_autocommit()
            && let Err(failure) = sql(tx, "BEGIN IMMEDIATE")
        {
            command(Err(failure));
            worst = failure;
            continue;
        }
        if let Err(failure) = sql(tx, "SAVEPOINT command") {
            command(Err(failure));
            continue;
        }
        let outcome = command(Ok(tx));
        if tx.0.0.is_autocommit() {
            // A full disk made SQLite roll back the whole transaction, the earlier commands with it.
            done.drain(..).chain(outcome).for_each(|lost| (lost.tell)(Commit::DiskFull));
            continue;
        }
        if outcome.as_ref().is_some_and(|outcome| !outcome.keep) {
            let _ = sql(tx, "ROLLBACK TO command");
        }
        let _ = sql(tx, "RELEASE command");
        done.extend(outcome);
    }
    if !tx.0.0.is_autocommit() {
        worst = sql(tx, "COMMIT").err().unwrap_or(worst);
    }
    if worst != Commit::Made && !tx.0.0.is_autocommit() {
        let _ = sql(tx, "ROLLBACK");
    }
    debug!(target: "campaign_mock::store", "a transaction of {} writes: {worst:?}", done.len());
    for done in done {
        (done.tell)(worst);
    }
    if worst == Commit::Unknown { Err(Ended) } else { Ok(()) }
}

/// Runs transaction control. A full disk is survivable; anything else at this level is not, because
/// a failed sync cannot be repeated into truth.
fn sql(tx: &Tx, statement: &str) -> std::result::Result<(), Commit> {
    let result = tx.0.0.prepare_cached(statement).and_then(|mut prepared| prepared.execute([]));
    result.map(drop).map_err(|failure| {
        error!("{statement} failed: {failure}");
        match failure.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Commit::DiskFull,
            _ => Commit::Unknown,
        }
    })
}

fn close(tx: Tx) {
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    if let Err(failure) = tx.0.0.query_row(checkpoint, [], |_| Ok(())) {
        error!("the write-ahead log could not be emptied: {failure}");
    }
    if let Err((_, failure)) = tx.0.0.close() {
        error!("the database could not be closed: {failure}");
    }
}
