//! Privacy Service Events: which webhooks get them, owing them with the move that they tell of, and delivering them.

mod deliveries;
mod outbox;
mod registrations;
mod visit;

pub(crate) use deliveries::VisitRound;
pub(in crate::service) use outbox::owe_events;
pub(crate) use visit::{UnderWay, Visit, Visited};
