//! Privacy Service Events: what a move of a job tells webhooks, in which words, and how often it is told
//! (`docs/reference/privacy-service.md` §11).

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{JobOrigin, JobStatus, PrivacyJob, Transition};
use crate::domain::{ImsOrgId, Timestamp};

/// The pause before a delivery is tried again for the first time; each further one is twice as long …
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// … but no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// How long after its first try a delivery is tried again.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The type of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum EventType {
    /// A job is complete.
    #[serde(rename = "com.adobe.platform.gdpr.jobcomplete")]
    JobComplete,
    /// A job ended in error.
    #[serde(rename = "com.adobe.platform.gdpr.joberror")]
    JobError,
    /// A product has done its part of a job.
    #[serde(rename = "com.adobe.platform.gdpr.productcomplete")]
    ProductComplete,
    /// A product's part of a job ended in error.
    #[serde(rename = "com.adobe.platform.gdpr.producterror")]
    ProductError,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::JobComplete, Self::JobError, Self::ProductComplete, Self::ProductError];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobComplete => "com.adobe.platform.gdpr.jobcomplete",
            Self::JobError => "com.adobe.platform.gdpr.joberror",
            Self::ProductComplete => "com.adobe.platform.gdpr.productcomplete",
            Self::ProductError => "com.adobe.platform.gdpr.producterror",
        }
    }

    /// Reads the wire's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What a move of a job tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyEvent {
    /// Its type.
    pub kind: EventType,
    /// The job.
    pub job_id: Uuid,
    /// Such as `analytics.access.complete`.
    pub message: String,
    /// When it happened.
    pub at: Timestamp,
}

impl PrivacyEvent {
    /// What the moves of a job tell, in order, except for the first `told` of them. A job that Privacy
    /// Service does not show tells nothing.
    #[must_use]
    pub fn of_moves(job: &PrivacyJob, told: usize) -> Vec<Self> {
        if matches!(job.origin, JobOrigin::Record(_)) {
            return Vec::new();
        }
        job.history.iter().skip(told).filter_map(|one| Self::of_move(job, one)).collect()
    }

    fn of_move(job: &PrivacyJob, one: &Transition) -> Option<Self> {
        let kind = match (&one.product, one.status) {
            (None, JobStatus::Complete) => EventType::JobComplete,
            (None, JobStatus::Error) => EventType::JobError,
            (Some(_), JobStatus::Complete) => EventType::ProductComplete,
            (Some(_), JobStatus::Error) => EventType::ProductError,
            _ => return None,
        };
        let product = one.product.as_ref().map(|product| product.to_lowercase() + ".");
        let (product, action) = (product.unwrap_or_default(), job.action.as_str());
        let message = format!("{product}{action}.{}", one.status.as_str());
        Some(Self { kind, job_id: job.job_id, message, at: one.at })
    }

    /// The body that is sent: `id` is that of the delivery, `event_id` that of the event, which is the same
    /// for all webhooks.
    #[must_use]
    pub fn body(&self, id: Uuid, event_id: Uuid, ims_org: &ImsOrgId) -> String {
        let body = Body {
            id,
            event_id,
            specversion: "0.2",
            kind: self.kind,
            source: "https://ns.adobe.com/platform/gdpr",
            time: self.at.to_event(),
            data: Data {
                ims_org: ims_org.as_str(),
                value: Value { job_id: self.job_id, message: &self.message },
            },
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

/// The members in the order of the vendor's example.
#[derive(Serialize)]
struct Body<'a> {
    id: Uuid,
    event_id: Uuid,
    specversion: &'static str,
    #[serde(rename = "type")]
    kind: EventType,
    source: &'static str,
    time: String,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    ims_org: &'a str,
    value: Value<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Value<'a> {
    job_id: Uuid,
    message: &'a str,
}

/// What `x-adobe-signature` says of a body: its HMAC with the client secret, SHA-256, in base64.
#[must_use]
pub fn event_signature(body: &str, client_secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, client_secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, body.as_bytes()))
}

/// When a delivery that has failed for the `attempts`-th time is tried again; `None` when it is given up.
#[must_use]
pub fn next_try(attempts: i64, first_tried: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(8);
    let next = now.after((FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE));
    (next <= first_tried.after(GIVEN_UP_AFTER)).then_some(next)
}

/// Whether a delivery that a webhook answers with this status, which is no success, is tried again.
#[must_use]
pub const fn is_tried_again(status: u16) -> bool {
    matches!(status, 429 | 500..=504 | 506..=599)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_called_the_same_everywhere() {
        for kind in EventType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(EventType::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn a_body_is_that_of_the_documentation() {
        let uuid = |text| Uuid::try_parse(text).unwrap();
        let event = PrivacyEvent {
            kind: EventType::ProductComplete,
            job_id: uuid("6f0f2b62-88a7-4515-ba05-432d9a7021c5"),
            message: "analytics.access.complete".to_owned(),
            at: Timestamp::parse("2019-10-23T18:52:32.999Z").unwrap(),
        };
        let body = event.body(
            uuid("b472e249-368b-4706-90f3-1d774713f827"),
            uuid("b116f797-e50b-432e-9c65-189106a34820"),
            &ImsOrgId::of(&crate::domain::OrgName::parse("acme").unwrap()),
        );
        let (before, after) = body.split_once("\"imsOrg\":").unwrap();
        assert_eq!(
            before,
            "{\"id\":\"b472e249-368b-4706-90f3-1d774713f827\",\
             \"event_id\":\"b116f797-e50b-432e-9c65-189106a34820\",\"specversion\":\"0.2\",\
             \"type\":\"com.adobe.platform.gdpr.productcomplete\",\
             \"source\":\"https://ns.adobe.com/platform/gdpr\",\
             \"time\":\"Wed Oct 23 18:52:32 GMT 2019\",\"data\":{"
        );
        assert!(after.ends_with(
            "@AdobeOrg\",\"value\":{\"jobId\":\"6f0f2b62-88a7-4515-ba05-432d9a7021c5\",\
             \"message\":\"analytics.access.complete\"}}}"
        ));
    }

    #[test]
    fn a_signature_is_an_hmac_in_base64() {
        // Of RFC 4231, case 2.
        let expected = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
        assert_eq!(event_signature("what do ya want for nothing?", "Jefe"), expected);
    }

    #[test]
    fn pauses_grow_and_end_after_a_day() {
        let start = Timestamp::from_millis(0);
        let (mut now, mut pauses, mut attempts) = (start, Vec::new(), 1);
        while let Some(next) = next_try(attempts, start, now) {
            pauses.push((next.as_millis() - now.as_millis()) / 60_000);
            (now, attempts) = (next, attempts + 1);
        }
        assert_eq!(pauses[..6], [1, 2, 4, 8, 15, 15]);
        assert_eq!(pauses.iter().sum::<i64>(), 1 + 2 + 4 + 8 + 15 * 95);
    }

    #[test]
    fn overload_and_failures_of_the_server_are_tried_again() {
        let again: Vec<u16> = (300..=600).filter(|status| is_tried_again(*status)).collect();
        assert_eq!((again[0], again[1], again.last()), (429, 500, Some(&599)));
        assert!(!again.contains(&505));
    }
}
