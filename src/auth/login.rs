//! The token service: who may have an access token, and for what (`docs/reference/ims-auth.md` §1, §2).

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::SignedDuration;
use uuid::Uuid;

use super::assertion::{Assertion, AssertionIssuer};
use super::{Minting, Secret, TokenIssuer};
use crate::domain::{
    Error, ImsOrgId, LoginFault, OrgName, Result, Scopes, Timestamp, placeholder_advice,
};
use crate::seed::{Credential, DEMO_PRIVATE_KEY, Seed};

/// A credential and whose it is.
struct Client {
    org: OrgName,
    credential: Credential,
}

/// When and under which id a token is made.
#[derive(Debug, Clone, Copy)]
pub struct Issued {
    /// The moment.
    pub now: Timestamp,
    /// The id.
    pub id: Uuid,
}

/// Gives access tokens to the seed's credentials.
pub struct Login {
    clients: Vec<Client>,
    issuer: TokenIssuer,
}

impl Login {
    /// How long its tokens live.
    pub const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(24);

    /// The token service of a seed.
    #[must_use]
    pub fn new(seed: &Seed, secret: &Secret) -> Self {
        let clients = seed.customers.iter().flat_map(|customer| {
            let client = |credential: &Credential| Client {
                org: customer.org.clone(),
                credential: credential.clone(),
            };
            customer.credentials().map(client)
        });
        Self { clients: clients.collect(), issuer: TokenIssuer::new(secret) }
    }

    /// A token for an assertion. `tenant` finds the tenant with an IMS org.
    ///
    /// # Errors
    /// [`LoginRefused`](crate::domain::Error::LoginRefused) with what is wrong.
    pub fn exchange(
        &self,
        client_id: &str,
        secret: &str,
        assertion: &str,
        issued: Issued,
        tenant: impl Fn(&str) -> Option<OrgName>,
    ) -> Result<String> {
        let client = self.authenticate(client_id, secret)?;
        let others = self.clients.iter().flat_map(|other| &other.credential.certificates);
        let read = Assertion::read(assertion, &client.credential, others, issued.now)?;
        let org = client.org_of(&read.ims_org, tenant).ok_or_else(|| {
            LoginFault::Binding.because(client.no_tenant_has_it("The claim 'iss'"))
        })?;
        self.issue(client, &org, &read.scopes, issued)
    }

    /// A token for client id and secret alone. No scopes: all of the credential; no IMS org: the
    /// customer's own. `tenant` finds the tenant with an IMS org.
    ///
    /// # Errors
    /// [`LoginRefused`](crate::domain::Error::LoginRefused) with what is wrong.
    pub fn client_credentials(
        &self,
        client_id: &str,
        secret: &str,
        scopes: Option<&str>,
        ims_org: Option<&str>,
        issued: Issued,
        tenant: impl Fn(&str) -> Option<OrgName>,
    ) -> Result<String> {
        let client = self.authenticate(client_id, secret)?;
        let apis = &client.credential.apis;
        let scopes =
            scopes.map_or_else(|| Ok(Scopes::of(apis)), |list| Scopes::asked(list, apis))?;
        let org = match ims_org {
            Some(ims_org) => client.org_of(ims_org, tenant).ok_or_else(|| {
                LoginFault::Parameter.because(client.no_tenant_has_it("The parameter 'org_id'"))
            })?,
            None => client.org.clone(),
        };
        self.issue(client, &org, &scopes, issued)
    }

    /// Checks a client id, and its secret where one is sent.
    ///
    /// # Errors
    /// [`LoginFault::Client`], [`LoginFault::Secret`].
    pub fn check_client(&self, client_id: &str, secret: Option<&str>) -> Result<()> {
        match secret {
            Some(secret) => self.authenticate(client_id, secret).map(|_| ()),
            None => self.client(client_id).map(|_| ()),
        }
    }

    /// The credentials of the customer that an org belongs to.
    pub fn credentials<'a>(&'a self, org: &'a OrgName) -> impl Iterator<Item = &'a Credential> {
        let clients = self.clients.iter().filter(|client| org.belongs_to(&client.org));
        clients.map(|client| &client.credential)
    }

    /// A token for an org without logging in: of its customer's first credential or the one of that
    /// name, with all of its scopes or those, living a day or that long.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] when there is no such credential, or as
    /// [`Self::client_credentials`] when it may not have these scopes.
    pub fn mint(
        &self,
        org: &OrgName,
        credential: Option<&str>,
        scopes: Option<&str>,
        lifetime: Option<SignedDuration>,
        issued: Issued,
    ) -> Result<String> {
        let named = |one: &&Credential| credential.is_none_or(|name| one.name == name);
        let credential = self.credentials(org).find(named).ok_or_else(|| {
            Error::RequestInvalid(format!("'{org}' has no such credential in the seed."))
        })?;
        let scopes = match scopes {
            Some(list) => Scopes::asked(list, &credential.apis)?,
            None => Scopes::of(&credential.apis),
        };
        let lifetime = lifetime.unwrap_or(Self::TOKEN_LIFE);
        let Issued { now, id } = issued;
        self.issuer.mint(&Minting { org, credential, scopes: &scopes, now, lifetime, id })
    }

    /// An assertion of a credential for an org, as a document shows one: signed with the demo's key, which
    /// everybody knows. Nothing for a credential that the key does not go with.
    #[must_use]
    pub fn demo_assertion(
        &self,
        org: &OrgName,
        credential: &Credential,
        now: Timestamp,
    ) -> Option<String> {
        let issuer = AssertionIssuer::new(DEMO_PRIVATE_KEY)?;
        let metascopes = credential.apis.usual_metascopes();
        let expires = now.after(Duration::from_secs(24 * 60 * 60));
        let assertion = issuer.sign(org, credential, &metascopes, expires).ok()?;
        let good = Assertion::read(&assertion, credential, std::iter::empty(), now).is_ok();
        good.then_some(assertion)
    }

    fn client(&self, client_id: &str) -> Result<&Client> {
        if client_id.is_empty() {
            return Err(LoginFault::Client.because(
                "No client id: send the apiKey of one of the seed's credentials as 'client_id'.",
            ));
        }
        let known = self.clients.iter().find(|client| client.credential.api_key == client_id);
        known.ok_or_else(|| {
            LoginFault::Client.because(format!(
                "{}This client id belongs to no credential of the seed: send an apiKey of org.json as 'client_id'.",
                placeholder_advice(client_id)
            ))
        })
    }

    fn authenticate(&self, client_id: &str, secret: &str) -> Result<&Client> {
        let client = self.client(client_id)?;
        let known = client.credential.client_secret.as_bytes();
        verify_slices_are_equal(known, secret.as_bytes()).map_err(|_| {
            LoginFault::Secret.because(
                "The client secret is missing or wrong: send the clientSecret that org.json has for this client id as 'client_secret'.",
            )
        })?;
        Ok(client)
    }

    fn issue(
        &self,
        client: &Client,
        org: &OrgName,
        scopes: &Scopes,
        Issued { now, id }: Issued,
    ) -> Result<String> {
        let credential = &client.credential;
        self.issuer.mint(&Minting { org, credential, scopes, now, lifetime: Self::TOKEN_LIFE, id })
    }
}

impl Client {
    /// The customer's own org, or that of a tenant of it that exists.
    fn org_of(&self, ims_org: &str, tenant: impl Fn(&str) -> Option<OrgName>) -> Option<OrgName> {
        if ImsOrgId::of(&self.org).as_str() == ims_org {
            return Some(self.org.clone());
        }
        tenant(ims_org).filter(|org| org.belongs_to(&self.org))
    }

    /// What to do about a claim or parameter that names another IMS org.
    fn no_tenant_has_it(&self, what: &str) -> String {
        let own = ImsOrgId::of(&self.org);
        format!(
            "{what} is the IMS org of no tenant of this credential's customer: put '{own}' there, or that of one of its tenants that was called before."
        )
    }
}
