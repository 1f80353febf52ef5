//! What a write has made, noted where rows are written, so that nothing has to carry it along.

use std::cell::RefCell;

use uuid::Uuid;

use crate::domain::Caused;

/// What the write under way has made.
#[derive(Default)]
pub(super) struct Made(RefCell<Caused>);

/// How much had been made at a moment.
#[derive(Clone, Copy)]
pub(super) struct Mark([usize; 3]);

impl Made {
    pub(super) fn change(&self, id: i64) {
        self.0.borrow_mut().changes.push(id);
    }

    pub(super) fn job(&self, id: Uuid) {
        self.0.borrow_mut().jobs.push(id);
    }

    pub(super) fn consent(&self, id: i64) {
        self.0.borrow_mut().consents.push(id);
    }

    /// Another write begins.
    pub(super) fn forget(&self) {
        self.keep(Mark([0; 3]));
    }

    pub(super) fn mark(&self) -> Mark {
        let Caused { changes, jobs, consents } = &*self.0.borrow();
        Mark([changes.len(), jobs.len(), consents.len()])
    }

    /// Forgets what was made after that mark.
    pub(super) fn keep(&self, Mark([changes, jobs, consents]): Mark) {
        let mut made = self.0.borrow_mut();
        made.changes.truncate(changes);
        made.jobs.truncate(jobs);
        made.consents.truncate(consents);
    }

    pub(super) fn take(&self) -> Caused {
        std::mem::take(&mut *self.0.borrow_mut())
    }
}
