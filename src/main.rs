//! The program: the command line does all of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    campaign_mock::cli::run()
}
