//! The test driver: a server of its own on a free port, spoken to in the domain's words. Its clock
//! stands, its random numbers are seeded and its name is fixed, so answers are the same every time.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::time::Duration;

use campaign_mock::config::{SeedSource, Settings};
use campaign_mock::domain::Timestamp;
use serde_json::{Value, json};

use crate::wire::{self, Answer};

/// When every test begins: 2020-03-01 12:00 GMT.
pub const START: Timestamp = Timestamp::from_millis(1_583_064_000_000);

/// The name under which the server is called, which hrefs repeat.
pub const HOST: &str = "mock.localhost";

pub const PROFILES: &str = "/acme/campaign/profileAndServices/profile";
pub const JOBS: &str = "/data/core/privacy/jobs";
pub const GDPR: &str = "/data/privacy/gdpr";

pub struct Mock {
    server: campaign_mock::Mock,
}

/// Waits for what needs no runtime of its own.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// The settings tests start from.
pub fn settings() -> Settings {
    Settings { rng_seed: Some(7), ..Settings::default() }
}

/// Writes the credentials of the demo seed into the folder of an org, under API keys of its own
/// unless it is the demo's org too.
pub fn credentials(folder: &Path) {
    let org = folder.file_name().unwrap().to_str().unwrap();
    let text = fs::read_to_string("fixtures/seed/acme/org.json").unwrap();
    let key = if org == "acme" { "demo-".to_owned() } else { format!("{org}-") };
    fs::write(
        folder.join("org.json"),
        text.replace("\"demo-0", &format!("\"{key}0")).replace("\"demo-9", &format!("\"{key}9")),
    )
    .unwrap();
    let certificate = "demo-certificate.pem";
    fs::copy(Path::new("fixtures/seed/acme").join(certificate), folder.join(certificate)).unwrap();
}

/// A seed with two customers.
pub fn two_customers() -> (tempfile::TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    for org in ["acme", "globex"] {
        let org = folder.path().join(org);
        fs::create_dir(&org).unwrap();
        credentials(&org);
        fs::write(org.join("profile.ndjson"), "{\"lastName\":\"Canary\"}\n").unwrap();
    }
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    (folder, settings)
}

impl Mock {
    /// A server on the demo seed.
    pub fn start() -> Self {
        Self::with(settings())
    }

    /// A server without people.
    pub fn empty() -> Self {
        let mut settings = settings();
        settings.identity.seed = SeedSource::None;
        Self::with(settings)
    }

    pub fn with(settings: Settings) -> Self {
        Self::with_at(settings, START)
    }

    /// A server whose clock stands at `now`.
    pub fn with_at(settings: Settings, now: Timestamp) -> Self {
        let _ = env_logger::Builder::from_default_env().is_test(true).try_init();
        let server = campaign_mock::Mock::builder().settings(settings).frozen_at(now).start();
        Self { server: wait(server).unwrap() }
    }

    /// A server whose clock and queue work by themselves.
    pub fn running(settings: Settings) -> Self {
        Self { server: wait(campaign_mock::Mock::builder().settings(settings).start()).unwrap() }
    }

    /// The server's own Rust interface.
    pub fn server(&self) -> &campaign_mock::Mock {
        &self.server
    }

    pub fn ims_org(&self) -> &str {
        &self.server.announcement().ims_org_id
    }

    pub fn api_key(&self) -> &str {
        &self.server.announcement().api_key
    }

    pub fn token(&self) -> &str {
        &self.server.announcement().access_token
    }

    /// `127.0.0.1:<port>`
    pub fn address(&self) -> &str {
        self.server.announcement().url.trim_start_matches("http://")
    }

    /// `127.0.0.1:<port>` of the control API, where that has a port of its own.
    pub fn admin_address(&self) -> String {
        let url = self.server.announcement().admin_url.clone().unwrap();
        url.trim_start_matches("http://").to_owned()
    }

    /// Lets time pass and the queue work.
    pub fn advance(&self, by: Duration) {
        wait(self.server.clock().advance(by)).unwrap();
    }

    /// Lets the queue do what is due.
    pub fn settle(&self) {
        self.advance(Duration::ZERO);
    }

    /// A call with exactly these headers and the server's name.
    pub fn raw(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers: Vec<_> = [("Host", HOST)].into_iter().chain(headers.iter().copied()).collect();
        wire::send(self.address(), method, target, &headers, body.as_bytes()).unwrap()
    }

    /// A call with the demo credential and org.
    pub fn call(&self, method: &str, target: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token());
        let headers = [
            ("X-Api-Key", self.api_key()),
            ("Authorization", bearer.as_str()),
            ("x-gw-ims-org-id", self.ims_org()),
            ("X-Request-Id", "test"),
        ];
        self.raw(method, target, &headers, body)
    }

    pub fn get(&self, target: &str) -> Answer {
        self.call("GET", target, "")
    }

    pub fn post(&self, target: &str, body: &Value) -> Answer {
        self.call("POST", target, &body.to_string())
    }

    /// Creates a profile and answers its record.
    pub fn profile(&self, body: &Value) -> Value {
        let answer = self.post(PROFILES, body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }

    /// Creates a profile and answers its `PKey`.
    pub fn pkey(&self, body: &Value) -> String {
        self.profile(body)["PKey"].as_str().unwrap().to_owned()
    }

    pub fn patch(&self, pkey: &str, body: &Value) -> Answer {
        self.call("PATCH", &format!("{PROFILES}/{pkey}"), &body.to_string())
    }

    pub fn read(&self, pkey: &str) -> Value {
        let answer = self.get(&format!("{PROFILES}/{pkey}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub fn set_opt_out(&self, pkey: &str, value: bool) {
        assert_eq!(self.patch(pkey, &json!({"ccpaOptOut": value})).status, 200);
    }

    /// The changes of a profile: from, to, whether a job came of it, and that job's status.
    pub fn ledger(&self, pkey: &str) -> Vec<Value> {
        let answer = self.get(&format!("/__admin/opt-outs?org=acme&pkey={pkey}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["changes"].as_array().unwrap().clone()
    }

    /// Of the newest hundred jobs under a regulation, those that the demo seed does not have.
    pub fn jobs(&self, regulation: &str) -> Vec<Value> {
        let answer = self.get(&format!("{JOBS}?regulation={regulation}&size=100"));
        if answer.status == 404 {
            return Vec::new();
        }
        assert_eq!(answer.status, 200, "{}", answer.body);
        not_seeded(&answer.json()["jobDetails"])
    }

    /// Asks the control API for something, as JSON; the path is below its prefix.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/__admin/{}", path.trim_start_matches('/'));
        self.raw(method, &path, &[("Content-Type", "application/json")], &body)
    }

    /// Has the org's jobs move in another way from now on.
    pub fn set_progression(&self, body: &Value) {
        let answer = self.control("PUT", "jobs/transitions?org=acme", body);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Sends a privacy request and answers the ids of its jobs.
    pub fn send(&self, request: &Value) -> Vec<String> {
        let answer = self.post(JOBS, request);
        assert_eq!(answer.status, 202, "{}", answer.body);
        ids(&answer.json())
    }

    /// A job of Campaign about people, each given as namespace and value, and its id.
    pub fn ask(&self, action: &str, people: &[(&str, &str)]) -> String {
        self.send(&self.request_about(action, people, &["Campaign"])).remove(0)
    }

    /// A request about one person, given as namespaces and values.
    pub fn request_about(&self, action: &str, people: &[(&str, &str)], products: &[&str]) -> Value {
        let mut request = self.request("gdpr", &[action]);
        request["users"][0]["userIDs"] = identities(people);
        request["include"] = json!(products);
        request
    }

    /// A job as Privacy Service shows it.
    pub fn job(&self, id: &str) -> Value {
        let answer = self.get(&format!("{JOBS}/{id}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// The word of a job.
    pub fn status(&self, id: &str) -> String {
        self.job(id)["status"].as_str().unwrap().to_owned()
    }

    /// A job with its history, without reading it in the sense of Privacy Service.
    pub fn watched(&self, id: &str) -> Value {
        let answer = self.get(&format!("/__admin/jobs/{id}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// Makes the next move of a job and answers it.
    pub fn advance_job(&self, id: &str) -> Value {
        let answer = self.control("POST", &format!("jobs/{id}/advance"), &json!({}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// All jobs that the demo seed does not have, also those that Privacy Service does not show, newest first.
    pub fn all_jobs(&self) -> Vec<Value> {
        let answer = self.get("/__admin/jobs?org=acme");
        assert_eq!(answer.status, 200, "{}", answer.body);
        not_seeded(&answer.json()["jobs"])
    }

    /// The files of a job's archive by name, folders with an empty text.
    pub fn download(&self, id: &str) -> BTreeMap<String, String> {
        let answer = self.get(&format!("{JOBS}/{id}/content"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mut archive = zip::ZipArchive::new(Cursor::new(answer.bytes)).unwrap();
        (0..archive.len())
            .map(|at| {
                let (mut file, mut text) = (archive.by_index(at).unwrap(), String::new());
                file.read_to_string(&mut text).unwrap();
                (file.name().unwrap().into_owned(), text)
            })
            .collect()
    }

    /// A privacy request for one user.
    pub fn request(&self, regulation: &str, actions: &[&str]) -> Value {
        json!({
            "companyContexts": [{"namespace": "imsOrgID", "value": self.ims_org()}],
            "users": [{
                "key": "DavidSmith",
                "action": actions,
                "userIDs": [{"namespace": "email", "value": "dsmith@acme.com", "type": "standard"}],
            }],
            "include": ["Analytics", "AudienceManager"],
            "regulation": regulation,
        })
    }
}

/// The jobs of the demo seed, as it has them.
pub fn seeded_jobs() -> Vec<Value> {
    let lines = include_str!("../../fixtures/seed/acme/privacyJob.ndjson").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Those of listed jobs that the demo seed does not have.
pub fn not_seeded(jobs: &Value) -> Vec<Value> {
    let seeded: HashSet<String> =
        seeded_jobs().iter().map(|job| job["jobId"].as_str().unwrap().to_owned()).collect();
    let jobs = jobs.as_array().unwrap().iter();
    jobs.filter(|job| !seeded.contains(job["jobId"].as_str().unwrap())).cloned().collect()
}

/// The ids of the jobs that a create call answers.
pub fn ids(created: &Value) -> Vec<String> {
    let jobs = created["jobs"].as_array().unwrap().iter();
    jobs.map(|job| job["jobId"].as_str().unwrap().to_owned()).collect()
}

/// Identities as they are sent, each given as namespace and value.
pub fn identities(people: &[(&str, &str)]) -> Value {
    let identity = |(namespace, value): &(&str, &str)| json!({"namespace": namespace, "value": value, "type": "standard"});
    people.iter().map(identity).collect()
}

/// The products of a job as Privacy Service shows it: name, word and code, joined by blanks.
pub fn products(job: &Value) -> Vec<String> {
    let products = job["productResponses"].as_array().unwrap().iter();
    products
        .map(|one| {
            let response = &one["productStatusResponse"];
            let code = response["responseMsgCode"].as_str().unwrap_or("-");
            let (name, word) = (one["product"].as_str().unwrap(), response["status"].as_str());
            format!("{name} {} {code}", word.unwrap())
        })
        .collect()
}

/// The history of a job as the control API shows it, a line for each move.
pub fn history(job: &Value) -> String {
    let moves = job["history"].as_array().unwrap().iter();
    moves
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap_or("the job").to_owned();
            format!("{} {} {}: {}\n", text("at"), text("product"), text("status"), text("why"))
        })
        .collect()
}

/// The members of an object, in the order of the wire.
pub fn members(body: &str) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'de> serde::Deserialize<'de> for Names {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl<'de> serde::de::Visitor<'de> for Visitor {
                type Value = Names;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<Names, A::Error> {
                    let mut names = Vec::new();
                    while let Some((name, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                        names.push(name);
                    }
                    Ok(Names(names))
                }
            }
            deserializer.deserialize_map(Visitor)
        }
    }
    serde_json::from_str::<Names>(body).unwrap().0
}
