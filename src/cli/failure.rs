//! How a command fails: an exit code, and one line for the user.

use crate::app::AppError;
use crate::io_message::io_message;

/// Why a command failed.
pub(super) struct Failure {
    /// The exit code of the process.
    pub(super) exit_code: u8,
    /// One line that says what is wrong and what to do.
    pub(super) message: String,
}

impl Failure {
    /// Exit code 1: the command was right, but it did not succeed.
    pub(super) fn failed(error: &anyhow::Error) -> Self {
        Self { exit_code: 1, message: one_line(error) }
    }

    /// Exit code 2: the command, a setting or a seed has to change.
    pub(super) fn usage(error: &anyhow::Error) -> Self {
        Self { exit_code: 2, message: one_line(error) }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self { exit_code: error.exit_code(), message: error.to_string() }
    }
}

/// An error with its causes, without the system's error numbers.
fn one_line(error: &anyhow::Error) -> String {
    let phrase = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref().map_or_else(|| cause.to_string(), io_message)
    };
    error.chain().map(phrase).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn causes_are_one_line_without_error_numbers() {
        let error = std::fs::read("no-such-folder/file").context("cannot read it").unwrap_err();
        assert_eq!(one_line(&error), "cannot read it: no such file or folder");
    }
}
