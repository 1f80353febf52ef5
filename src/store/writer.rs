//! The writer: one thread, the only read-write connection, group commit.
//!
//! Commands arrive over a bounded channel. The thread takes what is waiting, opens one transaction,
//! runs each command in a savepoint of its own, commits, and only then answers all of them: under
//! load one sync pays for many writes, and nobody hears "done" before it is.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use log::{debug, error};
use rusqlite::ErrorCode;
use tokio::sync::oneshot;

use super::connection::Tx;
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
pub struct Writer {
    queue: SyncSender<Message>,
    /// How many transactions have been committed since the start.
    commits: Arc<AtomicU64>,
}

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
        self.write_then(work, |_| ()).await
    }

    /// As [`Self::write`]; after the commit, and before any later transaction, `then` takes up what has
    /// changed. It does so even when the caller has gone away, and it must not panic.
    ///
    /// # Errors
    /// As [`Self::write`]; `then` is not called then.
    pub async fn write_then<T, F, A>(&self, work: F, then: A) -> Result<T>
    where
        F: FnOnce(&Tx) -> Result<T> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
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
                    let answer = result.and_then(|answer| commit.check().map(|()| answer));
                    drop(tell.send(answer.inspect(then)));
                }),
            })
        });
        self.queue.try_send(Message::Run(command)).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::OutcomeUnknown,
        })?;
        told.await.unwrap_or(Err(Error::OutcomeUnknown))
    }

    /// A number that is another one after each commit, from before the commit is acknowledged: what
    /// was read while it was the same is still what the database holds.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
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
        let _ = writer.queue.send(Message::Stop);
        if self.handle.join().is_err() {
            error!("the database writer had panicked");
        }
    }
}

pub(super) fn start(tx: Tx) -> std::io::Result<(Writer, Thread)> {
    let (sender, receiver) = sync_channel(QUEUE);
    let (end, ended) = oneshot::channel();
    let commits = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&commits);
    let handle = std::thread::Builder::new().name("db-writer".to_owned()).spawn(move || {
        let _end = end;
        if serve(&tx, &receiver, &counted).is_ok() {
            close(tx);
        }
    })?;
    Ok((Writer { queue: sender, commits }, Thread { handle, ended }))
}

/// Serves until told to stop; an error means that a commit failed with its outcome unknown.
fn serve(
    tx: &Tx,
    queue: &Receiver<Message>,
    commits: &AtomicU64,
) -> std::result::Result<(), Ended> {
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
        run_batch(tx, batch.take(BATCH), commits)?;
        if stop {
            break;
        }
    }
    Ok(())
}

fn run_batch(
    tx: &Tx,
    commands: impl Iterator<Item = Command>,
    commits: &AtomicU64,
) -> std::result::Result<(), Ended> {
    let mut done: Vec<Done> = Vec::new();
    for command in commands {
        if tx.0.0.is_autocommit()
            && let Err(failure) = sql(tx, "BEGIN IMMEDIATE")
        {
            command(Err(failure));
            if failure == Commit::Unknown {
                return Err(Ended);
            }
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
    if tx.0.0.is_autocommit() {
        return Ok(());
    }
    let commit = sql(tx, "COMMIT").err().unwrap_or(Commit::Made);
    commits.fetch_add(1, Ordering::Release);
    if commit != Commit::Made && !tx.0.0.is_autocommit() {
        let _ = sql(tx, "ROLLBACK");
    }
    if commit == Commit::DiskFull {
        // What the log holds may fit into the file's free pages, which makes room for the next.
        let _ = sql(tx, "PRAGMA wal_checkpoint(PASSIVE)");
    }
    debug!(target: "campaign_mock::store", "a transaction of {} writes: {commit:?}", done.len());
    for done in done {
        (done.tell)(commit);
    }
    if commit == Commit::Unknown { Err(Ended) } else { Ok(()) }
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

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::mpsc::channel;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::domain::InstallKey;
    use crate::store::connection::open_writer;

    type Write<T> = Box<dyn FnOnce(&Tx) -> Result<T> + Send>;

    struct Database {
        handle: Writer,
        thread: Option<Thread>,
        _folder: tempfile::TempDir,
    }

    impl Database {
        fn open() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let key = InstallKey::new([0; 32]);
            let (tx, _) = open_writer(&folder.path().join("test.db"), true, &key).unwrap();
            let (writer, thread) = start(tx).unwrap();
            Self { handle: writer, thread: Some(thread), _folder: folder }
        }

        /// Runs writes that wait for each other's turn, so that they share a transaction.
        fn together<T: Send + 'static>(&self, writes: Vec<Write<T>>) -> Vec<Result<T>> {
            let (open, gate) = channel::<()>();
            let closed = move |_: &Tx| gate.recv().map_err(Error::internal);
            let mut held = Box::pin(self.handle.write(closed));
            assert!(poll(&mut held).is_none());
            // A write is sent when it is polled for the first time.
            let waiting: Vec<_> = writes
                .into_iter()
                .map(|write| {
                    let mut sent = Box::pin(self.handle.write(write));
                    poll(&mut sent).ok_or(sent)
                })
                .collect();
            open.send(()).unwrap();
            block_on(async {
                // It may share their transaction and its fate.
                let _ = held.await;
                let mut answers = Vec::new();
                for answer in waiting {
                    answers.push(match answer {
                        Ok(answer) => answer,
                        Err(sent) => sent.await,
                    });
                }
                answers
            })
        }

        fn count(&self) -> i64 {
            let count = |tx: &Tx| {
                Ok(tx.0.0.query_row("SELECT count(*) FROM meta", [], |row| row.get(0))?)
            };
            block_on(self.handle.write(count)).unwrap()
        }
    }

    impl Drop for Database {
        fn drop(&mut self) {
            self.thread.take().unwrap().stop(&self.handle);
        }
    }

    /// Polls once; the answer, if there is one already.
    fn poll<F: Future>(work: &mut Pin<Box<F>>) -> Option<F::Output> {
        match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        }
    }

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        actix_rt::System::new().block_on(work)
    }

    fn insert(tx: &Tx, name: &str, bytes: usize) -> Result<()> {
        let values = rusqlite::params![name, vec![1_u8; bytes]];
        tx.0.0.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", values)?;
        Ok(())
    }

    #[test]
    fn a_write_that_fails_or_panics_leaves_nothing_and_harms_no_other() {
        let database = Database::open();
        let answers = database.together::<()>(vec![
            Box::new(|tx| insert(tx, "first", 1)),
            Box::new(|tx| insert(tx, "refused", 1).and(Err(Error::ApiKeyMissing))),
            Box::new(|tx| {
                insert(tx, "panicked", 1)?;
                panic!("on purpose")
            }),
            Box::new(|tx| insert(tx, "last", 1)),
        ]);
        assert!(matches!(
            answers[..],
            [Ok(()), Err(Error::ApiKeyMissing), Err(Error::Internal(_)), Ok(())]
        ));
        // The install key, and the two that succeeded.
        assert_eq!(database.count(), 3);
    }

    #[test]
    fn a_full_disk_refuses_writes_until_there_is_space() {
        let database = Database::open();
        let limit = |pages: i64| {
            let set = move |tx: &Tx| {
                Ok(tx.0.0.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
            };
            block_on(database.handle.write(set)).unwrap();
        };
        limit(1);
        let answers = database.together::<()>(vec![
            Box::new(|tx| insert(tx, "small", 1)),
            Box::new(|tx| insert(tx, "large", 500_000)),
            Box::new(|tx| insert(tx, "after", 1)),
        ]);
        assert!(matches!(answers[1], Err(Error::StorageFull)), "{answers:?}");
        let kept = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(database.count(), 1 + i64::try_from(kept).unwrap());
        limit(1_000_000);
        let answers = database.together::<()>(vec![Box::new(|tx| insert(tx, "large", 500_000))]);
        assert!(answers[0].is_ok(), "{answers:?}");
    }

    #[test]
    fn a_full_queue_is_said_at_once() {
        let database = Database::open();
        let writes: Vec<Write<()>> =
            (0..QUEUE + 2).map(|_| Box::new(|_: &Tx| Ok(())) as _).collect();
        let answers = database.together(writes);
        let busy = answers.iter().filter(|answer| matches!(answer, Err(Error::Busy))).count();
        let done = answers.iter().filter(|answer| answer.is_ok()).count();
        // The write that holds up the others may or may not have been taken from the queue by then.
        assert!((2..=3).contains(&busy), "{busy}");
        assert_eq!(busy + done, QUEUE + 2);
    }
}
