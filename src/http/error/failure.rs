//! Why a request is refused, and the sentence that says what to do.

use actix_web::http::StatusCode;

use crate::domain::Error;

/// Why a call is refused: for what it asks, or for how it was sent.
#[derive(Debug)]
pub(in crate::http) enum Failure {
    Domain(Error),
    /// With the methods that the address takes.
    MethodNotAllowed(&'static str),
    /// A change or a removal that does not say of which record.
    RecordNotNamed {
        /// The methods that the address takes.
        allowed: &'static str,
        /// How to name one.
        advice: String,
    },
    BodyTooLarge,
    BodyStalled,
    BodyBroken,
    /// No API has this path.
    UnknownPath,
    HostNotAllowed(String),
    /// A control call from another machine or under another name.
    NotLocal,
    /// A control call where there is no control API.
    NoControlApi,
    /// A reader of metrics where nothing is counted.
    NoMetrics,
    /// A control call without the token that it needs.
    NoAdminToken,
    /// A seat's call that is not for seats.
    NotForSeats,
    /// A seat's call about another org than its own.
    NotTheSeatsOrg {
        own: String,
    },
    /// A control call with the token of a seat that is gone.
    NoSuchSeat,
    /// A seat's code after too many that were wrong.
    TooManyCodes,
    /// What a control call waited for did not come; with the path that shows how it stands.
    NotReached(&'static str),
    /// A control call that a web page may have made a browser send.
    CrossOrigin,
    /// A control call with a body that does not say what it is.
    NotJson,
    NotReady,
    /// The control API has nothing of that id.
    NoEntry(String),
    /// The calls that were asked about are not as expected.
    NotVerified(String),
    /// A call that asks for a fault in words that mean nothing.
    BadPreference(String),
    /// A fault that was asked for.
    Injected {
        status: StatusCode,
        /// Seconds.
        retry_after: Option<u32>,
        reason: String,
    },
    /// A route without its gateway: a defect.
    MissingMiddleware,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl Failure {
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Domain(error) => error.to_string(),
            Self::MethodNotAllowed(allowed) => format!("This address takes {allowed}."),
            Self::RecordNotNamed { allowed, advice } => {
                format!("{advice} This address takes {allowed}.")
            }
            Self::BodyTooLarge => "The body is larger than 1 MiB.".to_owned(),
            Self::BodyStalled => "The body did not arrive within 10 seconds.".to_owned(),
            Self::BodyBroken => "The connection ended before the whole body arrived: send it again.".to_owned(),
            Self::UnknownPath => {
                "No API has this path: Campaign is under /<org>/campaign/, Privacy Service under \
                 /data/core/privacy/jobs, the token service under /ims/; docs/coverage.md lists the endpoints."
                    .to_owned()
            }
            Self::HostNotAllowed(host) => format!(
                "The Host '{host}' is not one of this server's: add it with --allowed-host {host}."
            ),
            Self::NotLocal => {
                "The control API and the metrics answer on this machine only, under localhost, 127.0.0.1 or [::1]."
                    .to_owned()
            }
            Self::NoControlApi => {
                "The control API is not on this port: --no-admin turns it off, --admin-port moves it to another."
                    .to_owned()
            }
            Self::NoMetrics => "Metrics are off: start the server with --metrics.".to_owned(),
            Self::NoAdminToken => {
                "The control API and the metrics need the admin token here: send 'X-Admin-Token: <token>'; the server printed it when it started."
                    .to_owned()
            }
            Self::NotForSeats => {
                "This call is not for seats: a seat's token reads what concerns its own org, and changes nothing."
                    .to_owned()
            }
            Self::NotTheSeatsOrg { own } => {
                format!("This seat's token opens its own org '{own}' alone: leave ?org= out, or name that one.")
            }
            Self::NoSuchSeat => {
                "The seat of this token is gone: ask the trainer for a new card.".to_owned()
            }
            Self::TooManyCodes => {
                "Too many wrong codes in the last minute: wait a minute, then type the code as it stands on the card."
                    .to_owned()
            }
            Self::NotReached(path) => {
                format!("The state was not reached in time, or can no longer be reached: look at {path}.")
            }
            Self::CrossOrigin => {
                "The control API and the metrics refuse requests from web pages of other origins."
                    .to_owned()
            }
            Self::NotJson => {
                "Requests that change something need the header Content-Type: application/json."
                    .to_owned()
            }
            Self::NotReady => "The server is starting or stopping: try again in a moment.".to_owned(),
            Self::NoEntry(said) | Self::NotVerified(said) | Self::BadPreference(said) => said.clone(),
            Self::Injected { reason, .. } => reason.clone(),
            Self::MissingMiddleware => {
                "The server failed internally: its log has the details.".to_owned()
            }
        }
    }

    /// The sentence that a vendor's body may repeat. That a fault was asked for is for `X-Mock-Reason` alone.
    pub(super) fn vendor_message(&self) -> String {
        match self {
            Self::Injected { status, .. } => {
                status.canonical_reason().unwrap_or("Error").to_owned()
            }
            _ => self.reason(),
        }
    }

    /// The status where an API has no say of its own.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::MethodNotAllowed(_) | Self::RecordNotNamed { .. } => {
                StatusCode::METHOD_NOT_ALLOWED
            }
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyStalled | Self::NotReached(_) => StatusCode::REQUEST_TIMEOUT,
            Self::BodyBroken | Self::BadPreference(_) => StatusCode::BAD_REQUEST,
            Self::Injected { status, .. } => *status,
            Self::UnknownPath | Self::NoControlApi | Self::NoMetrics | Self::NoEntry(_) => {
                StatusCode::NOT_FOUND
            }
            Self::NotVerified(_) => StatusCode::NOT_ACCEPTABLE,
            Self::HostNotAllowed(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::NotLocal
            | Self::CrossOrigin
            | Self::NotForSeats
            | Self::NotTheSeatsOrg { .. }
            | Self::Domain(Error::DownloadRefused(_)) => StatusCode::FORBIDDEN,
            Self::NoAdminToken | Self::NoSuchSeat => StatusCode::UNAUTHORIZED,
            Self::TooManyCodes => StatusCode::TOO_MANY_REQUESTS,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotReady | Self::Domain(Error::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Domain(Error::StorageFull) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Domain(_) | Self::MissingMiddleware => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
