//! Jobs that a seed has: how they are written, that they stand still, and that a reset brings them back.

use std::fs;
use std::time::Duration;

use campaign_mock::config::{SeedSource, Settings};
use campaign_mock::seed::Seed;
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, credentials, seeded_jobs, settings};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A seed with these jobs.
fn seed(jobs: &[Value]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    let lines: Vec<_> = jobs.iter().map(Value::to_string).collect();
    fs::write(org.join("privacyJob.ndjson"), lines.join("\n")).unwrap();
    folder
}

fn on(folder: &tempfile::TempDir) -> Mock {
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    Mock::with(settings)
}

/// A job with no more than a seed must say.
fn job(number: u8, status: &str) -> Value {
    json!({
        "jobId": format!("00000000-0000-4000-8000-0000000000{number:02}"),
        "userKey": format!("user{number}"), "action": "delete", "status": status,
        "userIds": [{"namespace": "email", "value": "a@example.com", "type": "standard"}],
        "productResponses": [{"product": "Campaign"}, {"product": "Analytics"}],
        "regulation": "gdpr",
    })
}

fn id(job: &Value) -> &str {
    job["jobId"].as_str().unwrap()
}

#[test]
fn a_job_stands_where_the_seed_puts_it() {
    let jobs = ["submitted", "processing", "complete", "error"];
    let jobs: Vec<_> = jobs.iter().zip(1..).map(|(status, number)| job(number, status)).collect();
    let mock = on(&seed(&jobs));
    // But for the address of a receipt, which is for sixty days from the moment it is given.
    let shown = || {
        let shown = jobs.iter().map(|job| {
            let mut shown = mock.job(id(job));
            shown.as_object_mut().unwrap().remove("downloadURL");
            shown
        });
        shown.collect::<Vec<_>>()
    };
    let first = shown();
    for (shown, seeded) in first.iter().zip(&jobs) {
        for name in ["jobId", "userKey", "action", "status", "regulation"] {
            assert_eq!(shown[name], seeded[name], "{name}");
        }
        assert_eq!(shown["createdDate"], "03/01/2020 12:00 PM GMT", "when the tenant was made");
        assert!(shown["submittedBy"].as_str().unwrap().ends_with("@techacct.adobe.com"));
    }
    let codes: Vec<_> = first
        .iter()
        .map(|job| job["productResponses"][0]["productStatusResponse"]["responseMsgCode"].clone())
        .collect();
    assert_eq!(codes, [json!(null), json!(null), json!("PRVCY-6000-200"), json!("PRVCY-1021-400")]);
    mock.advance(10 * Duration::from_secs(3600));
    assert_eq!(shown(), first);

    // The control API moves what can move, and a reset puts it back.
    let moved =
        mock.control("POST", &format!("jobs/{}/advance", id(&jobs[0])), &json!({"moves": 9}));
    assert_eq!((moved.status, &moved.json()["status"]), (200, &json!("complete")));
    let done = mock.control("POST", &format!("jobs/{}/advance", id(&jobs[2])), &json!({}));
    assert_eq!(done.status, 400);
    let changed = mock.control("GET", "state/diff?org=acme", &Value::Null).json();
    assert_eq!(changed["privacyJobs"].as_array().unwrap().len(), 1, "{changed}");
    mock.control("POST", "reset", &json!({}));
    assert_eq!(shown(), first);
    assert_eq!(
        mock.control("GET", "state/diff?org=acme", &Value::Null).json()["privacyJobs"],
        json!([])
    );
}

#[test]
fn a_job_of_the_seed_does_not_go() {
    let mut settings = settings();
    settings.auth = campaign_mock::auth::AuthMode::Off;
    let mock = Mock::with(settings);
    mock.advance(400 * DAY);
    let list = mock.get(&format!("{JOBS}?regulation=gdpr&page=2&size=50"));
    assert_eq!((list.status, &list.json()["totalRecords"]), (200, &json!(150)));
}

#[test]
fn each_tenant_begins_with_them_and_a_reset_to_empty_takes_them_away() {
    let mock = Mock::with(Settings { profiles: 300, ..settings() });
    let count = |org: &str| {
        let list = mock.get(&format!("/__admin/jobs?org={org}")).json();
        list["jobs"].as_array().unwrap().len()
    };
    let all = seeded_jobs().len();
    assert_eq!((count("acme"), count("acme-w1")), (all, all));
    mock.send(&mock.request("gdpr", &["access"]));
    assert_eq!((count("acme"), count("acme-w1")), (all + 1, all));
    // With so many people a reset takes a standby, and then the generation before.
    for _ in 0..3 {
        let reset = mock.control("POST", "reset?org=acme", &json!({})).json();
        assert_eq!(reset["orgs"][0]["after"]["jobs"], json!(all));
        assert_eq!(count("acme"), all);
        mock.settle();
    }
    mock.control("POST", "reset?org=acme&to=empty", &json!({}));
    assert_eq!((count("acme"), count("acme-w1")), (0, all));
    assert_eq!(Mock::empty().all_jobs(), [json!(null); 0]);
}

#[test]
fn a_tenant_that_has_the_same_job_as_another_is_named_by_the_org() {
    let mock = Mock::start();
    let printed = "527ef92d-6cd9-45cc-9bf1-477cfa1e2ca2";
    mock.get("/acme-w1/campaign/profileAndServices/profile");
    for org in ["acme", "acme-w1"] {
        let shown = mock.control("GET", &format!("jobs/{printed}?org={org}"), &Value::Null);
        assert_eq!((shown.status, &shown.json()["org"]), (200, &json!(org)));
    }
    let elsewhere = mock.control("GET", &format!("jobs/{printed}?org=acme-w2"), &Value::Null);
    assert_eq!(elsewhere.json()["org"], "acme-w2", "it is made by the call");
    let id = mock.ask("access", &[("email", "a@example.com")]);
    let foreign = mock.control("POST", &format!("jobs/{id}/advance?org=acme-w1"), &json!({}));
    assert_eq!(foreign.status, 404);
}

#[test]
fn a_seed_whose_jobs_are_wrong_is_refused_with_the_place() {
    let twice = [job(1, "complete"), job(1, "error")];
    let mut unknown = job(2, "complete");
    unknown["productResponses"][0]["product"] = json!("Photoshop");
    let mut undated = job(3, "complete");
    undated["createdDate"] = json!("yesterday");
    for (jobs, place, word) in [
        (twice.to_vec(), "line 2", "is used twice"),
        (vec![unknown], "line 1", "'Photoshop'"),
        (vec![undated], "line 1", "createdDate"),
        (vec![job(4, "expired")], "line 1", "expired"),
        (vec![json!([])], "line 1", "no printed job"),
    ] {
        let folder = seed(&jobs);
        let fault = Seed::load(folder.path()).unwrap_err().to_string();
        let place = format!("privacyJob.ndjson {place}");
        assert!(fault.contains(&place) && fault.contains(word), "{fault}");
    }
}
