//! The writer: one thread, the only read-write connection, group commit.
//!
//! Commands arrive over a bounded channel. The thread takes what is waiting, opens one transaction,
//! runs the commands so that each can be undone alone, commits, and only then answers all of them:
//! under load one sync pays for many writes, and nobody hears "done" before it is.
//!
//! What undoes a command alone is a savepoint, in which `SQLite` copies each page before it changes
//! it: a sixth of all that a write of a profile costs under load. Those writes can be repeated
//! instead. They run without savepoints; when one fails halfway, the transaction is undone and all of
//! them run once more, each in a savepoint.
//!
//! A commit costs as much as ten writes of profiles. So after a transaction of many callers, the next one
//! waits a moment for more of them; a caller who is alone never waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use log::{debug, error};
use rusqlite::ErrorCode;
use tokio::sync::oneshot;

use super::command::{Command, Commit, Write};
use super::connection::Tx;
use crate::domain::{Error, Result};

/// Commands that may wait; beyond it callers are told to slow down.
const QUEUE: usize = 1024;
/// Most commands in one transaction, so that the first of them does not wait long for its answer.
const BATCH: usize = 256;
/// Commands in a transaction from which on there is a crowd, for whose next commands the next one waits.
const CROWD: usize = 8;
/// How long it waits: less than the sync of a commit takes on most disks.
const GATHER: Duration = Duration::from_millis(1);
/// How long the end waits for other processes that use the file.
const LAST_WAIT: Duration = Duration::from_millis(100);

enum Message {
    Run(Command),
    Stop,
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
        let mut work = Some(work);
        let once = move |tx: &Tx| match work.take() {
            Some(work) => work(tx),
            None => Err(Error::OutcomeUnknown),
        };
        self.send(once, false, then).await
    }

    /// As [`Self::write`], and cheaper under load. The work may run twice, and must then do the same again: what it did
    /// before has been undone.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn write_repeatable<T, F>(&self, work: F) -> Result<T>
    where
        F: FnMut(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.send(work, true, |_| ()).await
    }

    async fn send<T, F, A>(&self, work: F, is_repeatable: bool, then: A) -> Result<T>
    where
        F: FnMut(&Tx) -> Result<T> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
        T: Send + 'static,
    {
        let (caller, told) = oneshot::channel();
        let command = Box::new(Write { work, is_repeatable, result: None, then, caller });
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
    let mut is_crowded = false;
    while let Ok(Message::Run(first)) = queue.recv() {
        let (batch, stop) = gather(first, queue, is_crowded);
        is_crowded = batch.len() >= CROWD;
        run_batch(tx, batch, commits)?;
        if stop {
            break;
        }
    }
    Ok(())
}

/// The commands of the next transaction: those that are waiting and, in a crowd, those that come in a moment. Answers
/// too whether the thread is to stop after them.
fn gather(first: Command, queue: &Receiver<Message>, is_crowded: bool) -> (Vec<Command>, bool) {
    let end = is_crowded.then(|| Instant::now() + GATHER);
    let mut batch = vec![first];
    while batch.len() < BATCH {
        let next = match end {
            Some(end) => {
                queue.recv_timeout(end.saturating_duration_since(Instant::now())).map_err(drop)
            }
            None => queue.try_recv().map_err(drop),
        };
        match next {
            Ok(Message::Run(command)) => batch.push(command),
            Ok(Message::Stop) => return (batch, true),
            Err(()) => break,
        }
    }
    (batch, false)
}

fn run_batch(
    tx: &Tx,
    commands: Vec<Command>,
    commits: &AtomicU64,
) -> std::result::Result<(), Ended> {
    let (mut done, others): (Vec<Command>, Vec<Command>) =
        commands.into_iter().partition(|command| command.is_repeatable());
    let mut undone = Vec::new();
    if !run_unprotected(tx, &mut done) {
        tx.after_commit.keep(0);
        if !tx.0.is_autocommit() && sql(tx, "ROLLBACK").is_err() {
            return Err(Ended);
        }
        undone = std::mem::take(&mut done);
    }
    for mut command in undone.into_iter().chain(others) {
        if tx.0.is_autocommit()
            && let Err(failure) = sql(tx, "BEGIN IMMEDIATE")
        {
            command.tell(failure);
            if failure == Commit::Unknown {
                return Err(Ended);
            }
            continue;
        }
        if let Err(failure) = sql(tx, "SAVEPOINT command") {
            command.tell(failure);
            continue;
        }
        let before = tx.after_commit.count();
        let keep = command.run(tx);
        if tx.0.is_autocommit() {
            tx.after_commit.keep(0);
            // A full disk made SQLite roll back the whole transaction, the earlier commands with it.
            done.drain(..).chain([command]).for_each(|lost| lost.tell(Commit::DiskFull));
            continue;
        }
        if !keep {
            tx.after_commit.keep(before);
            let _ = sql(tx, "ROLLBACK TO command");
        }
        let _ = sql(tx, "RELEASE command");
        done.push(command);
    }
    if tx.0.is_autocommit() {
        return Ok(());
    }
    let commit = sql(tx, "COMMIT").err().unwrap_or(Commit::Made);
    commits.fetch_add(1, Ordering::Release);
    if commit != Commit::Made {
        tx.after_commit.keep(0);
        if !tx.0.is_autocommit() {
            let _ = sql(tx, "ROLLBACK");
        }
    }
    if commit == Commit::DiskFull {
        // What the log holds may fit into the file's free pages, which makes room for the next.
        let _ = sql(tx, "PRAGMA wal_checkpoint(PASSIVE)");
    }
    if commit == Commit::Made {
        tx.after_commit.run();
    }
    debug!(target: "campaign_mock::store", "a transaction of {} writes: {commit:?}", done.len());
    for command in done {
        command.tell(commit);
    }
    if commit == Commit::Unknown { Err(Ended) } else { Ok(()) }
}

/// Runs commands in a new transaction without savepoints. Answers whether what is in it now can be kept; if not, all of
/// them have to run again.
fn run_unprotected(tx: &Tx, commands: &mut [Command]) -> bool {
    if commands.is_empty() {
        return true;
    }
    sql(tx, "BEGIN IMMEDIATE").is_ok()
        && commands.iter_mut().all(|command| {
            let before = tx.0.total_changes();
            let keep = command.run(tx);
            // One that was refused before it changed anything has nothing to undo.
            !tx.0.is_autocommit() && (keep || tx.0.total_changes() == before)
        })
}

/// Runs transaction control. A full disk is survivable; anything else at this level is not, because
/// a failed sync cannot be repeated into truth.
fn sql(tx: &Tx, statement: &str) -> std::result::Result<(), Commit> {
    let result = tx.0.prepare_cached(statement).and_then(|mut prepared| prepared.execute([]));
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
    // Another process that reads the file may go on for long. The log stays then, whole, and the next start has it.
    let emptied = tx.0.busy_timeout(LAST_WAIT);
    if let Err(failure) = emptied.and_then(|()| tx.0.query_row(checkpoint, [], |_| Ok(()))) {
        error!("the write-ahead log could not be emptied: {failure}");
    }
    if let Err((_, failure)) = tx.reader.0.close() {
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

    type Once<T> = Box<dyn FnOnce(&Tx) -> Result<T> + Send>;
    type Repeatable<T> = Box<dyn FnMut(&Tx) -> Result<T> + Send>;

    enum Work<T> {
        Once(Once<T>),
        Repeatable(Repeatable<T>),
    }

    impl<T: Send + 'static> Work<T> {
        async fn send(self, writer: &Writer) -> Result<T> {
            match self {
                Self::Once(work) => writer.write(work).await,
                Self::Repeatable(work) => writer.write_repeatable(work).await,
            }
        }
    }

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
        fn together<T: Send + 'static>(&self, writes: Vec<Work<T>>) -> Vec<Result<T>> {
            let (open, gate) = channel::<()>();
            let (enter, entered) = channel::<()>();
            let closed = move |_: &Tx| {
                enter.send(()).map_err(Error::internal)?;
                gate.recv().map_err(Error::internal)
            };
            let mut held = Box::pin(self.handle.write(closed));
            assert!(poll(&mut held).is_none());
            // From here on the thread takes nothing from the queue.
            entered.recv().unwrap();
            // A write is sent when it is polled for the first time.
            let waiting: Vec<_> = writes
                .into_iter()
                .map(|write| {
                    let mut sent = Box::pin(write.send(&self.handle));
                    poll(&mut sent).ok_or(sent)
                })
                .collect();
            open.send(()).unwrap();
            block_on(async {
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
            let count =
                |tx: &Tx| Ok(tx.0.query_row("SELECT count(*) FROM meta", [], |row| row.get(0))?);
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
        tx.0.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", values)?;
        Ok(())
    }

    #[test]
    fn a_write_that_fails_or_panics_leaves_nothing_and_harms_no_other() {
        let works: [fn(&Tx) -> Result<()>; 4] = [
            |tx| insert(tx, "first", 1),
            |tx| insert(tx, "refused", 1).and(Err(Error::ApiKeyMissing)),
            |tx| {
                insert(tx, "panicked", 1)?;
                panic!("on purpose")
            },
            |tx| insert(tx, "last", 1),
        ];
        for repeatable in 0..16 {
            let database = Database::open();
            let writes = works.into_iter().enumerate().map(|(at, work)| {
                if repeatable >> at & 1 == 1 {
                    Work::Repeatable(Box::new(work))
                } else {
                    Work::Once(Box::new(work))
                }
            });
            let answers = database.together(writes.collect());
            assert!(matches!(
                answers[..],
                [Ok(()), Err(Error::ApiKeyMissing), Err(Error::Internal(_)), Ok(())]
            ));
            // The install key, and the two that succeeded.
            assert_eq!(database.count(), 3, "{repeatable:b}");
        }
    }

    #[test]
    fn only_what_is_committed_is_followed_by_what_it_asks_for() {
        for repeatable in 0..8 {
            let (database, (done, told)) = (Database::open(), channel());
            let writes = ["first", "refused", "last"].into_iter().enumerate().map(|(at, name)| {
                let done = done.clone();
                let work = move |tx: &Tx| {
                    let _ = tx.savepoint(|| {
                        tx.after_commit(|| unreachable!("this part is undone"));
                        insert(tx, "part", 1).and(Err::<(), _>(Error::ApiKeyMissing))
                    });
                    insert(tx, name, 1)?;
                    let done = done.clone();
                    tx.after_commit(move || done.send(name).unwrap());
                    if name == "refused" { Err(Error::ApiKeyMissing) } else { Ok(()) }
                };
                if repeatable >> at & 1 == 1 {
                    Work::Repeatable(Box::new(work))
                } else {
                    Work::Once(Box::new(work))
                }
            });
            database.together(writes.collect());
            let mut told: Vec<_> = told.try_iter().collect();
            told.sort_unstable();
            assert_eq!(told, ["first", "last"], "{repeatable:b}");
        }
    }

    #[test]
    fn a_repeatable_write_runs_again_only_after_one_that_failed_halfway() {
        let refused: fn(&Tx) -> Result<i32> = |_| Err(Error::ApiKeyMissing);
        let halfway: fn(&Tx) -> Result<i32> =
            |tx| insert(tx, "b", 1).and(Err(Error::ApiKeyMissing));
        for (failing, expected) in [(refused, 1), (halfway, 2)] {
            let database = Database::open();
            let mut runs = 0;
            let counted = move |tx: &Tx| {
                runs += 1;
                insert(tx, "a", 1).map(|()| runs)
            };
            let writes =
                vec![Work::Repeatable(Box::new(counted)), Work::Repeatable(Box::new(failing))];
            let answers = database.together(writes);
            assert!(matches!(answers[..], [Ok(runs), Err(_)] if runs == expected), "{answers:?}");
        }
    }

    #[test]
    fn a_full_disk_refuses_writes_until_there_is_space() {
        for repeatable in [false, true] {
            let database = Database::open();
            let limit = |pages: i64| {
                let set = move |tx: &Tx| {
                    Ok(tx.0.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
                };
                block_on(database.handle.write(set)).unwrap();
            };
            let work = |name: &'static str, bytes| {
                let work = move |tx: &Tx| insert(tx, name, bytes);
                if repeatable {
                    Work::Repeatable(Box::new(work))
                } else {
                    Work::Once(Box::new(work))
                }
            };
            limit(1);
            let answers =
                database.together(vec![work("small", 1), work("large", 500_000), work("after", 1)]);
            assert!(matches!(answers[1], Err(Error::StorageFull)), "{answers:?}");
            let kept = answers.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(database.count(), 1 + i64::try_from(kept).unwrap());
            limit(1_000_000);
            let answers = database.together(vec![work("large", 500_000)]);
            assert!(answers[0].is_ok(), "{answers:?}");
        }
    }

    #[test]
    fn a_full_queue_is_said_at_once() {
        let database = Database::open();
        let writes: Vec<Work<()>> =
            (0..QUEUE + 2).map(|_| Work::Once(Box::new(|_: &Tx| Ok(())))).collect();
        let answers = database.together(writes);
        let busy = answers.iter().filter(|answer| matches!(answer, Err(Error::Busy))).count();
        let done = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!((busy, done), (2, QUEUE));
    }

    fn command() -> Command {
        let (caller, _) = oneshot::channel();
        let (work, then) = (|_: &Tx| Ok(()), |(): &()| ());
        Box::new(Write { work, is_repeatable: true, result: None, then, caller })
    }

    #[test]
    fn a_transaction_takes_what_waits_up_to_its_limit_and_to_the_stop() {
        let (sender, queue) = sync_channel(QUEUE);
        for is_crowded in [false, true] {
            assert_eq!(gather(command(), &queue, is_crowded).0.len(), 1);
            for _ in 0..BATCH + 2 {
                sender.send(Message::Run(command())).unwrap();
            }
            sender.send(Message::Stop).unwrap();
            let (batch, stop) = gather(command(), &queue, is_crowded);
            assert_eq!((batch.len(), stop), (BATCH, false));
            let (batch, stop) = gather(command(), &queue, is_crowded);
            assert_eq!((batch.len(), stop), (4, true));
        }
    }
}
