//! A job as Privacy Service prints it (`docs/reference/privacy-service.md` §4). A seed has its jobs in this form, so an
//! answer can be pasted into one.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::request::identity;
use super::{
    Action, JobOrigin, JobStatus, Outcome, PrivacyJob, Product, ProductResponse, Progression,
    Regulation, RequestId, ResponseCode, Results, invalid,
};
use crate::domain::{Result, Timestamp};

/// A job as printed. It does not move by itself, and it does not go: it stands where it was put.
#[derive(Debug, Clone)]
pub struct PrintedJob {
    /// The job, but for what follows from the moment at which an org gets it.
    job: PrivacyJob,
    /// Its request, if one is printed.
    pub request_id: Option<RequestId>,
    /// When it was created, if that is printed.
    pub created: Option<Timestamp>,
    /// When it last moved, if that is printed.
    pub last_modified: Option<Timestamp>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Members {
    job_id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    user_key: String,
    action: Action,
    status: JobStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    submitted_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_modified_date: Option<String>,
    user_ids: Vec<Value>,
    product_responses: Vec<ProductMembers>,
    #[serde(
        default,
        rename = "downloadURL",
        alias = "downloadUrl",
        skip_serializing_if = "Option::is_none"
    )]
    download: Option<String>,
    regulation: Regulation,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProductMembers {
    product: String,
    #[serde(default)]
    retry_count: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    processed_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product_status_response: Option<AnswerMembers>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnswerMembers {
    status: JobStatus,
    /// It follows from the status and the code.
    #[serde(default, rename = "message", skip_serializing)]
    _message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response_msg_code: Option<ResponseCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response_msg_detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    results: Option<Results>,
}

impl PrintedJob {
    /// Reads and checks the members of a printed job; one that does not say who submitted it was submitted by
    /// `technical_account`.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`](crate::domain::Error::RequestInvalid) with a sentence that names the member.
    pub fn parse(members: Value, technical_account: &str) -> Result<Self> {
        let members: Members = serde_json::from_value(members)
            .map_err(|fault| invalid(format!("This is no printed job: {fault}.")))?;
        let identities = members.user_ids.iter().map(identity).collect::<Result<Vec<_>>>()?;
        let created = date(members.created_date.as_deref(), "createdDate")?;
        let last_modified = date(members.last_modified_date.as_deref(), "lastModifiedDate")?;
        let status = members.status;
        let products = members.product_responses.into_iter().map(|one| one.read(status));
        let products = products.collect::<Result<Vec<_>>>()?;
        if identities.is_empty() || products.is_empty() {
            return Err(invalid("userIds and productResponses must have at least one item."));
        }
        let never = Timestamp::from_millis(0);
        let job = PrivacyJob {
            job_id: members.job_id,
            request_id: RequestId::new(never, 0),
            origin: JobOrigin::Request,
            parent: None,
            user_key: members.user_key,
            action: members.action,
            status,
            regulation: members.regulation,
            submitted_by: members.submitted_by.unwrap_or_else(|| technical_account.to_owned()),
            instance: None,
            created: never,
            last_modified: never,
            identities,
            products,
            history: Vec::new(),
            progression: Some(Progression::Held),
            reads: 0,
            expires: None,
            download: members.download,
        };
        Ok(Self {
            job,
            request_id: members.request_id.map(RequestId::from_stored),
            created,
            last_modified,
        })
    }

    /// Its id.
    #[must_use]
    pub const fn job_id(&self) -> Uuid {
        self.job.job_id
    }

    /// The job but for what follows from the moment at which an org gets it: request, creation and last move.
    #[must_use]
    pub const fn undated(&self) -> &PrivacyJob {
        &self.job
    }

    /// What stands for the random digits of its request, if none is printed.
    #[must_use]
    pub fn drawn(&self) -> u64 {
        self.job.job_id.as_u64_pair().1
    }

    /// The job as an org has it that begins at `now`: what is printed without a date was created then.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> PrivacyJob {
        let created = self.created.unwrap_or(now);
        let request_id = self.request_id.clone();
        PrivacyJob {
            created,
            last_modified: self.last_modified.unwrap_or(created),
            request_id: request_id.unwrap_or_else(|| RequestId::new(created, self.drawn())),
            ..self.job.clone()
        }
    }

    /// The members of a job as it would be printed in a seed.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn members(job: &PrivacyJob) -> Result<Value> {
        let product = |one: &ProductResponse| ProductMembers {
            product: one.product.clone(),
            retry_count: one.retry_count,
            processed_date: one.processed.map(Timestamp::to_privacy),
            product_status_response: Some(AnswerMembers {
                status: one.status,
                _message: None,
                response_msg_code: one.outcome.as_ref().map(|outcome| outcome.code),
                response_msg_detail: one.outcome.as_ref().map(|outcome| outcome.detail.clone()),
                results: one.outcome.as_ref().and_then(|outcome| outcome.results.clone()),
            }),
        };
        let json = |fault| crate::domain::Error::internal(fault);
        let members = Members {
            job_id: job.job_id,
            request_id: Some(job.request_id.as_str().to_owned()),
            user_key: job.user_key.clone(),
            action: job.action,
            status: job.status,
            submitted_by: Some(job.submitted_by.clone()),
            created_date: Some(job.created.to_privacy()),
            last_modified_date: Some(job.last_modified.to_privacy()),
            user_ids: job
                .identities
                .iter()
                .map(serde_json::to_value)
                .collect::<serde_json::Result<_>>()
                .map_err(json)?,
            product_responses: job.products.iter().map(product).collect(),
            download: job.download.clone(),
            regulation: job.regulation,
        };
        serde_json::to_value(members).map_err(json)
    }
}

impl ProductMembers {
    /// The product's part of a job that stands at `status`.
    fn read(self, status: JobStatus) -> Result<ProductResponse> {
        let product = Product::called(&self.product).ok_or_else(|| {
            invalid(format!("productResponses names an unknown product: '{}'.", self.product))
        })?;
        let answer = self.product_status_response;
        let status = answer.as_ref().map_or(status, |answer| answer.status);
        let outcome = status.is_final().then(|| {
            let answer = answer.as_ref();
            let usual = match status {
                JobStatus::Error => ResponseCode::JobFailure.into(),
                _ => Outcome::success(),
            };
            let code = answer.and_then(|answer| answer.response_msg_code);
            let outcome = code.filter(|code| *code != usual.code).map_or(usual, Outcome::from);
            let detail = answer.and_then(|answer| answer.response_msg_detail.clone());
            Outcome {
                detail: detail.unwrap_or(outcome.detail),
                results: answer.and_then(|answer| answer.results.clone()),
                code: outcome.code,
            }
        });
        let processed = date(self.processed_date.as_deref(), "processedDate")?;
        Ok(ProductResponse {
            product: product.value.to_owned(),
            status,
            retry_count: self.retry_count,
            processed,
            due: None,
            outcome,
        })
    }
}

fn date(text: Option<&str>, name: &str) -> Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    Timestamp::of_privacy(text).map(Some).ok_or_else(|| {
        invalid(format!("{name} must be a date such as \"10/02/2019 08:25 PM GMT\", not '{text}'."))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed() -> Value {
        json!({
            "jobId": "527ef92d-6cd9-45cc-9bf1-477cfa1e2ca2", "requestId": "15700479082313109RX-899",
            "userKey": "David Smith", "action": "access", "status": "error", "submittedBy": "a@b",
            "createdDate": "10/02/2019 08:25 PM GMT", "lastModifiedDate": "10/02/2019 08:26 PM GMT",
            "userIds": [{"namespace": "email", "value": "a@acme.com", "type": "standard",
                "namespaceId": 6, "isDeletedClientSide": false}],
            "productResponses": [
                {"product": "Analytics", "retryCount": 0, "processedDate": "10/02/2019 08:25 PM GMT",
                    "productStatusResponse": {"status": "submitted"}},
                {"product": "Profile", "retryCount": 1, "processedDate": "10/02/2019 08:26 PM GMT",
                    "productStatusResponse": {"status": "complete",
                        "responseMsgCode": "PRVCY-6054-200", "responseMsgDetail": "Some.",
                        "results": {"processed": ["x"], "ignored": ["y"]}}},
            ],
            "downloadURL": "http://...", "regulation": "ccpa",
        })
    }

    #[test]
    fn what_is_printed_is_read_and_written_back() {
        let job = PrintedJob::parse(printed(), "c@d").unwrap().at(Timestamp::from_millis(1));
        assert_eq!((job.status, job.due(), job.expires), (JobStatus::Error, None, None));
        let mut expected = printed();
        expected["productResponses"][1]["product"] = json!("ProfileService");
        assert_eq!(PrintedJob::members(&job).unwrap(), expected);
    }

    #[test]
    fn what_is_not_printed_follows() {
        let short = json!({
            "jobId": "527ef92d-6cd9-45cc-9bf1-477cfa1e2ca2", "userKey": "u", "action": "delete",
            "status": "complete", "userIds": [{"namespace": "email", "value": "v", "type": "standard"}],
            "productResponses": [{"product": "campaign"}], "regulation": "gdpr",
        });
        let now = Timestamp::from_millis(1_583_064_000_000);
        let job = PrintedJob::parse(short, "c@d").unwrap().at(now);
        assert_eq!((job.created, job.last_modified, &*job.submitted_by), (now, now, "c@d"));
        assert!(job.request_id.as_str().starts_with("1583064000000"));
        assert_eq!(job.products[0].outcome, Some(Outcome::success()));
        assert_eq!((job.products[0].processed, &*job.products[0].product), (None, "Campaign"));
    }

    #[test]
    fn a_fault_names_the_member() {
        for (member, value, word) in [
            ("status", json!("expired"), "expired"),
            ("jobId", json!("1"), "UUID"),
            ("createdDate", json!("2019-10-02"), "createdDate"),
            ("regulation", json!("none"), "'none' is not a regulation"),
            ("userIds", json!([]), "userIds"),
            ("userIds", json!([{"namespace": "email", "value": "v", "type": "other"}]), "type"),
            ("productResponses", json!([{"product": "Photoshop"}]), "Photoshop"),
            ("ticketNumber", json!("1"), "ticketNumber"),
        ] {
            let mut job = printed();
            job[member] = value;
            let fault = PrintedJob::parse(job, "c@d").unwrap_err().to_string();
            assert!(fault.contains(word), "{member}: {fault}");
        }
    }
}
