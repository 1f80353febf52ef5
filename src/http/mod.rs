//! The wire. With `app.rs` the only module that names actix: every path on one screen (`router.rs`), what every request
//! passes (`pipeline/`), the one place that turns refusals into the vendor's bodies (`error/`), and a folder per API.

mod campaign;
mod control;
mod error;
mod headers;
mod hosts;
mod ims;
mod openapi;
mod pipeline;
mod privacy;
mod privacy_behavior;
mod response;
mod response_cache;
mod router;
mod schemas;
mod settings;
mod signed_download;
mod state;
mod target;

pub use control::{ControlRoute, control_routes, report_page};
pub use hosts::Hosts;
pub use pipeline::{Audience, ExplainedStream, on_connect};
pub use router::routes;
pub use settings::{
    ApiSettings, BadSecret, ControlAccess, Cors, Dialect, ErrorBody, LongTexts, PageSizes,
    PatchReturns, PrivacyBehavior, PrivacyDownload, PrivacyEmptyList, PrivacyGeneration,
    PrivacyPaging, origin,
};
pub use state::{AppState, ServerInfo, ServerState, SettingInForce};
