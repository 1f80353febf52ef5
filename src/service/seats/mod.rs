//! Seats of a training room: orgs of the seed's first customer that have a token and a code of their own.

mod known;
mod room;

pub(super) use known::Seats;
