//! The secret of a server that keeps its data and that others can reach: made once, and kept in a file beside the
//! database, so that tokens and the cards of a training room outlive a restart.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::auth::Secret;
use crate::io_message::io_message;

/// Longer files hold no secret of ours.
const LONGEST: u64 = 1024;

/// Where the secret of a database is kept.
fn place(database: &Path) -> PathBuf {
    let mut file = database.as_os_str().to_owned();
    file.push(".secret");
    file.into()
}

/// The secret that is kept beside a database, if one is.
///
/// # Errors
/// A sentence that says what is wrong with the file.
pub(crate) fn read(database: &Path) -> Result<Option<Secret>, String> {
    let path = place(database);
    let wrong = |what: &str| format!("cannot use the secret in {}: {what}", path.display());
    let file = match options().open(&path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(wrong(&io_message(&cause))),
    };
    if !is_ours_alone(&file).map_err(|cause| wrong(&io_message(&cause)))? {
        return Err(wrong("it has to be a file that nobody else may read (chmod 600)"));
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(|cause| wrong(&io_message(&cause)))?;
    let secret = Secret::new(text.trim()).map_err(|fault| wrong(&fault))?;
    Ok(Some(secret))
}

/// Makes a secret and keeps it beside a database. One that another start has kept meanwhile wins.
///
/// # Errors
/// A sentence that says why it cannot be kept.
pub(crate) fn make(database: &Path) -> Result<Secret, String> {
    let path = place(database);
    let failed = |what: &str| format!("cannot keep a secret in {}: {what}", path.display());
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| failed("there are no random numbers"))?;
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Nobody else may read it, and it is whole before it has its name.
    let written = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        .and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.as_file().sync_all()?;
            Ok(file)
        })
        .map_err(|cause| failed(&io_message(&cause)))?;
    match written.persist_noclobber(&path) {
        Ok(_) => Secret::new(&text).map_err(|fault| failed(&fault)),
        Err(fault) if fault.error.kind() == ErrorKind::AlreadyExists => {
            read(database)?.ok_or_else(|| failed("it is there and is not: start again"))
        }
        Err(fault) => Err(failed(&io_message(&fault.error))),
    }
}

/// How the file is opened: no link is followed, and nothing that is no file is waited for.
#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

#[cfg(unix)]
fn is_ours_alone(file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (about, others) = (file.metadata()?, 0o077);
    Ok(about.is_file() && about.mode() & others == 0)
}

#[cfg(not(unix))]
fn is_ours_alone(file: &File) -> std::io::Result<bool> {
    Ok(file.metadata()?.is_file())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_kept_for_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("room.db");
        assert!(read(&database).unwrap().is_none());
        let made = make(&database).unwrap();
        assert!(!made.is_demo());
        assert!(read(&database).unwrap() == Some(made.clone()) && make(&database).unwrap() == made);
        let file = folder.path().join("room.db.secret");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_secret_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("room.db");
        let file = folder.path().join("room.db.secret");
        let target = folder.path().join("target");
        fs::write(&target, "x".repeat(40)).unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&target, &file).unwrap();
        assert!(read(&database).is_err() && make(&database).is_err());
        fs::remove_file(&file).unwrap();
        for (text, mode, word) in
            [("short", 0o600, "at least 32"), (&*"x".repeat(40), 0o644, "chmod 600")]
        {
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let fault = read(&database).unwrap_err();
            assert!(fault.contains(word) && fault.contains("room.db.secret"), "{fault}");
            assert_eq!(make(&database).unwrap_err(), fault);
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
    }
}
