//! The control API, `/__admin`: one table lists every call there is; routing, refusals, documents and tests read it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, ServiceConfig};
use serde_json::json;

use super::super::error::Failure;
use super::super::pipeline::{Audience, RequestContext, admit, protect};
use super::super::response::json_response;
use super::super::target::CONTROL;
use super::request::{
    AnyChangedOrgQuery, AnyOrgQuery, ChangedOrgQuery, ControlRequest, OrgQuery, RemovedBody,
};
use super::route::{ControlRoute, Shape};
use super::samples::Samples;
use super::{
    api_view, clock, consents, console, documents, event_deliveries, event_registrations, events,
    exercises, faults, har, jobs, journal, messages, openapi, opt_outs, orgs, overview, pact,
    profiles, resets, seats, server, signals, stream,
};
use crate::domain::{RegistrationSpec, Snapshot};
use crate::faults::{FaultRule, RuleSpec};
use crate::journal::Matcher;

macro_rules! route {
    ($method:ident $path:literal, $summary:literal, $handler:path) => {
        ControlRoute {
            method: Method::$method,
            path: $path,
            summary: $summary,
            shape: Shape::PLAIN,
            audience: Audience::Trainer,
            handler: |call| Box::pin($handler(call)),
        }
    };
}

/// Every call of the control API.
static ROUTES: &[ControlRoute] = &[
    route!(GET "/health", "Server health and configuration", server::health)
        .for_seats()
        .answers::<server::HealthBody<'_>>(),
    route!(GET "/config", "Every setting, its value and its source", server::config)
        .answers::<server::SettingsBody<'_>>(),
    route!(PUT "/rng", "Restart the random numbers from a seed", server::seed_random)
        .takes::<server::SeedBody>()
        .example(|| json!({"seed": 7}))
        .answers::<server::SeedBody>(),
    route!(GET "/clock", "The server's time", clock::read)
        .for_seats().answers::<clock::ClockBody>(),
    route!(PUT "/clock", "Freeze, advance, set or reset the clock", clock::change)
        .takes::<clock::ChangeBody>()
        .example(|| json!({"action": "advance", "duration": "1m"}))
        .answers::<clock::ClockBody>(),
    route!(GET "/overview", "Show what each org has and how it was called", overview::read)
        .for_seats()
        .asks::<AnyOrgQuery>()
        .answers::<overview::OverviewBody<'_>>(),
    route!(GET "/orgs", "List the orgs", orgs::list).answers::<orgs::OrgsBody<'_>>(),
    route!(POST "/orgs", "Create an org from the seed", orgs::create)
        .takes::<orgs::CreateBody>()
        .creates::<orgs::OrgBody<'_>>()
        .refuses(&[404]),
    route!(GET "/orgs/{org}", "Show an org with its customer's credentials", orgs::read)
        .for_seats()
        .answers::<orgs::FullOrgBody<'_>>(),
    route!(DELETE "/orgs/{org}", "Delete an org; its next request creates it anew", orgs::delete).ends(),
    route!(POST "/reset", "Reset orgs to the seed, to nothing, or to a snapshot", resets::reset)
        .asks::<resets::ResetQuery>()
        .answers::<resets::ResetsBody<'_>>(),
    route!(GET "/snapshots", "List the snapshots", resets::list).answers::<resets::SnapshotsBody<'_>>(),
    route!(POST "/snapshots/{name}", "Save the state of orgs as a snapshot", resets::take)
        .asks::<AnyChangedOrgQuery>()
        .creates::<resets::SnapshotBody<'_>>(),
    route!(PUT "/snapshots/{name}", "Import an exported snapshot", resets::import)
        .takes::<Snapshot>()
        .example(|| json!({"campaignMockSnapshot": 1, "takenAt": 1_583_064_000_000_i64, "orgs": [{
            "org": "acme-try", "lastNumber": 0, "progression": null, "records": [], "changes": [], "jobs": [],
            "archives": [], "consents": [],
        }]}))
        .creates::<resets::SnapshotBody<'_>>(),
    route!(DELETE "/snapshots/{name}", "Delete a snapshot", resets::delete).ends(),
    route!(POST "/snapshots/{name}/restore", "Restore orgs from a snapshot", resets::restore)
        .asks::<AnyOrgQuery>()
        .answers::<resets::ResetsBody<'_>>(),
    route!(GET "/snapshots/{name}/export", "Export a snapshot as a document", resets::export)
        .answers::<Snapshot>(),
    route!(GET "/state/diff", "List what changed in an org since the seed or a snapshot", resets::diff)
        .for_seats()
        .asks::<resets::DiffQuery>()
        .answers::<resets::DiffBody<'_>>(),
    route!(POST "/tokens", "Create an access token, also an expired or a restricted one", orgs::mint)
        .takes::<orgs::MintBody>()
        .creates::<orgs::TokenBody<'_>>()
        .refuses(&[404]),
    route!(GET "/whoami", "Say as whom this API is called", seats::whoami)
        .for_seats()
        .answers::<seats::CallerBody<'_>>(),
    route!(GET "/seats", "List the seats of the training room", seats::list)
        .answers::<seats::SeatsBody>(),
    route!(POST "/seats", "Make seats with an org and a token each", seats::create)
        .takes::<seats::CreateBody>()
        .example(|| json!({"count": 3}))
        .creates::<seats::SeatsBody>(),
    route!(DELETE "/seats", "Delete all seats with their orgs", seats::clear).answers::<RemovedBody>(),
    route!(POST "/seats/exchange", "Exchange a seat's code for its tokens", seats::exchange)
        .for_anybody()
        .takes::<seats::ExchangeBody>()
        .example(|| json!({"code": "seat1-k4m2"}))
        .answers::<seats::SeatBody>()
        .refuses(&[404, 429]),
    route!(DELETE "/seats/{seat}", "Delete a seat with its org", seats::delete).ends(),
    route!(GET "/jobs", "List the newest privacy jobs with their history", jobs::list)
        .for_seats()
        .asks::<jobs::JobsQuery>()
        .answers::<jobs::JobsBody<'_>>(),
    route!(POST "/jobs/drain", "Finish all privacy jobs now", jobs::drain)
        .asks::<AnyChangedOrgQuery>()
        .answers::<jobs::DrainedBody>(),
    route!(POST "/jobs/advance", "Make the next moves of every privacy job that is not done", jobs::advance_all)
        .asks::<AnyChangedOrgQuery>()
        .takes::<jobs::AdvanceBody>()
        .answers::<jobs::AdvancedBody>(),
    route!(GET "/jobs/wait", "Wait until a privacy job has a status", jobs::wait)
        .for_seats()
        .asks::<jobs::WaitQuery>()
        .answers::<jobs::JobBody<'_>>()
        .refuses(&[408]),
    route!(GET "/profiles/wait", "Wait until a profile and its opt-outs are in a state", profiles::wait)
        .for_seats()
        .asks::<profiles::WaitQuery>()
        .answers::<profiles::OptOutStatusBody<'_>>()
        .refuses(&[404, 408]),
    route!(GET "/jobs/transitions", "Show how an org's privacy jobs progress", jobs::transitions)
        .for_seats()
        .asks::<OrgQuery>()
        .answers::<jobs::TransitionsBody>(),
    route!(PUT "/jobs/transitions", "Set how an org's privacy jobs progress", jobs::set_transitions)
        .asks::<ChangedOrgQuery>()
        .takes::<jobs::TransitionsBody>()
        .example(|| json!({"progression": "timed", "submitted": "10s", "processing": "20s"}))
        .answers::<jobs::TransitionsBody>(),
    route!(
        DELETE "/jobs/transitions",
        "Let an org's privacy jobs progress as configured again",
        jobs::reset_transitions
    )
    .asks::<ChangedOrgQuery>()
    .answers::<jobs::TransitionsBody>(),
    route!(GET "/jobs/{job_id}", "Show a privacy job with its history", jobs::read)
        .for_seats()
        .asks::<AnyOrgQuery>()
        .answers::<jobs::JobBody<'_>>(),
    route!(POST "/jobs/{job_id}/advance", "Make the next moves of a privacy job", jobs::advance)
        .asks::<AnyChangedOrgQuery>()
        .takes::<jobs::AdvanceBody>()
        .example(|| json!({"moves": 1}))
        .answers::<jobs::JobBody<'_>>(),
    route!(POST "/jobs/{job_id}/fail", "Make a privacy job fail", jobs::fail)
        .asks::<AnyChangedOrgQuery>()
        .takes::<jobs::FailBody>()
        .example(|| json!({}))
        .answers::<jobs::JobBody<'_>>(),
    route!(GET "/pact/provider-states", "List the provider states for Pact verifiers", pact::catalog)
        .answers::<pact::StatesBody>(),
    route!(POST "/pact/provider-states", "Set up or tear down a provider state", pact::change)
        .takes::<pact::StateBody>()
        .example(|| json!({"state": "a profile exists", "params": {"email": "pact@example.com"}, "action": "setup"}))
        .asks::<AnyChangedOrgQuery>()
        .answers::<pact::Values>(),
    route!(GET "/magic", "List the identities that decide how a privacy job ends", jobs::magic)
        .for_seats()
        .answers::<jobs::MagicBody>(),
    route!(GET "/opt-outs", "Show the ledger of opt-out changes", opt_outs::ledger)
        .for_seats()
        .asks::<opt_outs::LedgerQuery>()
        .answers::<opt_outs::LedgerBody<'_>>(),
    route!(GET "/consents", "List the recorded consents", consents::recorded)
        .for_seats()
        .asks::<consents::ConsentsQuery>()
        .answers::<consents::ConsentsBody<'_>>(),
    route!(GET "/events", "Stream what happens as server-sent events", events::open)
        .for_seats()
        .asks::<events::EventsQuery>()
        .serves("text/event-stream"),
    route!(GET "/exercises", "List an org's exercises and which of them are done", exercises::list)
        .for_seats()
        .asks::<OrgQuery>()
        .answers::<exercises::ExercisesBody<'_>>(),
    route!(GET "/event-registrations", "List an org's event registrations", event_registrations::list)
        .asks::<OrgQuery>()
        .answers::<event_registrations::RegistrationsBody<'_>>(),
    route!(
        POST "/event-registrations",
        "Register a webhook for events, once it has answered the challenge",
        event_registrations::add
    )
    .asks::<ChangedOrgQuery>()
    .takes::<RegistrationSpec>()
        .example(|| json!({"url": "http://127.0.0.1:9000/events"}))
    .creates::<event_registrations::RegistrationBody<'_>>(),
    route!(
        PUT "/event-registrations",
        "Replace an org's event registrations",
        event_registrations::replace
    )
    .asks::<ChangedOrgQuery>()
    .takes::<event_registrations::ReplaceBody>()
        .example(|| json!({"registrations": []}))
    .answers::<event_registrations::RegistrationsBody<'_>>(),
    route!(DELETE "/event-registrations", "Remove an org's event registrations", event_registrations::clear)
        .asks::<ChangedOrgQuery>()
        .answers::<RemovedBody>(),
    route!(DELETE "/event-registrations/{id}", "Remove an event registration", event_registrations::remove)
        .asks::<ChangedOrgQuery>()
        .answers::<RemovedBody>(),
    route!(GET "/event-deliveries", "List the newest event deliveries", event_deliveries::list)
        .asks::<event_deliveries::DeliveriesQuery>()
        .answers::<event_deliveries::DeliveriesBody<'_>>(),
    route!(GET "/event-deliveries/wait", "Wait until events are delivered or given up", event_deliveries::wait)
        .asks::<event_deliveries::WaitQuery>()
        .answers::<event_deliveries::DeliveriesBody<'_>>()
        .refuses(&[404, 408]),
    route!(GET "/signals", "List the signals that workflows received", signals::taken)
        .asks::<signals::SignalsQuery>()
        .answers::<signals::SignalsBody<'_>>(),
    route!(PUT "/messages/{event}/{message}", "Give a transactional message a status", messages::set_status)
        .asks::<ChangedOrgQuery>()
        .takes::<messages::StatusBody>()
        .example(|| json!({"status": "processed"}))
        .answers::<messages::MessageBody<'_>>()
        .refuses(&[404]),
    route!(GET "/requests", "List the last requests, newest first", journal::list)
        .for_seats()
        .asks::<journal::ListQuery>()
        .answers::<journal::CallsBody<'_>>(),
    route!(DELETE "/requests", "Clear the journal of an org, or of all", journal::clear)
        .asks::<AnyOrgQuery>()
        .answers::<journal::ClearedBody>(),
    route!(GET "/requests.har", "Export the journal as a HAR document", har::read)
        .for_seats()
        .asks::<AnyOrgQuery>()
        .answers::<har::HarBody>(),
    route!(POST "/requests/find", "Find the requests that match", journal::find)
        .for_seats()
        .asks::<AnyOrgQuery>()
        .takes::<Matcher>()
        .example(|| json!({"method": "GET", "path": "*/profile*"}))
        .answers::<journal::CallsBody<'_>>(),
    route!(POST "/requests/count", "Count the requests that match", journal::count)
        .for_seats()
        .asks::<AnyOrgQuery>()
        .takes::<Matcher>()
        .example(|| json!({"method": "GET", "path": "*/profile*"}))
        .answers::<journal::CountBody>(),
    route!(GET "/requests/unmatched", "List the refused requests with the reason", journal::refused)
        .for_seats()
        .asks::<journal::ListQuery>()
        .answers::<journal::CallsBody<'_>>(),
    route!(GET "/requests/stream", "Stream requests as server-sent events", stream::open)
        .for_seats()
        .asks::<AnyOrgQuery>()
        .serves("text/event-stream"),
    route!(GET "/requests/{id}", "Show a request", journal::read)
        .for_seats().answers::<journal::CallBody<'_>>(),
    route!(POST "/verify", "Verify that matching requests were received", journal::verify)
        .asks::<AnyOrgQuery>()
        .takes::<journal::ExpectationBody>()
        .example(|| json!({"method": "PATCH", "path": "*/profile/*", "body": {"ccpaOptOut": true}, "atLeast": 0}))
        .answers::<journal::VerdictBody>()
        .refuses(&[406]),
    route!(GET "/faults", "List the fault rules", faults::list)
        .for_seats()
        .asks::<AnyOrgQuery>()
        .answers::<faults::RulesBody>(),
    route!(POST "/faults", "Add a fault rule", faults::add)
        .asks::<AnyOrgQuery>()
        .takes::<RuleSpec>()
        .example(|| json!({"path": "*/nowhere", "first": 1, "status": 429, "retryAfter": 1}))
        .creates::<FaultRule>(),
    route!(PUT "/faults", "Replace the fault rules of an org, or all", faults::replace)
        .asks::<AnyOrgQuery>()
        .takes::<faults::ReplaceBody>()
        .example(|| json!({"faults": [{"path": "*/nowhere", "first": 1, "status": 429, "retryAfter": 1}]}))
        .answers::<faults::RulesBody>(),
    route!(DELETE "/faults", "Remove the fault rules of an org, or all", faults::clear)
        .asks::<AnyOrgQuery>()
        .answers::<RemovedBody>(),
    route!(GET "/faults/{id}", "Show a fault rule and how often it was applied", faults::read)
        .answers::<FaultRule>(),
    route!(PUT "/faults/{id}", "Create or replace a fault rule", faults::put)
        .takes::<RuleSpec>()
        .example(|| json!({"path": "*/nowhere", "first": 1, "status": 429, "retryAfter": 1}))
        .sets::<FaultRule>(),
    route!(DELETE "/faults/{id}", "Remove a fault rule", faults::remove).answers::<RemovedBody>(),
    route!(GET "/", "The console: a page that shows what this API tells", console::page)
        .serves("text/html; charset=utf-8")
        .open(),
    route!(GET "/seat", "The console of a seat", console::page)
        .serves("text/html; charset=utf-8")
        .open(),
    route!(GET "/assets/{asset}", "A file of the console", console::asset).serves("*/*").open(),
    route!(GET "/assets/directives/{directive}", "A file of the console", console::directive)
        .serves("*/*")
        .open(),
    route!(GET "/docs", "The APIs as a page to read and to try", api_view::page)
        .serves("text/html; charset=utf-8")
        .open(),
    route!(GET "/docs/{file}", "A file of that page", api_view::file).serves("*/*").open(),
    route!(GET "/openapi/control.json", "The OpenAPI document of this API", control_document)
        .for_seats()
        .asks::<AnyOrgQuery>(),
    route!(GET "/openapi/campaign.json", "The OpenAPI document of an org's Campaign", documents::campaign_document)
        .for_seats()
        .asks::<AnyOrgQuery>(),
    route!(GET "/openapi/privacy.json", "The OpenAPI document of Privacy Service", documents::privacy_document)
        .for_seats()
        .asks::<AnyOrgQuery>(),
    route!(GET "/openapi/ims.json", "The OpenAPI document of the token service", documents::ims_document)
        .asks::<AnyOrgQuery>(),
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
            let (handler, audience) = (route.handler, route.audience);
            resource = resource.route(web::method(route.method.clone()).to(
                move |context: RequestContext, body: Bytes| async move {
                    // A response needs the context that the handler takes.
                    let answer = match admitted(context.clone(), body, audience) {
                        Ok(request) => handler(request).await,
                        Err(failure) => Err(failure),
                    };
                    context.respond(answer)
                },
            ));
        }
        let allowed = ALLOWED.get(path).map_or("", String::as_str);
        let refusal = move |context: RequestContext| {
            std::future::ready(refused(&context, Failure::MethodNotAllowed(allowed)))
        };
        scope = scope.service(resource.default_service(web::to(refusal)));
    }
    let unknown = |context: RequestContext| {
        let text = "The control API has no such call: GET /__admin/docs shows all of them.";
        std::future::ready(refused(&context, Failure::NoEntry(text.to_owned())))
    };
    let to_console = |context: RequestContext| {
        let answer = admit(&context, Audience::Links).map(|_| console::redirect());
        std::future::ready(context.respond(answer))
    };
    let door = web::resource("").route(web::get().to(to_console));
    scope = scope.service(door.default_service(web::to(unknown)));
    routes.service(scope.default_service(web::to(unknown)).wrap(from_fn(protect)));
}

/// A request whose caller is of that audience.
fn admitted(
    context: RequestContext,
    body: Bytes,
    audience: Audience,
) -> Result<ControlRequest, Failure> {
    let role = admit(&context, audience)?;
    ControlRequest::new(context, body, role)
}

/// A refusal of what is no call, for who may know that.
fn refused(context: &RequestContext, failure: Failure) -> HttpResponse {
    let failure = admit(context, Audience::Trainer).err().unwrap_or(failure);
    context.respond(Err(failure))
}

/// `GET /__admin/openapi/control.json[?org=…]`. It is here, beside the table that it is made of.
async fn control_document(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.tenant_or_default().await?;
    let token = request.state().settings.control.token.is_some();
    let samples = Samples::of(request.services(), &tenant)?;
    json_response(StatusCode::OK, &openapi::document(ROUTES, &request.base_url(), token, &samples))
}
