//! Calls that answer when something has come about.

use std::time::Duration;

use super::Failure;
use super::jobs::span;
use crate::domain::Error;

/// What a look at the thing waited for has shown.
pub(super) enum Look<T> {
    /// It is as wanted.
    Reached(T),
    /// It may become so.
    NotYet,
    /// It cannot become so any more.
    Never,
}

/// Looks again and again until what is wanted has come about, at most for the time that `timeout` writes,
/// real time.
///
/// # Errors
/// [`Failure::NotReached`], and what a look fails with.
pub(super) async fn until<T>(
    timeout: Option<&str>,
    mut look: impl FnMut() -> Result<Look<T>, Error>,
) -> Result<T, Failure> {
    const PAUSE: Duration = Duration::from_millis(5);
    const USUAL: Duration = Duration::from_secs(10);
    const LONGEST: Duration = Duration::from_secs(60);
    let patience = timeout.map_or(Ok(USUAL), span)?.min(LONGEST);
    let looking = async {
        loop {
            match look()? {
                Look::Reached(found) => return Ok(found),
                Look::NotYet => actix_rt::time::sleep(PAUSE).await,
                Look::Never => return Err(Failure::NotReached),
            }
        }
    };
    actix_rt::time::timeout(patience, looking).await.unwrap_or(Err(Failure::NotReached))
}
