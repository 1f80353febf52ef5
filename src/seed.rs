//! The seed: the customers a server knows, their credentials, and the people their tenants start
//! with. A folder with one sub-folder per customer's org:
//!
//! ```text
//! acme/org.json          {"apiKey", "clientSecret", "technicalAccount"}
//! acme/profiles.ndjson   one profile a line: writable fields, and optionally "created"
//! ```
//!
//! Everything is checked when it is loaded; a fault names file, line and field.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::{Attributes, OrgName, ProfilePatch, Timestamp};

/// Everything a server starts from.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The customers, in order of their orgs' names.
    pub customers: Vec<Customer>,
}

/// A customer: the org of that name and every `<org>-<suffix>` are its tenants.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The org.
    pub org: OrgName,
    /// How its programs identify themselves.
    pub credential: Credential,
    /// What every tenant of it starts with.
    pub profiles: Vec<SeedProfile>,
}

/// The credential of a technical account, as Adobe's console hands them out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credential {
    /// The client id, sent as `X-Api-Key`.
    pub api_key: String,
    /// The client secret.
    pub client_secret: String,
    /// `<uuid>@techacct.adobe.com`
    pub technical_account: String,
}

/// A person of the seed.
#[derive(Debug, Clone)]
pub struct SeedProfile {
    /// When the profile says it was created; the tenant's own moment if not given.
    pub created: Option<Timestamp>,
    /// What it holds.
    pub attributes: Attributes,
}

/// What is wrong with a seed: file, line, and what to mend.
#[derive(Debug, thiserror::Error)]
#[error("seed {place}: {fault}", place = .place)]
pub struct SeedError {
    place: String,
    fault: String,
}

impl SeedError {
    fn new(place: impl fmt::Display, fault: impl fmt::Display) -> Self {
        Self { place: place.to_string(), fault: fault.to_string() }
    }
}

impl Seed {
    /// The demo seed that the program carries.
    ///
    /// # Errors
    /// None for the seed as shipped, which a test loads.
    pub fn demo() -> Result<Self, SeedError> {
        let acme = Customer::read(
            "acme",
            include_str!("../fixtures/seed/acme/org.json"),
            include_str!("../fixtures/seed/acme/profiles.ndjson"),
            Path::new("fixtures/seed/acme"),
        )?;
        Ok(Self { customers: vec![acme] })
    }

    /// The demo seed's customer without any people.
    ///
    /// # Errors
    /// As [`Self::demo`].
    pub fn empty() -> Result<Self, SeedError> {
        let mut seed = Self::demo()?;
        seed.customers.iter_mut().for_each(|customer| customer.profiles.clear());
        Ok(seed)
    }

    /// Loads a folder.
    ///
    /// # Errors
    /// When a file is missing, not of the form above, or a profile breaks a rule of the catalogue.
    pub fn load(folder: &Path) -> Result<Self, SeedError> {
        let unreadable =
            |path: &Path, cause: &std::io::Error| SeedError::new(path.display(), cause);
        let entries = fs::read_dir(folder).map_err(|cause| unreadable(folder, &cause))?;
        let mut orgs: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        orgs.sort();
        let customers = orgs
            .iter()
            .map(|org| {
                let read = |name: &str| {
                    let path = org.join(name);
                    fs::read_to_string(&path).map_err(|cause| unreadable(&path, &cause))
                };
                let name = org.file_name().unwrap_or_default().to_string_lossy();
                Customer::read(&name, &read("org.json")?, &read("profiles.ndjson")?, org)
            })
            .collect::<Result<Vec<_>, _>>()?;
        if customers.is_empty() {
            return Err(SeedError::new(folder.display(), "it has no folder of an org"));
        }
        Ok(Self { customers })
    }

    /// The customer whose tenant `org` is or may become: of several, the one named most exactly.
    #[must_use]
    pub fn customer_of(&self, org: &OrgName) -> Option<&Customer> {
        self.customers
            .iter()
            .filter(|customer| org.belongs_to(&customer.org))
            .max_by_key(|customer| customer.org.as_str().len())
    }

    /// The orgs' names, ready to read.
    #[must_use]
    pub fn org_names(&self) -> String {
        let names: Vec<_> = self.customers.iter().map(|customer| customer.org.as_str()).collect();
        names.join(" or ")
    }
}

impl Customer {
    fn read(name: &str, org: &str, profiles: &str, folder: &Path) -> Result<Self, SeedError> {
        let file = |name: &str| folder.join(name).display().to_string();
        let org_name = OrgName::parse(name).ok_or_else(|| {
            SeedError::new(folder.display(), "an org's name is letters, digits, dots and dashes")
        })?;
        let credential =
            serde_json::from_str(org).map_err(|fault| SeedError::new(file("org.json"), fault))?;
        let profiles = profiles
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(at, line)| {
                let place = || format!("{} line {}", file("profiles.ndjson"), at + 1);
                SeedProfile::read(line).map_err(|fault| SeedError::new(place(), fault))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { org: org_name, credential, profiles })
    }
}

impl SeedProfile {
    fn read(line: &str) -> Result<Self, String> {
        let mut members: Map<String, Value> =
            serde_json::from_str(line).map_err(|fault| fault.to_string())?;
        let created = members
            .remove("created")
            .map(|created| {
                created.as_str().and_then(Timestamp::parse).ok_or_else(|| {
                    format!("'created' takes a moment such as \"2026-01-31 08:00:00.000Z\", not {created}")
                })
            })
            .transpose()?;
        let patch = ProfilePatch::from_object(members).map_err(|fault| fault.to_string())?;
        let moment = created.unwrap_or(Timestamp::from_millis(0));
        Ok(Self { created, attributes: patch.apply(&Attributes::default(), moment) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_seed_loads_and_uses_reserved_domains_only() {
        let seed = Seed::demo().unwrap();
        let people = &seed.customers[0].profiles;
        assert!(people.len() >= 10);
        for person in people {
            let domain =
                person.attributes.text("email").rsplit_once('@').map_or("", |split| split.1);
            assert!(
                ["", "example.com", "example.org", "example.net"].contains(&domain),
                "{domain}"
            );
            assert!(person.created.is_some());
        }
        assert!(Seed::empty().unwrap().customers[0].profiles.is_empty());
    }

    #[test]
    fn a_fault_names_file_line_and_field() {
        let folder = tempfile::tempdir().unwrap();
        let org = folder.path().join("globex");
        fs::create_dir(&org).unwrap();
        fs::write(
            org.join("org.json"),
            r#"{"apiKey": "k", "clientSecret": "s", "technicalAccount": "t@techacct.adobe.com"}"#,
        )
        .unwrap();
        fs::write(org.join("profiles.ndjson"), "{\"firstName\":\"A\"}\n\n{\"frstName\":\"B\"}\n")
            .unwrap();
        let fault = Seed::load(folder.path()).unwrap_err().to_string();
        assert!(fault.contains("profiles.ndjson line 3"), "{fault}");
        assert!(fault.contains("'frstName'"), "{fault}");

        fs::write(org.join("profiles.ndjson"), "").unwrap();
        let seed = Seed::load(folder.path()).unwrap();
        assert_eq!(seed.org_names(), "globex");
        let tenant = OrgName::parse("globex-stage").unwrap();
        assert!(seed.customer_of(&tenant).is_some());
        assert!(seed.customer_of(&OrgName::parse("acme").unwrap()).is_none());
    }
}
