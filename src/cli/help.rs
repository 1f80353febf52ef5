//! What `--help` of each command ends with: calls that can be run as they stand.

/// `campaign-mock` and `campaign-mock serve`.
pub(super) const SERVE: &str = "\
Examples:
  campaign-mock                                      # the demo data on http://127.0.0.1:8377
  campaign-mock --listen 127.0.0.1:0 --port-file mock.port
  campaign-mock --database mock.db --profiles 1000   # keep the data, begin with many people
  campaign-mock --job-progression held               # privacy jobs move when told
  campaign-mock --now 2020-03-01T12:00:00Z --rng-seed 7";

/// `campaign-mock exec`.
pub(super) const EXEC: &str = "\
Examples:
  campaign-mock exec -- npm test
  campaign-mock exec --job-progression immediate -- pytest -q
  campaign-mock exec --seed none -- sh -c 'curl $CAMPAIGN_MOCK_URL/readyz'
  campaign-mock exec -- env                          # what the command is told";

/// `campaign-mock env`.
pub(super) const ENV: &str = "\
Examples:
  eval \"$(campaign-mock env)\"
  eval \"$(campaign-mock env --org acme-w3)\"          # an org of its own for this worker
  campaign-mock env --shell fish | source
  campaign-mock env --shell dotenv >> mock.env
  campaign-mock env --shell json";

/// `campaign-mock token`.
pub(super) const TOKEN: &str = "\
Examples:
  campaign-mock token
  campaign-mock token --org acme-w3                  # opens that org alone
  campaign-mock token --expires-in 0s                # has expired
  campaign-mock token --scope openid                 # opens no API
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

#[cfg(test)]
mod tests {
    use crate::cli::Cli;

    /// The words of a call, up to a comment or whatever else a shell would not hand on.
    fn words(line: &str) -> Vec<&str> {
        let call = &line[line.find("campaign-mock").unwrap()..];
        let ends = |word: &&str| ["#", "|", "||", "&&", ">", ">>"].contains(word);
        call.split_whitespace()
            .take_while(|word| !ends(word))
            .map(|word| word.trim_end_matches(")\""))
            .collect()
    }

    #[test]
    fn every_command_shows_examples_that_the_command_line_takes() {
        let cli = Cli::definition();
        for command in std::iter::once(&cli).chain(cli.get_subcommands()) {
            let help = command.get_after_help().unwrap_or_else(|| panic!("{}", command.get_name()));
            let help = help.to_string();
            let examples: Vec<_> = help.lines().skip(1).collect();
            assert!((3..=6).contains(&examples.len()), "{help}");
            for example in examples {
                let read = Cli::definition().try_get_matches_from(words(example));
                assert!(read.is_ok(), "{example}: {}", read.unwrap_err());
            }
        }
    }
}
