//! Calls that answer when something has come about.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::error::Failure;
use super::request::read_duration;
use crate::domain::Error;

/// What a look at the thing waited for has shown.
pub(super) enum PollResult<T> {
    /// It is as wanted.
    Reached(T),
    /// It may become so.
    NotYet,
    /// It cannot become so any more.
    Never,
}

/// How long a call waits at most, in real time, such as `10s`.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Timeout(#[schemars(extend("default" = "10s"))] String);

/// Looks again and again until what is wanted has come about, at most for that time.
/// `shown_at` is the path that shows how it stands.
///
/// # Errors
/// [`Failure::NotReached`], and what a look fails with.
pub(super) async fn poll_until<T>(
    timeout: Option<Timeout>,
    shown_at: &'static str,
    mut look: impl FnMut() -> Result<PollResult<T>, Error>,
) -> Result<T, Failure> {
    const PAUSE: Duration = Duration::from_millis(5);
    const DEFAULT: Duration = Duration::from_secs(10);
    const LONGEST: Duration = Duration::from_secs(60);
    let patience = timeout.map_or(Ok(DEFAULT), |Timeout(text)| read_duration(&text))?.min(LONGEST);
    let looking = async {
        loop {
            match look()? {
                PollResult::Reached(found) => return Ok(found),
                PollResult::NotYet => actix_rt::time::sleep(PAUSE).await,
                PollResult::Never => return Err(Failure::NotReached(shown_at)),
            }
        }
    };
    actix_rt::time::timeout(patience, looking).await.unwrap_or(Err(Failure::NotReached(shown_at)))
}
