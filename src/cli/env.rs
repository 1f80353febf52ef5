//! `campaign-mock env`: the environment variables that clients of a running server need, in the syntax
//! of a shell.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::client::Control;
use crate::config::org_name;
use crate::domain::OrgName;

/// Which server, and for which shell.
#[derive(Debug, Args)]
pub(super) struct EnvArgs {
    #[command(flatten)]
    pub(super) control: Control,

    /// Org to call; it is created if it does not exist [default: the first of the seed]
    #[arg(long, env = "CAMPAIGN_MOCK_ORG", value_name = "ORG", value_parser = org_name)]
    org: Option<OrgName>,

    /// Syntax to print
    #[arg(long, env = "CAMPAIGN_MOCK_SHELL", value_enum, default_value_t = Shell::Sh)]
    shell: Shell,
}

/// The syntax of the variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// sh, bash, zsh and the like
    Sh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// Lines NAME=value, as GitHub Actions and docker run --env-file read them
    Dotenv,
    /// A JSON object
    Json,
}

impl EnvArgs {
    /// Reads the variables from the server, and answers them in the syntax of the shell.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub(super) fn read(&self) -> anyhow::Result<String> {
        let url = &self.control.url;
        let variables =
            self.variables().with_context(|| format!("cannot read the variables from {url}"))?;
        let fits = |value: &str| {
            !value.contains('\0') && (self.shell != Shell::Dotenv || !value.contains('\n'))
        };
        let fit = variables.iter().all(|(_, value)| fits(value));
        anyhow::ensure!(fit, "a value has a character that an environment variable cannot hold");
        Ok(self.shell.assign(&variables))
    }

    fn variables(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let client = self.control.client();
        let org = self.org.as_ref().map(|org| json!({ "org": org }));
        if let Some(org) = &org {
            client.control("POST", "/orgs", org)?;
        }
        let minted = client.control("POST", "/tokens", &org.unwrap_or_else(|| json!({})))?;
        let text = |value: &Value| {
            value
                .as_str()
                .map(str::to_owned)
                .context("the response is incomplete: is it a campaign-mock server?")
        };
        let name = text(&minted["org"])?;
        let org = client.read(&format!("/orgs/{name}"))?;
        let credential = &org["credentials"][0];
        let url = self.control.url.trim_end_matches('/').to_owned();
        let always = [
            ("CAMPAIGN_MOCK_URL", url),
            ("CAMPAIGN_MOCK_ORG", name),
            ("CAMPAIGN_MOCK_IMS_ORG_ID", text(&org["imsOrgId"])?),
            ("CAMPAIGN_MOCK_API_KEY", text(&credential["apiKey"])?),
            ("CAMPAIGN_MOCK_CLIENT_SECRET", text(&credential["clientSecret"])?),
            ("CAMPAIGN_MOCK_ACCESS_TOKEN", text(&minted["accessToken"])?),
        ];
        let sometimes = [
            ("CAMPAIGN_MOCK_ADMIN_URL", self.control.admin_url.clone()),
            ("CAMPAIGN_MOCK_ADMIN_TOKEN", self.control.token()),
        ];
        let sometimes = sometimes.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Ok(always.into_iter().chain(sometimes).collect())
    }
}

impl Shell {
    /// The variables as this shell sets them, without the last newline.
    fn assign(self, variables: &[(&'static str, String)]) -> String {
        if self == Self::Json {
            let members = variables.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
            return Value::Object(members.collect::<Map<_, _>>()).to_string();
        }
        let lines = variables.iter().map(|(name, value)| match self {
            Self::Fish => format!("set -gx {name} {}", quoted_for_fish(value)),
            Self::Powershell => format!("$env:{name} = {}", quoted_for_powershell(value)),
            Self::Dotenv => format!("{name}={value}"),
            _ => format!("export {name}={}", quoted_for_sh(value)),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Between single quotes nothing means anything but the quote.
pub(super) fn quoted_for_sh(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Between single quotes a backslash takes away the meaning of a quote and of itself.
fn quoted_for_fish(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// A quote is doubled, and the typographic ones count as quotes.
fn quoted_for_powershell(value: &str) -> String {
    let mut quoted = String::from("'");
    for letter in value.chars() {
        if matches!(letter, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(letter);
        }
        quoted.push(letter);
    }
    quoted + "'"
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[cfg(unix)]
        #[test]
        fn any_value_survives_the_shell(value in "[^\0]*|['\"$`\\\\!\n ;&]{1,12}") {
            let line = Shell::Sh.assign(&[("VALUE", value.clone())]);
            let output = Command::new("sh").args(["-c", &format!("{line}\nprintf %s \"$VALUE\"")]).output();
            prop_assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), value);
        }

        #[test]
        fn fish_and_powershell_read_one_text(value in "[^\0]*|['\\\\\u{2018}\u{201b}a]{1,12}") {
            let fish = quoted_for_fish(&value);
            let mut read = String::new();
            let mut letters = fish[1..fish.len() - 1].chars();
            while let Some(letter) = letters.next() {
                prop_assert_ne!(letter, '\'');
                read.push(if letter == '\\' { letters.next().unwrap() } else { letter });
            }
            prop_assert_eq!(&read, &value);

            let powershell = quoted_for_powershell(&value);
            let mut read = String::new();
            let mut letters = powershell[1..powershell.len() - 1].chars();
            while let Some(letter) = letters.next() {
                if "'\u{2018}\u{2019}\u{201a}\u{201b}".contains(letter) {
                    prop_assert_eq!(letters.next(), Some(letter));
                }
                read.push(letter);
            }
            prop_assert_eq!(read, value);
        }
    }

    #[test]
    fn each_shell_sets_variables_in_its_own_way() {
        let variables = [("A", "it's".to_owned()), ("B", "2".to_owned())];
        for (shell, expected) in [
            (Shell::Sh, "export A='it'\\''s'\nexport B='2'"),
            (Shell::Fish, "set -gx A 'it\\'s'\nset -gx B '2'"),
            (Shell::Powershell, "$env:A = 'it''s'\n$env:B = '2'"),
            (Shell::Dotenv, "A=it's\nB=2"),
            (Shell::Json, r#"{"A":"it's","B":"2"}"#),
        ] {
            assert_eq!(shell.assign(&variables), expected);
        }
    }
}
