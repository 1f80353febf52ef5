//! The token service, IMS: no gateway is in front of it (`docs/reference/ims-auth.md` §1-§5).

mod form;
mod handlers;
mod openapi;
mod profile;
mod samples;
mod token;

pub(super) use handlers::{
    exchange, invalidate, profile, token, token_of_code, unknown_path, validate,
};
pub(super) use openapi::document as openapi;
pub(super) use samples::LoginSamples;
