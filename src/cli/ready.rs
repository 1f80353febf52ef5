//! `campaign-mock ready`: checks whether a server is ready.

use std::time::{Duration, Instant};

use clap::Args;
use jiff::SignedDuration;

use super::client::{Client, server_url};
use crate::config::DEFAULT_LISTEN;
use crate::domain::parse_duration;

/// Which server, and how long to wait for it.
#[derive(Debug, Args)]
pub(super) struct ReadyArgs {
    /// Address of the server
    #[arg(long, env = "CAMPAIGN_MOCK_URL", value_name = "URL", value_parser = server_url, default_value_t = format!("http://{DEFAULT_LISTEN}"))]
    url: String,

    /// Wait until the server is ready
    #[arg(long, env = "CAMPAIGN_MOCK_WAIT")]
    wait: bool,

    /// Longest time to wait
    #[arg(long, env = "CAMPAIGN_MOCK_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    timeout: SignedDuration,
}

impl ReadyArgs {
    /// Calls `/readyz`, with `--wait` until it answers 200.
    ///
    /// # Errors
    /// When the server is not ready, or not in time.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        const PAUSE: Duration = Duration::from_millis(20);
        let client = Client::new(&self.url);
        let wait = if self.wait { self.timeout.unsigned_abs() } else { Duration::ZERO };
        let started = Instant::now();
        loop {
            let failure = match client.check_ready() {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            if started.elapsed() >= wait {
                return Err(failure.context(format!("the server at {} is not ready", self.url)));
            }
            std::thread::sleep(PAUSE);
        }
    }
}
