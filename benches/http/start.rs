//! Start-up and idle memory of a server as users start it: demo seed, no database, every core.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::connection::Connection;
use crate::process::Process;
use crate::server::{PROFILES, PROGRAM, Server};

const STARTS: usize = 20;
/// Between two tries to connect; without it they would take the server's CPU time.
const PAUSE: Duration = Duration::from_micros(100);
const PATIENCE: Duration = Duration::from_secs(10);

/// What starting and waiting take.
pub(crate) struct Start {
    median: Duration,
    resident_kib: u32,
}

/// Starts servers one after the other.
pub(crate) async fn measure() -> Result<Start> {
    let server = Server::start(Command::new(PROGRAM))?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let resident_kib = server.process.resident_kib()?;
    // Its token is good for every server of this seed.
    let request = server.access.call("GET", PROFILES, "");
    drop(server);
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(start_up(&request).await?);
    }
    times.sort_unstable();
    let median = times.get(STARTS / 2).copied().context("no start was measured")?;
    Ok(Start { median, resident_kib })
}

/// From the start of the process to its first answer.
async fn start_up(request: &[u8]) -> Result<Duration> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(PROGRAM);
    let began = Instant::now();
    let _server = Process::spawn(command.args(["--listen", &address.to_string()]))?;
    while ask(address, request).await.is_err() {
        ensure!(began.elapsed() < PATIENCE, "the server did not answer within {PATIENCE:?}");
        // This process has nothing else to do, so it may sleep with a finer grain than tokio's.
        std::thread::sleep(PAUSE);
    }
    Ok(began.elapsed())
}

async fn ask(address: SocketAddr, request: &[u8]) -> Result<()> {
    Connection::open(address).await?.call(request).await.map(drop)
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let median = self.median.as_secs_f64() * 1e3;
        writeln!(f, "| start-up to the first answer, median of {STARTS} | {median:.1} ms |")?;
        write!(f, "| idle memory | {:.1} MiB |", f64::from(self.resident_kib) / 1024.0)
    }
}
