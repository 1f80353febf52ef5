//! What is to be done once a transaction is committed, and is forgotten with what is undone of it.

use std::cell::RefCell;

type Doing = Box<dyn FnOnce() + Send>;

/// What the transaction under way has been told, in order.
#[derive(Default)]
pub(super) struct AfterCommit(RefCell<Vec<Doing>>);

impl AfterCommit {
    pub(super) fn add(&self, doing: Doing) {
        self.0.borrow_mut().push(doing);
    }

    /// How much there is.
    pub(super) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    /// Forgets all but the first so many.
    pub(super) fn keep(&self, first: usize) {
        self.0.borrow_mut().truncate(first);
    }

    /// Does all of it.
    pub(super) fn run(&self) {
        let all = std::mem::take(&mut *self.0.borrow_mut());
        for doing in all {
            doing();
        }
    }
}
