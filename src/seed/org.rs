//! `org.json`: a customer's credentials, with the certificates that check their assertions, the
//! Adobe products it has, and the webhooks that get its events.

use std::fmt;

use aws_lc_rs::rsa::PublicKey;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::error::{SeedError, json_file_fault};
use crate::domain::{AdobeApi, BoundApis, EventRegistration, OtherApi, RegistrationSpec};

/// The content of the file.
#[derive(Debug)]
pub(super) struct Org {
    /// The first of its credentials.
    pub(super) credential: Credential,
    pub(super) other_credentials: Vec<Credential>,
    pub(super) products: Option<Vec<String>>,
    pub(super) event_registrations: Vec<EventRegistration>,
}

/// The credential of a technical account, as Adobe's console hands them out.
#[derive(Clone)]
pub struct Credential {
    /// Its name for `campaign-mock token --credential`.
    pub name: String,
    /// The client id, sent as `X-Api-Key`.
    pub api_key: String,
    /// The client secret.
    pub client_secret: String,
    /// `<uuid>@techacct.adobe.com`
    pub technical_account: String,
    /// The APIs it is bound to.
    pub apis: BoundApis,
    /// The certificates that check the signatures of its assertions.
    pub certificates: Vec<Certificate>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The RSA key of a certificate. Nothing else in a certificate counts, not even its validity.
#[derive(Debug, Clone)]
pub struct Certificate(DecodingKey);

impl Certificate {
    /// Reads a PEM file that holds a certificate.
    fn read(text: &str) -> Result<Self, &'static str> {
        const FAULT: &str = "this is not a PEM file with the certificate of an RSA key";
        let key = DecodingKey::from_rsa_pem(text.as_bytes()).map_err(|_| FAULT)?;
        // A private key passes so far, and so does a broken one.
        let public = key.try_get_as_bytes().map_err(|_| FAULT)?;
        PublicKey::from_der(public).map_err(|_| FAULT)?;
        Ok(Self(key))
    }

    /// Its public key.
    #[must_use]
    pub const fn key(&self) -> &DecodingKey {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OrgFile {
    credentials: Vec<CredentialFile>,
    products: Option<Vec<String>>,
    #[serde(default)]
    event_registrations: Vec<RegistrationSpec>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CredentialFile {
    name: String,
    api_key: String,
    client_secret: String,
    technical_account: String,
    /// Words for the APIs of this server, objects for others.
    apis: Vec<Value>,
    /// Names of files beside this one.
    #[serde(default)]
    certificates: Vec<String>,
}

impl Org {
    /// Reads the file and the certificates that it names.
    pub(super) fn read(
        files: &[(&str, &str)],
        path: impl Fn(&str) -> String,
    ) -> Result<Self, SeedError> {
        let faulty = |fault: String| SeedError::new(path("org.json"), fault);
        let text =
            file(files, "org.json").ok_or_else(|| faulty("this file is missing".to_owned()))?;
        let org: OrgFile =
            serde_json::from_str(text).map_err(|fault| faulty(json_file_fault(&fault)))?;
        let mut credentials: Vec<Credential> = Vec::new();
        for credential in org.credentials {
            let same = credentials
                .iter()
                .find(|known| known.name == credential.name || known.api_key == credential.api_key);
            if let Some(known) = same {
                let names = (&credential.name, &known.name);
                let fault = format!(
                    "the credentials '{}' and '{}' have the same name or apiKey",
                    names.0, names.1
                );
                return Err(faulty(fault));
            }
            credentials.push(credential.with_certificates(files, &path)?);
        }
        let event_registrations =
            registrations(org.event_registrations, &credentials).map_err(faulty)?;
        let mut credentials = credentials.into_iter();
        Ok(Self {
            credential: credentials
                .next()
                .ok_or_else(|| faulty("'credentials' needs at least one credential".to_owned()))?,
            other_credentials: credentials.collect(),
            products: org.products,
            event_registrations,
        })
    }
}

/// The registrations, each with an id that is its place in the file.
fn registrations(
    specs: Vec<RegistrationSpec>,
    credentials: &[Credential],
) -> Result<Vec<EventRegistration>, String> {
    EventRegistration::check_number(specs.len()).map_err(|fault| fault.to_string())?;
    specs
        .into_iter()
        .zip(1..)
        .map(|(spec, place)| {
            let named = |known: &&Credential| spec.credential().is_none_or(|one| one == known.name);
            let credential = credentials.iter().find(named).ok_or_else(|| {
                let name = spec.credential().unwrap_or_default();
                format!("the event registration {place} names the credential '{name}', which is not there")
            })?;
            let api_key = credential.api_key.clone();
            let registration = spec.into_registration(Uuid::from_u128(place), api_key);
            registration.map_err(|fault| format!("the event registration {place} is wrong: {fault}"))
        })
        .collect()
}

impl CredentialFile {
    fn with_certificates(
        self,
        files: &[(&str, &str)],
        path: impl Fn(&str) -> String,
    ) -> Result<Credential, SeedError> {
        let read = |name: &String| {
            let faulty = |fault: &str| SeedError::new(path(name), fault);
            let text = file(files, name).ok_or_else(|| {
                faulty("org.json lists this certificate, but the file is missing")
            })?;
            Certificate::read(text).map_err(faulty)
        };
        let apis = bound_apis(self.apis).map_err(|fault| {
            SeedError::new(path("org.json"), format!("credential '{}': {fault}", self.name))
        })?;
        Ok(Credential {
            apis,
            certificates: self.certificates.iter().map(read).collect::<Result<_, _>>()?,
            name: self.name,
            api_key: self.api_key,
            client_secret: self.client_secret,
            technical_account: self.technical_account,
        })
    }
}

/// The APIs that a credential lists.
fn bound_apis(listed: Vec<Value>) -> Result<BoundApis, String> {
    const FORM: &str = "an API in 'apis' is \"campaign\", \"privacy\", or an object such as \
        {\"name\": \"User Management\", \"scopes\": [\"user_management_sdk\"], \"metascopes\": [\"ent_user_sdk\"]}";
    let mut bound = BoundApis::default();
    for api in listed {
        if api.is_object() {
            let other: OtherApi =
                serde_json::from_value(api).map_err(|fault| format!("{fault}: {FORM}"))?;
            other.check()?;
            bound.others.push(other);
        } else {
            let served =
                AdobeApi::deserialize(&api).map_err(|_| format!("{api} is no API: {FORM}"));
            bound.served.push(served?);
        }
    }
    Ok(bound)
}

fn file<'a>(files: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    files.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = include_str!("../../fixtures/seed/acme/demo-certificate.pem");

    fn org(credentials: &str, files: &[(&str, &str)]) -> Result<Org, String> {
        let text = format!("{{\"credentials\": [{credentials}]}}");
        let files: Vec<_> =
            [("org.json", text.as_str())].into_iter().chain(files.iter().copied()).collect();
        Org::read(&files, |name| format!("acme/{name}")).map_err(|fault| fault.to_string())
    }

    fn credential(name: &str, key: &str, certificate: &str) -> String {
        format!(
            r#"{{"name": "{name}", "apiKey": "{key}", "clientSecret": "s", "technicalAccount": "t",
                "apis": ["privacy"], "certificates": [{certificate}]}}"#
        )
    }

    #[test]
    fn a_certificate_stands_beside_the_file() {
        let one = credential("a", "k", "\"a.pem\"");
        let org = org(&one, &[("a.pem", CERTIFICATE)]).unwrap();
        assert_eq!(org.credential.certificates.len(), 1);
        assert_eq!(org.products, None);
        assert!(!format!("{org:?}").contains("\"s\""));
    }

    #[test]
    fn a_registration_names_a_credential_that_is_there() {
        let with = |registration: &str| {
            let credentials = [credential("a", "k", ""), credential("b", "l", "")].join(",");
            let text = format!(
                "{{\"credentials\": [{credentials}], \"eventRegistrations\": [{registration}]}}"
            );
            let read = Org::read(&[("org.json", &text)], str::to_owned);
            read.map_err(|fault| fault.to_string())
        };
        let org = with(
            r#"{"url": "http://localhost:1/"}, {"url": "http://localhost:2/", "credential": "b"}"#,
        );
        let registrations = org.unwrap().event_registrations;
        assert_eq!((&*registrations[0].api_key, &*registrations[1].api_key), ("k", "l"));
        assert_eq!(registrations[1].id, Uuid::from_u128(2));
        assert_eq!(registrations[0].name, "http://localhost:1/");
        for (registration, word) in [
            (r#"{"url": "http://localhost:1/", "credential": "c"}"#, "credential 'c'"),
            (r#"{"url": "https://localhost:1/"}"#, "plain http only"),
            (r#"{"url": "http://localhost:1/", "events": []}"#, "one type of events"),
            (r#"{"url": "http://localhost:1/", "events": ["jobcomplete"]}"#, "jobcomplete"),
        ] {
            let fault = with(registration).unwrap_err();
            assert!(fault.contains(word), "{registration}: {fault}");
        }
    }

    #[test]
    fn a_fault_names_the_file() {
        let one = credential("a", "k", "\"a.pem\"");
        let key = include_str!("../../fixtures/seed/acme/demo-private-key.pem");
        let cut = &CERTIFICATE[..600];
        for text in ["", "no PEM", cut, key] {
            let fault = org(&one, &[("a.pem", text)]).unwrap_err();
            assert!(fault.starts_with("seed acme/a.pem: this is not a PEM file"), "{fault}");
        }
        assert!(
            org(&one, &[]).unwrap_err().contains("acme/a.pem: org.json lists this certificate")
        );
        assert!(org("", &[]).unwrap_err().contains("at least one"));
        for (first, second) in [(("a", "k"), ("a", "l")), (("a", "k"), ("b", "k"))] {
            let two = [first, second].map(|(name, key)| credential(name, key, "")).join(",");
            assert!(org(&two, &[]).unwrap_err().contains("the same name or apiKey"), "{two}");
        }
        let unknown = credential("a", "k", "").replace("privacy", "analytics");
        let fault = org(&unknown, &[]).unwrap_err();
        assert!(
            fault.starts_with(
                "seed acme/org.json: credential 'a': \"analytics\" is no API: an API in"
            ),
            "{fault}"
        );
    }

    #[test]
    fn a_credential_may_be_bound_to_further_apis() {
        let with = |api: &str| org(&credential("a", "k", "").replace("\"privacy\"", api), &[]);
        let users = r#"{"name": "User Management", "metascopes": ["ent_user_sdk"]}"#;
        let bound = with(&format!("\"campaign\", {users}")).unwrap().credential.apis;
        assert_eq!(bound.names(), ["Campaign", "User Management"]);
        assert_eq!(bound.usual_metascopes(), ["ent_campaign_sdk", "ent_user_sdk"]);
        for (api, fault) in [
            (r#"{"name": "X", "scope": ["x"]}"#, "unknown field `scope`"),
            (r#"{"scopes": ["x"]}"#, "missing field `name`"),
            (r#"{"name": "X"}"#, "'X': an API needs 'scopes', 'metascopes' or both"),
            ("7", "7 is no API"),
        ] {
            let found = with(api).unwrap_err();
            assert!(found.starts_with("seed acme/org.json: credential 'a': "), "{found}");
            assert!(found.contains(fault), "{found}");
        }
    }
}
