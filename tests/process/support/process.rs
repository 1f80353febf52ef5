//! The program as a process, and how it ended. A process writes to files, not pipes, so that its output can be
//! read at any time and nobody has to drain it; it is killed when its handle is dropped.

use std::fs::read_to_string;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_campaign-mock");

/// How long anything may take before a test gives up on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A command without those variables of the caller's environment that the program would take for
/// settings. If it panics, it shows.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("RUST_BACKTRACE", "1");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CAMPAIGN_MOCK_") || text == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
}

/// Asks `check` again and again until it answers something; `None` when patience is at its end.
pub(crate) fn poll<T>(mut check: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        match check() {
            None if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(2)),
            outcome => return outcome,
        }
    }
}

/// A running process.
pub(crate) struct Process {
    child: Child,
    stdout: NamedTempFile,
    stderr: NamedTempFile,
}

impl Process {
    /// Starts it.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let [stdout, stderr] = [(); 2].map(|()| NamedTempFile::new().unwrap());
        let child = command
            .stdin(Stdio::null())
            .stdout(stdout.reopen().unwrap())
            .stderr(stderr.reopen().unwrap())
            .spawn()
            .unwrap_or_else(|cause| panic!("{command:?}: {cause}"));
        Self { child, stdout, stderr }
    }

    /// What it has written to stdout so far.
    pub(crate) fn stdout(&self) -> String {
        read_to_string(self.stdout.path()).unwrap()
    }

    /// What it has written to stderr so far.
    pub(crate) fn stderr(&self) -> String {
        read_to_string(self.stderr.path()).unwrap()
    }

    /// Its id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        poll(|| self.ended()).unwrap_or_else(|| panic!("it does not end:\n{}", self.stderr()))
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal, such as `TERM`.
pub(crate) fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status().unwrap();
    assert!(status.success(), "kill -s {name} {process}");
}

/// How a process that is not to serve ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// Runs a command to its end.
pub(crate) fn end_of(command: &mut Command) -> End {
    let start = Instant::now();
    let mut process = Process::spawn(command);
    let code = process.wait().code();
    End { code, stdout: process.stdout(), stderr: process.stderr(), took: start.elapsed() }
}

/// It ended with that code and a message, clap's or one of ours, that holds all those words.
pub(crate) fn assert_refused(end: &End, code: i32, words: &[&str]) {
    assert_eq!((end.code, &*end.stdout), (Some(code), ""), "{end:?}");
    let last = end.stderr.lines().last().unwrap_or_default();
    let ours = last.starts_with("campaign-mock: ");
    assert!(ours || end.stderr.starts_with("error: "), "{end:?}");
    for word in words {
        assert!(end.stderr.contains(word), "{word}: {end:?}");
    }
    assert_quiet(&end.stderr);
}

/// The message is one line. What was logged before it, each line with its time in front, is not part
/// of it.
pub(crate) fn assert_one_line(end: &End) {
    let message = end.stderr.lines().filter(|line| !line.starts_with('['));
    assert_eq!(message.count(), 1, "{end:?}");
}

/// Nothing panicked.
pub(crate) fn assert_quiet(stderr: &str) {
    for word in ["panicked", "stack backtrace"] {
        assert!(!stderr.contains(word), "{stderr}");
    }
}

/// How the program ends with these arguments.
pub(crate) fn run(arguments: &[&str]) -> End {
    end_of(command(PROGRAM).args(arguments))
}
