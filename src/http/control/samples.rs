//! What there is to try calls of the control API on, for its document.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::super::error::Failure;
use super::route::ControlRoute;
use crate::domain::{PrivacyJob, Query, Resource};
use crate::service::{Services, Tenant};

/// How many jobs are looked through.
const LOOKED_AT: i64 = 200;

/// A fault rule: PUT makes it, so that GET and DELETE find it.
const RULE: &str = "too-many-calls";

/// A snapshot: POST makes it, so that the other calls find it.
const SNAPSHOT: &str = "before-test";

/// A snapshot that is imported.
const IMPORTED: &str = "imported";

/// An org that is made to be tried and thrown away.
const OTHER_ORG: &str = "acme-try";

/// What a tenant has.
pub(super) struct Samples {
    org: String,
    profile: Option<String>,
    /// A job that is done.
    done: Option<String>,
    /// One that is not, where there is one.
    open: Option<String>,
    event: Option<String>,
    message: Option<String>,
    registration: Option<String>,
    call: Option<String>,
}

impl Samples {
    /// Those of a tenant.
    pub(super) fn of(services: &Services, tenant: &Tenant) -> Result<Self, Failure> {
        let jobs = services.newest_jobs(tenant, None, LOOKED_AT)?;
        let job = |is_final: bool| {
            let found = jobs.iter().find(|job: &&PrivacyJob| job.status.is_final() == is_final);
            found.map(|job| job.job_id.to_string())
        };
        let first = |resource: &Resource| -> Result<Option<String>, Failure> {
            let query = Query { lines: 1, ..Query::default() };
            let found = services.records(tenant, resource, &query)?.content.pop();
            Ok(found.map(|record| {
                let own = resource.key_value(&record.attributes).map(str::to_owned);
                own.unwrap_or_else(|| tenant.keyring.of(resource).pkey(record.number).to_string())
            }))
        };
        let event = tenant.model.resources().find(|resource| resource.event.is_some());
        let calls = services.journal().all();
        Ok(Self {
            org: tenant.name.to_string(),
            profile: first(tenant.model.profile())?,
            done: job(true),
            open: job(false),
            event: event.map(|event| event.name().to_owned()),
            message: event.map(first).transpose()?.flatten(),
            registration: services
                .event_registrations(tenant)?
                .first()
                .map(|one| one.registration.id.to_string()),
            call: calls.entries.last().map(|entry| entry.id().to_string()),
        })
    }

    /// What a parameter of a call is tried with.
    pub(super) fn value(&self, call: &ControlRoute, name: &str) -> Option<String> {
        match (call.path, name) {
            ("/orgs/{org}", "org") if !call.method.is_safe() => Some(OTHER_ORG.to_owned()),
            (_, "org") => Some(self.org.clone()),
            (_, "profile") => self.profile.clone(),
            ("/jobs/{job_id}/advance" | "/jobs/{job_id}/fail", "job_id") => {
                self.open.clone().or_else(|| self.done.clone())
            }
            // Of most jobs no event is delivered.
            ("/event-deliveries/wait", "jobId") => None,
            (_, "job_id" | "jobId") => self.done.clone(),
            ("/faults/{id}", "id") => Some(RULE.to_owned()),
            ("/requests/{id}", "id") => self.call.clone(),
            ("/event-registrations/{id}", "id") => self.registration.clone(),
            (_, "event") => self.event.clone(),
            (_, "message") => self.message.clone(),
            ("/snapshots/{name}", "name") if call.method == Method::PUT => {
                Some(IMPORTED.to_owned())
            }
            (_, "name") => Some(SNAPSHOT.to_owned()),
            (_, "seat") => Some("seat1".to_owned()),
            ("/docs/{file}", "file") => Some("start.js".to_owned()),
            (_, "asset") => Some("app.js".to_owned()),
            (_, "directive") => Some("repeat.js".to_owned()),
            _ => None,
        }
    }

    /// What a call is sent to try, where that is more than its members say.
    pub(super) fn body(&self, call: &ControlRoute) -> Option<Value> {
        match call.path {
            "/orgs" => Some(json!({"org": OTHER_ORG})),
            "/tokens" => Some(json!({"org": self.org})),
            _ => call.shape.example.map(|make| make()),
        }
    }
}
