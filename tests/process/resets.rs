//! What a reset leaves behind, and snapshots, over a kill.

use rusqlite::Connection;
use tempfile::tempdir;

use crate::support::{Server, are_complete, assert_quiet, poll, request_jobs, serve_from};

/// The tables that have rows of orgs, and where a row says whose it is.
const OF_ORGS: [(&str, &str); 8] = [
    ("link", "from_id >> 40"),
    ("opt_out_change", "org_id"),
    ("privacy_archive", "org_id"),
    ("privacy_consent", "org_id"),
    ("privacy_job", "org_id"),
    ("privacy_job_count", "org_id"),
    ("profile", "org_id"),
    ("record", "org_id"),
];

#[test]
fn what_a_reset_leaves_behind_is_removed_and_snapshots_survive() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("reset.db");
    let mut server = Server::start(&mut serve_from(&database));
    let mut caller = server.caller();
    request_jobs(&mut caller, &server.ready.ims_org_id);
    for number in 0..250 {
        let created = caller.create(true, &format!("before-{number}")).unwrap();
        let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
        assert_eq!(caller.update(&pkey, false, &format!("after-{number}")).unwrap().status, 200);
    }
    let mut admin = |path: &str| {
        let answer = caller.call("POST", &format!("/__admin{path}"), "admin", "").unwrap();
        assert!(answer.status < 300, "{path}: {answer:?}");
        answer.json()
    };
    admin("/snapshots/kept");
    assert_eq!(admin("/reset")["orgs"][0]["before"]["changes"], 500);
    // In the midst of the removal, or thereabouts.
    server.process.kill();

    let mut server = Server::start(&mut serve_from(&database));
    let mut caller = server.caller();
    let connection = Connection::open(&database).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let left = || {
        let over = "SELECT count(*) FROM org WHERE name IS NULL";
        let of_none = |(table, org): &(&str, &str)| {
            let sql =
                format!("SELECT count(*) FROM {table} WHERE {org} NOT IN (SELECT id FROM org)");
            count(&sql)
        };
        count(over) + OF_ORGS.iter().map(of_none).sum::<i64>()
    };
    poll(|| (left() == 0).then_some(())).unwrap_or_else(|| panic!("{} rows are left", left()));
    let profiles = count("SELECT count(*) FROM profile");
    assert_eq!(profiles, count("SELECT profiles FROM org"));
    assert_eq!(count("SELECT count(*) FROM opt_out_change"), 0);

    let restored = caller.call("POST", "/__admin/snapshots/kept/restore", "admin", "").unwrap();
    assert_eq!(restored.json()["orgs"][0]["after"]["profiles"], profiles + 250);
    poll(|| (left() == 0).then_some(())).unwrap_or_else(|| panic!("{} rows are left", left()));
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_eq!(caller.ledger(0).changes.len(), 500);
    poll(|| are_complete(&mut caller).then_some(())).expect("what was under way goes on");
    drop((caller, connection));
    assert_eq!(server.stop("TERM").code(), Some(0));
    assert_quiet(&server.process.stderr());
}
