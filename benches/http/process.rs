//! Child processes: on which core they run, what they say first, what they use, how they end.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// The core of what is measured.
pub(crate) const MEASURED: &str = "0";
/// The core of this process, with the load.
pub(crate) const LOADER: &str = "1";

/// The unit of CPU times in `/proc`, which Linux fixes at 100 per second for every machine.
const TICK: Duration = Duration::from_millis(10);

/// A command that runs on the measured core, where the system can pin.
pub(crate) fn measured(program: impl AsRef<OsStr>) -> Command {
    if !succeeds(Command::new("taskset").args(["-c", LOADER, "true"])) {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", MEASURED]).arg(program);
    command
}

/// Pins this process, which has one thread; answers whether that worked.
pub(crate) fn pin_to(core: &str) -> bool {
    let own = std::process::id().to_string();
    succeeds(Command::new("taskset").args(["-c", "-p", core, &own]))
}

fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// The CPU time a process has used so far, in user and kernel mode.
pub(crate) fn cpu_time(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may have spaces; the two times are fields 14 and 15 of the line.
    let (_, fields) = stat.rsplit_once(") ").context("/proc/<pid>/stat has no name")?;
    let times = fields.split(' ').skip(11).take(2);
    let ticks: u32 = times.map(str::parse::<u32>).sum::<Result<_, _>>()?;
    Ok(TICK * ticks)
}

/// A running child, told to stop and waited for when dropped.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a child whose log nobody reads.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        Ok(Self(quiet.spawn().with_context(|| format!("cannot start {command:?}"))?))
    }

    /// Waits for the first line that the child prints.
    pub(crate) fn first_line(&mut self) -> Result<String> {
        let output = self.0.stdout.take().context("its first line was read before")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(!line.is_empty(), "a child ended before it was ready");
        Ok(line.trim_end().to_owned())
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// The memory it holds, in KiB.
    pub(crate) fn resident_kib(&self) -> Result<u32> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let size = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(size.context("/proc/<pid>/status has no VmRSS")?.parse()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // In order, so that a server closes its database.
        if !succeeds(Command::new("kill").args(["-TERM", &self.id().to_string()])) {
            // An error here means that it has ended already, as in `wait`.
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}
