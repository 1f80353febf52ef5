//! The seed: the customers that a server knows, with their credentials, their data models and the
//! records that their tenants start with. A folder with one sub-folder per customer's org:
//!
//! ```text
//! acme/org.json            {"credentials": [{"name", "apiKey", "clientSecret", "technicalAccount", "apis",
//!                          "certificates"}], "products", "eventRegistrations": [{"name", "url", "credential",
//!                          "events"}]}
//! acme/<certificate>.pem   the certificates that org.json names
//! acme/model.ndjson        the customer's own fields, resources, filters and events, one a line
//! acme/<resource>.ndjson   records, one a line: profile.ndjson, service.ndjson, cusPurchase.ndjson …
//! acme/privacyJob.ndjson   privacy jobs, one a line, as Privacy Service prints them
//! acme/exercise.ndjson     exercises, one a line: {"id", "title", "text", "done"}
//! ```
//!
//! Everything is checked when it is loaded; a fault names file, line and field.

mod condition;
mod customer;
mod demo;
mod error;
mod exercises;
mod org;
mod records;
mod sample_people;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::domain::OrgName;
use customer::folder_entries;

pub use customer::Customer;
pub use demo::DEMO_PRIVATE_KEY;
pub use error::SeedError;
pub use exercises::Exercise;
pub use org::{Certificate, Credential};
pub use records::SeedRecord;
pub use sample_people::{SamplePeople, SamplePerson};

pub(crate) use condition::{CallCondition, Condition, RecordCondition, StateCondition};
pub(crate) use customer::JOBS_FILE;
pub(crate) use demo::demo_setup_files;
pub(crate) use exercises::{EXERCISES_FILE, fitting_exercises};
pub(crate) use records::is_seedable;

/// What a server starts with.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The customers, in order of their orgs' names.
    pub customers: Vec<Customer>,
    /// Sample people that are added to each tenant.
    pub sample_people: Option<SamplePeopleSettings>,
}

/// Which sample people are added to each tenant.
#[derive(Debug, Clone, Copy)]
pub struct SamplePeopleSettings {
    /// How many.
    pub count: u64,
    /// Decides who they are: the same seed gives the same people.
    pub rng_seed: u64,
}

impl Seed {
    /// The demo seed that the program carries.
    ///
    /// # Errors
    /// None for the seed as shipped, which a test loads.
    pub fn demo() -> Result<Self, SeedError> {
        let customer = Customer::read(demo::ORG, &demo::FILES, Path::new("fixtures/seed/acme"))?;
        Ok(Self { customers: vec![customer], sample_people: None })
    }

    /// The demo seed's customer with its setup, such as units and workflows, but without people and
    /// their data.
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
        let customers = folder_entries(folder)?
            .iter()
            .filter(|path| path.is_dir())
            .map(|org| {
                let name = org.file_name().unwrap_or_default().to_string_lossy();
                Customer::load(&name, org)
            })
            .collect::<Result<Vec<_>, _>>()?;
        if customers.is_empty() {
            return Err(SeedError::new(
                folder.display(),
                "it has no folder of an org, such as acme/",
            ));
        }
        check_api_keys(&customers).map_err(|fault| SeedError::new(folder.display(), fault))?;
        Ok(Self { customers, sample_people: None })
    }

    /// Gives each credential a secret of its own, made from its API key, and removes its certificates:
    /// for a seed whose secrets and keys everybody knows.
    pub fn replace_secrets(&mut self, secret: impl Fn(&str) -> String) {
        for customer in &mut self.customers {
            let others = customer.other_credentials.iter_mut();
            for credential in std::iter::once(&mut customer.credential).chain(others) {
                credential.client_secret = secret(&credential.api_key);
                credential.certificates.clear();
            }
        }
    }

    /// Changes all data models to those of Campaign v8.
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

    /// The names of the orgs, as a message lists them.
    #[must_use]
    pub fn org_names(&self) -> String {
        let names: Vec<_> = self.customers.iter().map(|customer| customer.org.as_str()).collect();
        names.join(" or ")
    }
}

/// Refuses an API key that two credentials share: a login could not tell them apart.
fn check_api_keys(customers: &[Customer]) -> Result<(), String> {
    let mut known = HashMap::new();
    for customer in customers {
        for credential in customer.credentials() {
            if let Some(other) = known.insert(&credential.api_key, &customer.org) {
                let (key, org) = (&credential.api_key, &customer.org);
                return Err(format!("the orgs '{org}' and '{other}' both have the apiKey '{key}'"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        let files: Vec<_> = folder_entries(Path::new("fixtures/seed/acme"))
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(files, demo::FILES.map(|(name, _)| name));
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
            (vec![("profile.ndjson", "not json")], "profile.ndjson line 1", "not valid JSON"),
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
            (vec![("model.ndjson", "{\"declare\":\"color\"}")], "model.ndjson line 1", "color"),
            (
                vec![
                    ("model.ndjson", &model),
                    ("cusProduct.ndjson", "{\"cusSku\":\"1\"}\n{\"cusSku\":\"1\"}"),
                ],
                "cusProduct.ndjson line 2",
                "'1'",
            ),
            (
                vec![("model.ndjson", &model), ("cusProduct.ndjson", "{\"cusColor\":\"1\"}")],
                "cusProduct.ndjson line 1",
                "'cusColor'",
            ),
        ] {
            let fault = globex(&files).unwrap_err().to_string();
            assert!(fault.contains(place) && fault.contains(word), "{files:?}: {fault}");
        }
    }

    #[test]
    fn a_fault_of_an_exercise_says_what_to_write() {
        let exercise = |done: &str| {
            format!("{{\"id\":\"a\",\"title\":\"A\",\"text\":\"Do it.\",\"done\":{done}}}")
        };
        let fault = |text: &str| {
            let profiles = "{\"email\":\"a@example.com\"}";
            let files = [("profile.ndjson", profiles), ("exercise.ndjson", text)];
            globex(&files).map(|_| ()).unwrap_err().to_string()
        };
        for (done, word) in [
            ("[]", "a condition is an object with one of 'request'"),
            ("{}", "a condition is an object with one of 'request'"),
            ("{\"request\":{},\"all\":[]}", "a condition is an object with one of 'request'"),
            ("{\"requested\":{}}", "there is no condition 'requested': write one of 'request'"),
            ("{\"request\":[]}", "'request' is an object"),
            ("{\"request\":{\"verb\":\"GET\"}}", "'request' is wrong: unknown field `verb`"),
            ("{\"retried\":{\"org\":\"globex\"}}", "'retried' names an 'org': leave it out"),
            ("{\"all\":[]}", "'all' is a list of one condition or more"),
            ("{\"any\":[{\"job\":1}]}", "'job' is an object"),
            (
                "{\"record\":{\"resource\":\"person\",\"key\":\"a\"}}",
                "no resource 'person': write one of",
            ),
            ("{\"record\":{\"resource\":\"profile\",\"key\":\"a\"}}", "has either 'fields' or"),
            (
                "{\"record\":{\"resource\":\"profile\",\"key\":\"b@example.com\",\"deleted\":true}}",
                "no 'profile' with the key or e-mail 'b@example.com'",
            ),
            (
                "{\"record\":{\"resource\":\"profile\",\"key\":\"a\",\"fields\":{\"frstName\":1}}}",
                "'frstName'",
            ),
            (
                "{\"record\":{\"resource\":\"profile\",\"key\":\"a@example.com\",\
                 \"fields\":{\"ccpaOptOut\":false}}}",
                "the seed meets the condition already",
            ),
            ("{\"optOut\":{\"to\":1}}", "'optOut' is wrong: invalid type"),
            ("{\"job\":{\"action\":\"erase\",\"status\":\"complete\"}}", "unknown variant `erase`"),
            ("{\"job\":{\"action\":\"access\",\"status\":\"submitted\"}}", "'complete' or 'error'"),
            ("{\"consent\":{}}", "missing field `optOutOfSale`"),
        ] {
            let fault = fault(&format!("\n{}", exercise(done)));
            assert!(
                fault.starts_with("seed globex/exercise.ndjson line 2: 'done': ")
                    && fault.contains(word),
                "{done}: {fault}"
            );
        }
        let good = exercise("{\"request\":{}}");
        for (text, word) in [
            ("nothing".to_owned(), "line 1: this is not valid JSON"),
            ("{\"id\":\"a\"}".to_owned(), "line 1: missing field `title`"),
            (good.replace("\"a\"", "\"a b\""), "line 1: 'id' is 1 to 64 letters"),
            (good.replace("Do it.", " "), "line 1: 'text' is empty"),
            (good.replace("\"text\"", "\"hint\""), "line 1: unknown field `hint`"),
            (
                format!("{good}\n{good}"),
                "line 2: the id 'a' is used twice, first in globex/exercise.ndjson line 1",
            ),
        ] {
            assert!(fault(&text).contains(word), "{text}: {}", fault(&text));
        }
    }

    #[test]
    fn the_values_of_an_enumeration_have_one_name_each() {
        let model = |values: &str| {
            format!(
                "{{\"declare\":\"field\",\"on\":\"profile\",\"name\":\"cusTier\",\
                 \"type\":\"enumeration\",\"values\":{values}}}"
            )
        };
        for (values, word) in [
            ("[]", "'values'"),
            ("[3]", "an object with 'name'"),
            ("[{\"label\":\"A\"}]", "an object with 'name'"),
            ("[{\"name\":\"a\",\"color\":\"red\"}]", "an object with 'name'"),
            ("[\"a\",{\"name\":\"a\",\"value\":\"1\"}]", "'a' occurs twice"),
            ("[\"a\",\"__Invalid_value__\"]", "'__Invalid_value__'"),
        ] {
            let fault = globex(&[("model.ndjson", &model(values))]).unwrap_err().to_string();
            assert!(fault.contains("line 1") && fault.contains(word), "{values}: {fault}");
        }
        assert!(globex(&[("model.ndjson", &model("[\"a\",{\"name\":\"b\"}]"))]).is_ok());
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
            assert!(globex(&files).unwrap_err().to_string().contains("has no target"), "{to}");
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
