//! Profiles and what the privacy queue makes of their opt-outs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::error::Failure;
use super::super::response::json_response;
use super::jobs::SHOWN_AT;
use super::polling::{PollResult, Timeout, poll_until};
use super::request::ControlRequest;
use crate::domain::Error;
use crate::service::OptOutStatus;

#[derive(Deserialize, JsonSchema)]
pub(super) struct WaitQuery {
    org: String,
    /// Its `PKey`, or the customer's key.
    profile: String,
    #[schemars(with = "Option<State>")]
    state: Option<String>,
    timeout: Option<Timeout>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Standing", deny_unknown_fields)]
pub(super) struct OptOutStatusBody<'a> {
    org: &'a str,
    profile: &'a str,
    exists: bool,
    /// Null when there is no such profile.
    ccpa_opt_out: Option<bool>,
    /// Whether all that its opt-out changes were forwarded as is done.
    settled: bool,
}

/// What a profile can be waited for.
#[derive(Clone, Copy, JsonSchema)]
#[schemars(inline, rename_all = "kebab-case")]
enum State {
    Settled,
    OptedOut,
    OptedIn,
    Deleted,
}

impl State {
    fn parse(word: &str) -> Result<Self, Error> {
        Ok(match word {
            "settled" => Self::Settled,
            "opted-out" => Self::OptedOut,
            "opted-in" => Self::OptedIn,
            "deleted" => Self::Deleted,
            _ => {
                let text = "state is settled, opted-out, opted-in or deleted.";
                return Err(Error::RequestInvalid(text.to_owned()));
            }
        })
    }

    fn is_that_of(self, status: OptOutStatus) -> bool {
        match self {
            Self::Settled => status.opted_out.is_some() && status.settled,
            Self::OptedOut => status.opted_out == Some(true),
            Self::OptedIn => status.opted_out == Some(false),
            Self::Deleted => status.opted_out.is_none(),
        }
    }
}

/// `GET /__admin/profiles/wait?org=…&profile=…[&state=…][&timeout=10s]`: how a profile stands, by `PKey` or
/// the customer's key, once it is in that state; once nothing is left to do for its opt-outs if none is
/// named. 408 when that takes longer, in real time.
pub(super) async fn wait(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: WaitQuery = request.query()?;
    let state = query.state.as_deref().map_or(Ok(State::Settled), State::parse)?;
    // Its name alone: a reset meanwhile makes it another one.
    let org = request.services().make_tenant(&query.org).await?.name.clone();
    let look = || {
        let tenant = request.services().existing_tenant(org.as_str())?;
        let status = request.services().opt_out_status(&tenant, &query.profile)?;
        Ok(if state.is_that_of(status) { PollResult::Reached(status) } else { PollResult::NotYet })
    };
    let status = poll_until(query.timeout, SHOWN_AT, look).await?;
    let body = OptOutStatusBody {
        org: org.as_str(),
        profile: &query.profile,
        exists: status.opted_out.is_some(),
        ccpa_opt_out: status.opted_out,
        settled: status.settled,
    };
    json_response(StatusCode::OK, &body)
}
