//! Long runs: how long, and what they say of themselves.

use std::env::VarError;
use std::io::{self, Write as _};
use std::str::FromStr;

/// A setting from the environment.
pub(crate) fn setting<T: FromStr>(name: &str) -> Option<T> {
    match std::env::var(name) {
        Ok(text) => Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number"))),
        Err(VarError::NotPresent) => None,
        Err(fault) => panic!("{name}: {fault}"),
    }
}

/// Says a line whether or not the test harness captures output.
pub(crate) fn report(line: &str) {
    let mut stderr = io::stderr().lock();
    writeln!(stderr, "{line}").unwrap();
}
