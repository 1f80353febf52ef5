//! Which options stand on the command line, and which come from elsewhere.

use clap::ArgMatches;
use clap::parser::ValueSource;

/// Whether an option stands on the command line.
pub(super) fn is_typed(matches: &ArgMatches, option: &str) -> bool {
    let source = matches.try_contains_id(option).ok().and_then(|_| matches.value_source(option));
    source == Some(ValueSource::CommandLine)
}
