//! Tests side by side: each worker has a tenant of its own, and sees nothing of the others.

use campaign_mock::config::{JobProgression, Settings};
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, not_seeded, settings};

/// How many work at the same time.
const WORKERS: usize = 8;

/// How often each of them goes through everything.
const ROUNDS: usize = 5;

/// A tenant as its worker uses it.
struct Tenant<'a> {
    mock: &'a Mock,
    name: String,
    ims_org: String,
}

impl<'a> Tenant<'a> {
    fn make(mock: &'a Mock, worker: usize) -> Self {
        let name = format!("acme-w{worker}");
        let made = mock.control("POST", "orgs", &json!({"org": name})).json();
        Self { mock, name, ims_org: made["imsOrgId"].as_str().unwrap().to_owned() }
    }

    fn call(&self, method: &str, target: &str, body: &Value) -> Value {
        let bearer = format!("Bearer {}", self.mock.token());
        let headers = [
            ("X-Api-Key", self.mock.api_key()),
            ("Authorization", bearer.as_str()),
            ("x-gw-ims-org-id", self.ims_org.as_str()),
            ("Content-Type", "application/json"),
        ];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.mock.raw(method, target, &headers, &body);
        assert!((200..300).contains(&answer.status), "{}: {target}: {}", self.name, answer.body);
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    fn campaign(&self, path: &str) -> String {
        format!("/{}/campaign/profileAndServices/{path}", self.name)
    }

    fn count(&self, path: &str) -> i64 {
        self.call("GET", &self.campaign(path), &Value::Null)["count"].as_i64().unwrap()
    }

    /// Create, subscribe, opt out, ask for the data, delete.
    fn round(&self, round: usize) {
        let email = format!("person-{round}@{}.test", self.name);
        let person = json!({"email": email});
        let made = self.call("POST", &self.campaign("profile"), &person);
        let pkey = made["PKey"].as_str().unwrap();
        let subscriptions = self.campaign("service/SVC1/subscriptions/");
        self.call("POST", &subscriptions, &json!({"subscriber": {"PKey": pkey}}));
        let profile = self.campaign(&format!("profile/{pkey}"));
        self.call("PATCH", &profile, &json!({"ccpaOptOut": true}));
        assert_eq!(self.call("GET", &profile, &Value::Null)["email"], json!(email));
        assert_eq!(self.count("profile/_count"), 13);
        assert_eq!(self.count("service/SVC1/subscriptions/_count"), 3);
        for action in ["access", "delete"] {
            let request = json!({
                "companyContexts": [{"namespace": "imsOrgID", "value": self.ims_org}],
                "users": [{
                    "key": self.name,
                    "action": [action],
                    "userIDs": [{"namespace": "email", "value": email, "type": "standard"}],
                }],
                "include": ["Campaign"],
                "regulation": "gdpr",
            });
            let id = self.call("POST", JOBS, &request)["jobs"][0]["jobId"].clone();
            let job = self.call("GET", &format!("{JOBS}/{}", id.as_str().unwrap()), &Value::Null);
            let answer = &job["productResponses"][0]["productStatusResponse"];
            assert_eq!(answer["responseMsgCode"], "PRVCY-6000-200", "{}: {job}", self.name);
        }
        assert_eq!(self.count("profile/_count"), 12);
    }

    /// What there is at the end is what this worker did, and nothing else.
    fn check(&self) {
        let jobs = self.call("GET", &format!("{JOBS}?regulation=gdpr&size=100"), &Value::Null);
        let jobs = not_seeded(&jobs["jobDetails"]);
        assert_eq!(jobs.len(), 2 * ROUNDS);
        for job in &jobs {
            assert_eq!(job["userKey"], json!(self.name));
        }
        let ledger = self.mock.raw("GET", &format!("/__admin/opt-outs?org={}", self.name), &[], "");
        let ledger = ledger.json();
        assert_eq!(ledger["changes"].as_array().unwrap().len(), ROUNDS);
        assert_eq!(self.count("service/SVC1/subscriptions/_count"), 2);
    }
}

#[test]
fn eight_workers_at_once_see_only_what_they_did_themselves() {
    let mock = Mock::with(Settings { job_progression: JobProgression::Immediate, ..settings() });
    let tenants: Vec<_> = (0..WORKERS).map(|worker| Tenant::make(&mock, worker)).collect();
    std::thread::scope(|scope| {
        for tenant in &tenants {
            scope.spawn(move || (0..ROUNDS).for_each(|round| tenant.round(round)));
        }
    });
    mock.settle();
    tenants.iter().for_each(Tenant::check);
    assert_eq!(mock.jobs("gdpr"), Vec::<Value>::new());
}
