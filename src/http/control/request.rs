//! A request of the control API as its handlers see it: its query, its body, and the org that it names.

use std::sync::Arc;
use std::time::Duration;

use actix_web::error::QueryPayloadError;
use actix_web::web::{Bytes, Query};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::pipeline::RequestContext;
use super::super::state::AppState;
use crate::domain::{Error, parse_duration};
use crate::service::{Services, Tenant};

/// Most entries in one answer, and how many there are when the caller does not say.
const LIMIT: i64 = 1000;

/// Most entries of an answer.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Limit(#[schemars(range(min = 1, max = LIMIT), extend("default" = LIMIT))] i64);

impl Default for Limit {
    fn default() -> Self {
        Self(LIMIT)
    }
}

impl Limit {
    /// How many entries an answer has.
    pub(super) fn get(self) -> i64 {
        self.0.clamp(1, LIMIT)
    }
}

/// A query that names an org.
#[derive(Deserialize, JsonSchema)]
pub(super) struct OrgQuery {
    org: String,
}

/// A query that may name an org.
#[derive(Deserialize, JsonSchema)]
pub(super) struct AnyOrgQuery {
    org: Option<String>,
}

/// A request of the control API.
pub(super) struct ControlRequest {
    pub(super) context: RequestContext,
    pub(super) body: Bytes,
}

impl ControlRequest {
    pub(super) fn state(&self) -> &AppState {
        &self.context.state
    }

    pub(super) fn services(&self) -> &Services {
        &self.context.state.services
    }

    /// Scheme and host as the caller has them.
    pub(super) fn base_url(&self) -> String {
        self.context.base_url()
    }

    /// A segment of the path.
    pub(super) fn segment(&self, name: &str) -> &str {
        self.context.request.match_info().get(name).unwrap_or_default()
    }

    pub(super) fn query<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let query = Query::from_query(self.context.request.query_string()).map(Query::into_inner);
        query.map_err(|fault| {
            let fault = match fault {
                QueryPayloadError::Deserialize(fault) => fault.to_string(),
                other => other.to_string(),
            };
            Error::RequestInvalid(format!("The query is wrong: {fault}."))
        })
    }

    /// The body; an empty one counts as `{}`.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let body = if self.body.is_empty() { b"{}" } else { &self.body[..] };
        // By way of a map: an array would do for a struct otherwise.
        serde_json::from_slice::<Map<String, Value>>(body)
            .and_then(|members| T::deserialize(Value::Object(members)))
            .map_err(|fault| Error::RequestInvalid(format!("The body is wrong: {fault}.")))
    }

    /// The org that the query names, if it names one.
    pub(super) fn org_param(&self) -> Result<Option<String>, Error> {
        Ok(self.query::<AnyOrgQuery>()?.org)
    }

    /// The tenant that the query names by `org`, or the seed's first.
    pub(super) async fn tenant_or_default(&self) -> Result<Arc<Tenant>, Error> {
        match self.org_param()? {
            Some(org) => self.services().make_tenant(&org).await,
            None => self.services().default_tenant().await,
        }
    }

    /// The tenant that the query names by `org`; this may be its first call.
    pub(super) async fn tenant(&self) -> Result<Arc<Tenant>, Error> {
        self.services().make_tenant(&self.query::<OrgQuery>()?.org).await
    }
}

/// What a call that removes something answers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Removed", deny_unknown_fields)]
pub(super) struct RemovedBody {
    /// How many.
    pub(super) removed: usize,
}

/// A duration such as `10s`, which is not negative.
pub(super) fn read_duration(text: &str) -> Result<Duration, Error> {
    let span = parse_duration(text)
        .and_then(|span| Duration::try_from(span).map_err(|_| format!("'{text}' is negative")));
    span.map_err(|fault| Error::RequestInvalid(format!("A duration is wrong: {fault}.")))
}
