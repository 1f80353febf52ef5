//! How the APIs answer: the settings of the wire, the same for all threads.

use clap::ValueEnum;

use super::hosts::Hosts;
pub use super::privacy_behavior::{
    PageSizes, PrivacyBehavior, PrivacyDownload, PrivacyEmptyList, PrivacyGeneration, PrivacyPaging,
};

/// What a PATCH answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PatchReturns {
    /// PKey and href, as the live API returns
    Pkey,
    /// The whole record, as the CCPA page shows
    Record,
}

/// What becomes of a text that is longer than its field (`docs/reference/campaign-standard.md` §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LongTexts {
    /// It is cut to the length of the field
    Cut,
    /// The call is refused
    Refuse,
}

/// Which product is imitated where the two differ (`docs/reference/campaign-standard.md` §20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// Campaign Standard
    Acs,
    /// Campaign v8
    V8,
}

/// The form of Campaign's error bodies (`docs/reference/campaign-standard.md` §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ErrorBody {
    /// A JSON string
    Json,
    /// Plain text, one line for each message
    Text,
}

/// The status of the token service for a wrong client secret, on which the sources disagree
/// (`docs/reference/ims-auth.md` §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BadSecret {
    /// As clients have seen it
    #[value(name = "400")]
    BadRequest,
    /// As Adobe documents it
    #[value(name = "401")]
    Unauthorized,
}

/// Where and to whom the control API answers.
#[derive(Clone, Default)]
pub struct ControlAccess {
    /// There is no control API.
    pub off: bool,
    /// The token that callers must send.
    pub token: Option<String>,
    /// The only port it is on.
    pub port: Option<u16>,
}

impl ControlAccess {
    /// Whether it answers on a port of this server.
    #[must_use]
    pub fn is_on(&self, port: u16) -> bool {
        !self.off && self.port.is_none_or(|only| only == port)
    }
}

impl std::fmt::Debug for ControlAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ControlAccess").field("off", &self.off).finish_non_exhaustive()
    }
}

/// Whose pages may read responses: nobody's, unless set.
#[derive(Debug, Clone, Default)]
pub struct Cors {
    /// These origins exactly, with credentials.
    pub origins: Vec<String>,
    /// Any port of this machine, without credentials.
    pub dev: bool,
}

/// How the APIs answer.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Hosts that requests may name.
    pub hosts: Hosts,
    /// Scheme and host of hrefs, if not the caller's; without a slash at the end.
    pub public_url: Option<String>,
    /// What a PATCH answers.
    pub patch_returns: PatchReturns,
    /// What becomes of a text that is longer than its field.
    pub long_texts: LongTexts,
    /// Which product is imitated.
    pub dialect: Dialect,
    /// The form of Campaign's error bodies.
    pub error_body: ErrorBody,
    /// How Privacy Service answers.
    pub privacy: PrivacyBehavior,
    /// The status of the token service for a wrong client secret.
    pub ims_bad_secret: BadSecret,
    /// Where and to whom the control API answers.
    pub control: ControlAccess,
    /// Whether a request may ask for a fault (`Prefer`, `?__code`).
    pub prefer: bool,
    /// Whose pages may read responses.
    pub cors: Cors,
}

/// Reads an origin as a browser sends it.
///
/// # Errors
/// A sentence that says how to write one.
pub fn origin(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fine = |host: &str| {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]_".contains(&b);
        !host.is_empty() && host.bytes().all(letter)
    };
    host.filter(|host| fine(host)).map(|_| text.to_owned()).ok_or_else(|| {
        "write scheme, host and port in small letters, such as https://app.example.test:8443"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        assert!(origin("https://app.example.test:8443").is_ok());
        for bad in [
            "*",
            "null",
            "app.test",
            "https://app.test/",
            "https://",
            "https://App.test",
            "ftp://x",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
