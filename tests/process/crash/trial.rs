//! The rounds of a crash test on one database: load, kill, restart, and the check of what is there.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use fastrand::Rng;
use rusqlite::Connection;
use serde_json::Value;

use super::data_subjects::{self, Subject};
use super::history::{Change, Faults, History, drained};
use super::write::{Outcome, Write, Writer};
use crate::support::{Caller, PROGRAM, Process, Server, command};

/// Threads that write at the same time.
const WRITERS: usize = 8;

/// Profiles that are written by two threads each.
const SHARED: usize = WRITERS / 2;

/// Most profiles of its own that a thread goes on with from round to round.
const OWN: usize = 16;

/// How long the load lasts before the kill, in milliseconds.
const LOAD: std::ops::Range<u64> = 5..800;

/// How long a start that is not to succeed may take before the kill, in milliseconds.
const START: std::ops::Range<u64> = 0..25;

/// Who writes a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    One(usize),
    Two,
}

/// A profile that exists.
#[derive(Debug)]
struct Known {
    owner: Owner,
    value: bool,
}

/// All rounds on one database, and what is known of it.
pub(super) struct Trial {
    database: PathBuf,
    rng: Rng,
    server: Server,
    known: BTreeMap<String, Known>,
    shared: Vec<String>,
    history: History,
    kills: u32,
    killed_starts: u32,
    acknowledged: usize,
    /// People who asked for their data, and how many of them for its deletion as well.
    subjects: usize,
    /// Profiles that may have been created without an answer and without a change.
    perhaps_created: usize,
    longest_start: Duration,
}

impl Trial {
    pub(super) fn new(database: PathBuf, seed: u64) -> Self {
        let server = Server::start(&mut serve(&database));
        let mut caller = server.caller();
        data_subjects::prepare(&mut caller);
        let create = |number| {
            let answer = caller.create(false, &format!("shared-{number}")).unwrap();
            answer.json()["PKey"].as_str().unwrap().to_owned()
        };
        let shared: Vec<_> = (0..SHARED).map(create).collect();
        let known = |pkey: &String| (pkey.clone(), Known { owner: Owner::Two, value: false });
        Self {
            database,
            rng: Rng::with_seed(seed),
            server,
            known: shared.iter().map(known).collect(),
            shared,
            history: History::default(),
            kills: 0,
            killed_starts: 0,
            acknowledged: SHARED,
            subjects: 0,
            perhaps_created: 0,
            longest_start: Duration::ZERO,
        }
    }

    /// Load, kill, restart, check.
    pub(super) fn round(&mut self) {
        self.kills += 1;
        let (log, subjects) = self.load_until_killed();
        let mut faults = Faults::default();
        faults.wrong.extend(data_subjects::left_behind(&self.database));
        if self.rng.u8(..4) == 0 {
            self.kill_a_start();
        }
        let start = Instant::now();
        self.server = Server::start(&mut serve(&self.database));
        self.longest_start = self.longest_start.max(start.elapsed());
        self.check(log, &mut faults);
        self.subjects += subjects.len();
        faults.stuck.extend(data_subjects::settled(&mut self.server.caller(), &subjects));
        faults.assert_none(&format!("after kill {}", self.kills));
    }

    fn load_until_killed(&mut self) -> (Vec<Write>, Vec<Subject>) {
        let writers: Vec<_> = (0..WRITERS).map(|number| self.writer(number)).collect();
        let delay = Duration::from_millis(self.rng.u64(LOAD));
        let (process, ready, round) = (&mut self.server.process, &self.server.ready, self.kills);
        let log = std::thread::scope(|scope| {
            let subjects = scope.spawn(|| data_subjects::ask(ready, round));
            let threads: Vec<_> =
                writers.into_iter().map(|writer| scope.spawn(|| writer.run(ready))).collect();
            sleep(delay);
            process.kill();
            let log = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
            (log, subjects.join().unwrap())
        });
        assert_no_panic(process);
        log
    }

    fn writer(&mut self, number: usize) -> Writer {
        let own = self.known.iter().filter(|(_, known)| known.owner == Owner::One(number));
        let own = own.map(|(pkey, known)| (pkey.clone(), known.value));
        let own = self.rng.choose_multiple(own, OWN);
        let shared = self.shared[number / 2].clone();
        Writer { number, round: self.kills, rng: self.rng.fork(), own, shared, log: Vec::new() }
    }

    /// Kills a process that is recovering from the last kill.
    fn kill_a_start(&mut self) {
        let mut process = Process::spawn(&mut serve(&self.database));
        sleep(Duration::from_millis(self.rng.u64(START)));
        process.kill();
        assert_no_panic(&process);
        self.killed_starts += 1;
    }

    /// Holds what the server says against what the writers saw.
    fn check(&mut self, mut log: Vec<Write>, faults: &mut Faults) {
        let mut caller = self.server.caller();
        let changes = drained(&mut caller, self.history.last_id);
        for change in &changes {
            self.history.append(change, faults);
        }
        identify(&mut log, &changes);
        check_rows(&log, &changes, faults);
        self.learn(&log);
        self.check_values(&mut caller, &log, faults);
        let (total, _) = jobs(&mut caller, 0);
        if total != self.history.jobs.len() {
            faults.doubled.push(format!("{total} jobs, {} opt-outs", self.history.jobs.len()));
        }
    }

    /// Takes note of what was written.
    fn learn(&mut self, log: &[Write]) {
        for write in log {
            self.acknowledged += usize::from(write.outcome == Outcome::Acknowledged);
            match &write.pkey {
                Some(pkey) if !self.known.contains_key(pkey) => {
                    let new = Known { owner: Owner::One(write.writer), value: false };
                    self.known.insert(pkey.clone(), new);
                }
                Some(_) => {}
                None => self.perhaps_created += usize::from(!write.to),
            }
        }
    }

    /// Every profile written to can be read, and has the last value acknowledged or one sent after it.
    fn check_values(&mut self, caller: &mut Caller, log: &[Write], faults: &mut Faults) {
        for (pkey, possible) in self.possible_values(log) {
            let value = caller.opted_out(pkey);
            if value.is_none_or(|value| !possible.contains(&value)) {
                faults.lost.push(format!("{pkey} has {value:?} and not one of {possible:?}"));
            }
            if value != Some(self.history.value(pkey)) {
                faults.wrong.push(format!("{pkey} has {value:?}, not as its last change"));
            }
            self.known.get_mut(pkey).unwrap().value = value.unwrap_or_default();
        }
    }

    /// The values that each profile written to may have now.
    fn possible_values<'log>(&self, log: &'log [Write]) -> BTreeMap<&'log str, BTreeSet<bool>> {
        let mut by_writer: BTreeMap<(&str, usize), BTreeSet<bool>> = BTreeMap::new();
        for write in log {
            let Some(pkey) = &write.pkey else { continue };
            let before = || BTreeSet::from([self.known[pkey].value]);
            let values = by_writer.entry((pkey, write.writer)).or_insert_with(before);
            if write.outcome == Outcome::Acknowledged {
                values.clear();
            }
            values.insert(write.to);
        }
        let mut possible: BTreeMap<_, BTreeSet<bool>> = BTreeMap::new();
        for ((pkey, _), values) in by_writer {
            possible.entry(pkey).or_default().extend(values);
        }
        possible
    }

    /// Checks everything once more from the start, over HTTP and, after an orderly stop, with SQL.
    pub(super) fn finish(&mut self) {
        let mut faults = Faults::default();
        let mut caller = self.server.caller();
        let mut history = History::default();
        for change in drained(&mut caller, 0) {
            history.append(&change, &mut faults);
        }
        assert!(history == self.history, "the ledger has changed since it was read");
        self.check_jobs(&mut caller, &mut faults);
        for (pkey, known) in &self.known {
            if caller.opted_out(pkey) != Some(known.value) {
                faults.lost.push(format!("{pkey} is no longer {}", known.value));
            }
        }
        faults.assert_none("in the end");
        drop(caller);
        assert_eq!(self.server.stop("TERM").code(), Some(0), "{}", self.server.process.stderr());
        assert_no_panic(&self.server.process);
        self.check_database();
    }

    /// The list of jobs holds those of the ledger, each once and about its profile, and no other.
    fn check_jobs(&self, caller: &mut Caller, faults: &mut Faults) {
        let (total, mut left) = jobs(caller, 0);
        let mut listed = HashMap::new();
        for page in 1.. {
            for job in &left {
                let text = |member: &str| job[member].as_str().unwrap().to_owned();
                if text("action") != "opt-out-of-sale" || text("status") != "complete" {
                    faults.stuck.push(job.to_string());
                }
                if listed.insert(text("jobId"), text("userKey")).is_some() {
                    faults.doubled.push(job.to_string());
                }
            }
            if listed.len() >= total || left.is_empty() {
                break;
            }
            (_, left) = jobs(caller, page);
        }
        assert!(listed == self.history.jobs, "{} jobs listed of {total}", listed.len());
    }

    fn check_database(&self) {
        const OTHERS: &str = "SELECT count(*) FROM profile WHERE email NOT LIKE 'subject-%'";
        let connection = Connection::open(&self.database).unwrap();
        let text = |sql| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        let number =
            |sql| connection.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap() as usize;
        assert_eq!(text("PRAGMA integrity_check"), "ok");
        assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
        assert_eq!(number("SELECT count(*) FROM privacy_job WHERE claimed = 1"), 0);
        let (profiles, known) = (number(OTHERS), self.known.len());
        let possible = known..=known + self.perhaps_created;
        assert!(possible.contains(&profiles), "{profiles} profiles, not {possible:?}");
    }

    pub(super) fn summary(&self) -> String {
        format!(
            "kills={} killed_starts={} acknowledged={} profiles={} changes={} jobs={} subjects={} \
             lost=0 doubled=0 stuck=0 max_restart={}ms",
            self.kills,
            self.killed_starts,
            self.acknowledged,
            self.known.len(),
            self.history.changes,
            self.history.jobs.len(),
            self.subjects,
            self.longest_start.as_millis()
        )
    }
}

/// Gives writes that created a profile without an answer the profile that the ledger names.
fn identify(log: &mut [Write], changes: &[Change]) {
    let of_request: HashMap<&str, &str> =
        changes.iter().map(|change| (&*change.request_id, &*change.pkey)).collect();
    for write in log.iter_mut().filter(|write| write.pkey.is_none()) {
        write.pkey = of_request.get(&*write.request_id).map(|&pkey| pkey.to_owned());
    }
}

/// Every row of the ledger is the change of one write, and every acknowledged change has its row.
fn check_rows(log: &[Write], changes: &[Change], faults: &mut Faults) {
    let mut without_row: HashMap<&str, &Write> =
        log.iter().map(|write| (&*write.request_id, write)).collect();
    for change in changes {
        match without_row.remove(&*change.request_id) {
            None => faults.doubled.push(format!("{change:?} is of no write, or its second row")),
            Some(write) if !write.may_become(change) => {
                faults.wrong.push(format!("{write:?} became {change:?}"));
            }
            Some(_) => {}
        }
    }
    let lost = without_row.values().filter(|write| write.must_have_row());
    faults.lost.extend(lost.map(|write| format!("{write:?} has no row in the ledger")));
    let refused = log.iter().filter(|write| matches!(write.outcome, Outcome::Refused(_)));
    faults.wrong.extend(refused.map(|write| format!("{write:?}")));
}

/// How many jobs there are, and those of a page.
fn jobs(caller: &mut Caller, page: usize) -> (usize, Vec<Value>) {
    let path = format!("/data/core/privacy/jobs?regulation=ccpa&page={page}&size=100");
    let answer = caller.call("GET", &path, "jobs", "").unwrap();
    if answer.status == 404 {
        return (0, Vec::new());
    }
    let list = answer.json();
    let total = list["totalRecords"].as_u64().unwrap();
    (usize::try_from(total).unwrap(), list["jobDetails"].as_array().unwrap().clone())
}

/// A server that keeps its data, has nobody in it to start with, and lets jobs run through at once.
fn serve(database: &Path) -> Command {
    let mut command = command(PROGRAM);
    command.args(["--listen", "127.0.0.1:0", "--seed", "none"]);
    command.args(["--job-submitted", "0s", "--job-processing", "0s", "--database"]).arg(database);
    command
}

fn assert_no_panic(process: &Process) {
    let stderr = process.stderr();
    assert!(!stderr.contains("panicked"), "{stderr}");
}
