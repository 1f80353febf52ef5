//! Provider states for Pact: a verifier says what has to be so before it replays an interaction, gets
//! values to put into it, and says so again when that may be undone.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::error::Failure;
use super::super::response::{json_response, sorted_json_response};
use super::jobs::SHOWN_AT;
use super::request::ControlRequest;
use crate::auth::Issued;
use crate::domain::{
    Action, Author, CAMPAIGN, Condition, Error, Identity, JobStatus, Patch, PrivacyRequest,
    Progression, Query, Record, Regulation, RequestedUser, Resource, ResponseCode,
};
use crate::service::{JobFailure, NamedJob, NewRecord, Tenant, WriteSource};

type Members = Map<String, Value>;
type Doing<'a> = Pin<Box<dyn Future<Output = Result<Values, Failure>> + 'a>>;

/// What a verifier may put into an interaction.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(rename = "ProviderValues")]
pub(super) struct Values(BTreeMap<&'static str, Option<String>>);

impl Values {
    fn of<const N: usize>(values: [(&'static str, Option<String>); N]) -> Self {
        Self(values.into())
    }
}

/// A state that can be asked for.
struct State {
    name: &'static str,
    /// What it gives back for injection.
    returns: &'static [&'static str],
    parameters: &'static [Parameter],
    setup: for<'a> fn(&'a Setting<'a>) -> Doing<'a>,
    teardown: Option<for<'a> fn(&'a Setting<'a>) -> Doing<'a>>,
}

/// A parameter of a state: a text, or `true` or `false`.
struct Parameter {
    name: &'static str,
    kind: &'static str,
    default: &'static str,
}

const fn text(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, kind: "string", default }
}

const fn flag(name: &'static str) -> Parameter {
    Parameter { name, kind: "boolean", default: "false" }
}

const PERSON: &[Parameter] = &[
    text("email", "pact@example.com"),
    text("firstName", "Pact"),
    text("lastName", "Tester"),
    flag("ccpaOptOut"),
];

/// Every state there is.
static STATES: &[State] = &[
    State {
        name: "a caller is authorised",
        returns: &["accessToken", "apiKey", "imsOrgId", "org"],
        parameters: &[],
        setup: |setting| Box::pin(std::future::ready(setting.authorise())),
        teardown: None,
    },
    State {
        name: "a profile exists",
        returns: &["PKey", "email"],
        parameters: PERSON,
        setup: |setting| Box::pin(setting.make_profile(false)),
        teardown: Some(|setting| Box::pin(setting.remove_profiles())),
    },
    State {
        name: "a profile has opted out of sale",
        returns: &["PKey", "email"],
        parameters: PERSON,
        setup: |setting| Box::pin(setting.make_profile(true)),
        teardown: Some(|setting| Box::pin(setting.remove_profiles())),
    },
    State {
        name: "no profile exists",
        returns: &[],
        parameters: &[text("email", "pact@example.com")],
        setup: |setting| Box::pin(setting.remove_profiles()),
        teardown: None,
    },
    State {
        name: "a service exists",
        returns: &["PKey", "name"],
        parameters: &[text("name", "SVCpact"), text("label", "Pact")],
        setup: |setting| Box::pin(setting.make_service()),
        teardown: Some(|setting| Box::pin(setting.remove_service())),
    },
    State {
        name: "a privacy job exists",
        returns: &["jobId"],
        parameters: &[
            text("email", "pact@example.com"),
            text("action", "access"),
            text("status", "processing"),
            text("regulation", "ccpa"),
        ],
        setup: |setting| Box::pin(setting.make_job()),
        teardown: None,
    },
];

/// The names of the states.
fn state_names() -> impl Iterator<Item = &'static str> {
    STATES.iter().map(|state| state.name)
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ProviderStates", deny_unknown_fields)]
pub(super) struct StatesBody {
    states: Vec<ListedState>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct ListedState {
    #[schemars(extend("enum" = state_names().collect::<Vec<_>>()))]
    name: &'static str,
    /// What parameters it takes, as a JSON schema.
    parameters: ListedParameters,
    /// The names of the values that it gives back.
    returns: &'static [&'static str],
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct ListedParameters {
    r#type: &'static str,
    properties: BTreeMap<&'static str, ListedParameter>,
    additional_properties: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct ListedParameter {
    r#type: &'static str,
    /// Its value if it is not sent.
    default: Value,
}

/// `GET /__admin/pact/provider-states`: the states that can be asked for, with their parameters and what
/// they give back.
pub(super) async fn catalog(_: ControlRequest) -> Result<HttpResponse, Failure> {
    let states = STATES.iter().map(State::listed).collect();
    sorted_json_response(StatusCode::OK, &StatesBody { states })
}

/// What a verifier sends. Older ones name the state without parameters, and send more, such as the consumer.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ProviderState")]
pub(super) struct StateBody {
    #[schemars(extend("enum" = state_names().chain([""]).collect::<Vec<_>>()))]
    state: String,
    #[schemars(extend("additionalProperties" = {"oneOf": [{"type": "string"}, {"type": "boolean"}]}))]
    params: Option<Members>,
    #[schemars(extend("enum" = ["setup", "teardown", null]))]
    action: Option<String>,
}

/// `POST /__admin/pact/provider-states[?org=…]` with the verifier's body: brings the org, the seed's first
/// if none is named, into a state, or undoes that with `"action": "teardown"`.
pub(super) async fn change(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let body: StateBody = request.body()?;
    let tenant = request.changed_tenant_or_default().await?;
    // What a verifier says of an interaction that needs none.
    if body.state.trim().is_empty() {
        return json_response(StatusCode::OK, &Values::default());
    }
    let named = |state: &&State| state.name.eq_ignore_ascii_case(body.state.trim());
    let state = STATES.iter().find(named).ok_or_else(|| {
        let known: Vec<_> = state_names().collect();
        invalid(format!("There is no state '{}': use {}.", body.state, known.join(", ")))
    })?;
    let sent = body.params.unwrap_or_default();
    let setting = Setting { request: &request, tenant, parameters: parameters(state, &sent)? };
    let values = match (body.action.as_deref(), state.teardown) {
        (None | Some("setup"), _) => (state.setup)(&setting).await?,
        (Some("teardown"), Some(teardown)) => teardown(&setting).await?,
        (Some("teardown"), None) => Values::default(),
        (Some(other), _) => {
            return Err(invalid(format!("action is setup or teardown, not '{other}'.")).into());
        }
    };
    json_response(StatusCode::OK, &values)
}

fn invalid(text: String) -> Error {
    Error::RequestInvalid(text)
}

impl State {
    fn listed(&self) -> ListedState {
        let properties = self.parameters.iter().map(|one| {
            (one.name, ListedParameter { r#type: one.kind, default: one.default_value() })
        });
        let parameters = ListedParameters {
            r#type: "object",
            properties: properties.collect(),
            additional_properties: false,
        };
        ListedState { name: self.name, parameters, returns: self.returns }
    }
}

impl Parameter {
    fn default_value(&self) -> Value {
        match self.kind {
            "boolean" => Value::from(self.default == "true"),
            _ => self.default.into(),
        }
    }
}

/// The parameters of a state, those that are not sent by their defaults.
fn parameters(state: &State, sent: &Members) -> Result<Members, Error> {
    let known = |name: &str| state.parameters.iter().any(|one| one.name == name);
    if let Some(stranger) = sent.keys().find(|name| !known(name)) {
        let names: Vec<_> = state.parameters.iter().map(|one| one.name).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let text = format!("'{}' has no parameter '{stranger}': it has {names}.", state.name);
        return Err(invalid(text));
    }
    let value = |one: &Parameter| {
        let value = sent.get(one.name).cloned().unwrap_or_else(|| one.default_value());
        let fits = match one.kind {
            "boolean" => value.is_boolean(),
            _ => value.is_string(),
        };
        if fits {
            return Ok((one.name.to_owned(), value));
        }
        Err(invalid(format!("'{}' of '{}' is a {}.", one.name, state.name, one.kind)))
    };
    state.parameters.iter().map(value).collect()
}

/// A state that is being made, or undone.
struct Setting<'a> {
    request: &'a ControlRequest,
    tenant: Arc<Tenant>,
    parameters: Members,
}

impl Setting<'_> {
    fn text(&self, name: &str) -> &str {
        self.parameters.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn authorise(&self) -> Result<Values, Failure> {
        let (state, services) = (self.request.state(), self.request.services());
        let org = &self.tenant.name;
        let issued = Issued { now: services.clock().now(), id: services.random().uuid() };
        let token = state.login.mint(org, None, None, None, issued)?;
        let key = state.login.credentials(org).next().map(|one| one.api_key.clone());
        Ok(Values::of([
            ("accessToken", Some(token)),
            ("apiKey", key),
            ("imsOrgId", Some(self.tenant.ims_org.to_string())),
            ("org", Some(org.to_string())),
        ]))
    }

    /// Some of those who have the e-mail address that is asked for.
    fn profiles(&self) -> Result<Vec<Record>, Failure> {
        let value = self.text("email").to_lowercase().into();
        let query = Query {
            conditions: vec![Condition::Equals { field: "email".to_owned(), value }],
            lines: Query::MAX_LINES,
            ..Query::default()
        };
        Ok(self
            .request
            .services()
            .records(&self.tenant, self.tenant.model.profile(), &query)?
            .content)
    }

    /// The one profile of that address is as asked for; others of it go.
    async fn make_profile(&self, opted_out: bool) -> Result<Values, Failure> {
        self.remove_profiles().await?;
        let mut members = self.parameters.clone();
        if opted_out {
            members.insert("ccpaOptOut".to_owned(), true.into());
        }
        let profile = self.tenant.model.profile();
        let record = self.make(profile, members).await?;
        Ok(Values::of([
            ("PKey", Some(self.tenant.profile_key(record.number).to_string())),
            ("email", Some(record.attributes.text("email").to_owned())),
        ]))
    }

    async fn remove_profiles(&self) -> Result<Values, Failure> {
        loop {
            let some = self.profiles()?;
            if some.is_empty() {
                return Ok(Values::default());
            }
            for profile in some {
                let pkey = self.tenant.profile_key(profile.number);
                let resource = self.tenant.model.profile();
                self.request
                    .services()
                    .delete_record(&self.tenant, resource, pkey.as_str())
                    .await?;
            }
        }
    }

    async fn make_service(&self) -> Result<Values, Failure> {
        self.remove_service().await?;
        let resource = self.tenant.resource("service")?;
        let record = self.make(resource, self.parameters.clone()).await?;
        let pkey = self.tenant.keyring.of(resource).pkey(record.number);
        Ok(Values::of([
            ("PKey", Some(pkey.to_string())),
            ("name", Some(self.text("name").to_owned())),
        ]))
    }

    async fn remove_service(&self) -> Result<Values, Failure> {
        let resource = self.tenant.resource("service")?;
        let services = self.request.services();
        match services.delete_record(&self.tenant, resource, self.text("name")).await {
            Ok(()) | Err(Error::RecordMissing { .. }) => Ok(Values::default()),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn make(&self, resource: &Resource, members: Members) -> Result<Record, Failure> {
        let author = Author::Client {
            extended: true,
            elements: true,
            strict_links: false,
            cuts_texts: false,
        };
        let patch = Patch::check(resource, members, author)?;
        let origin = WriteSource { request_id: "pact".to_owned(), api_key: String::new() };
        let creation = NewRecord { patch, ..NewRecord::default() };
        let services = self.request.services();
        Ok(services.create_record(&self.tenant, resource, creation, origin).await?.record)
    }

    /// A job of Campaign that stays in the state asked for.
    async fn make_job(&self) -> Result<Values, Failure> {
        let wrong = |name: &str| invalid(format!("'{}' is no {name}.", self.text(name)));
        let action = Action::parse(self.text("action")).ok_or_else(|| wrong("action"))?;
        let status = JobStatus::parse(self.text("status")).ok_or_else(|| wrong("status"))?;
        let regulation =
            Regulation::parse(self.text("regulation")).ok_or_else(|| wrong("regulation"))?;
        let user = RequestedUser {
            key: "pact".to_owned(),
            actions: vec![action],
            identities: vec![Identity::standard("email", self.text("email"))],
        };
        let products = vec![CAMPAIGN.to_owned()];
        let request = PrivacyRequest { users: vec![user], products, instance: None, regulation };
        let services = self.request.services();
        let created =
            services.create_jobs(&self.tenant, request, None, Some(Progression::Held)).await?;
        let id = created.jobs.first().map(|job| job.job_id).ok_or(Failure::NotReached(SHOWN_AT))?;
        let job = NamedJob { tenant: Some(Arc::clone(&self.tenant)), id };
        match status {
            JobStatus::Submitted => {}
            JobStatus::Processing => drop(services.advance_job(&job, 1).await?),
            JobStatus::Complete => drop(services.advance_job(&job, 2).await?),
            JobStatus::Error => {
                let code = ResponseCode::JobFailure;
                services.fail_job(&job, JobFailure { product: None, code, detail: None }).await?;
            }
        }
        Ok(Values::of([("jobId", Some(id.to_string()))]))
    }
}
