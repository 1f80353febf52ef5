//! What to tell a user about a failed file or network operation: a plain phrase without the system's
//! error number.

use std::io::{Error, ErrorKind};

/// The reason of a failure, ready to stand after a colon.
pub(crate) fn io_message(error: &Error) -> String {
    let phrase = match error.kind() {
        ErrorKind::NotFound => "no such file or folder",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::AlreadyExists => "it exists already",
        ErrorKind::IsADirectory => "it is a folder, not a file",
        ErrorKind::NotADirectory => "a part of the path is not a folder",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::InvalidData => "it is not UTF-8 text",
        ErrorKind::AddrInUse => "the port is in use",
        ErrorKind::AddrNotAvailable => "this machine does not have that address",
        ErrorKind::ConnectionRefused => "the connection was refused",
        ErrorKind::ConnectionReset => "the connection was reset",
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "it took too long",
        _ => {
            let text = error.to_string();
            return text.split(" (os error").next().unwrap_or_default().to_owned();
        }
    };
    phrase.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_number_is_shown() {
        for number in 1..=133 {
            let message = io_message(&Error::from_raw_os_error(number));
            assert!(!message.is_empty() && !message.contains("os error"), "{message}");
        }
        let missing = std::fs::read("no-such-folder/file").unwrap_err();
        assert_eq!(io_message(&missing), "no such file or folder");
    }
}
