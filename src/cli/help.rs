//! The end of each command's help: examples that can be run as they stand and, in `--help`, notes on
//! environment variables and exit codes.

use clap::Command;

/// The notes of `--help`.
const NOTES: &str = "\
Environment:
  A variable with the name of an option sets it too: --port-file is CAMPAIGN_MOCK_PORT_FILE.
  The option on the command line wins. RUST_LOG sets what is logged, such as RUST_LOG=http=debug.

Exit codes:
  0 success, 1 failure, 2 wrong usage or configuration";

/// What the notes of `exec` add.
const EXEC_NOTES: &str = "
  or the exit code of the command; 128 + the signal's number if a signal ended it;
  127 if the command is not found, 126 if it cannot be run";

/// Adds the notes to the program and to each of its commands. As the notes explain the variables, the
/// options do not.
pub(super) fn with_notes(command: Command) -> Command {
    let own = if command.get_name() == "exec" { EXEC_NOTES } else { "" };
    let examples = command.get_after_help().map(|help| format!("{help}\n\n")).unwrap_or_default();
    command
        .after_long_help(format!("{examples}{NOTES}{own}"))
        .mut_args(|argument| {
            // -1 is a number that is wrong, not an option.
            let takes_value = argument.get_action().takes_values();
            argument.hide_env(true).allow_negative_numbers(takes_value)
        })
        .mut_subcommands(with_notes)
}

/// `campaign-mock` and `campaign-mock serve`.
pub(super) const SERVE: &str = "\
Examples:
  campaign-mock                                      # the demo data on http://127.0.0.1:8377
  campaign-mock --port 9000
  campaign-mock --port 0 --port-file mock.port       # on a free port
  campaign-mock --database mock.db --profiles 1000   # keep the data, start with many people
  campaign-mock --job-progression held               # move privacy jobs by the control API
  campaign-mock --now 2020-03-01T12:00:00Z --rng-seed 7";

/// `campaign-mock exec`.
pub(super) const EXEC: &str = "\
Examples:
  campaign-mock exec -- npm test
  campaign-mock exec --job-progression immediate -- pytest -q
  campaign-mock exec --seed none -- sh -c 'curl $CAMPAIGN_MOCK_URL/readyz'
  campaign-mock exec -- env                          # show the variables";

/// `campaign-mock env`.
pub(super) const ENV: &str = "\
Examples:
  eval \"$(campaign-mock env)\"
  eval \"$(campaign-mock env --org acme-w3)\"          # a separate org for this test worker
  campaign-mock env --shell fish | source
  campaign-mock env --shell dotenv >> mock.env
  campaign-mock env --shell json";

/// `campaign-mock token`.
pub(super) const TOKEN: &str = "\
Examples:
  campaign-mock token
  campaign-mock token --org acme-w3                  # valid for that org only
  campaign-mock token --expires-in 0s                # an expired token
  campaign-mock token --scope openid                 # valid for no API
  campaign-mock token --assertion                    # for /ims/exchange/jwt";

/// `campaign-mock ready`.
pub(super) const READY: &str = "\
Examples:
  campaign-mock ready && echo up
  campaign-mock ready --wait --timeout 30s
  campaign-mock ready --url http://127.0.0.1:9000";

/// `campaign-mock snapshot` and what can be done with one.
pub(super) const SNAPSHOT: &str = "\
Examples:
  campaign-mock snapshot save with-orders --org acme
  campaign-mock snapshot restore with-orders
  campaign-mock snapshot list
  campaign-mock snapshot export with-orders with-orders.json
  campaign-mock snapshot import with-orders with-orders.json --url http://127.0.0.1:9000
  campaign-mock snapshot delete with-orders";

/// `campaign-mock seed` and what can be done with one.
pub(super) const SEED: &str = "\
Examples:
  campaign-mock seed generate people --profiles 100
  campaign-mock seed check people
  campaign-mock seed export my-seed --database mock.db
  campaign-mock --seed people                        # start a server on it";

/// `campaign-mock backup`.
pub(super) const BACKUP: &str = "\
Examples:
  campaign-mock backup before.db --database mock.db  # while the server runs
  campaign-mock check --database before.db
  campaign-mock --database before.db                 # start a server on the copy";

/// `campaign-mock check`.
pub(super) const CHECK: &str = "\
Examples:
  campaign-mock check --database mock.db             # while the server runs
  campaign-mock check --database mock.db --now 2030-01-01T00:00:00Z
  campaign-mock check --database mock.db || echo damaged";

/// `campaign-mock completions`.
pub(super) const COMPLETIONS: &str = "\
Examples:
  eval \"$(campaign-mock completions bash)\"
  campaign-mock completions zsh > ~/.zfunc/_campaign-mock
  campaign-mock completions fish | source";
