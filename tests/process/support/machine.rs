//! The machine, which the tests of this program share: those that load it hold it alone, and those that say how
//! long something may take hold it together, so that no load falls into what they measure.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static MACHINE: RwLock<()> = RwLock::new(());

/// For a test that loads it.
pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    // A test that failed has left nothing behind.
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

/// For a test that measures time.
pub(crate) fn without_load() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}
