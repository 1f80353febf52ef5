//! What moves privacy jobs: nothing but their creation, time, reads, or the control API; and the
//! identities that decide how a job goes.

use std::time::Duration;

use campaign_mock::config::{JobProgression, Settings};
use campaign_mock::domain::{MAGIC, MAGIC_DOMAINS};
use serde_json::{Value, json};

use crate::driver::{GDPR, JOBS, Mock, products, settings};

const EXTENDED: &str = "/acme/campaign/profileAndServicesExt";
const REQUESTS: &str = "/acme/campaign/privacy/privacyTool";

fn moving(job_progression: JobProgression) -> Mock {
    Mock::with(Settings { job_progression, ..settings() })
}

fn mode(word: &str) -> Value {
    json!({"progression": word})
}

impl Mock {
    /// A job of three products about John Doe.
    fn of_three(&self, action: &str) -> String {
        let products = ["Analytics", "Campaign", "Target"];
        self.send(&self.request_about(action, &[("email", "john.doe@example.com")], &products))
            .remove(0)
    }

    /// Makes a privacy request of Campaign's own about John Doe; answers its address.
    fn own_request(&self, kind: &str) -> String {
        let request = json!({
            "name": format!("PT-{kind}"), "label": "Own", "namespaceName": "defaultNamespace1",
            "reconciliationValue": "john.doe@example.com", "type": kind,
            "regulation": "gdpr",
        });
        let answer = self.post(REQUESTS, &request);
        assert_eq!(answer.status, 201, "{}", answer.body);
        format!("{REQUESTS}/{}", answer.json()["PKey"].as_str().unwrap())
    }

    fn own_status(&self, request: &str) -> Value {
        self.get(request).json()["status"].clone()
    }

    fn john(&self) -> u16 {
        self.get(&format!("{EXTENDED}/profile/C-1001")).status
    }
}

/// The words of a job's products.
fn words(job: &Value) -> Vec<String> {
    let products = products(job);
    products.iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn where_nothing_holds_jobs_up_they_are_complete_at_the_first_read() {
    let mock = moving(JobProgression::Immediate);
    let id = mock.of_three("delete");
    assert_eq!((mock.status(&id).as_str(), mock.john()), ("complete", 404));
    let access = mock.ask("access", &[("email", "jane.roe@example.com")]);
    assert_eq!(mock.download(&access).len(), 2);
    let pkey = mock.pkey(&json!({"email": "a@example.com", "ccpaOptOut": true}));
    assert_eq!(mock.ledger(&pkey)[0]["jobStatus"], "complete");
}

#[test]
fn time_moves_one_product_after_the_other_within_the_time_of_the_job() {
    let mock = Mock::with(Settings {
        job_submitted: Duration::from_secs(2),
        job_processing: Duration::from_secs(3),
        ..settings()
    });
    let id = mock.of_three("delete");
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push((mock.status(&id), words(&mock.job(&id)).join(" "), mock.john()));
        mock.advance(Duration::from_secs(1));
    }
    let seen: Vec<_> =
        seen.iter().map(|(word, words, john)| (word.as_str(), words.as_str(), *john)).collect();
    assert_eq!(
        seen,
        [
            ("submitted", "submitted submitted submitted", 200),
            ("submitted", "submitted submitted submitted", 200),
            ("processing", "processing processing processing", 200),
            ("processing", "complete processing processing", 200),
            ("processing", "complete complete processing", 404),
            ("complete", "complete complete complete", 404),
        ]
    );
    // Each product says when it did.
    let at: Vec<_> = mock.watched(&id)["history"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["status"] == "complete")
        .map(|one| one["at"].as_str().unwrap()[17..19].to_owned())
        .collect();
    assert_eq!(at, ["03", "04", "05", "05"]);
}

#[test]
fn reads_move_a_job_and_each_state_is_seen_so_often() {
    for reads in [1, 2, 3] {
        let mock = Mock::with(Settings {
            job_progression: JobProgression::Polls,
            job_polls: reads,
            ..settings()
        });
        let request = mock.request_about(
            "delete",
            &[("email", "john.doe@example.com")],
            &["Campaign", "Analytics"],
        );
        let id = mock.send(&request).remove(0);
        let mut seen: Vec<(String, u32)> = Vec::new();
        for _ in 0..5 * reads {
            // Neither time, nor lists, nor the control API count.
            mock.advance(Duration::from_secs(3600));
            mock.jobs("gdpr");
            mock.watched(&id);
            mock.get(&format!("{JOBS}/{id}/content"));
            let job = mock.get(&format!("{GDPR}/{id}")).json();
            let state = format!("{} {}", job["status"].as_str().unwrap(), words(&job).join(" "));
            match seen.last_mut() {
                Some((last, times)) if *last == state => *times += 1,
                _ => seen.push((state, 1)),
            }
        }
        let states = [
            "submitted submitted submitted",
            "processing processing submitted",
            "processing processing processing",
            "processing complete processing",
            "complete complete complete",
        ];
        let expected: Vec<_> = states.iter().map(|state| ((*state).to_owned(), reads)).collect();
        assert_eq!(seen, expected, "{reads}");
        assert_eq!(mock.john(), 404);
    }
}

#[test]
fn what_is_held_moves_when_told_and_by_nothing_else() {
    let mock = moving(JobProgression::Held);
    let id = mock.of_three("delete");
    mock.advance(Duration::from_secs(7 * 3600));
    assert_eq!(
        (mock.status(&id), mock.watched(&id)["nextMoveAt"].clone()),
        ("submitted".into(), Value::Null)
    );
    let answer = mock.control("POST", &format!("jobs/{id}/advance"), &json!({"moves": 5}));
    assert_eq!(answer.json()["status"], "processing");
    assert_eq!(
        (words(&mock.job(&id)).join(" "), mock.john()),
        ("complete complete processing".into(), 404)
    );
    mock.advance_job(&id);
    assert_eq!(mock.status(&id), "complete");
}

#[test]
fn a_change_of_mode_takes_the_jobs_under_way_along() {
    let mock = moving(JobProgression::Held);
    let id = mock.of_three("access");
    mock.advance(Duration::from_secs(3600));
    mock.set_progression(&json!({"progression": "timed", "submitted": "10s", "processing": "30s"}));
    mock.advance(Duration::from_secs(9));
    assert_eq!(mock.status(&id), "submitted");
    mock.advance(Duration::from_secs(1));
    assert_eq!(mock.status(&id), "processing");
    mock.advance(Duration::from_secs(10));
    assert_eq!(words(&mock.job(&id)), ["complete", "processing", "processing"]);
    // Held in the middle, then moved by reads, then let go.
    mock.set_progression(&mode("held"));
    mock.advance(Duration::from_secs(3600));
    assert_eq!(words(&mock.job(&id)), ["complete", "processing", "processing"]);
    mock.set_progression(&json!({"progression": "polls", "reads": 2}));
    for expected in ["processing", "processing", "complete"] {
        assert_eq!(words(&mock.job(&id))[1], expected);
    }
    mock.set_progression(&mode("immediate"));
    mock.settle();
    assert_eq!((mock.status(&id), mock.download(&id).len()), ("complete".into(), 4));
}

#[test]
fn a_mode_is_the_orgs_own_and_ends_with_its_reset() {
    let mock = Mock::start();
    mock.set_progression(&mode("held"));
    let transitions = |org: &str| mock.get(&format!("/__admin/jobs/transitions?org={org}")).json();
    assert_eq!(mock.get("/acme-w2/campaign/profileAndServices/profile").status, 200);
    let configured = json!({"progression": "timed", "submitted": "1000ms", "processing": "2000ms"});
    assert_eq!((transitions("acme"), transitions("acme-w2")), (mode("held"), configured.clone()));
    let id = mock.ask("delete", &[("email", "john.doe@example.com")]);
    mock.advance(Duration::from_secs(60));
    let reset = mock.control("DELETE", "jobs/transitions?org=acme", &json!({}));
    assert_eq!((reset.status, reset.json()), (200, configured));
    mock.advance(Duration::from_secs(1));
    assert_eq!(mock.status(&id), "processing");
    mock.advance(Duration::from_secs(2));
    assert_eq!(mock.status(&id), "complete");
}

#[test]
fn time_that_is_not_said_is_as_configured() {
    let mock = Mock::with(Settings {
        job_submitted: Duration::from_secs(40),
        job_processing: Duration::from_secs(50),
        job_progression: JobProgression::Held,
        ..settings()
    });
    for (asked, submitted, processing) in [
        (mode("timed"), "40000ms", "50000ms"),
        (json!({"progression": "timed", "submitted": "5s"}), "5000ms", "50000ms"),
        // What is left out stays as it was set.
        (json!({"progression": "timed", "processing": "6s"}), "5000ms", "6000ms"),
    ] {
        let answer = mock.control("PUT", "jobs/transitions?org=acme", &asked).json();
        assert_eq!(
            (&answer["submitted"], &answer["processing"]),
            (&json!(submitted), &json!(processing))
        );
    }
}

#[test]
fn a_mode_outlives_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let file = || Settings { database: Some(directory.path().join("kept.db")), ..settings() };
    let mock = Mock::with(file());
    for body in [mode("held"), json!({"progression": "polls", "reads": 3})] {
        mock.set_progression(&body);
    }
    let id = mock.ask("delete", &[("email", "john.doe@example.com")]);
    for _ in 0..2 {
        assert_eq!(mock.status(&id), "submitted");
    }
    drop(mock);
    let mock = Mock::with(file());
    let transitions = mock.get("/__admin/jobs/transitions?org=acme").json();
    assert_eq!(transitions, json!({"progression": "polls", "reads": 3}));
    mock.advance(Duration::from_secs(60));
    // The two reads before count.
    let seen = [(); 4].map(|()| mock.status(&id));
    assert_eq!(seen, ["submitted", "processing", "processing", "processing"]);
    assert_eq!(mock.status(&id), "complete");
}

#[test]
fn campaigns_own_requests_move_as_the_orgs_other_jobs_do() {
    let immediate = moving(JobProgression::Immediate);
    let request = immediate.own_request("delete");
    assert_eq!((immediate.own_status(&request), immediate.john()), (json!("complete"), 404));

    let held = moving(JobProgression::Held);
    let request = held.own_request("delete");
    held.advance(Duration::from_secs(3600));
    let job = held.all_jobs().remove(0);
    assert_eq!((&job["origin"], &job["status"]), (&json!("record"), &json!("submitted")));
    let id = job["jobId"].as_str().unwrap();
    let mut seen = vec![(held.own_status(&request), held.john())];
    for _ in 0..2 {
        held.advance_job(id);
        seen.push((held.own_status(&request), held.john()));
    }
    assert_eq!(
        seen,
        [(json!("new"), 200), (json!("deleteInProgress"), 200), (json!("complete"), 404)]
    );

    let failing = moving(JobProgression::Held);
    let request = failing.own_request("access");
    let id = failing.all_jobs()[0]["jobId"].as_str().unwrap().to_owned();
    failing.control("POST", &format!("jobs/{id}/fail"), &json!({}));
    assert_eq!(failing.own_status(&request), "error");
}

#[test]
fn reads_of_campaigns_own_request_move_it_too() {
    let mock = moving(JobProgression::Polls);
    let request = mock.own_request("delete");
    let seen = [(); 3].map(|()| mock.own_status(&request));
    assert_eq!(seen, ["new", "deleteInProgress", "complete"]);
    assert_eq!(mock.john(), 404);
}

#[test]
fn privacy_service_does_not_show_the_jobs_of_campaigns_own_requests() {
    let mock = Mock::start();
    mock.own_request("access");
    mock.own_request("delete");
    let jobs = mock.all_jobs();
    assert_eq!(jobs.len(), 2);
    for _ in 0..4 {
        for regulation in ["gdpr", "ccpa"] {
            assert_eq!(mock.jobs(regulation), Vec::<Value>::new());
        }
        for job in &jobs {
            let id = job["jobId"].as_str().unwrap();
            for path in [format!("{JOBS}/{id}"), format!("{JOBS}/{id}/content")] {
                assert_eq!(mock.get(&path).status, 404, "{path}");
            }
            let child = json!({"userIDs": [{"namespace": "email", "value": "a@example.com", "type": "standard"}],
                "include": ["Campaign"], "initiatedBy": "x"});
            assert_eq!(mock.post(&format!("{JOBS}/{id}/child-job"), &child).status, 404);
        }
        mock.advance(Duration::from_secs(1));
    }
    let words: Vec<_> = mock.all_jobs().iter().map(|job| job["status"].clone()).collect();
    assert_eq!(words, ["complete", "complete"]);
}

/// An address, what a job of Campaign and Analytics with it is after a minute.
const MAGIC_CASES: [(&str, &str, &str, &str); 13] = [
    ("error@example.com", "error", "error PRVCY-1021-400", "error PRVCY-1021-400"),
    ("error+alice@example.org", "error", "error PRVCY-1021-400", "error PRVCY-1021-400"),
    ("Error+Campaign@Example.NET", "error", "error PRVCY-1021-400", "complete PRVCY-6000-200"),
    ("error+analytics@example.com", "error", "complete PRVCY-6000-200", "error PRVCY-1021-400"),
    ("error+target@example.com", "complete", "complete PRVCY-6000-200", "complete PRVCY-6000-200"),
    ("notfound@example.com", "complete", "complete PRVCY-6052-200", "complete PRVCY-6052-200"),
    ("notfound+2@example.com", "complete", "complete PRVCY-6052-200", "complete PRVCY-6052-200"),
    (
        "notprovisioned@example.com",
        "complete",
        "complete PRVCY-6051-200",
        "complete PRVCY-6051-200",
    ),
    (
        "notprovisioned+campaign@example.com",
        "complete",
        "complete PRVCY-6051-200",
        "complete PRVCY-6000-200",
    ),
    ("partial@example.com", "complete", "complete PRVCY-6054-200", "complete PRVCY-6054-200"),
    ("held@example.com", "submitted", "submitted -", "submitted -"),
    ("slow+2m@example.com", "processing", "processing -", "processing -"),
    ("slow+59s+ann@example.com", "complete", "complete PRVCY-6000-200", "complete PRVCY-6000-200"),
];

#[test]
fn an_identity_can_decide_how_a_job_goes() {
    for form in MAGIC {
        let word = form.local_part.split(['[', '+']).next().unwrap();
        assert!(MAGIC_CASES.iter().any(|case| case.0.to_lowercase().starts_with(word)), "{word}");
    }
    for (email, word, campaign, analytics) in MAGIC_CASES {
        let mock = Mock::start();
        let person = mock.pkey(&json!({"email": email}));
        let request = mock.request_about("delete", &[("email", email)], &["Campaign", "Analytics"]);
        let id = mock.send(&request).remove(0);
        mock.advance(Duration::from_secs(60));
        let job = mock.job(&id);
        let expected = [format!("Campaign {campaign}"), format!("Analytics {analytics}")];
        assert_eq!(
            (job["status"].as_str().unwrap(), &products(&job)[..]),
            (word, &expected[..]),
            "{email}"
        );
        // Only what has been worked on is gone.
        let gone = campaign.contains("6000");
        let status =
            mock.get(&format!("/acme/campaign/profileAndServices/profile/{person}")).status;
        assert_eq!(status, if gone { 404 } else { 200 }, "{email}");
    }
}

#[test]
fn the_profiles_own_address_decides_how_its_opt_out_goes() {
    for (email, word, campaign, _) in MAGIC_CASES {
        if email.contains("target") || email.contains("analytics") {
            continue;
        }
        let mock = Mock::start();
        let pkey = mock.pkey(&json!({"email": email, "ccpaOptOut": true}));
        mock.advance(Duration::from_secs(60));
        let job = mock.jobs("ccpa").remove(0);
        let job = mock.job(job["jobId"].as_str().unwrap());
        assert_eq!(products(&job), [format!("Campaign {campaign}")], "{email}");
        assert_eq!(
            (&job["status"], &mock.ledger(&pkey)[0]["jobStatus"]),
            (&json!(word), &json!(word))
        );
        // Whatever becomes of the job: the profile is opted out.
        assert_eq!(mock.read(&pkey)["ccpaOptOut"], true);
    }
}

#[test]
fn addresses_of_real_people_are_never_magic() {
    let mock = Mock::start();
    for local in
        ["error", "slow+1h", "notfound", "notprovisioned", "partial", "held", "error+campaign"]
    {
        for domain in ["acme.com", "example.se", "example.com.acme.org", "gmail.com", "example.co"]
        {
            let email = format!("{local}@{domain}");
            mock.pkey(&json!({"email": email}));
            let id = mock.ask("delete", &[("email", &email)]);
            mock.advance(Duration::from_secs(3));
            assert_eq!(products(&mock.job(&id)), ["Campaign complete PRVCY-6000-200"], "{email}");
        }
    }
    assert!(MAGIC_DOMAINS.iter().all(|domain| domain.starts_with("example.")));
}

#[test]
fn what_an_identity_decides_holds_against_the_orgs_mode() {
    let mock = moving(JobProgression::Immediate);
    let held = mock.ask("delete", &[("email", "held@example.com")]);
    let slow = mock.ask("delete", &[("email", "slow+10s@example.com")]);
    let fails = mock.ask("delete", &[("email", "error@example.com")]);
    mock.settle();
    let words = || [&held, &slow, &fails].map(|id| mock.status(id));
    assert_eq!(words(), ["submitted", "processing", "error"]);
    mock.set_progression(&mode("held"));
    mock.advance(Duration::from_secs(10));
    assert_eq!(words(), ["submitted", "complete", "error"]);
    mock.set_progression(&mode("immediate"));
    mock.settle();
    assert_eq!(words(), ["submitted", "complete", "error"]);
    mock.advance_job(&held);
    mock.advance_job(&held);
    assert_eq!(mock.status(&held), "complete");
}
