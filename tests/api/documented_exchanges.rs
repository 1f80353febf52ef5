//! The documented exchanges in `fixtures/exchanges`, replayed: each request as its page prints it
//! with only the host changed, its answer compared with the one printed.

use std::time::Duration;

use campaign_mock::config::Settings;
use campaign_mock::http::PatchReturns;
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, PROFILES, members, settings};
use crate::wire::Answer;

struct Exchange(Value);

impl Exchange {
    fn load(name: &str) -> Self {
        let text = std::fs::read_to_string(format!("fixtures/exchanges/{name}.json")).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    /// Sends the request with the page's placeholders filled in; the status must be the page's.
    fn replay(&self, mock: &Mock, fill: &[(&str, &str)]) -> Answer {
        let own = [
            ("<ORGANIZATION>", "acme"),
            ("<ACCESS_TOKEN>", mock.token()),
            ("{ACCESS_TOKEN}", mock.token()),
            ("<API_KEY>", mock.api_key()),
            ("{API_KEY}", mock.api_key()),
            ("{IMS_ORG}", mock.ims_org()),
        ];
        let filled = |text: &str| {
            own.iter().chain(fill).fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
        };
        let request = &self.0["request"];
        let headers: Vec<(String, String)> = request["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), filled(value.as_str().unwrap())))
            .collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let body = request.get("body").map(|body| filled(&body.to_string())).unwrap_or_default();
        let target = filled(request["target"].as_str().unwrap());
        let answer = mock.raw(request["method"].as_str().unwrap(), &target, &headers, &body);
        assert_eq!(json!(answer.status), self.0["answer"]["status"], "{}", answer.body);
        answer
    }

    fn printed(&self) -> &Value {
        &self.0["answer"]["body"]
    }

    /// Every member the page prints is in the answer, with its value.
    fn compare_members(&self, answer: &Answer, pkey: &str) {
        let answer = answer.json();
        for (name, printed) in self.printed().as_object().unwrap() {
            let expected = if printed == "<PKEY>" { json!(pkey) } else { printed.clone() };
            assert_eq!(answer[name], expected, "{name}");
        }
    }
}

fn john(mock: &Mock) -> String {
    mock.pkey(&json!({"firstName": "John", "lastName": "Doe", "email": "john.doe@mail.com"}))
}

#[test]
fn ccpa_get() {
    let mock = Mock::start();
    let pkey = john(&mock);
    let exchange = Exchange::load("ccpa-get");
    let answer = exchange.replay(&mock, &[("<PKEY>", &pkey)]);
    exchange.compare_members(&answer, &pkey);
    assert_eq!(members(&answer.body)[0], "PKey");
}

#[test]
fn ccpa_post() {
    let mock = Mock::start();
    let exchange = Exchange::load("ccpa-post");
    let answer = exchange.replay(&mock, &[]);
    exchange.compare_members(&answer, "");
    mock.settle();
    assert_eq!(mock.jobs("ccpa").len(), 1);
}

#[test]
fn ccpa_patch_answering_the_record() {
    let mock = Mock::with(Settings { patch_returns: PatchReturns::Record, ..settings() });
    let pkey = john(&mock);
    let exchange = Exchange::load("ccpa-patch");
    let answer = exchange.replay(&mock, &[("<PKEY>", &pkey)]);
    exchange.compare_members(&answer, &pkey);
}

#[test]
fn ccpa_patch_by_default() {
    let mock = Mock::start();
    let pkey = john(&mock);
    let answer = Exchange::load("ccpa-patch").replay(&mock, &[("<PKEY>", &pkey)]);
    assert_eq!(members(&answer.body), ["PKey", "href"]);
    assert_eq!(mock.read(&pkey)["ccpaOptOut"], json!(true));
}

#[test]
fn both_spellings_of_the_api_answer_the_ccpa_page() {
    let mock = Mock::start();
    let pkey = john(&mock);
    for name in ["ccpa-get", "ccpa-post", "ccpa-patch"] {
        let mut exchange = Exchange::load(name);
        let target = exchange.0["request"]["target"].as_str().unwrap();
        exchange.0["request"]["target"] =
            json!(target.replace("profilesAndServices", "profileAndServices"));
        exchange.replay(&mock, &[("<PKEY>", &pkey)]);
    }
}

/// The answer is the printed one but for the job ids, which must be distinct UUIDs.
fn compare_created(exchange: &Exchange, answer: &Answer) {
    let (mut printed, mut answered) = (exchange.printed().clone(), answer.json());
    assert_eq!(members(&answer.body), ["jobs", "requestStatus", "totalRecords"]);
    let mut ids = Vec::new();
    for jobs in [&mut printed, &mut answered] {
        for job in jobs["jobs"].as_array_mut().unwrap() {
            ids.push(job["jobId"].take());
        }
    }
    assert_eq!(answered, printed);
    let ours = &ids[ids.len() / 2..];
    for id in ours {
        assert!(uuid::Uuid::try_parse(id.as_str().unwrap()).is_ok(), "{id}");
        assert_eq!(ours.iter().filter(|other| *other == id).count(), 1);
    }
}

#[test]
fn privacy_create_access_delete() {
    let mock = Mock::start();
    let exchange = Exchange::load("privacy-create-access-delete");
    compare_created(&exchange, &exchange.replay(&mock, &[]));
}

#[test]
fn privacy_create_opt_out() {
    let mock = Mock::start();
    let exchange = Exchange::load("privacy-create-opt-out");
    compare_created(&exchange, &exchange.replay(&mock, &[]));
    let jobs = mock.jobs("ccpa");
    assert!(jobs.iter().all(|job| job["action"] == "opt-out-of-sale"));
    // It is a request to Privacy Service alone: Campaign's profiles stay as they are.
    assert_eq!(mock.get("/__admin/opt-outs?org=acme").json()["changes"], json!([]));
    assert_eq!(mock.get(PROFILES).json()["count"]["value"], 12);
}

/// Does something on the demo data as it is at first, after work on it, and after a reset.
fn before_and_after_a_reset(check: impl Fn(&Mock)) {
    let mock = Mock::start();
    check(&mock);
    assert_eq!(mock.post(JOBS, &mock.request("gdpr", &["access"])).status, 202);
    mock.advance(Duration::from_secs(3600));
    let reset = mock.control("POST", "reset?org=acme", &json!({}));
    assert_eq!(reset.status, 200, "{}", reset.body);
    check(&mock);
}

#[test]
fn privacy_read_job() {
    let exchange = Exchange::load("privacy-read-job");
    before_and_after_a_reset(|mock| {
        // The page reads one job and prints another: the demo data has both.
        let answer = exchange.replay(mock, &[]);
        let mut expected = exchange.printed().clone();
        let asked = exchange.0["request"]["target"].as_str().unwrap().rsplit_once('/').unwrap().1;
        expected["jobId"] = json!(asked);
        assert_eq!(answer.json(), expected);

        let printed = exchange.printed();
        let id = printed["jobId"].as_str().unwrap();
        let answer = mock.get(&format!("{JOBS}/{id}"));
        assert_eq!((answer.status, &answer.json()), (200, printed));
        assert_eq!(
            members(&answer.body),
            [
                "jobId",
                "requestId",
                "userKey",
                "action",
                "status",
                "submittedBy",
                "createdDate",
                "lastModifiedDate",
                "userIds",
                "productResponses",
                "downloadURL",
                "regulation",
            ],
            "in the printed order"
        );
    });
}

#[test]
fn privacy_read_a_job_that_was_created() {
    let mock = Mock::start();
    let created = Exchange::load("privacy-create-access-delete").replay(&mock, &[]).json();
    mock.advance(Duration::from_secs(60));
    let id = created["jobs"][0]["jobId"].as_str().unwrap();
    let (exchange, answer) =
        (Exchange::load("privacy-read-job"), mock.get(&format!("{JOBS}/{id}")));
    let (printed, job) = (exchange.printed(), answer.json());

    let names = members(&serde_json::to_string(printed).unwrap());
    let mut ours = members(&answer.body);
    ours.sort();
    assert_eq!(ours, names, "the printed names, here sorted");
    assert_eq!(members(&answer.body)[..4], ["jobId", "requestId", "userKey", "action"]);
    for name in ["action", "regulation", "submittedBy"] {
        assert_eq!(job[name], printed[name], "{name}");
    }
    for name in ["createdDate", "lastModifiedDate"] {
        assert_eq!(form(&job[name]), form(&printed[name]), "{name}");
    }
    assert_eq!(form(&job["requestId"]), form(&printed["requestId"]));
    let address = format!("http://mock.localhost{JOBS}/{id}/content?");
    assert!(job["downloadURL"].as_str().unwrap().starts_with(&address), "{job}");
    assert_eq!(job["userIds"][0], printed["userIds"][0]);
    assert_eq!(job["userIds"][1]["namespaceId"], printed["userIds"][1]["namespaceId"]);
    for (ours, theirs) in
        [0, 1].map(|at| (&job["productResponses"][at], &printed["productResponses"][at]))
    {
        assert_eq!(ours["product"], theirs["product"]);
        assert_eq!(ours["retryCount"], theirs["retryCount"]);
        assert_eq!(form(&ours["processedDate"]), form(&theirs["processedDate"]));
        assert!(ours["productStatusResponse"]["status"].is_string());
    }
}

/// A text with its digits and letters replaced by kind.
fn form(text: &Value) -> String {
    let kind = |c: char| match c {
        '0'..='9' => '9',
        'A' | 'P' => 'p',
        other => other,
    };
    text.as_str().unwrap().chars().map(kind).collect()
}

#[test]
fn privacy_list_jobs() {
    let exchange = Exchange::load("privacy-list-jobs");
    before_and_after_a_reset(|mock| {
        let list = exchange.replay(mock, &[]).json();
        assert_eq!(list["totalRecords"], 150);
        assert_eq!(list["jobDetails"].as_array().unwrap().len(), 50);
    });
}
