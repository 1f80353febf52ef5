//! A database of an older version, with privacy jobs in every state: it reads well, and what was under
//! way goes on.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use campaign_mock::config::Settings;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, START, history, products, settings};

const PROFILES: &str = "/acme/campaign/profileAndServices/profile/_count";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A job of the second version: name of its state, then columns from action on.
struct OldJob {
    number: u8,
    action: &'static str,
    status: &'static str,
    email: &'static str,
    products: &'static str,
    /// Of the last move, in milliseconds before now.
    age: i64,
    claimed: bool,
    attempts: i64,
    last_error: &'static str,
}

impl OldJob {
    const fn new(number: u8, action: &'static str, status: &'static str) -> Self {
        Self {
            number,
            action,
            status,
            email: "gone@example.com",
            products: r#"["Campaign","Analytics"]"#,
            age: 1000,
            claimed: false,
            attempts: 0,
            last_error: "",
        }
    }

    fn id(&self) -> String {
        format!("527ef92d-6cd9-45cc-9bf1-477cfa1e2c{:02}", self.number)
    }

    fn write(&self, to: &Connection) {
        let now = START.as_millis();
        let identities = json!([{"namespace": "email", "value": self.email, "type": "standard",
            "namespaceId": 6, "isDeletedClientSide": false}]);
        to.execute(
            "INSERT INTO privacy_job (org_id, job_id, request_id, user_key, action, regulation, status,
                 submitted_by, identities, products, created, last_modified, due, claimed, attempts,
                 last_error)
             VALUES (1, ?1, '15830640000000451RX-857', 'someone', ?2, 'gdpr', ?3, 't@techacct.adobe.com',
                 ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            rusqlite::params![
                self.id(),
                self.action,
                self.status,
                identities.to_string(),
                self.products,
                now - self.age - 1000,
                now - self.age,
                now + 1000,
                self.claimed,
                self.attempts,
                self.last_error,
            ],
        )
        .unwrap();
    }
}

const SUBMITTED: OldJob =
    OldJob { email: "ann@example.com", ..OldJob::new(1, "delete", "submitted") };
const PROCESSING: OldJob =
    OldJob { email: "bob@example.com", ..OldJob::new(2, "access", "processing") };
const INTERRUPTED: OldJob =
    OldJob { claimed: true, attempts: 2, ..OldJob::new(3, "delete", "processing") };
const COMPLETE: OldJob = OldJob::new(4, "access", "complete");
const FAILED: OldJob =
    OldJob { attempts: 5, last_error: "it's broken", ..OldJob::new(5, "delete", "error") };
const LONG_DONE: OldJob = OldJob { age: 31 * DAY, ..OldJob::new(6, "access", "complete") };
const SPOILT: OldJob = OldJob { products: "[\"Campaign", ..OldJob::new(7, "delete", "submitted") };
const SPOILT_AND_DONE: OldJob =
    OldJob { products: "nonsense", ..OldJob::new(8, "delete", "complete") };
const JOBS_OF_OLD: [OldJob; 8] =
    [SUBMITTED, PROCESSING, INTERRUPTED, COMPLETE, FAILED, LONG_DONE, SPOILT, SPOILT_AND_DONE];

/// Writes a file of the second version with three people, jobs in every state, a privacy request of
/// Campaign's own under way and a new one, and an opt-out that was withdrawn.
fn write_old(path: &Path) {
    let old = Connection::open(path).unwrap();
    old.execute_batch(include_str!("../../fixtures/databases/schema-v2.sql")).unwrap();
    old.execute_batch(
        "PRAGMA application_id = 0x434d4f4b;
        PRAGMA user_version = 2;
        INSERT INTO meta VALUES ('install_key', zeroblob(32));
        INSERT INTO org (id, name, last_number, profiles) VALUES (1, 'acme', 9, 3);",
    )
    .unwrap();
    let (row, now) = (|number: i64| 1_i64 << 40 | number, START.as_millis());
    for (number, email) in [(1, "ann@example.com"), (2, "bob@example.com"), (3, "cy@example.com")] {
        old.execute(
            "INSERT INTO profile (id, org_id, created, last_modified, ccpa_opt_out, attributes)
             VALUES (?1, 1, 5, 6, 0, json_object('email', ?2))",
            rusqlite::params![row(number), email],
        )
        .unwrap();
    }
    let request = |status: Option<&str>, kind: &str, email: &str| {
        let mut attributes = json!({
            "name": kind, "type": kind, "regulation": "GDPR", "namespaceName": "defaultNamespace1",
            "reconciliationValue": email,
        });
        if let Some(status) = status {
            attributes["status"] = json!(status);
        }
        attributes.to_string()
    };
    for (number, resource, key, due, attributes) in [
        (
            4,
            "privacyNamespace",
            "defaultNamespace1",
            None,
            r#"{"name":"defaultNamespace1","label":"Email","field":"email"}"#.to_owned(),
        ),
        (
            5,
            "privacyTool",
            "delete",
            Some(now + 1000),
            request(Some("deleteInProgress"), "delete", "cy@example.com"),
        ),
        (6, "privacyTool", "access", Some(now + 1000), request(None, "access", "bob@example.com")),
        (7, "privacyTool", "old", None, request(Some("complete"), "access", "bob@example.com")),
    ] {
        old.execute(
            "INSERT INTO record (id, org_id, resource, key, created, last_modified, due, attributes)
             VALUES (?1, 1, ?2, ?3, ?4, ?4, ?5, ?6)",
            rusqlite::params![row(number), resource, key, now, due, attributes],
        )
        .unwrap();
    }
    for job in JOBS_OF_OLD {
        job.write(&old);
    }
    let opt_out = OldJob { number: 20, ..OldJob::new(20, "opt-out-of-sale", "complete") };
    opt_out.write(&old);
    old.execute_batch(&format!(
        r#"INSERT INTO opt_out_change VALUES
            (1, 1, {bob}, 1, 0, 1, {now}, 'r1', 'k', '[]', {now}),
            (2, 1, {bob}, 2, 1, 0, {now}, 'r2', 'k', '[]', {now});
        UPDATE privacy_job SET change_id = 1 WHERE job_id = '{id}';
        INSERT INTO privacy_consent VALUES (1, 1, 2, 0,
            '[{{"namespace":"email","value":"bob@example.com","type":"standard","namespaceId":6}}]', {now});"#,
        bob = row(2),
        id = opt_out.id(),
    ))
    .unwrap();
}

#[test]
fn jobs_of_an_older_version_read_well_and_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    write_old(&path);
    let mock = Mock::with(Settings { database: Some(path), ..settings() });
    let mut shown = String::new();
    let mut show = |title: &str, mock: &Mock| {
        let _ = writeln!(shown, "=== {title}");
        for job in JOBS_OF_OLD {
            let answer = mock.get(&format!("{JOBS}/{}", job.id()));
            if answer.status == 200 {
                let (read, watched) = (answer.json(), mock.watched(&job.id()));
                let (word, products) = (read["status"].as_str().unwrap(), products(&read));
                let _ = write!(shown, "{} {word} {products:?}\n{}", job.number, history(&watched));
            } else {
                let _ = writeln!(shown, "{} {}", job.number, answer.status);
            }
        }
        for key in ["delete", "access", "old"] {
            let request = mock.get(&format!("/acme/campaign/privacy/privacyTool/{key}")).json();
            let _ = writeln!(shown, "request {key}: {}", request["status"]);
        }
    };
    show("as found", &mock);
    assert_eq!(mock.get(PROFILES).json()["count"], 3);
    mock.settle();
    assert_eq!(mock.jobs("gdpr").len(), 9 - 1, "the one done long ago goes");
    mock.advance(Duration::from_secs(4));
    show("four seconds later", &mock);
    insta::assert_snapshot!("old_jobs", shown);

    // Ann by a job, Cy by a request of Campaign's own.
    assert_eq!(mock.get(PROFILES).json()["count"], 1);
    let failed = mock.job(&FAILED.id());
    let said = &failed["productResponses"][0]["productStatusResponse"]["responseMsgDetail"];
    assert_eq!(said, "it's broken");
    assert!(
        mock.download(&PROCESSING.id()).keys().any(|name| name.ends_with("bob@example.com.xml"))
    );
    // What nobody kept then is an archive of nothing, as long as it can be had.
    for job in [&COMPLETE, &LONG_DONE] {
        assert_eq!(mock.download(&job.id()).len(), 0);
    }
    assert!(
        mock.all_jobs()
            .iter()
            .all(|job| { job["status"] == "complete" || job["status"] == "error" })
    );
    let hidden = mock.all_jobs().into_iter().filter(|job| job["origin"] == "record");
    assert_eq!(hidden.count(), 2);
    let consents = mock.get("/__admin/consents?org=acme").json()["consents"].clone();
    assert_eq!(
        (&consents[0]["changeId"], &consents[0]["optOutOfSale"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(consents[0]["identities"][0]["value"], "bob@example.com");
    let ledger = mock.get("/__admin/opt-outs?org=acme").json()["changes"].clone();
    assert_eq!((&ledger[0]["jobStatus"], &ledger[1]["jobId"]), (&json!("complete"), &Value::Null));
    assert_eq!(ledger[0]["appliedBy"], Value::Null);
}

#[test]
fn a_job_whose_products_cannot_be_read_ends_whatever_moves_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    write_old(&path);
    let mock = Mock::with(Settings { database: Some(path), ..settings() });
    mock.set_progression(&json!({"progression": "held"}));
    mock.advance(Duration::from_secs(4));
    assert_eq!(
        (mock.status(&SPOILT.id()), mock.status(&SUBMITTED.id())),
        ("error".into(), "submitted".into())
    );
}

/// Writes a file of the fourth version with an opt-out and a withdrawal that were still to be forwarded, and an
/// opt-out of a generation that was retired.
fn write_unforwarded(path: &Path) {
    let old = Connection::open(path).unwrap();
    old.execute_batch(include_str!("../../fixtures/databases/schema-v4.sql")).unwrap();
    let (row, now) = (|org: i64, number: i64| org << 40 | number, START.as_millis());
    old.execute_batch(&format!(
        r#"PRAGMA application_id = 0x434d4f4b;
        PRAGMA user_version = 4;
        INSERT INTO meta VALUES ('install_key', zeroblob(32));
        INSERT INTO org (id, name, last_number, profiles) VALUES (1, 'acme', 9, 2);
        INSERT INTO org (id, name, former_name, last_number, profiles) VALUES (2, NULL, 'acme', 9, 0);
        INSERT INTO profile (id, org_id, created, last_modified, ccpa_opt_out, attributes) VALUES
            ({ann}, 1, 5, 6, 1, '{{"email":"ann@example.com"}}'),
            ({bob}, 1, 5, 6, 0, '{{"email":"bob@example.com"}}');
        INSERT INTO opt_out_change VALUES
            (1, 1, {ann}, 1, 0, 1, {now}, 'r1', 'k',
             '[{{"namespace":"email","value":"ann@example.com","type":"standard","namespaceId":6}}]', NULL, NULL),
            (2, 1, {bob}, 1, 0, 1, {now}, 'r2', 'k', '[]', {now}, 'job 1'),
            (3, 1, {bob}, 2, 1, 0, {now}, 'r3', 'k',
             '[{{"namespace":"email","value":"bob@example.com","type":"standard","namespaceId":6}}]', NULL, NULL),
            (4, 2, {gone}, 1, 0, 1, {now}, 'r4', 'k', '[]', NULL, NULL);"#,
        ann = row(1, 1),
        bob = row(1, 2),
        gone = row(2, 1),
    ))
    .unwrap();
}

#[test]
fn changes_that_an_older_version_had_still_to_forward_are_queued_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.db");
    write_unforwarded(&path);
    for start in 1..=2 {
        let mock = Mock::with(Settings { database: Some(path.clone()), ..settings() });
        let ledger = mock.get("/__admin/opt-outs?org=acme").json()["changes"].clone();
        assert_eq!(ledger.as_array().unwrap().len(), 3, "start {start}");
        let jobs = mock.jobs("ccpa");
        assert_eq!(jobs.len(), 1, "start {start}");
        assert_eq!(jobs[0]["jobId"], ledger[0]["jobId"]);
        assert_eq!(
            mock.job(jobs[0]["jobId"].as_str().unwrap())["userIds"][0]["value"],
            "ann@example.com"
        );
        assert_eq!((&ledger[1]["jobId"], &ledger[2]["jobId"]), (&Value::Null, &Value::Null));
        let consents = mock.get("/__admin/consents?org=acme").json()["consents"].clone();
        assert_eq!(consents.as_array().unwrap().len(), 1, "start {start}");
        assert_eq!(
            (&consents[0]["changeId"], &consents[0]["optOutOfSale"]),
            (&json!(3), &json!(false))
        );
    }
    let left = Connection::open(&path).unwrap();
    let left: i64 =
        left.query_row("SELECT count(*) FROM unqueued_change", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}
