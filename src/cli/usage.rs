//! Faults of the command line that its parser cannot tell as plainly: what is wrong, and what to type.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command, Error};

use super::env::quoted_for_sh;
use super::typed::is_typed;

/// Reads a command line.
///
/// # Errors
/// As the parser tells them, or plainer.
pub(super) fn read(mut definition: Command, words: &[OsString]) -> Result<ArgMatches, Error> {
    let matches = definition.clone().try_get_matches_from(words).map_err(|fault| {
        match command_of_exec(&fault, words) {
            Some(said) => definition.error(fault.kind(), said),
            None => fault,
        }
    })?;
    let server = match matches.subcommand() {
        Some(("serve" | "exec", of_command)) => of_command,
        _ => &matches,
    };
    if ["listen", "port"].iter().all(|option| is_typed(server, option)) {
        let said = "--listen and --port both say which port: write one of them, such as --port 9000, or \
                    --listen 0.0.0.0:9000 for an address of your own";
        return Err(definition.error(ErrorKind::ArgumentConflict, said));
    }
    Ok(matches)
}

/// What to type where `exec` has no command, or one without the `--` before it.
fn command_of_exec(fault: &Error, words: &[OsString]) -> Option<String> {
    let words: Vec<_> = words.iter().skip(1).map(|word| word.to_string_lossy()).collect();
    words.first().filter(|command| *command == "exec")?;
    if fault.kind() == ErrorKind::MissingRequiredArgument {
        let said =
            "the command is missing: write it after --, such as campaign-mock exec -- npm test";
        return Some(said.to_owned());
    }
    let unexpected = (fault.kind(), fault.get(ContextKind::InvalidArg));
    let (ErrorKind::UnknownArgument, Some(ContextValue::String(unexpected))) = unexpected else {
        return None;
    };
    let at = words.iter().position(|word| word == unexpected && !word.starts_with('-'))?;
    let (options, command) = words.split_at(at);
    let typed = |words: &[_]| words.iter().map(shown).collect::<Vec<_>>().join(" ");
    Some(format!(
        "a command comes after --: write campaign-mock {} -- {}",
        typed(options),
        typed(command)
    ))
}

/// A word as one types it in a shell.
fn shown(word: &impl AsRef<str>) -> String {
    let word = word.as_ref();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@,+".contains(letter);
    let plain = !word.is_empty() && word.chars().all(is_plain);
    if plain { word.to_owned() } else { quoted_for_sh(word) }
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use super::*;

    fn fault(line: &[&str]) -> String {
        let words: Vec<_> = ["campaign-mock"].iter().chain(line).map(OsString::from).collect();
        read(Cli::definition(), &words).unwrap_err().to_string()
    }

    #[test]
    fn a_command_without_dashes_is_told_how_to_be_typed() {
        for (line, typed) in [
            (&["exec", "npm", "test"][..], "exec -- npm test"),
            (&["exec", "--port", "9000", "pytest", "-q"], "exec --port 9000 -- pytest -q"),
            (&["exec", "sh", "-c", "it's up"], r"exec -- sh -c 'it'\''s up'"),
        ] {
            let said = fault(line);
            assert!(said.contains(&format!("write campaign-mock {typed}\n")), "{said}");
        }
        for line in [&["exec", "--prot", "1"][..], &["exec", "--prot", "--", "npm"], &["npm"]] {
            assert!(!fault(line).contains("after --"), "{line:?}");
        }
    }

    #[test]
    fn a_port_is_said_once() {
        for line in [
            &["--listen", "0.0.0.0:1", "--port", "2"][..],
            &["serve", "--port", "2", "--listen", "1"],
            &["exec", "--port", "2", "--listen", "1", "--", "true"],
        ] {
            assert!(fault(line).contains("write one of them"), "{line:?}");
        }
    }
}
