//! The seats in memory.

use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::{OrgName, Seat};

/// The seats, as all threads know them. They change on the writer's thread alone, right after the commit.
#[derive(Clone)]
pub(in crate::service) struct Seats(Arc<RwLock<Vec<Seat>>>);

impl Seats {
    /// Those that the database has.
    pub(in crate::service) fn new(seats: Vec<Seat>) -> Self {
        Self(Arc::new(RwLock::new(seats)))
    }

    pub(super) fn all(&self) -> Vec<Seat> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn find(&self, is_it: impl Fn(&Seat) -> bool) -> Option<Seat> {
        let seats = self.0.read().unwrap_or_else(PoisonError::into_inner);
        seats.iter().find(|seat| is_it(seat)).cloned()
    }

    pub(super) fn add(&self, new: &[Seat]) {
        let mut seats = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for seat in new {
            if !seats.contains(seat) {
                seats.push(seat.clone());
            }
        }
    }

    pub(in crate::service) fn remove(&self, org: &OrgName) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).retain(|seat| seat.org != *org);
    }
}
