//! Lists of privacy jobs: every parameter, order, totals and what finds nothing
//! (`docs/reference/privacy-service.md` §5).

use std::fmt::Write as _;
use std::time::Duration;

use campaign_mock::auth::AuthMode;
use campaign_mock::config::{SeedSource, Settings};
use campaign_mock::http::PrivacyEmptyList;
use serde_json::{Value, json};

use crate::driver::{GDPR, JOBS, Mock, members, settings};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Settings of a server that begins without jobs.
fn without_jobs() -> Settings {
    let mut settings = settings();
    settings.identity.seed = SeedSource::None;
    settings
}

/// A server that begins without jobs, and on which tokens last for months.
fn lasting() -> Mock {
    Mock::with(Settings { auth: AuthMode::Off, ..without_jobs() })
}

impl Mock {
    /// A job of the user with that key.
    fn job_of(&self, key: &str, regulation: &str, email: &str) {
        let mut request = self.request_about("access", &[("email", email)], &["CRS"]);
        request["users"][0]["key"] = json!(key);
        request["regulation"] = json!(regulation);
        self.send(&request);
    }

    /// The keys that a query finds, in its order; the status where it finds none.
    fn found(&self, query: &str) -> Result<(i64, Vec<String>), u16> {
        let answer = self.get(&format!("{JOBS}?{query}"));
        if answer.status != 200 {
            return Err(answer.status);
        }
        let jobs = answer.json()["jobDetails"].as_array().unwrap().clone();
        let keys = jobs.iter().map(|job| job["userKey"].as_str().unwrap().to_owned());
        Ok((answer.json()["totalRecords"].as_i64().unwrap(), keys.collect()))
    }
}

/// What a query finds: how many in all, and the keys on its page.
fn some(total: i64, keys: &[&str]) -> (i64, Vec<String>) {
    (total, keys.iter().map(|&key| key.to_owned()).collect())
}

#[test]
fn an_item_has_the_eight_basic_members() {
    let mock = Mock::start();
    mock.job_of("a", "gdpr", "a@example.com");
    let answer = mock.get(&format!("{JOBS}?regulation=gdpr"));
    assert_eq!(members(&answer.body), ["totalRecords", "jobDetails"]);
    let item = answer.body.split_once('[').unwrap().1.strip_suffix("]}").unwrap();
    assert_eq!(
        members(item),
        [
            "jobId",
            "requestId",
            "userKey",
            "action",
            "status",
            "submittedBy",
            "createdDate",
            "lastModifiedDate",
        ]
    );
    let (list, single) = (answer.json()["jobDetails"][0].clone(), mock.jobs("gdpr").remove(0));
    assert_eq!(list, single);
    for base in ["/data/core/privacy/jobs/", GDPR, "/data/privacy/gdpr/"] {
        assert_eq!(mock.get(&format!("{base}?regulation=gdpr&data=true")).body, answer.body);
    }
}

#[test]
fn each_parameter_narrows_or_pages_the_list() {
    let mock = lasting();
    for (key, regulation, email) in [
        ("done", "gdpr", "a@example.com"),
        ("failed", "gdpr", "error@example.com"),
        ("moving", "gdpr", "slow+4800h@example.com"),
        ("californian", "ccpa", "a@example.com"),
    ] {
        mock.job_of(key, regulation, email);
    }
    mock.advance(DAY);
    mock.job_of("new", "gdpr", "a@example.com");
    for (query, expected) in [
        ("size=9", Ok(some(4, &["new", "moving", "failed", "done"]))),
        ("", Ok(some(4, &["new"]))),
        ("page=0", Ok(some(4, &["new"]))),
        ("page=3", Ok(some(4, &["done"]))),
        ("page=4", Err(404)),
        ("page=1&size=3", Ok(some(4, &["done"]))),
        ("page=0&size=100", Ok(some(4, &["new", "moving", "failed", "done"]))),
        ("page=9223372036854775807&size=100", Err(404)),
        ("status=submitted", Ok(some(1, &["new"]))),
        ("status=processing", Ok(some(1, &["moving"]))),
        ("status=complete", Ok(some(1, &["done"]))),
        ("status=error", Ok(some(1, &["failed"]))),
        ("status=error&page=1", Err(404)),
        ("status=&size=2", Ok(some(4, &["new", "moving"]))),
        ("status=expired", Err(400)),
        ("status=Complete", Err(400)),
        ("filterDate=2020-03-01&size=9", Ok(some(3, &["moving", "failed", "done"]))),
        ("filterDate=2020-03-02", Ok(some(1, &["new"]))),
        ("filterDate=2020-03-03", Err(404)),
        ("filterDate=&size=1", Ok(some(4, &["new"]))),
        ("filterDate=2020-3-1", Err(400)),
        ("filterDate=2020-02-30", Err(400)),
        ("filterDate=2020-03-01&status=error", Ok(some(1, &["failed"]))),
        (
            "fromDate=2020-03-01&toDate=2020-03-01&size=9",
            Ok(some(3, &["moving", "failed", "done"])),
        ),
        ("fromDate=2020-03-01&toDate=2020-03-02", Ok(some(4, &["new"]))),
        ("fromDate=2020-03-02&toDate=2020-03-31", Ok(some(1, &["new"]))),
        ("fromDate=2020-03-02", Err(400)),
        ("toDate=2020-03-02", Err(400)),
        ("fromDate=2020-03-02&toDate=", Err(400)),
        ("fromDate=2020-03-02&toDate=2020-03-01", Err(400)),
        ("fromDate=2020-03-01&toDate=2020-03-31", Ok(some(4, &["new"]))),
        ("fromDate=2020-03-01&toDate=2020-04-01", Err(400)),
        ("filterDate=2020-03-01&fromDate=2020-03-01&toDate=2020-03-01", Err(400)),
        ("filterDate=2020-01-17", Err(404)),
        ("filterDate=2020-01-16", Err(400)),
        ("limit=1&size=9&order=asc&data=true", Ok(some(4, &["new", "moving", "failed", "done"]))),
        ("size=100", Ok(some(4, &["new", "moving", "failed", "done"]))),
        ("size=101", Err(400)),
        ("size=", Err(400)),
    ] {
        assert_eq!(mock.found(&format!("regulation=gdpr&{query}")), expected, "{query}");
    }
    assert_eq!(mock.found("regulation=ccpa&size=9"), Ok(some(1, &["californian"])));
    for query in ["", "regulation=", "regulation=GDPR", "regulation=lgpd_bra", "regulation=pdpa"] {
        assert_eq!(mock.found(query), Err(400), "{query}");
    }
}

#[test]
fn queries_that_are_refused_say_why() {
    let mock = Mock::start();
    let mut shown = String::new();
    for query in [
        "status=done",
        "fromDate=2020-03-01",
        "toDate=2020-03-01",
        "fromDate=2020-03-02&toDate=2020-03-01",
        "fromDate=2020-02-01&toDate=2020-03-03",
        "filterDate=2020-01-01",
        "filterDate=1.3.2020",
        "filterDate=2020-03-01&toDate=2020-03-01",
    ] {
        let answer = mock.get(&format!("{JOBS}?regulation=gdpr&{query}"));
        let _ = writeln!(shown, "--- {query}\n{}", answer.shown());
    }
    insta::assert_snapshot!("refused_queries", shown);
}

#[test]
fn a_list_without_dates_goes_back_to_the_beginning() {
    let mock = lasting();
    mock.job_of("old", "gdpr", "held@example.com");
    mock.advance(300 * DAY);
    assert_eq!(mock.found("regulation=gdpr"), Ok(some(1, &["old"])));
}

#[test]
fn what_finds_nothing_is_an_error_or_an_empty_list() {
    let mock = Mock::empty();
    assert_eq!(mock.found("regulation=gdpr"), Err(404));
    let kind = PrivacyEmptyList::Ok;
    let mock = Mock::with(Settings { privacy_empty_list: Some(kind), ..without_jobs() });
    let empty = mock.get(&format!("{GDPR}?regulation=gdpr"));
    assert_eq!((empty.status, empty.body.as_str()), (200, r#"{"totalRecords":0,"jobDetails":[]}"#));
    mock.job_of("a", "gdpr", "a@example.com");
    assert_eq!(mock.found("regulation=gdpr&page=7"), Ok(some(1, &[])));
    assert_eq!(mock.found("regulation=GDPR"), Err(400));
}

#[test]
fn a_list_is_of_one_org() {
    let mock = Mock::empty();
    mock.job_of("a", "gdpr", "a@example.com");
    let id = mock.jobs("gdpr")[0]["jobId"].as_str().unwrap().to_owned();
    assert_eq!(mock.get("/acme-w2/campaign/profileAndServices/profile").status, 200);
    let other = mock.get("/__admin/opt-outs?org=acme-w2").json()["imsOrgId"].clone();
    let bearer = format!("Bearer {}", mock.token());
    let headers = [
        ("x-api-key", mock.api_key()),
        ("Authorization", bearer.as_str()),
        ("x-gw-ims-org-id", other.as_str().unwrap()),
    ];
    for target in
        [format!("{JOBS}?regulation=gdpr"), format!("{JOBS}/{id}"), format!("{JOBS}/{id}/content")]
    {
        assert_eq!(mock.raw("GET", &target, &headers, "").status, 404, "{target}");
    }
    assert_eq!(mock.get("/__admin/jobs?org=acme-w2").json()["jobs"], Value::Array(Vec::new()));
}
