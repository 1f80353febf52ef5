//! The test driver: a server of its own on a free port, spoken to in the domain's words. Its clock
//! stands, its random numbers are seeded and its name is fixed, so answers are the same every time.

use std::fs;
use std::path::Path;
use std::time::Duration;

use campaign_mock::CampaignMock;
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
    server: CampaignMock,
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
        let _ = env_logger::Builder::from_default_env().is_test(true).try_init();
        Self { server: CampaignMock::start_standing(settings, START).unwrap() }
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

    /// Lets time pass and the queue work.
    pub fn advance(&self, by: Duration) {
        self.server.advance(by).unwrap();
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

    /// A call of the control API, below its prefix.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("Content-Type", "application/json")];
        self.raw(method, &format!("/__admin{path}"), &headers, &body)
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

    /// The newest hundred jobs under a regulation; none when the list is empty.
    pub fn jobs(&self, regulation: &str) -> Vec<Value> {
        let answer = self.get(&format!("{JOBS}?regulation={regulation}&size=100"));
        if answer.status == 404 {
            return Vec::new();
        }
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["jobDetails"].as_array().unwrap().clone()
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
