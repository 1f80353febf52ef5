//! The control API's document: its table of calls, with the schemas that the table names.

use serde_json::{Value, json};

use super::super::openapi::{
    Document, JSON, NOTHING, Operation, Parameter, anything, array, at_least, between, boolean,
    exactly, integer, moment, named, nullable, object, open, optional, pattern, some, text, uuid,
    words,
};
use super::super::privacy::{identity, results, statuses};
use super::super::target::CONTROL;
use super::pact::state_names;
use super::route::ControlRoute;
use crate::domain::SnapshotName;
use crate::faults::Fault;

const ABOUT: &str = "The control API of this server. Calls that change something need a body of type application/json \
or the header X-Campaign-Mock. Any call may also answer 405, 408, 413, 421 and, when the server is stopping, \
overloaded or out of disk, 503 or 507.";

/// The document of these calls, for a server that needs its token or does not; samples are for that
/// org.
pub(super) fn document(calls: &[ControlRoute], base_url: &str, token: bool, org: &str) -> Value {
    let server = format!("{base_url}{CONTROL}");
    let mut document = Document::new("campaign-mock control API", ABOUT, &server);
    if token {
        document.key("adminToken", "X-Admin-Token", "The token that the server has printed.");
        document.bearer("The same token.");
        document.security(&[&["adminToken"], &["token"]]);
    }
    document.schema("Refusal", exactly([("error", text())]));
    for (status, what) in [
        (400, "The query or the body is wrong."),
        (401, "The token is missing or another."),
        (403, "From another machine or a page of another origin."),
        (404, "There is no such org, job or profile."),
        (408, "It did not come in time, or cannot come any more."),
        (415, "The body does not say that it is JSON."),
    ] {
        document.refusal(status, what, JSON, &named("Refusal"));
    }
    let what = "There were no such calls, or not so many.";
    document.refusal(406, what, JSON, &named("Verdict"));
    for (name, schema) in schemas() {
        document.schema(name, schema);
    }
    for call in calls {
        let method = call.method.as_str().to_ascii_lowercase();
        document.add(&method, call.path, operation(call, org));
    }
    document.into_value()
}

fn operation(call: &ControlRoute, org: &str) -> Operation {
    let shape = &call.shape;
    let tag = call.path.split('/').nth(1).unwrap_or_default();
    let in_path = call.path.split(['{', '}']).skip(1).step_by(2);
    let in_path = in_path.map(|name| Parameter::path(name, &parameter(name)));
    let needed = shape.needs.iter().map(|name| Parameter::query(name, &parameter(name)).required());
    let asked = shape.asks.iter().map(|name| Parameter::query(name, &parameter(name)));
    let sample = |parameter: Parameter| parameter.sample("org", org).sample("name", "before-test");
    let parameters: Vec<_> = in_path.chain(needed).chain(asked).map(sample).collect();
    let reads = call.method.is_safe();
    let operation = Operation::new(tag, call.summary);
    let operation = match shape.status {
        204 => operation.answers_nothing(204, "Done."),
        status => operation.answers_as(status, "Done.", shape.kind, &named(shape.answers)),
    };
    let operation = if shape.may_create {
        operation.answers(201, "Made.", &named(shape.answers))
    } else {
        operation
    };
    let mut operation = operation.refuses(&[401, 403]).refuses(shape.refuses);
    if !parameters.is_empty() {
        operation = operation.refuses(&[400, 404]);
    }
    if !reads {
        operation = operation.refuses(&[415]).asks(shape.takes.is_none().then(own_header));
    }
    if let Some(body) = shape.takes {
        operation = operation.refuses(&[400]).takes(JSON, &named(body));
    }
    operation.asks(parameters)
}

/// What a call without a body shows instead of its type.
fn own_header() -> Parameter {
    Parameter::header("X-Campaign-Mock", &pattern("^[a-z0-9]+$"))
        .required()
        .about("Anything: it shows that no page of another origin has made the call.")
        .example("1")
}

/// The schema of a parameter by its name.
fn parameter(name: &str) -> Value {
    match name {
        "after" => at_least(0),
        "job_id" | "jobId" => uuid(),
        "limit" => {
            json!({"type": "integer", "format": "int64", "minimum": 1, "maximum": 1000, "default": 1000})
        }
        "name" => snapshot_name(),
        "from" | "to" => json!({"anyOf": [words(SnapshotName::RESERVED), snapshot_name()]}),
        "status" => statuses(),
        "state" => words(["settled", "opted-out", "opted-in", "deleted"]),
        "timeout" => json!({"type": "string", "default": "10s"}),
        _ => text(),
    }
}

fn snapshot_name() -> Value {
    let mut name = pattern(SnapshotName::PATTERN);
    name["not"] = json!({"enum": SnapshotName::RESERVED});
    name
}

fn duration() -> Value {
    json!({"type": "string", "example": "1h 30m"})
}

/// The schemas that the table of calls names.
fn schemas() -> Vec<(&'static str, Value)> {
    [
        schemas_of_the_server(),
        schemas_of_jobs(),
        schemas_of_records(),
        schemas_of_snapshots(),
        schemas_of_the_snapshot_document(),
        schemas_of_changes(),
        schemas_of_provider_states(),
        schemas_of_the_journal(),
        schemas_of_faults(),
    ]
    .concat()
}

fn schemas_of_the_server() -> Vec<(&'static str, Value)> {
    let org = || [("org", text()), ("imsOrgId", text()), ("profiles", at_least(0))];
    let credential = exactly([
        ("name", text()),
        ("apiKey", text()),
        ("clientSecret", text()),
        ("technicalAccount", text()),
        ("apis", array(&text())),
    ]);
    let setting = exactly([
        ("name", text()),
        ("value", text()),
        ("source", words(["flag", "environment", "default"])),
    ]);
    let journal =
        exactly([("entries", at_least(0)), ("bytes", at_least(0)), ("dropped", at_least(0))]);
    let queue = exactly([("jobs", at_least(0))]);
    let credentials = ("credentials", array(&credential));
    vec![
        ("Anything", anything()),
        ("Page", text()),
        (
            "Health",
            exactly([
                ("status", words(["healthy", "stopping"])),
                ("message", text()),
                ("version", text()),
                ("uptimeInSeconds", at_least(0)),
                ("timestamp", moment()),
                ("seed", text()),
                ("database", text()),
                ("dialect", text()),
                ("auth", text()),
                ("relaxed", array(&text())),
                ("orgs", at_least(0)),
                ("queue", queue),
                ("faults", array(&named("FaultRule"))),
                ("journal", journal),
            ]),
        ),
        ("Settings", exactly([("settings", array(&setting))])),
        ("RandomSeed", exactly([("seed", at_least(0))])),
        ("Clock", exactly([("now", moment()), ("frozen", boolean())])),
        (
            "ClockChange",
            object(
                [("action", words(["freeze", "advance", "set", "reset"]))],
                [
                    ("instant", nullable(moment())),
                    ("duration", nullable(duration())),
                    ("durationMillis", nullable(at_least(0))),
                ],
            ),
        ),
        ("Org", exactly(org())),
        ("Orgs", exactly([("orgs", array(&exactly(org())))])),
        ("OrgWithCredentials", object(org().into_iter().chain([credentials]), NOTHING)),
        ("NewOrg", exactly([("org", text())])),
        (
            "NewToken",
            optional([
                ("org", nullable(text())),
                ("credential", nullable(text())),
                ("scope", nullable(text())),
                ("expiresIn", nullable(duration())),
            ]),
        ),
        ("Token", exactly([("org", text()), ("accessToken", text())])),
    ]
}

fn schemas_of_jobs() -> Vec<(&'static str, Value)> {
    let product = exactly([
        ("product", text()),
        ("status", statuses()),
        ("retryCount", at_least(0)),
        ("code", nullable(text())),
        ("detail", nullable(text())),
        ("results", nullable(results())),
    ]);
    let transition = exactly([
        ("product", nullable(text())),
        ("status", statuses()),
        ("at", moment()),
        ("why", text()),
    ]);
    let job = exactly([
        ("jobId", uuid()),
        ("org", text()),
        ("requestId", text()),
        ("origin", words(["request", "change", "record"])),
        ("parent", nullable(uuid())),
        ("userKey", text()),
        ("action", text()),
        ("regulation", text()),
        ("status", statuses()),
        ("submittedBy", text()),
        ("createdAt", moment()),
        ("lastModifiedAt", moment()),
        ("nextMoveAt", nullable(moment())),
        ("expiresAt", nullable(moment())),
        ("identities", array(&named("Identity"))),
        ("products", array(&product)),
        ("history", array(&transition)),
    ]);
    let magic = exactly([("localPart", text()), ("effect", text())]);
    vec![
        ("Identity", identity()),
        ("Job", job),
        ("Jobs", exactly([("org", text()), ("jobs", array(&named("Job")))])),
        (
            "Standing",
            exactly([
                ("org", text()),
                ("profile", text()),
                ("exists", boolean()),
                ("ccpaOptOut", nullable(boolean())),
                ("settled", boolean()),
            ]),
        ),
        ("Drained", exactly([("drained", at_least(0))])),
        (
            "Transitions",
            object(
                [("progression", words(["immediate", "timed", "polls", "held"]))],
                [("submitted", duration()), ("processing", duration()), ("reads", at_least(1))],
            ),
        ),
        (
            "Advance",
            optional([(
                "moves",
                json!({"type": "integer", "minimum": 0, "maximum": u32::MAX, "default": 1}),
            )]),
        ),
        (
            "Failing",
            optional([
                ("product", nullable(text())),
                ("code", nullable(text())),
                ("detail", nullable(text())),
            ]),
        ),
        ("Magic", exactly([("domains", some(&text())), ("identities", some(&magic))])),
    ]
}

fn schemas_of_records() -> Vec<(&'static str, Value)> {
    let change = exactly([
        ("id", integer()),
        ("PKey", text()),
        ("sequence", at_least(1)),
        ("from", boolean()),
        ("to", boolean()),
        ("changedAt", moment()),
        ("requestId", text()),
        ("apiKey", text()),
        ("appliedBy", nullable(text())),
        ("jobId", nullable(uuid())),
        ("jobStatus", nullable(statuses())),
    ]);
    let consent = exactly([
        ("id", integer()),
        ("optOutOfSale", boolean()),
        ("identities", array(&named("Identity"))),
        ("changeId", nullable(integer())),
        ("requestId", nullable(text())),
        ("transactionId", nullable(text())),
        ("profilesChanged", nullable(at_least(0))),
        ("recordedAt", moment()),
    ]);
    let signal = exactly([
        ("workflow", text()),
        ("activity", text()),
        ("source", text()),
        ("parameters", anything()),
        ("at", moment()),
    ]);
    let ledger = object(
        [("org", text()), ("imsOrgId", text()), ("changes", array(&change))],
        [("nextAfter", integer())],
    );
    vec![
        ("Ledger", ledger),
        ("Consents", exactly([("org", text()), ("consents", array(&consent))])),
        ("Signals", exactly([("org", text()), ("signals", array(&signal))])),
    ]
}

fn schemas_of_snapshots() -> Vec<(&'static str, Value)> {
    let counts =
        || ["profiles", "records", "changes", "jobs", "consents"].map(|name| (name, at_least(0)));
    let reset = exactly([
        ("org", text()),
        ("to", text()),
        ("before", named("Counts")),
        ("after", named("Counts")),
    ]);
    let held = object([("org", text())].into_iter().chain(counts()), NOTHING);
    let snapshot =
        exactly([("name", snapshot_name()), ("takenAt", moment()), ("orgs", array(&held))]);
    vec![
        ("Counts", exactly(counts())),
        ("Resets", exactly([("orgs", array(&reset))])),
        ("Snapshot", snapshot),
        ("Snapshots", exactly([("snapshots", array(&named("Snapshot")))])),
    ]
}

/// Moments in it are milliseconds since 1970.
fn schemas_of_the_snapshot_document() -> Vec<(&'static str, Value)> {
    let document = exactly([
        ("campaignMockSnapshot", between(1, 1)),
        ("takenAt", integer()),
        ("orgs", array(&named("SavedOrg"))),
    ]);
    let org = exactly([
        ("org", text()),
        ("lastNumber", at_least(0)),
        ("progression", nullable(anything())),
        ("records", array(&named("SavedRecord"))),
        ("changes", array(&named("SavedChange"))),
        ("jobs", array(&anything())),
        ("archives", array(&anything())),
        ("consents", array(&anything())),
    ]);
    let record = object(
        [
            ("resource", text()),
            ("number", at_least(0)),
            ("created", integer()),
            ("lastModified", integer()),
            ("values", anything()),
        ],
        [
            ("due", integer()),
            ("links", json!({"type": "object", "additionalProperties": at_least(0)})),
        ],
    );
    let change = exactly([
        ("profile", at_least(0)),
        ("sequence", at_least(1)),
        ("to", boolean()),
        ("changedAt", integer()),
        ("requestId", text()),
        ("apiKey", text()),
        ("identities", array(&named("Identity"))),
        ("appliedBy", nullable(text())),
    ]);
    vec![
        ("SnapshotDocument", document),
        ("SavedOrg", org),
        ("SavedRecord", record),
        ("SavedChange", change),
    ]
}

fn schemas_of_changes() -> Vec<(&'static str, Value)> {
    let change = || words(["created", "updated", "deleted"]);
    // Whatever a field may be.
    let field = exactly([("from", json!({})), ("to", json!({}))]);
    let record = exactly([
        ("resource", text()),
        ("key", text()),
        ("change", change()),
        ("fields", json!({"type": "object", "additionalProperties": field})),
    ]);
    let job = object(
        [
            ("change", change()),
            ("action", text()),
            ("regulation", text()),
            ("status", statuses()),
            ("userKey", text()),
            ("products", array(&text())),
        ],
        [("statusBefore", statuses())],
    );
    let diff = exactly([
        ("org", text()),
        ("from", text()),
        ("records", array(&record)),
        ("privacyJobs", array(&job)),
        ("optOutChanges", at_least(0)),
        ("consents", at_least(0)),
    ]);
    vec![("StateDiff", diff)]
}

fn schemas_of_provider_states() -> Vec<(&'static str, Value)> {
    let state = exactly([
        ("name", words(state_names())),
        ("parameters", anything()),
        ("returns", array(&text())),
    ]);
    let parameters =
        json!({"type": "object", "additionalProperties": {"oneOf": [text(), boolean()]}});
    // Older verifiers send more, such as the consumer.
    let wanted = open(object(
        [("state", words(state_names().chain([""])))],
        [("params", nullable(parameters)), ("action", nullable(words(["setup", "teardown"])))],
    ));
    vec![
        ("ProviderStates", exactly([("states", array(&state))])),
        ("ProviderState", wanted),
        ("ProviderValues", json!({"type": "object", "additionalProperties": nullable(text())})),
    ]
}

fn schemas_of_the_journal() -> Vec<(&'static str, Value)> {
    let message = exactly([
        ("headers", json!({"type": "object", "additionalProperties": text()})),
        ("body", nullable(text())),
        ("bodyBytes", nullable(at_least(0))),
        ("bodyCut", boolean()),
    ]);
    let call = || {
        [
            ("id", at_least(1)),
            ("time", moment()),
            ("method", text()),
            ("path", text()),
            ("query", nullable(text())),
            ("org", nullable(text())),
            ("status", nullable(at_least(100))),
            ("reason", nullable(text())),
            ("apiKey", nullable(text())),
            ("latencyMicros", at_least(0)),
            ("request", named("Message")),
            ("response", named("Message")),
        ]
    };
    let dropped = || ("dropped", at_least(0));
    let matcher = || {
        [
            ("org", nullable(text())),
            ("method", nullable(text())),
            ("path", nullable(text())),
            ("query", json!({"type": "object", "additionalProperties": text()})),
            ("status", nullable(between(0, u16::MAX.into()))),
            ("headers", array(&text())),
            ("body", anything()),
        ]
    };
    let expected = [("count", at_least(0)), ("atLeast", at_least(0)), ("atMost", at_least(0))];
    let difference = exactly([("part", text()), ("wanted", text()), ("found", text())]);
    let nearest = exactly([
        ("diff", text()),
        ("differences", array(&difference)),
        ("request", named("Call")),
    ]);
    let verdict =
        [("verified", boolean()), ("count", at_least(0)), ("expected", text()), dropped()];
    vec![
        ("Message", message),
        ("Call", exactly(call())),
        ("OneCall", object(call().into_iter().chain([dropped()]), NOTHING)),
        ("Calls", exactly([("requests", array(&named("Call"))), dropped()])),
        ("Forgotten", exactly([("removed", at_least(0)), dropped()])),
        ("Matcher", optional(matcher())),
        ("CallCount", exactly([("count", at_least(0)), dropped()])),
        ("Expectation", object(NOTHING, matcher().into_iter().chain(expected))),
        ("Verdict", object(verdict, [("nearest", nullable(nearest))])),
    ]
}

fn schemas_of_faults() -> Vec<(&'static str, Value)> {
    let kind = |name: &'static str| ("type", words([name]));
    let millis = || at_least(0);
    let number = || json!({"type": "number", "minimum": 0});
    let lognormal = [kind("lognormal"), ("median", number()), ("sigma", number())];
    let delay = json!({"oneOf": [
        millis(),
        exactly([kind("fixed"), ("milliseconds", millis())]),
        exactly([kind("uniform"), ("lower", millis()), ("upper", millis())]),
        object(lognormal, [("maxValue", nullable(number()))]),
    ]});
    let dribble = exactly([("numberOfChunks", between(1, 1000)), ("totalDuration", millis())]);
    let rule = || {
        [
            ("org", text()),
            ("method", text()),
            ("path", text()),
            ("probability", json!({"type": "number", "minimum": 0, "maximum": 1})),
            ("first", at_least(1)),
            ("every", at_least(1)),
            ("ttl", duration()),
            ("status", between(400, 599)),
            ("retryAfter", between(0, u32::MAX.into())),
            ("delay", named("Delay")),
            ("fault", words(Fault::ALL.map(|(_, name)| name))),
            ("chunkedDribbleDelay", named("Dribble")),
        ]
    };
    let shown = [
        ("id", text()),
        ("expires", nullable(moment())),
        ("matched", at_least(0)),
        ("applied", at_least(0)),
    ];
    vec![
        ("Delay", delay),
        ("Dribble", dribble),
        ("NewFaultRule", optional(rule())),
        ("NewFaultRules", exactly([("faults", array(&named("NewFaultRule")))])),
        ("FaultRule", object(shown, rule())),
        ("FaultRules", exactly([("faults", array(&named("FaultRule")))])),
        ("Removed", exactly([("removed", at_least(0))])),
    ]
}
