//! SIGKILL at random moments of load and of start-up: nothing that was acknowledged is lost, no
//! opt-out becomes two jobs or none, an access or delete job does all of its work or none of it,
//! nothing stays stuck.
//!
//! Writers log what they are about to write and what was acknowledged. A write that ends in an error
//! may or may not have happened. Every write has a request id, which the ledger keeps, so that each
//! row can be held against the write it came from. All rounds share one database; each checks what
//! was touched, the end checks everything, from outside and with SQL.
//!
//! `CAMPAIGN_MOCK_CRASH_KILLS` says how often to kill, `CAMPAIGN_MOCK_CRASH_SEED` repeats a run as far
//! as timing allows:
//! `CAMPAIGN_MOCK_CRASH_KILLS=200 cargo test --test process crash`

mod data_subjects;
mod history;
mod trial;
mod write;

use trial::Trial;

use crate::support::{machine, report, setting};

#[test]
fn sigkill_loses_nothing_and_doubles_nothing() {
    let _machine = machine::alone();
    let kills: u32 = setting("CAMPAIGN_MOCK_CRASH_KILLS").unwrap_or(20);
    let seed = setting("CAMPAIGN_MOCK_CRASH_SEED").unwrap_or_else(|| fastrand::u64(..));
    report(&format!("crash: seed={seed}, {kills} kills"));
    let directory = tempfile::tempdir().unwrap();
    let mut trial = Trial::new(directory.path().join("crash.db"), seed);
    for _ in 0..kills {
        trial.round();
    }
    trial.finish();
    report(&format!("crash: seed={seed} {}", trial.summary()));
}
