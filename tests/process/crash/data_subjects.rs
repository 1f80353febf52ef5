//! Data subjects of a crash trial: people who subscribe to something, ask for their data and have it
//! deleted, while the server is killed. Whatever moment that hits, an access or delete job has done
//! nothing or everything.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, PROFILES, Ready, poll};

const JOBS: &str = "/data/core/privacy/jobs";
const SERVICES: &str = "/acme/campaign/profileAndServices/service";

/// What is never to be found in a database, and what it means if it is.
const NEVER: [(&str, &str); 5] = [
    (
        "a delete job whose Campaign part and the person's profile do not agree",
        "SELECT j.job_id FROM privacy_job j WHERE j.action = 'delete' AND EXISTS (
             SELECT 1 FROM json_each(j.products) p WHERE p.value ->> 'product' = 'Campaign'
                 AND p.value ->> 'status' = 'complete')
             = EXISTS (SELECT 1 FROM profile p
                 WHERE p.org_id = j.org_id AND p.email = j.identities ->> '$[0].value')",
    ),
    (
        "an access job that is complete without an archive, or the other way round",
        "SELECT j.job_id FROM privacy_job j WHERE j.action = 'access' AND (j.status = 'complete')
             <> EXISTS (SELECT 1 FROM privacy_archive a
                        WHERE a.org_id = j.org_id AND a.job_id = j.job_id
                            AND a.expires IS NOT NULL)",
    ),
    (
        "a link of or to a record that is gone",
        "SELECT name FROM link l WHERE
             (SELECT count(*) FROM profile WHERE id = l.from_id OR id = l.to_id)
             + (SELECT count(*) FROM record WHERE id = l.from_id OR id = l.to_id) < 2",
    ),
    (
        "a subscription without its subscriber",
        "SELECT id FROM record r WHERE r.resource = 'subscription' AND NOT EXISTS (
             SELECT 1 FROM link l JOIN profile p ON p.id = l.to_id
             WHERE l.from_id = r.id AND l.name = 'subscriber')",
    ),
    (
        "a product that came into a state twice",
        "SELECT j.job_id FROM privacy_job j, json_each(j.history) h
         GROUP BY j.id, h.value ->> 'product', h.value ->> 'status' HAVING count(*) > 1",
    ),
];

/// A person, and how far the calls about it were acknowledged.
#[derive(Debug)]
pub(crate) struct Subject {
    email: String,
    pkey: String,
    access: Option<String>,
    delete: Option<String>,
}

/// Sets up what they subscribe to.
pub(crate) fn prepare(caller: &mut Caller) {
    let answer = caller.call("POST", SERVICES, "service", r#"{"name":"SVC1"}"#).unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
}

/// Makes people and asks for their data and its deletion, until an answer is not as it should be.
pub(crate) fn ask(ready: &Ready, round: u32) -> Vec<Subject> {
    let mut subjects = Vec::new();
    let Ok(mut caller) = Caller::new(ready) else { return subjects };
    for number in 0.. {
        let email = format!("subject-{round}-{number}@mail.test");
        let body = json!({"email": email});
        let Some(created) = acknowledged(&mut caller, PROFILES, &body, 201) else { break };
        let pkey = created["PKey"].as_str().unwrap().to_owned();
        subjects.push(Subject { email, pkey, access: None, delete: None });
        if ask_about(&mut caller, ready, subjects.last_mut().unwrap()).is_none() {
            break;
        }
    }
    subjects
}

fn ask_about(caller: &mut Caller, ready: &Ready, subject: &mut Subject) -> Option<()> {
    let subscribe = json!({"subscriber": {"PKey": subject.pkey}});
    acknowledged(caller, &format!("{SERVICES}/SVC1/subscriptions/"), &subscribe, 201)?;
    for action in ["access", "delete"] {
        let request = json!({
            "companyContexts": [{"namespace": "imsOrgID", "value": ready.ims_org_id}],
            "users": [{
                "key": "subject",
                "action": [action],
                "userIDs": [{"namespace": "email", "value": subject.email, "type": "standard"}],
            }],
            "include": ["Campaign", "Analytics"],
            // The opt-outs of the trial are under the other one.
            "regulation": "gdpr",
        });
        let created = acknowledged(caller, JOBS, &request, 202)?;
        let job = created["jobs"][0]["jobId"].as_str().map(str::to_owned);
        if action == "access" {
            subject.access = job;
        } else {
            subject.delete = job;
        }
    }
    Some(())
}

/// The answer to a call, if it arrived and is as it should be.
fn acknowledged(caller: &mut Caller, path: &str, body: &Value, status: u16) -> Option<Value> {
    let answer = caller.call("POST", path, "subject", &body.to_string()).ok()?;
    (answer.status == status).then(|| answer.json())
}

/// What a server that was killed has left behind, before another takes it up: what is wrong with it.
/// The files are looked at in a copy, so that the server finds them as they were.
pub(crate) fn left_behind(database: &Path) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    for ending in ["", "-wal"] {
        let from = format!("{}{ending}", database.display());
        if Path::new(&from).exists() {
            fs::copy(from, format!("{}{ending}", copy.display())).unwrap();
        }
    }
    let connection = Connection::open(copy).unwrap();
    let found = NEVER.iter().flat_map(|(meaning, sql)| {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
        rows.map(|row| format!("{meaning}: {:?}", row.unwrap())).collect::<Vec<_>>()
    });
    found.collect()
}

/// What is wrong with the people of a round once their jobs have come to an end.
pub(crate) fn settled(caller: &mut Caller, subjects: &[Subject]) -> Vec<String> {
    let mut faults = Vec::new();
    for subject in subjects {
        for job in [&subject.access, &subject.delete].into_iter().flatten() {
            let path = format!("{JOBS}/{job}");
            let done = poll(|| {
                let answer = caller.call("GET", &path, "job", "").unwrap();
                (answer.status != 200 || answer.json()["status"] == "complete").then_some(answer)
            });
            if done.as_ref().is_none_or(|answer| answer.status != 200) {
                faults.push(format!("{subject:?}: {job} does not complete: {done:?}"));
            }
        }
        if let Some(job) = &subject.access {
            let answer = caller.call("GET", &format!("{JOBS}/{job}/content"), "content", "");
            if !answer.is_ok_and(|answer: Answer| answer.body.contains(&subject.email)) {
                faults.push(format!("{subject:?}: its data is not in the archive"));
            }
        }
        if subject.delete.is_some() {
            let path = format!("{PROFILES}/{}", subject.pkey);
            let status = caller.call("GET", &path, "profile", "").unwrap().status;
            if status != 404 {
                faults.push(format!("{subject:?}: {status} after its deletion"));
            }
        }
    }
    faults
}
