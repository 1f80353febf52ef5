//! Privacy Service Events: registrations, deliveries, and what becomes of both.

mod deliveries;
mod lifecycle;
mod registrations;
mod retries;
mod support;
