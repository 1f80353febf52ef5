//! A full disk: it refuses writes, delays jobs, and is got over without a restart.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use tempfile::{TempDir, tempdir};

use crate::support::{
    Answer, Caller, PATIENCE, PROGRAM, Server, are_complete, assert_one_line, assert_refused,
    command, end_of, poll, request_jobs, serve_from,
};

/// A disk of a few MiB, unmounted when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where mounting is not permitted.
    fn mount(size: &str) -> Option<Self> {
        let disk = Self(tempdir().unwrap());
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(disk.path());
        if mount.output().is_ok_and(|mount| mount.status.success()) {
            return Some(disk);
        }
        eprintln!("skipped: mounting a tmpfs is not permitted here");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it but for some bytes; answers the file that does.
    fn fill_but(&self, spare: u64) -> PathBuf {
        let ballast = self.path().join("ballast");
        let mut file = File::create(&ballast).unwrap();
        let full = std::io::copy(&mut std::io::repeat(1), &mut file).unwrap_err();
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(spare)).unwrap();
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazy, because the server may still be up when a test fails. It may not be mounted at all.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}

#[test]
fn a_full_disk_refuses_writes_until_there_is_room_again() {
    let Some(disk) = SmallDisk::mount("4m") else { return };
    let ballast = disk.fill_but(1 << 20);
    let server = Server::start(&mut serve_from(&disk.path().join("full.db")));
    let mut caller = server.caller();
    let (created, refusal) = create_until_refused(&mut caller);
    assert_eq!(refusal.status, 507, "{refusal:?}");
    assert!(refusal.header("x-mock-reason").is_some_and(|reason| !reason.is_empty()));
    assert_eq!(caller.opted_out(&created[0]), Some(true));

    fs::remove_file(ballast).unwrap();
    let answer = caller.create(true, "room-again").unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(created.iter().all(|pkey| caller.opted_out(pkey) == Some(true)));
}

/// The queue writes as well: whichever of its steps meets the full disk, it is taken up again.
#[test]
fn a_full_disk_delays_jobs_and_strands_none() {
    let Some(disk) = SmallDisk::mount("16m") else { return };
    let mut serve = command(PROGRAM);
    serve.args(["--listen", "127.0.0.1:0", "--job-submitted", "200ms", "--job-processing", "0s"]);
    let server = Server::start(serve.arg("--database").arg(disk.path().join("full.db")));
    let mut caller = server.caller();
    for pages in (0..40).step_by(4) {
        let warnings = || server.process.stderr().matches("WARN").count();
        let before = warnings();
        request_jobs(&mut caller, &server.ready.ims_org_id);
        let ballast = disk.fill_but(pages * 4096);
        let met = poll(|| (warnings() > before || are_complete(&mut caller)).then_some(()));
        met.expect("the queue does not move");
        fs::remove_file(ballast).unwrap();
        let done = poll(|| are_complete(&mut caller).then_some(()));
        done.unwrap_or_else(|| panic!("stuck after {pages} pages:\n{}", server.process.stderr()));
    }
}

/// Creates opted-out profiles until one is refused; answers their keys and the refusal.
fn create_until_refused(caller: &mut Caller) -> (Vec<String>, Answer) {
    let mut created = Vec::new();
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let answer = caller.create(true, &format!("filling-{}", created.len())).unwrap();
        if answer.status != 201 {
            return (created, answer);
        }
        created.push(answer.json()["PKey"].as_str().unwrap().to_owned());
    }
    panic!("the disk does not get full");
}

#[test]
fn a_start_on_a_full_disk_fails_in_one_line() {
    let Some(disk) = SmallDisk::mount("2m") else { return };
    let kept = disk.path().join("kept.db");
    Server::start(&mut serve_from(&kept)).stop("TERM");
    disk.fill_but(0);
    for database in [kept, disk.path().join("new.db")] {
        let end = end_of(&mut serve_from(&database));
        assert_refused(&end, 1, &[database.to_str().unwrap()]);
        assert_one_line(&end);
    }
}
