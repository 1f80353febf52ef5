//! A request of the control API as its handlers see it: its query, its body, and the org that it names.

use std::sync::Arc;
use std::time::Duration;

use actix_web::error::QueryPayloadError;
use actix_web::web::{Bytes, Query};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::error::Failure;
use super::super::pipeline::{RequestContext, Role};
use super::super::state::AppState;
use crate::domain::{Error, Seat, parse_duration};
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

    /// The same as a size.
    pub(super) fn most(self) -> usize {
        usize::try_from(self.get()).unwrap_or(usize::MAX)
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

/// A query that names the org to change.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ChangedOrgQuery {
    org: String,
    /// Whether to create the org from the seed if it does not exist.
    #[serde(default)]
    create: bool,
}

/// A query that may name the org to change.
#[derive(Deserialize, JsonSchema)]
pub(super) struct AnyChangedOrgQuery {
    org: Option<String>,
    /// Whether to create the org from the seed if it does not exist.
    #[serde(default)]
    create: bool,
}

/// A request of the control API.
pub(super) struct ControlRequest {
    pub(super) context: RequestContext,
    pub(super) body: Bytes,
    pub(super) role: Role,
    /// As it was sent; a seat's names the org of the seat.
    query: String,
}

impl ControlRequest {
    /// A request of a caller who may make it.
    ///
    /// # Errors
    /// [`Failure::NotTheSeatsOrg`] when a seat names another org than its own.
    pub(super) fn new(context: RequestContext, body: Bytes, role: Role) -> Result<Self, Failure> {
        let mut query = context.request.query_string().to_owned();
        if let Role::Seat(seat) = &role {
            let own = seat.org.as_str();
            let foreign = |org: &str| org != own;
            let mut named = form_urlencoded::parse(query.as_bytes())
                .filter(|(name, _)| name == "org")
                .map(|(_, org)| org);
            if named.clone().any(|org| foreign(&org))
                || context.request.match_info().get("org").is_some_and(foreign)
            {
                return Err(Failure::NotTheSeatsOrg { own: own.to_owned() });
            }
            if named.next().is_none() {
                query = format!("{query}&org={own}");
            }
        }
        Ok(Self { context, body, role, query })
    }

    /// The seat that calls, if one does.
    pub(super) const fn seat(&self) -> Option<&Seat> {
        match &self.role {
            Role::Seat(seat) => Some(seat),
            _ => None,
        }
    }

    /// Whether the caller may see what is of that org, or of none.
    pub(super) fn may_see(&self, org: Option<&str>) -> bool {
        self.seat().is_none_or(|seat| org == Some(seat.org.as_str()))
    }

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
        let query = Query::from_query(&self.query).map(Query::into_inner);
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

    /// The tenant to change that the query names by `org`, or the seed's first.
    pub(super) async fn changed_tenant_or_default(&self) -> Result<Arc<Tenant>, Error> {
        match self.changed_tenant_param().await? {
            Some(tenant) => Ok(tenant),
            None => self.services().default_tenant().await,
        }
    }

    /// The tenant to change that the query names by `org`, if it names one.
    pub(super) async fn changed_tenant_param(&self) -> Result<Option<Arc<Tenant>>, Error> {
        let AnyChangedOrgQuery { org, create } = self.query()?;
        Ok(match org {
            Some(org) => Some(self.tenant_to_change(&org, create).await?),
            None => None,
        })
    }

    /// The tenants to change: the one that the query names by `org`, or all.
    pub(super) async fn changed_tenants(&self) -> Result<Vec<Arc<Tenant>>, Error> {
        let named = self.changed_tenant_param().await?;
        Ok(named.map_or_else(|| self.services().tenants(), |tenant| vec![tenant]))
    }

    /// The tenant to change that the query names by `org`.
    pub(super) async fn changed_tenant(&self) -> Result<Arc<Tenant>, Error> {
        let ChangedOrgQuery { org, create } = self.query()?;
        self.tenant_to_change(&org, create).await
    }

    pub(super) async fn tenant_to_change(
        &self,
        org: &str,
        create: bool,
    ) -> Result<Arc<Tenant>, Error> {
        if create {
            self.services().make_tenant(org).await
        } else {
            self.services().tenant_to_change(org)
        }
    }

    /// The tenants that the query may be about: the one that it names, or all.
    pub(super) async fn tenants(&self, org: Option<&str>) -> Result<Vec<Arc<Tenant>>, Error> {
        Ok(match org {
            Some(org) => vec![self.services().make_tenant(org).await?],
            None => self.services().tenants(),
        })
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
