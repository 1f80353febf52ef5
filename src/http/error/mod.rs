//! From refusal to response: why a request is refused (`failure.rs`), and the one place that knows the vendor's
//! statuses, bodies and texts (`rendering.rs`).

mod campaign;
mod failure;
mod ims;
mod rendering;

pub(super) use failure::Failure;
pub(super) use ims::ImsRefusal;
pub(super) use rendering::{
    ErrorFormat, GatewayRefusal, OwnRefusal, PrivacyRefusal, explained, refuse, with_reason,
};
