//! What commands print to stdout.

use std::io::Write as _;

use anyhow::Context as _;

use super::failure::Failure;

/// Prints a line to stdout.
///
/// # Errors
/// When stdout is closed or cannot be written.
pub(super) fn print_line(line: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let printed = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    printed.context("cannot write to stdout").map_err(|error| Failure::failed(&error))
}
