//! Privacy Service's document, in the manner that the server has. Answers are described by their structs. What is sent
//! is described by hand: bodies and queries are read member by member, so that a refusal names what is wrong as the
//! vendor does, and no struct has their shape.

use serde_json::{Value, json};

use super::super::error::{GatewayRefusal, PrivacyRefusal};
use super::super::openapi::{
    Document, JSON, Operation, Parameter, at_least, boolean, exactly, integer, named, nullable,
    object, open, pattern, some, text, uuid, words,
};
use super::super::schemas::{self, Schemas};
use super::super::settings::{PrivacyBehavior, PrivacyEmptyList};
use super::super::signed_download;
use super::super::target::{CONSENT, GDPR, JOBS};
use super::shapes;
use crate::domain::{Action, Identity, JobStatus, PrivacyJob, Regulation};

const ABOUT: &str = "Privacy Service as this server imitates it: jobs, their children and what they found, and \
consents. Its settings decide the generation. Any call may also answer 405, 408, 413 and, when the server is \
stopping, overloaded or out of disk, 503 or 507.";

const TAG: &str = "jobs";

/// What calls need, by the names of the document.
const CREDENTIALS: &[&[&str]] = &[&["apiKey", "imsOrg", "token"]];

/// What there is to try calls on.
pub(in crate::http) struct JobSamples<'a> {
    /// The IMS org.
    pub(in crate::http) ims_org: &'a str,
    /// A job that is complete and has found something.
    pub(in crate::http) job: Option<&'a PrivacyJob>,
}

/// The document of a server with this behavior.
pub(in crate::http) fn document(
    behavior: &PrivacyBehavior,
    base_url: &str,
    samples: &JobSamples<'_>,
) -> Value {
    let ims_org = samples.ims_org;
    let mut document = Document::new("Adobe Privacy Service", ABOUT, base_url);
    document.key("apiKey", "X-Api-Key", "The client id of a credential.");
    document.key("imsOrg", "x-gw-ims-org-id", "The IMS org of a tenant.");
    document.bearer("An access token of the token service, with the scope gdpr_sdk.");
    document.security(CREDENTIALS);
    sent(&mut document, behavior);
    let mut structs = Schemas::new();
    refusals(&mut document, &mut structs);
    for base in [JOBS, GDPR] {
        jobs(&mut document, &mut structs, behavior, base, samples);
    }
    structs.name_in(&mut document);
    let consent = Operation::new("consents", "Say who wants their data not to be sold")
        .takes(JSON, &named("Consent"))
        .example(JSON, sample_consent(ims_org))
        .answers_nothing(202, "It is on record.")
        .refuses(&[400, 401, 403]);
    document.add("post", CONSENT, consent);
    document.into_value()
}

fn jobs(
    document: &mut Document,
    structs: &mut Schemas,
    behavior: &PrivacyBehavior,
    base: &str,
    samples: &JobSamples<'_>,
) {
    let listed = structs.answer(schemas::of::<shapes::List<'_>>());
    let created = structs.answer(shapes::created_schema(behavior.generation));
    let job = structs.answer(shapes::job_schema(behavior.download, base == GDPR));
    let list = Operation::new(TAG, "List jobs, the newest first")
        .asks(list_parameters(behavior, base, samples.job))
        .answers(200, "A page.", &listed)
        .refuses(&[400, 401, 403]);
    let list = match behavior.empty_list {
        PrivacyEmptyList::NotFound => list.refuses(&[404]),
        PrivacyEmptyList::Ok => list,
    };
    let create = Operation::new(TAG, "Create jobs, one for each user and action")
        .takes(JSON, &named("PrivacyRequest"))
        .example(JSON, sample_request(samples.ims_org))
        .answers(202, "The jobs.", &created)
        .refuses(&[400, 401, 403]);
    let of_job = |summary: &str| {
        let id = Parameter::path("jobId", &uuid());
        let id = match samples.job {
            Some(job) => id.example(job.job_id.to_string()),
            None => id,
        };
        Operation::new(TAG, summary).asks([id]).refuses(&[400, 401, 403, 404])
    };
    let read = of_job("Read a job").answers(200, "The job.", &job);
    let child = |request: &str| {
        of_job("Create a job for more identities of the same person")
            .takes(JSON, &named(request))
            .example(JSON, sample_child())
            .answers(202, "The job.", &created)
    };
    let archive = json!({"type": "string", "format": "binary"});
    // Addresses on the base of 2019 are never signed.
    let signed = behavior.signs_downloads() && base == JOBS;
    let content = of_job(if signed {
        "Download the result of a job; the address in downloadURL needs no header"
    } else {
        "Download the result of a job"
    })
    .answers_as(200, "An archive.", "application/zip", &archive);
    let content = if signed { with_signed_address(content, structs) } else { content };
    let job = format!("{base}/{{jobId}}");
    document.add("get", base, list);
    document.add("post", base, create);
    document.add("get", &job, read);
    document.add("post", &format!("{job}/child-job"), child("ChildRequest"));
    if base == GDPR {
        document.add("post", &format!("{job}/child"), child("ChildRequestOf2019"));
    }
    document.add("get", &format!("{job}/content"), content);
}

/// A download whose credentials may be in its address instead.
fn with_signed_address(content: Operation, structs: &mut Schemas) -> Operation {
    let own = structs.answer(schemas::of::<PrivacyRefusal>());
    let gateway = structs.answer(schemas::of::<GatewayRefusal<'_>>());
    let moment = json!({"type": "string", "format": "date-time"});
    let parameters = [
        Parameter::query(signed_download::ORG, &text()).about("Of the signed address: the tenant."),
        Parameter::query(signed_download::EXPIRES, &moment)
            .about("Of the signed address: the moment from which it is too old."),
        Parameter::query(signed_download::TOKEN, &text())
            .about("Of the signed address: the signature."),
    ];
    let mut credentials: Vec<Value> = CREDENTIALS
        .iter()
        .map(|set| set.iter().map(|name| ((*name).to_owned(), json!([]))).collect())
        .collect();
    credentials.push(json!({}));
    content.asks(parameters).needs(credentials.into()).refuses_as(
        403,
        "Credentials are missing or give no right. Or the signed address was changed or is too old.",
        JSON,
        &json!({"anyOf": [own, gateway]}),
    )
}

fn list_parameters(
    behavior: &PrivacyBehavior,
    base: &str,
    sample: Option<&PrivacyJob>,
) -> [Parameter; 7] {
    let day = || pattern(r"^(\d{4}-\d{2}-\d{2})?$");
    let sizes = behavior.sizes;
    let size =
        json!({"type": "integer", "minimum": 1, "maximum": sizes.most, "default": sizes.default});
    let known = regulations(behavior);
    let regulation = Parameter::query("regulation", &words(&known));
    let sample = sample.map(|job| job.regulation.as_str()).filter(|name| known.contains(name));
    let regulation = regulation.example(sample.or(known.first().copied()).unwrap_or_default());
    [
        if base == GDPR { regulation } else { regulation.required() },
        Parameter::query("page", &at_least(behavior.first_page())),
        Parameter::query("size", &size),
        Parameter::query("status", &schemas::inline(schemas::of::<JobStatus>())),
        Parameter::query("fromDate", &day()).about("The first day; together with toDate."),
        Parameter::query("toDate", &day()).about("The last day, at most 30 later."),
        Parameter::query("filterDate", &day()).about("One day, instead of the two."),
    ]
}

fn regulations(behavior: &PrivacyBehavior) -> Vec<&'static str> {
    behavior.vocabulary().regulations.iter().copied().map(Regulation::as_str).collect()
}

fn refusals(document: &mut Document, structs: &mut Schemas) {
    let own = structs.answer(schemas::of::<PrivacyRefusal>());
    let gateway = structs.answer(schemas::of::<GatewayRefusal<'_>>());
    document.refusal(404, "There is no such job.", JSON, &own);
    for (status, what) in
        [(401, "The token is not good."), (403, "Credentials are missing or give no right.")]
    {
        document.refusal(status, what, JSON, &gateway);
    }
    // The gateway and the service both answer 400.
    document.refusal(
        400,
        "The request is wrong: the detail names the field. Or the header x-gw-ims-org-id is missing.",
        JSON,
        &json!({"anyOf": [own, gateway]}),
    );
}

/// The schemas of what is sent.
fn sent(document: &mut Document, behavior: &PrivacyBehavior) {
    document.schema("NewIdentity", identity());
    document.schema("PrivacyRequest", request(behavior));
    document.schema("ChildRequest", child_request(false));
    document.schema("ChildRequestOf2019", child_request(true));
    document.schema("Consent", consent());
}

/// A text that is not empty.
fn filled() -> Value {
    json!({"type": "string", "minLength": 1})
}

/// Named by a namespace, or by the id of one.
fn identity() -> Value {
    let by_name = Identity::KINDS.into_iter().filter(|kind| *kind != Identity::NAMESPACE_ID);
    let client_side = || ("isDeletedClientSide", nullable(boolean()));
    let by_name = open(object(
        [("namespace", filled()), ("value", filled()), ("type", words(by_name))],
        [("namespaceId", nullable(integer())), client_side()],
    ));
    let id = json!({"anyOf": [integer(), pattern(r"^\d{1,9}$")]});
    let by_id = open(object(
        [("namespaceId", id), ("value", filled()), ("type", words([Identity::NAMESPACE_ID]))],
        [("namespace", filled()), client_side()],
    ));
    json!({"anyOf": [by_name, by_id]})
}

fn request(behavior: &PrivacyBehavior) -> Value {
    let context = open(exactly([("namespace", filled()), ("value", filled())]));
    let mut user_ids = some(&named("NewIdentity"));
    user_ids["maxItems"] = 9.into();
    let mut action = some(&schemas::inline(schemas::of::<Action>()));
    action["uniqueItems"] = true.into();
    let user = open(exactly([("key", filled()), ("action", action), ("userIDs", user_ids)]));
    open(object(
        [
            ("companyContexts", some(&context)),
            ("users", some(&user)),
            ("include", some(&filled())),
            ("regulation", words(regulations(behavior))),
        ],
        [
            ("expandIDs", boolean()),
            ("priority", words(["normal", "low"])),
            ("analyticsDeleteMethod", words(["anonymize", "purge"])),
        ],
    ))
}

fn child_request(of_2019: bool) -> Value {
    let needed = [("userIDs", some(&named("NewIdentity"))), ("include", some(&filled()))];
    let perhaps = [("parentJobId", nullable(uuid()))];
    // The call of 2019 need not say who asks.
    let who = if of_2019 { nullable(text()) } else { filled() };
    let (needs_who, may_have_who) = if of_2019 { (None, Some(who)) } else { (Some(who), None) };
    let named = |who: Value| ("initiatedBy", who);
    open(object(
        needed.into_iter().chain(needs_who.map(named)),
        perhaps.into_iter().chain(may_have_who.map(named)),
    ))
}

fn consent() -> Value {
    let entity = open(exactly([("nameSpace", filled()), ("values", some(&filled()))]));
    open(object(
        [("optOutOfSale", boolean()), ("entities", some(&entity))],
        [("orgId", text()), ("requestId", nullable(text())), ("transactionId", nullable(text()))],
    ))
}

fn sample_request(ims_org: &str) -> Value {
    json!({
        "companyContexts": [{"namespace": "imsOrgID", "value": ims_org}],
        "users": [{
            "key": "David Smith",
            "action": ["access"],
            "userIDs": [{"namespace": "email", "value": "dsmith@acme.com", "type": "standard"}],
        }],
        "include": ["Campaign"],
        "regulation": "ccpa",
    })
}

fn sample_child() -> Value {
    json!({
        "initiatedBy": "campaign-mock",
        "userIDs": [{"namespace": "email", "value": "dsmith@acme.com", "type": "standard"}],
        "include": ["Campaign"],
    })
}

fn sample_consent(ims_org: &str) -> Value {
    json!({
        "orgId": ims_org,
        "optOutOfSale": true,
        "entities": [{"nameSpace": "email", "values": ["dsmith@acme.com"]}],
    })
}
