//! The control API, `/__admin`: one table says every call there is; registering, refusing, documents
//! and tests read it. `gate.rs` stands before all of it.

mod clock;
mod consents;
mod documents;
mod faults;
mod gate;
mod jobs;
mod journal;
mod opt_outs;
mod orgs;
mod pact;
mod profiles;
mod resets;
mod server;
mod signals;
mod stream;
mod waiting;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::error::QueryPayloadError;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, Query, ServiceConfig};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::openapi::Shape;
use super::{Call, Failure, Surface, answer};
use crate::domain::Error;
use crate::service::{Services, Tenant};

pub use gate::AdminAccess;
pub(super) use gate::check_reader;
pub(super) use pact::state_names;

/// Where the control API is.
pub(super) const PREFIX: &str = "/__admin";

/// Most entries in one answer, and how many there are when the caller does not say.
const LIMIT: i64 = 1000;

/// A call of the control API as its handlers see it.
struct AdminCall {
    call: Call,
    body: Bytes,
}

type Answering = Pin<Box<dyn Future<Output = Result<HttpResponse, Failure>>>>;

/// One call of the control API.
pub struct ControlRoute {
    /// The verb.
    pub method: Method,
    /// The path below the prefix; segments in braces stand for anything.
    pub path: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What it is sent and answers, for its document.
    pub(super) shape: Shape,
    handler: fn(AdminCall) -> Answering,
}

impl ControlRoute {
    /// It needs these query parameters.
    const fn needs(mut self, names: &'static [&'static str]) -> Self {
        self.shape.needs = names;
        self
    }

    /// It takes these query parameters.
    const fn asks(mut self, names: &'static [&'static str]) -> Self {
        self.shape.asks = names;
        self
    }

    /// It takes a body of that schema.
    const fn takes(mut self, schema: &'static str) -> Self {
        self.shape.takes = Some(schema);
        self
    }

    /// It answers a body of that schema.
    const fn answers(mut self, schema: &'static str) -> Self {
        self.shape.answers = schema;
        self
    }

    /// It answers 201 and a body of that schema.
    const fn creates(mut self, schema: &'static str) -> Self {
        self.shape.status = 201;
        self.answers(schema)
    }

    /// It answers 204 and nothing.
    const fn ends(mut self) -> Self {
        self.shape.status = 204;
        self
    }

    /// It answers text of that type.
    const fn serves(mut self, kind: &'static str) -> Self {
        self.shape.kind = kind;
        self.answers("Page")
    }

    /// It answers a body of that schema, with 201 where it has made something.
    const fn sets(mut self, schema: &'static str) -> Self {
        self.shape.may_create = true;
        self.answers(schema)
    }

    /// It refuses with these statuses too.
    const fn refuses(mut self, statuses: &'static [u16]) -> Self {
        self.shape.refuses = statuses;
        self
    }
}

macro_rules! route {
    ($method:ident $path:literal, $summary:literal, $handler:path) => {
        ControlRoute {
            method: Method::$method,
            path: $path,
            summary: $summary,
            shape: Shape::PLAIN,
            handler: |call| Box::pin($handler(call)),
        }
    };
}

/// Every call of the control API.
static ROUTES: &[ControlRoute] = &[
    route!(GET "/health", "How the server is, and what it runs with", server::health)
        .answers("Health"),
    route!(GET "/config", "Every setting and where its value comes from", server::config)
        .answers("Settings"),
    route!(PUT "/rng", "Start the random numbers again from a seed", server::seed_random)
        .takes("RandomSeed")
        .answers("RandomSeed"),
    route!(GET "/clock", "What time it is", clock::read).answers("Clock"),
    route!(PUT "/clock", "Freeze, advance, set or reset the clock", clock::change)
        .takes("ClockChange")
        .answers("Clock"),
    route!(GET "/orgs", "The orgs that exist", orgs::list).answers("Orgs"),
    route!(POST "/orgs", "Make an org from the seed", orgs::create)
        .takes("NewOrg")
        .creates("Org")
        .refuses(&[404]),
    route!(GET "/orgs/{org}", "An org with its customer's credentials", orgs::read)
        .answers("OrgWithCredentials"),
    route!(DELETE "/orgs/{org}", "End an org; its next call makes it anew", orgs::delete).ends(),
    route!(POST "/reset", "Orgs back to the seed, to nothing, or to a snapshot", resets::reset)
        .asks(&["org", "to"])
        .answers("Resets"),
    route!(GET "/snapshots", "The snapshots", resets::list).answers("Snapshots"),
    route!(POST "/snapshots/{name}", "Keep what orgs have as a snapshot", resets::take)
        .asks(&["org"])
        .creates("Snapshot"),
    route!(PUT "/snapshots/{name}", "Keep an exported document as a snapshot", resets::import)
        .takes("SnapshotDocument")
        .creates("Snapshot"),
    route!(DELETE "/snapshots/{name}", "Remove a snapshot", resets::delete).ends(),
    route!(POST "/snapshots/{name}/restore", "Orgs back to a snapshot", resets::restore)
        .asks(&["org"])
        .answers("Resets"),
    route!(GET "/snapshots/{name}/export", "A snapshot as a document", resets::export)
        .answers("SnapshotDocument"),
    route!(GET "/state/diff", "What changed in an org since the seed or a snapshot", resets::diff)
        .needs(&["org"])
        .asks(&["from"])
        .answers("StateDiff"),
    route!(POST "/tokens", "Mint an access token, also an expired or a narrow one", orgs::mint)
        .takes("NewToken")
        .creates("Token")
        .refuses(&[404]),
    route!(GET "/jobs", "The newest privacy jobs with their history", jobs::list)
        .needs(&["org"])
        .asks(&["status", "limit"])
        .answers("Jobs"),
    route!(POST "/jobs/drain", "Bring all privacy jobs to their end", jobs::drain)
        .asks(&["org"])
        .answers("Drained"),
    route!(GET "/jobs/wait", "Wait until a privacy job is in a state", jobs::wait)
        .needs(&["jobId"])
        .asks(&["status", "timeout"])
        .answers("Job")
        .refuses(&[408]),
    route!(GET "/profiles/wait", "Wait until a profile and its opt-outs are in a state", profiles::wait)
        .needs(&["org", "profile"])
        .asks(&["state", "timeout"])
        .answers("Standing")
        .refuses(&[404, 408]),
    route!(GET "/jobs/transitions", "What moves an org's privacy jobs", jobs::transitions)
        .needs(&["org"])
        .answers("Transitions"),
    route!(PUT "/jobs/transitions", "Set what moves an org's privacy jobs", jobs::set_transitions)
        .needs(&["org"])
        .takes("Transitions")
        .answers("Transitions"),
    route!(
        DELETE "/jobs/transitions",
        "Have an org's privacy jobs move as configured again",
        jobs::reset_transitions
    )
    .needs(&["org"])
    .answers("Transitions"),
    route!(GET "/jobs/{job_id}", "A privacy job with its history", jobs::read).answers("Job"),
    route!(POST "/jobs/{job_id}/advance", "Make the next moves of a privacy job", jobs::advance)
        .takes("Advance")
        .answers("Job"),
    route!(POST "/jobs/{job_id}/fail", "Have a privacy job fail", jobs::fail)
        .takes("Failing")
        .answers("Job"),
    route!(GET "/pact/provider-states", "The states that a Pact verifier can ask for", pact::catalogue)
        .answers("ProviderStates"),
    route!(POST "/pact/provider-states", "Bring an org into a state for a Pact verifier", pact::change)
        .takes("ProviderState")
        .asks(&["org"])
        .answers("ProviderValues"),
    route!(GET "/magic", "The identities that decide how a privacy job goes", jobs::magic)
        .answers("Magic"),
    route!(GET "/opt-outs", "The ledger of opt-out changes", opt_outs::ledger)
        .needs(&["org"])
        .asks(&["pkey", "after", "limit"])
        .answers("Ledger"),
    route!(GET "/consents", "The consents on record", consents::recorded)
        .needs(&["org"])
        .asks(&["limit"])
        .answers("Consents"),
    route!(GET "/signals", "The signals that workflows have taken", signals::taken)
        .needs(&["org"])
        .asks(&["limit"])
        .answers("Signals"),
    route!(GET "/requests", "The last calls of the APIs, newest first", journal::list)
        .asks(&["org", "limit", "since"])
        .answers("Calls"),
    route!(DELETE "/requests", "Forget an org's calls, or all", journal::clear)
        .asks(&["org"])
        .answers("Forgotten"),
    route!(POST "/requests/find", "The calls that are as described", journal::find)
        .asks(&["org"])
        .takes("Matcher")
        .answers("Calls"),
    route!(POST "/requests/count", "How many calls are as described", journal::count)
        .asks(&["org"])
        .takes("Matcher")
        .answers("CallCount"),
    route!(GET "/requests/unmatched", "The calls that were refused, with the reason", journal::refused)
        .asks(&["org", "limit", "since"])
        .answers("Calls"),
    route!(GET "/requests/stream", "Calls as they are answered, as server-sent events", stream::open)
        .asks(&["org"])
        .serves("text/event-stream"),
    route!(GET "/requests/{id}", "A call", journal::read).answers("OneCall"),
    route!(POST "/verify", "Whether there were calls as described, and if not, how near", journal::verify)
        .asks(&["org"])
        .takes("Expectation")
        .answers("Verdict")
        .refuses(&[406]),
    route!(GET "/faults", "The fault rules in force", faults::list)
        .asks(&["org"])
        .answers("FaultRules"),
    route!(POST "/faults", "Add a fault rule", faults::add)
        .asks(&["org"])
        .takes("NewFaultRule")
        .creates("FaultRule"),
    route!(PUT "/faults", "Put fault rules in the place of an org's, or of all", faults::replace)
        .asks(&["org"])
        .takes("NewFaultRules")
        .answers("FaultRules"),
    route!(DELETE "/faults", "Remove an org's fault rules, or all", faults::clear)
        .asks(&["org"])
        .answers("Removed"),
    route!(GET "/faults/{id}", "A fault rule, and how often it came into effect", faults::read)
        .answers("FaultRule"),
    route!(PUT "/faults/{id}", "Set the fault rule of that id", faults::put)
        .takes("NewFaultRule")
        .sets("FaultRule"),
    route!(DELETE "/faults/{id}", "Remove a fault rule", faults::remove).answers("Removed"),
    route!(GET "/docs", "A page that shows these documents", documents::page)
        .serves("text/html; charset=utf-8"),
    route!(GET "/docs/page.css", "The look of that page", documents::style)
        .serves("text/css; charset=utf-8"),
    route!(GET "/docs/page.js", "The script of that page", documents::script)
        .serves("text/javascript; charset=utf-8"),
    route!(GET "/openapi/control.json", "This API as OpenAPI says it", documents::control),
    route!(GET "/openapi/campaign.json", "A tenant's Campaign as OpenAPI says it", documents::campaign)
        .asks(&["org"]),
    route!(GET "/openapi/privacy.json", "Privacy Service as OpenAPI says it", documents::privacy),
    route!(GET "/openapi/ims.json", "The token service as OpenAPI says it", documents::ims),
];

/// The methods that each path takes, as `Allow` lists them.
static ALLOWED: LazyLock<BTreeMap<&str, String>> = LazyLock::new(|| {
    let mut allowed: BTreeMap<&str, String> = BTreeMap::new();
    for route in ROUTES {
        let methods = allowed.entry(route.path).or_default();
        if !methods.is_empty() {
            methods.push_str(", ");
        }
        methods.push_str(route.method.as_str());
    }
    allowed
});

/// Every call of the control API, for documents and tests.
#[must_use]
pub fn control_routes() -> &'static [ControlRoute] {
    ROUTES
}

/// Registers the control API.
pub(super) fn control(routes: &mut ServiceConfig) {
    let mut scope = web::scope(PREFIX);
    // In the table's order, which puts fixed segments before those that stand for anything.
    let mut paths: Vec<&'static str> = ROUTES.iter().map(|route| route.path).collect();
    paths.dedup();
    for path in paths {
        let mut resource = web::resource(path);
        for route in ROUTES.iter().filter(|route| route.path == path) {
            let handler = route.handler;
            resource = resource.route(web::method(route.method.clone()).to(
                move |call: Call, body: Bytes| async move {
                    answer(Surface::Own, handler(AdminCall { call, body }).await)
                },
            ));
        }
        let allowed = ALLOWED.get(path).map_or("", String::as_str);
        let refusal = move || {
            std::future::ready(answer(Surface::Own, Err(Failure::MethodNotAllowed(allowed))))
        };
        scope = scope.service(resource.default_service(web::to(refusal)));
    }
    let unknown = || {
        let text = "The control API has no such call: GET /__admin/docs shows all of them.";
        std::future::ready(answer(Surface::Own, Err(Failure::NoEntry(text.to_owned()))))
    };
    routes.service(scope.default_service(web::to(unknown)).wrap(from_fn(gate::check)));
}

impl AdminCall {
    fn services(&self) -> &Services {
        &self.call.api.services
    }

    /// A segment of the path.
    fn segment(&self, name: &str) -> &str {
        self.call.request.match_info().get(name).unwrap_or_default()
    }

    fn query<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let query = Query::from_query(self.call.request.query_string()).map(Query::into_inner);
        query.map_err(|fault| {
            let fault = match fault {
                QueryPayloadError::Deserialize(fault) => fault.to_string(),
                other => other.to_string(),
            };
            Error::RequestInvalid(format!("The query is wrong: {fault}."))
        })
    }

    /// The body; an empty one counts as `{}`.
    fn body<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let body = if self.body.is_empty() { b"{}" } else { &self.body[..] };
        // By way of a map: an array would do for a struct otherwise.
        serde_json::from_slice::<Map<String, Value>>(body)
            .and_then(|members| T::deserialize(Value::Object(members)))
            .map_err(|fault| Error::RequestInvalid(format!("The body is wrong: {fault}.")))
    }

    /// The org that the query names, if it names one.
    fn asked_org(&self) -> Result<Option<String>, Error> {
        #[derive(serde::Deserialize)]
        struct OrgQuery {
            org: Option<String>,
        }
        Ok(self.query::<OrgQuery>()?.org)
    }

    /// The tenant that the query names by `org`, or the seed's first.
    async fn tenant_or_default(&self) -> Result<Arc<Tenant>, Error> {
        match self.asked_org()? {
            Some(org) => self.services().make_tenant(&org).await,
            None => self.services().default_tenant().await,
        }
    }

    /// The tenant that the query names by `org`; this may be its first call.
    async fn tenant(&self) -> Result<Arc<Tenant>, Error> {
        #[derive(serde::Deserialize)]
        struct OrgQuery {
            org: String,
        }
        self.services().make_tenant(&self.query::<OrgQuery>()?.org).await
    }
}

/// How many entries an answer has.
fn limit(asked: Option<i64>) -> i64 {
    asked.unwrap_or(LIMIT).clamp(1, LIMIT)
}
