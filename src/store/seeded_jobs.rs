//! The privacy jobs that tenants begin with. They are kept in a table of the writer's own memory, one copy for each
//! customer, and a tenant gets them by one statement: to write each of them anew takes five times as long, and a reset
//! waits for it.

use rusqlite::{OptionalExtension as _, params};

use super::connection::Tx;
use super::privacy_jobs::to_json;
use crate::domain::{OrgId, PrintedJob, RequestId, Result, Timestamp};

/// What follows from the moment at which a tenant begins is NULL.
const TABLE: &str = "CREATE TEMP TABLE IF NOT EXISTS seeded_job (
    id            INTEGER PRIMARY KEY,
    customer      TEXT NOT NULL,
    job_id        TEXT NOT NULL,
    request_id    TEXT,
    request_tail  TEXT NOT NULL,
    user_key      TEXT NOT NULL,
    action        TEXT NOT NULL,
    regulation    TEXT NOT NULL,
    status        TEXT NOT NULL,
    submitted_by  TEXT NOT NULL,
    identities    TEXT NOT NULL,
    products      TEXT NOT NULL,
    history       TEXT NOT NULL,
    progression   TEXT,
    created       INTEGER,
    last_modified INTEGER,
    download      TEXT
) STRICT";

const COPY: &str = "INSERT INTO privacy_job (org_id, job_id, request_id, user_key, action, regulation, status,
        submitted_by, identities, products, history, progression, created, last_modified, download)
    SELECT ?1, job_id, coalesce(request_id, printf('%013d', coalesce(created, ?3)) || request_tail), user_key, action,
        regulation, status, submitted_by, identities, products, history, progression, coalesce(created, ?3),
        coalesce(last_modified, created, ?3), download
    FROM temp.seeded_job WHERE customer = ?2 ORDER BY id";

const COUNT: &str = "INSERT INTO privacy_job_count
    SELECT ?1, regulation, status, count(*) FROM temp.seeded_job WHERE customer = ?2 GROUP BY regulation, status";

/// Gives a tenant, which has no jobs yet and begins at `now`, those of its customer.
///
/// # Errors
/// When the database cannot be written.
pub fn copy(
    tx: &Tx,
    org: OrgId,
    customer: &str,
    jobs: &[PrintedJob],
    now: Timestamp,
) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let connection = &tx.0;
    connection.execute(TABLE, [])?;
    let mut known =
        connection.prepare_cached("SELECT 1 FROM temp.seeded_job WHERE customer = ?1 LIMIT 1")?;
    if known.query_row([customer], |_| Ok(())).optional()?.is_none() {
        jobs.iter().try_for_each(|job| keep(tx, customer, job))?;
    }
    connection.prepare_cached(COPY)?.execute(params![org.get(), customer, now])?;
    connection.prepare_cached(COUNT)?.execute(params![org.get(), customer])?;
    Ok(())
}

fn keep(tx: &Tx, customer: &str, printed: &PrintedJob) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO temp.seeded_job (customer, job_id, request_id, request_tail, user_key, action, regulation,
            status, submitted_by, identities, products, history, progression, created, last_modified, download)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    let job = printed.undated();
    statement.execute(params![
        customer,
        job.job_id.to_string(),
        printed.request_id.as_ref().map(RequestId::as_str),
        RequestId::tail(printed.drawn()),
        job.user_key,
        job.action.as_str(),
        job.regulation,
        job.status,
        job.submitted_by,
        to_json(&job.identities)?,
        to_json(&job.products)?,
        to_json(&job.history)?,
        job.progression.as_ref().map(to_json).transpose()?,
        printed.created,
        printed.last_modified,
        job.download,
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::connection::open_writer;
    use super::super::{orgs, privacy_jobs};
    use super::*;
    use crate::domain::{InstallKey, OrgName};

    fn job(id: u8, members: &serde_json::Value) -> PrintedJob {
        let mut job = json!({
            "jobId": format!("00000000-0000-4000-8000-0000000000{id:02}"), "userKey": "u",
            "action": "delete", "status": "complete", "regulation": "gdpr",
            "userIds": [{"namespace": "email", "value": "v", "type": "standard"}],
            "productResponses": [{"product": "Campaign"}, {"product": "Target"}],
        });
        job.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        PrintedJob::parse(job, "a@b").unwrap()
    }

    #[test]
    fn what_is_copied_is_what_each_job_is_at_that_moment() {
        let directory = tempfile::tempdir().unwrap();
        let key = InstallKey::new([0; 32]);
        let (tx, _) = open_writer(&directory.path().join("a.db"), false, &key).unwrap();
        let jobs = [
            job(1, &json!({})),
            job(2, &json!({"createdDate": "10/02/2019 08:25 PM GMT", "status": "error"})),
            job(3, &json!({"requestId": "15700479082313109RX-899", "downloadURL": "http://..."})),
            job(4, &json!({"lastModifiedDate": "10/02/2019 08:25 PM GMT", "status": "submitted"})),
        ];
        let other = [job(1, &json!({"userKey": "other"}))];
        for (name, customer, jobs, now) in [
            ("acme", "acme", &jobs[..], 1_583_064_000_000),
            ("acme-w1", "acme", &jobs[..], 1_583_064_000_001),
            ("globex", "globex", &other[..], 1_583_064_000_002),
        ] {
            let now = Timestamp::from_millis(now);
            let org = orgs::insert(&tx, &OrgName::parse(name).unwrap()).unwrap();
            copy(&tx, org, customer, jobs, now).unwrap();
            let expected: Vec<_> = jobs.iter().map(|job| job.at(now)).collect();
            let copied = privacy_jobs::all(&tx, org).unwrap();
            assert_eq!(format!("{copied:?}"), format!("{expected:?}"), "{name}");
            let unfinished = privacy_jobs::count_unfinished(&tx, org).unwrap();
            assert_eq!(unfinished, i64::from(customer == "acme"), "{name}");
        }
    }
}
