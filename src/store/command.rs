//! A write on its way through the writer's thread, and what becomes of it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::connection::Tx;
use crate::domain::{Error, Result};

/// A write on its way through the thread.
pub(super) type Command = Box<dyn Run>;

pub(super) trait Run: Send {
    /// Does the work in a transaction; answers whether its effect is to be kept.
    fn run(&mut self, tx: &Tx) -> bool;

    /// Whether it can run once more after it was undone.
    fn is_repeatable(&self) -> bool;

    /// Tells the caller how it went.
    fn tell(self: Box<Self>, commit: Commit);
}

pub(super) struct Write<T, F, A> {
    pub(super) work: F,
    pub(super) is_repeatable: bool,
    /// What the work answered; `None` until it has run.
    pub(super) result: Option<Result<T>>,
    pub(super) then: A,
    pub(super) caller: oneshot::Sender<Result<T>>,
}

impl<T, F, A> Run for Write<T, F, A>
where
    F: FnMut(&Tx) -> Result<T> + Send,
    A: FnOnce(&T) + Send,
    T: Send,
{
    fn run(&mut self, tx: &Tx) -> bool {
        tx.made.forget();
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(tx)))
            .unwrap_or_else(|panic| Err(Error::internal(anyhow::anyhow!(message(&*panic)))));
        self.result.insert(result).is_ok()
    }

    fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    fn tell(self: Box<Self>, commit: Commit) {
        let answer = match self.result {
            Some(result) => result.and_then(|answer| commit.check().map(|()| answer)),
            None => commit.check().and(Err(Error::OutcomeUnknown)),
        };
        // The caller may have gone away; its write stands all the same.
        drop(self.caller.send(answer.inspect(self.then)));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit {
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

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a write panicked: {}", text.unwrap_or("no message"))
}
