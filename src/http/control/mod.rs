//! The control API, `/__admin`, the probes and the metrics.

mod api_view;
mod clock;
mod consents;
mod documents;
mod event_deliveries;
mod event_registrations;
mod events;
mod faults;
mod jobs;
mod journal;
mod messages;
mod metrics;
mod openapi;
mod opt_outs;
mod orgs;
mod pact;
mod page_files;
mod polling;
mod probes;
mod profiles;
mod request;
mod resets;
mod route;
mod samples;
mod seats;
mod server;
mod signals;
mod sse;
mod stream;
mod table;

pub(super) use metrics::scrape;
pub(super) use probes::{live, ready};
pub use route::ControlRoute;
pub use table::control_routes;
pub(super) use table::register;
