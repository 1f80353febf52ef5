//! `campaign-mock token`: mints an access token, or signs an assertion, without a server.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use jiff::SignedDuration;

use crate::auth::{AssertionIssuer, Minting, Secret, TokenIssuer};
use crate::clock::Clock;
use crate::config::{Identity, SeedSource, org_name};
use crate::domain::{OrgName, Scopes, Timestamp, parse_duration};
use crate::kept_secret;
use crate::random::Random;
use crate::seed::{Credential, Customer, DEMO_PRIVATE_KEY};

/// Which token to print.
#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    /// Org that the token is for [default: the first of the seed]
    ///
    /// The token of a customer's org is also valid for its tenants with a suffix, such as acme-w3.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_ORG", value_name = "ORG", value_parser = org_name)]
    org: Option<OrgName>,

    /// How long the token is valid; 0s prints an expired one
    #[arg(
        long,
        env = "CAMPAIGN_MOCK_EXPIRES_IN",
        value_name = "DURATION",
        default_value = "24h",
        value_parser = parse_duration,
        allow_hyphen_values = true
    )]
    expires_in: SignedDuration,

    /// Credential that the token is for, by its name in org.json [default: the first of the org]
    #[arg(long, env = "CAMPAIGN_MOCK_CREDENTIAL", value_name = "NAME")]
    credential: Option<String>,

    /// Scopes of the token, separated by commas [default: all of the credential]
    ///
    /// With --assertion, the metascopes of the assertion.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_SCOPE", value_name = "LIST")]
    scope: Option<String>,

    /// Sign with the secret that the server keeps beside this database, if it does
    #[arg(long, env = "CAMPAIGN_MOCK_DATABASE", value_name = "FILE")]
    database: Option<PathBuf>,

    /// Print a signed assertion for /ims/exchange/jwt instead of a token
    #[arg(long, env = "CAMPAIGN_MOCK_ASSERTION")]
    assertion: bool,

    /// Sign the assertion with the RSA key in this PEM file [default: the key of the demo seed]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVATE_KEY", value_name = "FILE")]
    private_key: Option<PathBuf>,

    #[command(flatten)]
    identity: Identity,
}

impl TokenArgs {
    /// Mints the token, or signs the assertion. No server is needed: a token is signed with the secret
    /// that the server has too.
    ///
    /// # Errors
    /// When the seed cannot be loaded or has no such org, when the credential may not have the scopes,
    /// and when there is no key to sign with.
    pub(super) fn mint(&self) -> anyhow::Result<String> {
        let seed = self.identity.seed.load()?;
        let first = || seed.customers.first().map(|customer| customer.org.clone());
        let org = self.org.clone().or_else(first).context("the seed has no org")?;
        let customer = seed
            .customer_of(&org)
            .with_context(|| format!("the seed has no org '{org}': use {}", seed.org_names()))?;
        let credential = self.credential_of(customer)?;
        let now = Clock::running(self.identity.now).now();
        if self.assertion {
            self.sign_assertion(&org, credential, now)
        } else {
            self.mint_token(&org, credential, now)
        }
    }

    fn credential_of<'a>(&self, customer: &'a Customer) -> anyhow::Result<&'a Credential> {
        let Some(name) = &self.credential else { return Ok(&customer.credential) };
        customer.credentials().find(|one| one.name == *name).with_context(|| {
            let names: Vec<_> = customer.credentials().map(|one| one.name.as_str()).collect();
            format!("the org has no credential '{name}': use {}", names.join(" or "))
        })
    }

    fn mint_token(
        &self,
        org: &OrgName,
        credential: &Credential,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let scopes = match &self.scope {
            Some(list) => Scopes::asked(list, &credential.apis)?,
            None => Scopes::of(&credential.apis),
        };
        let (lifetime, id) = (self.expires_in, Random::new(None).uuid());
        let token = Minting { org, credential, scopes: &scopes, now, lifetime, id };
        Ok(TokenIssuer::new(&self.secret()?).mint(&token)?)
    }

    /// The secret of the server: as given, or as it is kept.
    fn secret(&self) -> anyhow::Result<Secret> {
        let given = &self.identity.secret;
        let kept = match self.database.as_deref().filter(|_| given.is_demo()) {
            Some(database) => kept_secret::read(database).map_err(anyhow::Error::msg)?,
            None => None,
        };
        Ok(kept.unwrap_or_else(|| given.clone()))
    }

    fn sign_assertion(
        &self,
        org: &OrgName,
        credential: &Credential,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let key = match (&self.private_key, &self.identity.seed) {
            (Some(file), _) => std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the key file {}", file.display()))?,
            (None, SeedSource::Demo | SeedSource::None) => DEMO_PRIVATE_KEY.to_owned(),
            (None, SeedSource::Folder(_)) => anyhow::bail!(
                "only the demo seed comes with a private key: give yours with --private-key FILE"
            ),
        };
        let issuer = AssertionIssuer::new(&key)
            .context("the key is not a PEM file with an RSA private key")?;
        let metascopes: Vec<&str> = match &self.scope {
            Some(list) => list.split([',', ' ']).filter(|one| !one.is_empty()).collect(),
            None => credential.apis.usual_metascopes(),
        };
        let life = i64::try_from(self.expires_in.as_millis()).unwrap_or(i64::MAX);
        let expires = Timestamp::from_millis(now.as_millis().saturating_add(life));
        let assertion = issuer.sign(org, credential, &metascopes, expires);
        assertion.context("cannot sign the assertion with this key")
    }
}
