//! Everything a server starts from: the customers, read from folders.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs};

use crate::domain::{Declaration, Home, Model, OrgName, Resource};

use super::customer_record::SeedRecord;
use super::demo::{DEMO, is_set_up};
use super::error::SeedError;
use super::line::{Line, linked, namespaces};
use super::org::{Credential, Org};

/// Everything a server starts from.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The customers, in order of their orgs' names.
    pub customers: Vec<Customer>,
    /// People that are made up and added to each tenant.
    pub generated: Option<Generated>,
}

/// People to be made up.
#[derive(Clone)]
pub struct Generated {
    /// How many.
    pub people: u64,
    /// Decides who they are.
    pub seed: u64,
    /// Told how many are done, of how many.
    pub progress: Arc<dyn Fn(u64, u64) + Send + Sync>,
}

impl Generated {
    /// The same people, with nobody told how far they are.
    #[must_use]
    pub fn quietly(self) -> Self {
        Self { progress: Arc::new(|_, _| ()), ..self }
    }
}

impl fmt::Debug for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generated").field("people", &self.people).finish_non_exhaustive()
    }
}

/// A customer: the org of that name and every `<org>-<suffix>` are its tenants.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The org.
    pub org: OrgName,
    /// How its programs identify themselves: the first of its credentials, which the ready line
    /// prints and opt-outs are forwarded under.
    pub credential: Credential,
    /// Its other credentials.
    pub other_credentials: Vec<Credential>,
    /// The Adobe products it has; all of them unless the seed says.
    pub products: Option<Vec<String>>,
    /// Its data model.
    pub model: Arc<Model>,
    /// What every tenant of it starts with; shared, as there may be many.
    pub records: Arc<Vec<SeedRecord>>,
    /// The files that are not records, by name: who it is, and its data model.
    pub set_up: Vec<(String, String)>,
}

impl Seed {
    /// The demo seed that the program carries.
    ///
    /// # Errors
    /// None for the seed as shipped, which a test loads.
    pub fn demo() -> Result<Self, SeedError> {
        let acme = Customer::read("acme", &DEMO, Path::new("fixtures/seed/acme"))?;
        Ok(Self { customers: vec![acme], generated: None })
    }

    /// The demo seed's customer with what is set up for it, such as units and workflows, but without
    /// people and their data.
    ///
    /// # Errors
    /// As [`Self::demo`].
    pub fn empty() -> Result<Self, SeedError> {
        let mut seed = Self::demo()?;
        seed.customers.iter_mut().for_each(Customer::remove_people);
        Ok(seed)
    }

    /// Loads a folder.
    ///
    /// # Errors
    /// When a file cannot be read or is not of the form above, or a record breaks a rule.
    pub fn load(folder: &Path) -> Result<Self, SeedError> {
        let customers = entries(folder)?
            .iter()
            .filter(|path| path.is_dir())
            .map(|org| {
                let name = org.file_name().unwrap_or_default().to_string_lossy();
                Customer::load(&name, org)
            })
            .collect::<Result<Vec<_>, _>>()?;
        if customers.is_empty() {
            return Err(SeedError::new(folder.display(), "it has no folder of an org"));
        }
        check_api_keys(&customers).map_err(|fault| SeedError::new(folder.display(), fault))?;
        Ok(Self { customers, generated: None })
    }

    /// Gives each credential a secret of its own, by its API key, and takes its certificates away: for a
    /// seed whose secrets and keys everybody knows.
    pub fn replace_secrets(&mut self, secret: impl Fn(&str) -> String) {
        for customer in &mut self.customers {
            let others = customer.other_credentials.iter_mut();
            for credential in std::iter::once(&mut customer.credential).chain(others) {
                credential.client_secret = secret(&credential.api_key);
                credential.certificates.clear();
            }
        }
    }

    /// Makes all customers customers of the v8 product.
    pub fn turn_into_v8(&mut self) {
        for customer in &mut self.customers {
            Arc::make_mut(&mut customer.model).turn_into_v8();
        }
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

/// A key names one credential, or nobody could tell who logs in.
fn check_api_keys(customers: &[Customer]) -> Result<(), String> {
    let mut known = HashMap::new();
    for customer in customers {
        for credential in customer.credentials() {
            if let Some(other) = known.insert(&credential.api_key, &customer.org) {
                let (key, org) = (&credential.api_key, &customer.org);
                return Err(format!("'{org}' and '{other}' both have the apiKey '{key}'"));
            }
        }
    }
    Ok(())
}

/// What is in a folder, in order of names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, SeedError> {
    let entries = fs::read_dir(folder).map_err(|cause| SeedError::new(folder.display(), cause))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

impl Customer {
    /// All its credentials, in order.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        std::iter::once(&self.credential).chain(&self.other_credentials)
    }

    /// Leaves of its records those that are set up for it, such as units and workflows.
    pub fn remove_people(&mut self) {
        // None of them links to another, so that no link of what stays counts on what goes.
        const SET_UP: [&str; 4] = ["geoUnitBase", "orgUnitBase", "privacyNamespace", "workflow"];
        Arc::make_mut(&mut self.records)
            .retain(|record| SET_UP.contains(&record.resource.as_str()));
    }

    /// How many records of a resource its tenants start with.
    #[must_use]
    pub fn count(&self, resource: &str) -> usize {
        self.records.iter().filter(|record| record.resource == resource).count()
    }

    fn load(name: &str, folder: &Path) -> Result<Self, SeedError> {
        let mut files = Vec::new();
        for path in entries(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let extension = path.extension().and_then(OsStr::to_str);
            let ours = name == "org.json" || matches!(extension, Some("ndjson" | "pem"));
            if path.is_file() && ours {
                let text = fs::read_to_string(&path)
                    .map_err(|cause| SeedError::new(path.display(), cause))?;
                files.push((name, text));
            }
        }
        let files: Vec<_> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        Self::read(name, &files, folder)
    }

    fn read(name: &str, files: &[(&str, &str)], folder: &Path) -> Result<Self, SeedError> {
        let org = OrgName::parse(name).ok_or_else(|| {
            SeedError::new(folder.display(), "an org's name is letters, digits, dots and dashes")
        })?;
        let path = |name: &str| folder.join(name).display().to_string();
        let Org { credential, other_credentials, products } = Org::read(files, path)?;

        let mut model = Model::default();
        let mut records = Vec::new();
        // The model first, then profiles, which keeps their PKeys whatever else a seed has.
        let rank = |name: &str| match name {
            name if !name.ends_with(".ndjson") => 0,
            "model.ndjson" => 1,
            "profile.ndjson" => 2,
            _ => 3,
        };
        let mut files = files.to_vec();
        files.sort_by_key(|(name, _)| rank(name));
        for (name, text) in files.iter().filter(|(name, _)| rank(name) > 0) {
            for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let place = format!("{} line {}", path(name), at + 1);
                let faulty = |fault: String| SeedError::new(&place, fault);
                if *name == "model.ndjson" {
                    let declaration: Declaration =
                        serde_json::from_str(line).map_err(|fault| faulty(fault.to_string()))?;
                    model.declare(declaration).map_err(faulty)?;
                } else {
                    let resource = name.trim_end_matches(".ndjson");
                    let resource = seedable(&model, resource).map_err(faulty)?;
                    records.push(Line::read(resource, line, place.clone()).map_err(faulty)?);
                }
            }
        }
        records.extend(namespaces(&model, &records));
        let set_up = files.iter().filter(|(name, _)| is_set_up(name));
        Ok(Self {
            org,
            credential,
            other_credentials,
            products,
            records: Arc::new(linked(&model, records)?),
            set_up: set_up.map(|&(name, text)| (name.to_owned(), text.to_owned())).collect(),
            model: Arc::new(model),
        })
    }
}

/// The resource of a file.
fn seedable<'a>(model: &'a Model, name: &str) -> Result<&'a Resource, String> {
    model
        .resource(name)
        .filter(|resource| name != "history" && resource.home != Home::Messages)
        .ok_or_else(|| {
            let names: Vec<_> = model.resources().map(Resource::name).collect();
            format!(
                "there is no resource '{name}': a file is named after one of {}",
                names.join(", ")
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: &str = r#"{"credentials": [{"name": "a", "apiKey": "k", "clientSecret": "s",
        "technicalAccount": "t@techacct.adobe.com", "apis": ["campaign"]}], "products": ["Campaign"]}"#;

    fn globex(files: &[(&str, &str)]) -> Result<Customer, SeedError> {
        let files: Vec<_> = [("org.json", ORG)].into_iter().chain(files.iter().copied()).collect();
        Customer::read("globex", &files, Path::new("globex"))
    }

    #[test]
    fn the_demo_seed_loads_and_uses_reserved_domains_only() {
        let seed = Seed::demo().unwrap();
        let acme = &seed.customers[0];
        assert_eq!(acme.count("profile"), 12);
        for person in acme.records.iter().filter(|record| record.resource == "profile") {
            let domain =
                person.attributes.text("email").rsplit_once('@').map_or("", |split| split.1);
            assert!(
                ["", "example.com", "example.org", "example.net"].contains(&domain),
                "{domain}"
            );
            assert!(person.created.is_some());
        }
        assert_eq!(Seed::empty().unwrap().customers[0].count("profile"), 0);
    }

    #[test]
    fn the_demo_seed_is_what_is_in_its_folder() {
        let files: Vec<_> = entries(Path::new("fixtures/seed/acme"))
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(files, DEMO.map(|(name, _)| name));
    }

    #[test]
    fn the_demo_seed_declares_each_kind_once() {
        let model = include_str!("../../fixtures/seed/acme/model.ndjson");
        for kind in
            ["text", "number", "integer", "boolean", "date", "dateTime", "enumeration", "link"]
        {
            assert!(model.contains(&format!("\"type\":\"{kind}\"")), "{kind}");
        }
        for kind in ["resource", "field", "filter", "event"] {
            assert!(model.contains(&format!("\"declare\":\"{kind}\"")), "{kind}");
        }
    }

    #[test]
    fn a_fault_names_file_line_and_field() {
        let product = r#"{"declare":"resource","name":"cusProduct"}"#;
        let sku =
            r#"{"declare":"field","on":"cusProduct","name":"cusSku","type":"text","key":true}"#;
        let model = format!("{product}\n{sku}\n");
        for (files, place, word) in [
            (
                vec![("profile.ndjson", "{\"firstName\":\"A\"}\n\n{\"frstName\":\"B\"}\n")],
                "profile.ndjson line 3",
                "'frstName'",
            ),
            (
                vec![("profile.ndjson", "{\"created\":\"soon\"}")],
                "profile.ndjson line 1",
                "'created'",
            ),
            (vec![("profile.ndjson", "not json")], "profile.ndjson line 1", "expected"),
            (vec![("people.ndjson", "{}")], "people.ndjson line 1", "'people'"),
            (vec![("service.ndjson", "{}")], "service.ndjson line 1", "'name'"),
            (
                vec![("service.ndjson", "{\"name\":\"A\"}\n{\"name\":\"A\"}")],
                "service.ndjson line 2",
                "service.ndjson line 1",
            ),
            (
                vec![("subscription.ndjson", "{\"service\":\"A\"}")],
                "subscription.ndjson line 1",
                "'service'",
            ),
            (
                vec![(
                    "model.ndjson",
                    "{\"declare\":\"field\",\"on\":\"profile\",\"name\":\"hobby\",\"type\":\"text\"}",
                )],
                "model.ndjson line 1",
                "'hobby'",
            ),
            (
                vec![(
                    "model.ndjson",
                    "{\"declare\":\"field\",\"on\":\"cusNone\",\"name\":\"cusA\",\"type\":\"text\"}",
                )],
                "model.ndjson line 1",
                "'cusNone'",
            ),
            (vec![("model.ndjson", "{\"declare\":\"colour\"}")], "model.ndjson line 1", "colour"),
            (
                vec![
                    ("model.ndjson", &model),
                    ("cusProduct.ndjson", "{\"cusSku\":\"1\"}\n{\"cusSku\":\"1\"}"),
                ],
                "cusProduct.ndjson line 2",
                "'1'",
            ),
            (
                vec![("model.ndjson", &model), ("cusProduct.ndjson", "{\"cusColour\":\"1\"}")],
                "cusProduct.ndjson line 1",
                "'cusColour'",
            ),
        ] {
            let fault = globex(&files).unwrap_err().to_string();
            assert!(fault.contains(place) && fault.contains(word), "{files:?}: {fault}");
        }
    }

    #[test]
    fn a_link_leads_to_a_key_a_mail_or_a_line() {
        let profiles = "{\"email\":\"a@example.com\"}\n\n{}\n{\"email\":\"b@example.com\"}\n";
        let link = |to: &str| format!("{{\"profile\":\"{to}\"}}");
        for (to, at) in
            [("a@example.com", 0), ("b@example.com", 2), ("#1", 0), ("#2", 1), ("#3", 2)]
        {
            let log = link(to);
            let files = [("profile.ndjson", profiles), ("subHisto.ndjson", log.as_str())];
            let linked = globex(&files)
                .unwrap()
                .records
                .iter()
                .find(|one| one.resource == "subHisto")
                .cloned();
            assert_eq!(linked.unwrap().links, [("profile".to_owned(), at)], "{to}");
        }
        for to in ["#0", "#4", "#", "c@example.com"] {
            let log = link(to);
            let files = [("profile.ndjson", profiles), ("subHisto.ndjson", log.as_str())];
            assert!(globex(&files).unwrap_err().to_string().contains("leads nowhere"), "{to}");
        }
    }

    #[test]
    fn a_folder_is_loaded_and_its_tenants_known() {
        let folder = tempfile::tempdir().unwrap();
        let org = folder.path().join("globex");
        fs::create_dir(&org).unwrap();
        assert!(Seed::load(folder.path()).unwrap_err().to_string().contains("org.json"));
        fs::write(org.join("org.json"), ORG).unwrap();
        fs::write(org.join("profile.ndjson"), "{}\n").unwrap();
        let seed = Seed::load(folder.path()).unwrap();
        assert_eq!(seed.org_names(), "globex");
        assert_eq!(seed.customers[0].count("profile"), 1);
        assert_eq!(seed.customers[0].count("privacyNamespace"), 2);
        assert_eq!(seed.customers[0].products, Some(vec!["Campaign".to_owned()]));
        let tenant = OrgName::parse("globex-stage").unwrap();
        assert!(seed.customer_of(&tenant).is_some());
        assert!(seed.customer_of(&OrgName::parse("acme").unwrap()).is_none());
    }

    #[test]
    fn an_api_key_is_one_credential_s() {
        let folder = tempfile::tempdir().unwrap();
        for org in ["acme", "globex"] {
            let org = folder.path().join(org);
            fs::create_dir(&org).unwrap();
            fs::write(org.join("org.json"), ORG).unwrap();
        }
        let fault = Seed::load(folder.path()).unwrap_err().to_string();
        assert!(fault.ends_with("'globex' and 'acme' both have the apiKey 'k'"), "{fault}");
    }
}
