//! What every request passes, whichever API it is for, from the outside in.

mod bare_refusals;
mod body;
mod connection;
mod context;
mod control_gate;
mod cors;
mod faults;
mod front_door;
mod gateway;
mod host;
mod order;
mod recorder;
mod request_id;
mod stepwise_body;

pub use bare_refusals::ExplainedStream;
pub(super) use body::LARGEST as LARGEST_BODY;
pub(super) use connection::Connection;
pub use connection::on_connect;
pub(super) use context::AuthorizedCaller;
pub(super) use context::RequestContext;
pub use control_gate::Audience;
pub(super) use control_gate::{Role, admit, admit_to_metrics, protect};
pub(super) use gateway::{bearer, to_campaign, to_privacy};
pub(super) use order::pass;
