//! The server's clock, which everything is told the time by.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::error::Failure;
use super::super::response::json_response;
use super::request::ControlRequest;
use crate::domain::{Error, Timestamp, parse_duration};
use crate::service::{ClockChange, Services};

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Clock", deny_unknown_fields)]
pub(super) struct ClockBody {
    #[schemars(extend("format" = "date-time"))]
    now: String,
    /// Whether it stands still.
    frozen: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "ClockChange")]
pub(super) struct ChangeBody {
    #[schemars(extend("enum" = ["freeze", "advance", "set", "reset"]))]
    action: String,
    /// The moment to freeze at or to set to.
    #[schemars(extend("format" = "date-time"))]
    instant: Option<String>,
    #[schemars(range(min = 0))]
    duration_millis: Option<i64>,
    /// As `durationMillis`, written `1h 30m`.
    #[schemars(example = "1h 30m")]
    duration: Option<String>,
}

/// `GET /__admin/clock`
pub(super) async fn read(request: ControlRequest) -> Result<HttpResponse, Failure> {
    shown(request.services())
}

/// `PUT /__admin/clock` `{"action": "freeze" | "set" | "advance" | "reset", "instant", "duration"}`. What has
/// come due by then has happened, in order, when this answers.
pub(super) async fn change(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let change = request.body::<ChangeBody>()?.read()?;
    request.services().change_clock(change).await?;
    shown(request.services())
}

fn shown(services: &Services) -> Result<HttpResponse, Failure> {
    let clock = services.clock();
    json_response(StatusCode::OK, &ClockBody::new(clock.now(), clock.is_frozen()))
}

impl ClockBody {
    pub(super) fn new(now: Timestamp, frozen: bool) -> Self {
        Self { now: now.to_rfc3339(), frozen }
    }
}

impl ChangeBody {
    fn read(&self) -> Result<ClockChange, Error> {
        let invalid = |text: &str| Error::RequestInvalid(text.to_owned());
        let instant = match &self.instant {
            None => None,
            Some(text) => Some(Timestamp::parse(text).ok_or_else(|| {
                invalid("instant must be a moment such as 2026-01-31T08:00:00Z.")
            })?),
        };
        Ok(match self.action.as_str() {
            "freeze" => ClockChange::Freeze(instant),
            "set" => ClockChange::Set(
                instant.ok_or_else(|| invalid("set needs the instant to set the clock to."))?,
            ),
            "advance" => {
                let millis = match (&self.duration, self.duration_millis) {
                    (Some(text), None) => parse_duration(text)
                        .map(|span| span.as_millis())
                        .map_err(Error::RequestInvalid)?,
                    (None, Some(millis)) => millis.into(),
                    _ => return Err(invalid("advance needs duration or durationMillis.")),
                };
                let millis = u64::try_from(millis);
                let millis = millis.map_err(|_| invalid("advance goes forward: use set."))?;
                ClockChange::Advance(std::time::Duration::from_millis(millis))
            }
            "reset" => ClockChange::Reset,
            _ => return Err(invalid("action is freeze, set, advance or reset.")),
        })
    }
}
