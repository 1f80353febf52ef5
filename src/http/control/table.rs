//! The control API, `/__admin`: one table lists every call there is; routing, refusals, documents and tests read it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, ServiceConfig};

use super::super::error::Failure;
use super::super::pipeline::{RequestContext, check_control};
use super::super::response::json_response;
use super::super::target::CONTROL;
use super::request::ControlRequest;
use super::route::{ControlRoute, Shape};
use super::{
    clock, consents, documents, faults, jobs, journal, openapi, opt_outs, orgs, pact, profiles,
    resets, server, signals, stream,
};

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
    route!(GET "/openapi/control.json", "This API as OpenAPI says it", control_document),
    route!(GET "/openapi/campaign.json", "A tenant's Campaign as OpenAPI says it", documents::campaign_document)
        .asks(&["org"]),
    route!(GET "/openapi/privacy.json", "Privacy Service as OpenAPI says it", documents::privacy_document),
    route!(GET "/openapi/ims.json", "The token service as OpenAPI says it", documents::ims_document),
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
pub(in crate::http) fn register(routes: &mut ServiceConfig) {
    let mut scope = web::scope(CONTROL);
    // In the table's order, which puts fixed segments before those that stand for anything.
    let mut paths: Vec<&'static str> = ROUTES.iter().map(|route| route.path).collect();
    paths.dedup();
    for path in paths {
        let mut resource = web::resource(path);
        for route in ROUTES.iter().filter(|route| route.path == path) {
            let handler = route.handler;
            resource = resource.route(web::method(route.method.clone()).to(
                move |context: RequestContext, body: Bytes| async move {
                    // A response needs the context that the handler takes.
                    let request = ControlRequest { context: context.clone(), body };
                    context.respond(handler(request).await)
                },
            ));
        }
        let allowed = ALLOWED.get(path).map_or("", String::as_str);
        let refusal = move |context: RequestContext| {
            std::future::ready(context.respond(Err(Failure::MethodNotAllowed(allowed))))
        };
        scope = scope.service(resource.default_service(web::to(refusal)));
    }
    let unknown = |context: RequestContext| {
        let text = "The control API has no such call: GET /__admin/docs shows all of them.";
        std::future::ready(context.respond(Err(Failure::NoEntry(text.to_owned()))))
    };
    routes.service(scope.default_service(web::to(unknown)).wrap(from_fn(check_control)));
}

/// `GET /__admin/openapi/control.json`. It is here, beside the table that it is made of.
async fn control_document(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.services().default_tenant().await?;
    let token = request.state().settings.control.token.is_some();
    let org = tenant.name.as_str();
    json_response(StatusCode::OK, &openapi::document(ROUTES, &request.base_url(), token, org))
}
