//! Privacy jobs and the archives they leave: created by a request, with an opt-out in Campaign, or with a privacy request
//! of Campaign's own; moved by the worker, by reads and by the control API.

use rusqlite::types::{FromSql, ToSql, Type};
use rusqlite::{OptionalExtension as _, Row, params};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::connection::{Reader, Tx};
use super::orgs::LIVE;
use crate::domain::{
    Action, Error, JobFilter, JobOrigin, JobStatus, OrgId, PrivacyJob, RecordNumber, Regulation,
    RequestId, Result, Timestamp,
};

/// A job the worker has taken.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Its place in the queue.
    id: i64,
    /// The tenant.
    pub org: OrgId,
    /// How often its next move has been tried, this time included.
    pub attempts: i64,
}

/// What [`read`] reads, in its order.
const COLUMNS: &str =
    "job_id, request_id, change_id, record_number, parent, user_key, action, status,
    regulation, submitted_by, instance, created, last_modified, identities, products, history,
    progression, reads, expires, download";

/// The columns of a row one after the other: looking for each by its name would cost more than reading it.
struct Columns<'a, 'b> {
    row: &'a Row<'b>,
    at: usize,
}

impl Columns<'_, '_> {
    fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.at += 1;
        self.row.get(self.at - 1)
    }

    fn uuid(&mut self) -> rusqlite::Result<Option<Uuid>> {
        let text: Option<String> = self.next()?;
        Ok(text.and_then(|text| Uuid::try_parse(&text).ok()))
    }

    fn moment(&mut self) -> rusqlite::Result<Timestamp> {
        self.next().map(Timestamp::from_millis)
    }

    fn word<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
        self.at += 1;
        let text = self.row.get_ref(self.at - 1)?.as_str()?;
        parse(text).ok_or_else(|| {
            let fault = format!("it holds '{text}'");
            rusqlite::Error::FromSqlConversionFailure(self.at - 1, Type::Text, fault.into())
        })
    }

    // What cannot be read ends a job in `error`; it must be possible to look at it.
    fn json<T: DeserializeOwned + Default>(&mut self) -> rusqlite::Result<T> {
        let text: Option<String> = self.next()?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<PrivacyJob> {
    read_columns(row).map(|(job, _)| job)
}

/// Reads a job; answers the columns that follow as well.
fn read_columns<'a, 'b>(row: &'a Row<'b>) -> rusqlite::Result<(PrivacyJob, Columns<'a, 'b>)> {
    let mut columns = Columns { row, at: 0 };
    let job_id = columns.word(|text| Uuid::try_parse(text).ok())?;
    let request_id = RequestId::from_stored(columns.next()?);
    let change: Option<i64> = columns.next()?;
    let record: Option<i64> = columns.next()?;
    let record = record.and_then(RecordNumber::new).map(JobOrigin::Record);
    let job = PrivacyJob {
        job_id,
        request_id,
        origin: change.map(JobOrigin::Change).or(record).unwrap_or(JobOrigin::Request),
        parent: columns.uuid()?,
        user_key: columns.next()?,
        action: columns.word(Action::parse)?,
        status: columns.word(JobStatus::parse)?,
        regulation: columns.word(Regulation::parse)?,
        submitted_by: columns.next()?,
        instance: columns.next()?,
        created: columns.moment()?,
        last_modified: columns.moment()?,
        identities: columns.json()?,
        products: columns.json()?,
        history: columns.json()?,
        progression: columns.json()?,
        reads: columns.next()?,
        expires: columns.next::<Option<i64>>()?.map(Timestamp::from_millis),
        download: columns.next()?,
    };
    Ok((job, columns))
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Writes a new job, whose next move has been tried `attempts` times.
///
/// # Errors
/// When the database cannot be written; a second job of one change is refused by the schema.
pub fn insert(tx: &Tx, org: OrgId, job: &PrivacyJob, attempts: i64) -> Result<()> {
    let (change, record) = match job.origin {
        JobOrigin::Request => (None, None),
        JobOrigin::Change(id) => (Some(id), None),
        JobOrigin::Record(number) => (None, Some(number.get())),
    };
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO privacy_job (org_id, job_id, request_id, change_id, record_number, parent,
            user_key, action, regulation, status, submitted_by, instance, identities, products,
            history, progression, created, last_modified, due, reads, expires, attempts, download)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
            ?19, ?20, ?21, ?22, ?23)",
    )?;
    statement.execute(params![
        org.get(),
        job.job_id.to_string(),
        job.request_id.as_str(),
        change,
        record,
        job.parent.map(|parent| parent.to_string()),
        job.user_key,
        job.action.as_str(),
        job.regulation,
        job.status,
        job.submitted_by,
        job.instance,
        to_json(&job.identities)?,
        to_json(&job.products)?,
        to_json(&job.history)?,
        job.progression.as_ref().map(to_json).transpose()?,
        job.created,
        job.last_modified,
        job.due(),
        job.reads,
        job.expires,
        attempts,
        job.download,
    ])?;
    tx.made.job(job.job_id);
    if record.is_none() {
        count_in(tx, org, job)?;
    }
    Ok(())
}

/// Counts a new job.
fn count_in(tx: &Tx, org: OrgId, job: &PrivacyJob) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO privacy_job_count VALUES (?1, ?2, ?3, 1)
             ON CONFLICT DO UPDATE SET jobs = jobs + 1",
    )?;
    statement.execute(params![org.get(), job.regulation, job.status])?;
    Ok(())
}

/// Counts a job that was in the state `before` where it is now.
fn recount(tx: &Tx, org: OrgId, job: &PrivacyJob, before: JobStatus) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO privacy_job_count VALUES (?1, ?2, ?3, -1), (?1, ?2, ?4, 1)
             ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs",
    )?;
    statement.execute(params![org.get(), job.regulation, before, job.status])?;
    Ok(())
}

/// Writes a job that has moved, or has been read, and was in the state `before`; nobody holds it then, and its next
/// move has not been tried more than `attempts` times.
///
/// # Errors
/// When the database cannot be written.
pub fn update(
    tx: &Tx,
    org: OrgId,
    job: &PrivacyJob,
    before: JobStatus,
    attempts: i64,
) -> Result<()> {
    let is_counted = !matches!(job.origin, JobOrigin::Record(_));
    if is_counted && before != job.status {
        recount(tx, org, job, before)?;
    }
    let mut statement = tx.0.prepare_cached(
        "UPDATE privacy_job
         SET status = ?2, products = ?3, history = ?4, reads = ?5, last_modified = ?6, due = ?7,
             expires = ?8, claimed = 0, attempts = ?9
         WHERE job_id = ?1 AND org_id = ?10",
    )?;
    statement.execute(params![
        job.job_id.to_string(),
        job.status,
        to_json(&job.products)?,
        to_json(&job.history)?,
        job.reads,
        job.last_modified,
        job.due(),
        job.expires,
        attempts,
        org.get(),
    ])?;
    Ok(())
}

/// The org's job with that id, as long as Privacy Service shows it.
///
/// # Errors
/// When the database cannot be read.
pub fn find(
    reader: &Reader,
    org: OrgId,
    job_id: Uuid,
    now: Timestamp,
) -> Result<Option<PrivacyJob>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM privacy_job WHERE job_id = ?1 AND org_id = ?2
           AND record_number IS NULL AND coalesce(expires > ?3, 1)"
    );
    let mut statement = reader.0.prepare_cached(&sql)?;
    let values = params![job_id.to_string(), org.get(), now];
    Ok(statement.query_row(values, read).optional()?)
}

/// The org's job with that id, also one that Privacy Service does not show.
///
/// # Errors
/// When the database cannot be read.
pub fn find_any(reader: &Reader, org: OrgId, job_id: Uuid) -> Result<Option<PrivacyJob>> {
    let sql = format!("SELECT {COLUMNS} FROM privacy_job WHERE org_id = ?1 AND job_id = ?2");
    let mut statement = reader.0.prepare_cached(&sql)?;
    Ok(statement.query_row(params![org.get(), job_id.to_string()], read).optional()?)
}

/// The tenant that has a job with that id, whoever is asking.
///
/// # Errors
/// When the database cannot be read.
pub fn owner(reader: &Reader, job_id: Uuid) -> Result<Option<OrgId>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT o.id FROM org o JOIN privacy_job j ON j.org_id = o.id AND j.job_id = ?1
         WHERE o.name IS NOT NULL",
    )?;
    let read = |row: &Row<'_>| Ok(OrgId::from_stored(row.get(0)?));
    Ok(statement.query_row([job_id.to_string()], read).optional()?)
}

/// The job that carries out a privacy request of Campaign's own.
///
/// # Errors
/// When the database cannot be read.
pub fn of_record(reader: &Reader, org: OrgId, number: RecordNumber) -> Result<Option<PrivacyJob>> {
    let sql = format!("SELECT {COLUMNS} FROM privacy_job WHERE org_id = ?1 AND record_number = ?2");
    let mut statement = reader.0.prepare_cached(&sql)?;
    Ok(statement.query_row([org.get(), number.get()], read).optional()?)
}

/// The children of a job, in the order they were asked for.
///
/// # Errors
/// When the database cannot be read.
pub fn children(reader: &Reader, org: OrgId, parent: Uuid) -> Result<Vec<PrivacyJob>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM privacy_job INDEXED BY privacy_job_parent
         WHERE parent = ?1 AND org_id = ?2 ORDER BY id"
    );
    let mut statement = reader.0.prepare_cached(&sql)?;
    let children = statement
        .query_map(params![parent.to_string(), org.get()], read)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(children)
}

/// Whether a job has a child that is not done.
///
/// # Errors
/// When the database cannot be read.
pub fn child_at_work(reader: &Reader, org: OrgId, parent: Uuid) -> Result<bool> {
    let mut statement = reader.0.prepare_cached(
        "SELECT 1 FROM privacy_job INDEXED BY privacy_job_parent
         WHERE parent = ?1 AND org_id = ?2 AND status IN ('submitted', 'processing')",
    )?;
    Ok(statement.exists(params![parent.to_string(), org.get()])?)
}

/// All jobs of an org, in order of creation.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader, org: OrgId) -> Result<Vec<PrivacyJob>> {
    let sql = format!("SELECT {COLUMNS} FROM privacy_job WHERE org_id = ?1 ORDER BY id");
    let mut statement = reader.0.prepare_cached(&sql)?;
    let jobs = statement.query_map([org.get()], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(jobs)
}

/// The org's jobs that are not done.
///
/// # Errors
/// When the database cannot be read.
pub fn unfinished(reader: &Reader, org: OrgId) -> Result<Vec<PrivacyJob>> {
    // In the table's own order: by an index, each row would be looked for, and all of them sorted.
    let sql = format!(
        "SELECT {COLUMNS} FROM privacy_job
         WHERE +org_id = ?1 AND status IN ('submitted', 'processing') ORDER BY id"
    );
    let mut statement = reader.0.prepare_cached(&sql)?;
    let jobs = statement.query_map([org.get()], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(jobs)
}

/// How many of the org's jobs are not done.
///
/// # Errors
/// When the database cannot be read.
pub fn count_unfinished(reader: &Reader, org: OrgId) -> Result<i64> {
    let mut statement = reader.0.prepare_cached(
        "SELECT coalesce(sum(jobs), 0) FROM privacy_job_count
         WHERE org_id = ?1 AND status IN ('submitted', 'processing')",
    )?;
    Ok(statement.query_row([org.get()], |row| row.get(0))?)
}

/// Some of the org's jobs, newest first; pages count from 0.
///
/// # Errors
/// When the database cannot be read.
pub fn page(
    reader: &Reader,
    org: OrgId,
    filter: &JobFilter,
    page: i64,
    size: i64,
) -> Result<Vec<PrivacyJob>> {
    // The ids alone come from the index, however deep the page is.
    let sql = format!(
        "SELECT {COLUMNS} FROM privacy_job WHERE id IN (
             SELECT id FROM privacy_job {} ORDER BY created DESC, id DESC LIMIT :size OFFSET :skip)
         ORDER BY created DESC, id DESC",
        matching(filter)
    );
    let (org, skip) = (org.get(), page.saturating_mul(size));
    let mut values = bound(&org, filter);
    values.extend([(":size", &size as &dyn ToSql), (":skip", &skip)]);
    let mut statement = reader.0.prepare_cached(&sql)?;
    let jobs = statement.query_map(values.as_slice(), read)?.collect::<rusqlite::Result<_>>()?;
    Ok(jobs)
}

/// How many of the org's jobs there are. All of a kind are counted as they come and go; of those that
/// a filter bounds by time, what is outside or inside is.
///
/// # Errors
/// When the database cannot be read.
pub fn total(reader: &Reader, org: OrgId, filter: &JobFilter) -> Result<i64> {
    match (filter.from, filter.to) {
        (None, None) => kept_count(reader, org, filter),
        (Some(from), None) => {
            let before = JobFilter { from: None, to: Some(from), ..*filter };
            Ok(kept_count(reader, org, filter)? - count(reader, org, &before)?)
        }
        _ => count(reader, org, filter),
    }
}

fn kept_count(reader: &Reader, org: OrgId, filter: &JobFilter) -> Result<i64> {
    let mut statement = reader.0.prepare_cached(
        "SELECT coalesce(sum(jobs), 0) FROM privacy_job_count
         WHERE org_id = ?1 AND coalesce(regulation = ?2, 1) AND coalesce(status = ?3, 1)",
    )?;
    let values = params![org.get(), filter.regulation, filter.status];
    Ok(statement.query_row(values, |row| row.get(0))?)
}

fn count(reader: &Reader, org: OrgId, filter: &JobFilter) -> Result<i64> {
    let sql = format!("SELECT count(*) FROM privacy_job {}", matching(filter));
    let org = org.get();
    let values = bound(&org, filter);
    let mut statement = reader.0.prepare_cached(&sql)?;
    Ok(statement.query_row(values.as_slice(), |row| row.get(0))?)
}

/// Expired jobs are not asked about: the worker removes them at their time.
fn matching(filter: &JobFilter) -> String {
    let regulation = if filter.regulation.is_some() { "AND regulation = :regulation" } else { "" };
    let status = if filter.status.is_some() { "AND status = :status" } else { "" };
    let from = if filter.from.is_some() { "AND created >= :from" } else { "" };
    let to = if filter.to.is_some() { "AND created < :to" } else { "" };
    format!("WHERE org_id = :org AND record_number IS NULL {regulation} {status} {from} {to}")
}

fn bound<'a>(org: &'a i64, filter: &'a JobFilter) -> Vec<(&'static str, &'a dyn ToSql)> {
    let mut values: Vec<(&'static str, &dyn ToSql)> = vec![(":org", org)];
    let regulation = filter.regulation.as_ref();
    values.extend(regulation.map(|regulation| (":regulation", regulation as &dyn ToSql)));
    values.extend(filter.status.as_ref().map(|status| (":status", status as &dyn ToSql)));
    values.extend(filter.from.as_ref().map(|from| (":from", from as &dyn ToSql)));
    values.extend(filter.to.as_ref().map(|to| (":to", to as &dyn ToSql)));
    values
}

/// The newest of all the org's jobs, also of those that Privacy Service does not show.
///
/// # Errors
/// When the database cannot be read.
pub fn newest(
    reader: &Reader,
    org: OrgId,
    status: Option<JobStatus>,
    limit: i64,
) -> Result<Vec<PrivacyJob>> {
    // The ids alone come from an index, however many there are.
    let sql = format!(
        "SELECT {COLUMNS} FROM privacy_job WHERE id IN (
             SELECT id FROM privacy_job WHERE org_id = ?1 AND coalesce(status = ?2, 1)
             ORDER BY id DESC LIMIT ?3)
         ORDER BY id DESC"
    );
    let mut statement = reader.0.prepare_cached(&sql)?;
    let jobs = statement
        .query_map(params![org.get(), status, limit], read)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(jobs)
}

/// A job that is due.
#[derive(Debug)]
pub struct DueJob {
    /// The tenant.
    pub org: OrgId,
    /// The job.
    pub job: PrivacyJob,
    /// How often its next move has been tried.
    pub attempts: i64,
    /// Its place in the queue.
    id: i64,
}

/// The jobs that are due the longest.
///
/// # Errors
/// When the database cannot be read.
pub fn due(reader: &Reader, now: Timestamp, limit: i64) -> Result<Vec<DueJob>> {
    let sql = format!(
        "SELECT {COLUMNS}, org_id, attempts, id FROM privacy_job
         WHERE claimed = 0 AND due IS NOT NULL AND due <= ?1 AND {LIVE} ORDER BY due, id LIMIT ?2"
    );
    let mut statement = reader.0.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| {
        let (job, mut columns) = read_columns(row)?;
        let org = OrgId::from_stored(columns.next()?);
        Ok(DueJob { org, job, attempts: columns.next()?, id: columns.next()? })
    };
    let due =
        statement.query_map([now.as_millis(), limit], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(due)
}

/// Takes a job that is due and counts the attempt, in one statement: a job that kills the process has
/// used one up.
///
/// # Errors
/// When the database cannot be written.
pub fn claim(tx: &Tx, due: &DueJob) -> Result<Claim> {
    let mut statement = tx.0.prepare_cached(
        "UPDATE privacy_job SET claimed = 1, attempts = attempts + 1 WHERE id = ?1",
    )?;
    statement.execute([due.id])?;
    Ok(Claim { id: due.id, org: due.org, attempts: due.attempts + 1 })
}

/// The job of a claim; `None` when it is no longer held.
///
/// # Errors
/// When the database cannot be read.
pub fn claimed(tx: &Tx, claim: &Claim) -> Result<Option<PrivacyJob>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM privacy_job WHERE id = ?1 AND claimed = 1 AND attempts = ?2"
    );
    let mut statement = tx.0.prepare_cached(&sql)?;
    Ok(statement.query_row([claim.id, claim.attempts], read).optional()?)
}

/// Releases what a process that is no more had taken; answers how many. We hold the lock, so every
/// claim found at start is an orphan.
///
/// # Errors
/// When the database cannot be written.
pub fn release_claims(tx: &Tx) -> Result<usize> {
    Ok(tx.0.execute("UPDATE privacy_job SET claimed = 0 WHERE claimed = 1", [])?)
}

/// Removes jobs and archives whose time is up; answers how many.
///
/// # Errors
/// When the database cannot be written.
pub fn remove_expired(tx: &Tx, now: Timestamp, limit: i64) -> Result<usize> {
    let mut gone = 0;
    for statement in [
        "DELETE FROM privacy_job WHERE id IN (
             SELECT id FROM privacy_job WHERE expires IS NOT NULL AND expires <= ?1 LIMIT ?2)",
        "DELETE FROM privacy_archive WHERE rowid IN (
             SELECT rowid FROM privacy_archive WHERE expires IS NOT NULL AND expires <= ?1 LIMIT ?2)",
    ] {
        gone += tx.0.prepare_cached(statement)?.execute([now.as_millis(), limit])?;
    }
    Ok(gone)
}

/// When the next move is due.
///
/// # Errors
/// When the database cannot be read.
pub fn next_due(reader: &Reader) -> Result<Option<Timestamp>> {
    earliest(reader, "privacy_job", "due", "claimed = 0")
}

/// When the next job or archive has to go.
///
/// # Errors
/// When the database cannot be read.
pub fn next_expiry(reader: &Reader) -> Result<Option<Timestamp>> {
    let jobs = earliest(reader, "privacy_job", "expires", "1")?;
    let archives = earliest(reader, "privacy_archive", "expires", "1")?;
    Ok(jobs.into_iter().chain(archives).min())
}

fn earliest(
    reader: &Reader,
    table: &str,
    moment: &str,
    condition: &str,
) -> Result<Option<Timestamp>> {
    let sql = format!(
        "SELECT {moment} FROM {table} WHERE {moment} IS NOT NULL AND {condition} AND {LIVE}
         ORDER BY {moment} LIMIT 1"
    );
    let mut statement = reader.0.prepare_cached(&sql)?;
    let moment: Option<i64> = statement.query_row([], |row| row.get(0)).optional()?;
    Ok(moment.map(Timestamp::from_millis))
}
