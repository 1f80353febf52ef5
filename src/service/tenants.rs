//! Tenants: known ones in memory, new ones made from the seed when they are first called.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use log::info;

use super::Services;
use crate::auth::{Caller, Grant};
use crate::domain::{
    Attributes, Error, ImsOrgId, InstallKey, Keyring, Model, OrgId, OrgName, PKey, Record,
    RecordNumber, Resource, Result, Timestamp,
};
use crate::people::People;
use crate::seed::{Customer, Generated, Seed, SeedRecord};
use crate::store::lists::Source;
use crate::store::{Store, Tx, Writer, orgs, records};

/// A tenant and its sealing keys.
pub struct Tenant {
    /// Its number in the database.
    pub id: OrgId,
    /// The segment in its URLs.
    pub name: OrgName,
    /// Its IMS org.
    pub ims_org: ImsOrgId,
    /// Technical account of its customer, for the jobs the hook makes.
    pub technical_account: String,
    /// The Adobe products that its customer has; all, if none are named.
    pub products: Option<Vec<String>>,
    /// Its data model.
    pub model: Arc<Model>,
    /// Seals its records' keys and its lists' cursors.
    pub keyring: Keyring,
}

impl Tenant {
    /// The key of a profile.
    #[must_use]
    pub fn profile_key(&self, profile: RecordNumber) -> PKey {
        self.keyring.of(self.model.profile()).pkey(profile)
    }

    /// The number of the profile with that key.
    #[must_use]
    pub fn open_profile_key(&self, pkey: &str) -> Option<RecordNumber> {
        self.keyring.of(self.model.profile()).open_pkey(pkey)
    }

    /// Whether its customer has an Adobe product.
    #[must_use]
    pub fn has_product(&self, name: &str) -> bool {
        let has = |products: &Vec<String>| {
            products.iter().any(|product| product.eq_ignore_ascii_case(name))
        };
        self.products.as_ref().is_none_or(has)
    }

    /// A resource of its model.
    ///
    /// # Errors
    /// [`Error::UnknownResource`] when it has none of that name.
    pub fn resource(&self, name: &str) -> Result<&Resource> {
        self.model.resource(name).ok_or_else(|| Error::UnknownResource(name.to_owned()))
    }

    /// Where lists of a resource are read from.
    pub(super) fn source<'a>(&'a self, resource: &'a Resource) -> Source<'a> {
        Source { model: &self.model, org: self.id, resource }
    }
}

/// The tenants of the database. One whose customer the seed no longer has keeps its data, and the
/// worker serves its queue; nobody can call it until the customer is back.
#[derive(Default)]
struct Known {
    /// Those that can be called, by name.
    names: HashMap<String, Arc<Tenant>>,
    /// Those that can be called, by IMS org.
    ims_orgs: HashMap<String, Arc<Tenant>>,
    /// All of them, by number.
    ids: HashMap<i64, Arc<Tenant>>,
}

impl Known {
    fn add(&mut self, tenant: Arc<Tenant>, callable: bool) {
        if callable {
            self.names.insert(tenant.name.as_str().to_owned(), Arc::clone(&tenant));
            self.ims_orgs.insert(tenant.ims_org.as_str().to_owned(), Arc::clone(&tenant));
        }
        self.ids.insert(tenant.id.get(), tenant);
    }
}

/// The tenants, shared by all threads.
pub struct Tenants {
    known: RwLock<Known>,
    seed: Seed,
    install_key: InstallKey,
}

impl Tenants {
    /// Reads the tenants of the database and makes those orgs of the seed that it does not have.
    pub(super) async fn start(store: &Store, seed: Seed, now: Timestamp) -> Result<Self> {
        let install_key = store.install_key().clone();
        let tenants = Self { known: RwLock::default(), seed, install_key };
        let stored = orgs::all(&store.reader()?)?;
        {
            let mut known = tenants.known.write().unwrap_or_else(PoisonError::into_inner);
            for org in stored {
                let Some(name) = OrgName::parse(&org.name) else { continue };
                let callable = tenants.seed.customer_of(&name).is_some();
                known.add(Arc::new(tenants.tenant(org.id, name)), callable);
            }
        }
        for customer in &tenants.seed.customers {
            tenants.open(&customer.org, &store.writer(), now).await?;
        }
        Ok(tenants)
    }

    fn tenant(&self, id: OrgId, name: OrgName) -> Tenant {
        let customer = self.seed.customer_of(&name);
        let account = customer
            .map_or("nobody@techacct.adobe.com", |customer| &customer.credential.technical_account);
        let model = customer.map(|customer| Arc::clone(&customer.model)).unwrap_or_default();
        Tenant {
            id,
            ims_org: ImsOrgId::of(&name),
            technical_account: account.to_owned(),
            products: customer.and_then(|customer| customer.products.clone()),
            keyring: Keyring::new(&self.install_key, &name, &model),
            model,
            name,
        }
    }

    fn find(&self, look_up: impl FnOnce(&Known) -> Option<&Arc<Tenant>>) -> Option<Arc<Tenant>> {
        look_up(&self.known.read().unwrap_or_else(PoisonError::into_inner)).cloned()
    }

    /// The tenant with that IMS org, if it exists and can be called.
    pub(super) fn with_ims_org(&self, ims_org: &str) -> Option<Arc<Tenant>> {
        self.find(|known| known.ims_orgs.get(ims_org))
    }

    /// Those that exist and can be called, as far as they pass, in the order of their names.
    pub(super) fn callable(&self, passes: impl Fn(&Tenant) -> bool) -> Vec<Arc<Tenant>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> =
            known.names.values().filter(|tenant| passes(tenant)).cloned().collect();
        found.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        found
    }

    /// The tenant of that name, made from the seed if this is its first call.
    async fn open(&self, name: &OrgName, writer: &Writer, now: Timestamp) -> Result<Arc<Tenant>> {
        let customer = self.seed.customer_of(name).ok_or_else(|| self.unknown(name.as_str()))?;
        let (org, seeds, generated) = (name.clone(), customer.clone(), self.seed.generated.clone());
        let id = writer.write(move |tx| make(tx, &org, &seeds, generated.as_ref(), now)).await?;
        let tenant = Arc::new(self.tenant(id, name.clone()));
        self.known.write().unwrap_or_else(PoisonError::into_inner).add(Arc::clone(&tenant), true);
        Ok(tenant)
    }

    fn unknown(&self, org: &str) -> Error {
        Error::UnknownOrg { org: org.to_owned(), customers: self.seed.org_names() }
    }
}

/// Makes a tenant with the records of the seed and as many made-up people as it is to have; one that
/// is there already stays as it is. What a tenant starts with is its state, not a change that
/// somebody made, so no opt-out of it is forwarded.
fn make(
    tx: &Tx,
    name: &OrgName,
    customer: &Customer,
    generated: Option<&Generated>,
    now: Timestamp,
) -> Result<OrgId> {
    if let Some(org) = orgs::find(tx, name)? {
        return Ok(org.id);
    }
    let id = orgs::insert(tx, name)?;
    let model = &customer.model;
    let resource =
        |name: &str| model.resource(name).ok_or_else(|| Error::UnknownResource(name.to_owned()));
    // All numbers first: a record may link to one that stands after it.
    let number = |seed: &SeedRecord| records::next_number(tx, id, resource(&seed.resource)?);
    let numbers = customer.records.iter().map(number).collect::<Result<Vec<_>>>()?;
    for (seed, &number) in customer.records.iter().zip(&numbers) {
        let resource = resource(&seed.resource)?;
        let record = Record::new(number, seed.attributes.clone(), seed.created.unwrap_or(now));
        let links = seed.links.iter().filter_map(|(link, at)| Some((link, *numbers.get(*at)?)));
        let links: Vec<(&String, RecordNumber)> = links.collect();
        let pair = resource.pair.map(|pair| {
            let number =
                |name| links.iter().find(|(link, _)| *link == name).map(|(_, to)| to.get());
            pair.links.map(|name| number(name).unwrap_or_default().to_string()).join(", ")
        });
        let key = pair.as_deref().or(seed.key.as_deref());
        records::insert(tx, id, resource, &record, key)?;
        for (link, to) in links {
            records::set_link(tx, id, number, link, Some(to))?;
        }
    }
    if let Some(generated) = generated {
        generate(tx, id, model.profile(), generated)?;
    }
    info!("tenant {name} made with {} profiles", records::profiles(tx, id)?);
    Ok(id)
}

/// Adds made-up people.
fn generate(tx: &Tx, org: OrgId, profile: &Resource, generated: &Generated) -> Result<()> {
    tx.in_bulk(|| {
        let people = People::new(generated.seed).zip(1..=generated.people);
        for (person, done) in people {
            let number = records::next_number(tx, org, profile)?;
            let created = Timestamp::from_millis(person.created_millis);
            let attributes = Attributes::from_stored(person.attributes);
            records::insert(tx, org, profile, &Record::new(number, attributes, created), None)?;
            (generated.progress)(done, generated.people);
        }
        Ok(())
    })
}

impl Services {
    /// The tenant of a Campaign URL, if the caller may call it; made on its first call.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`] when no customer owns it, then [`Error::NotEntitled`].
    pub async fn tenant(&self, org: &str, caller: &Caller) -> Result<Arc<Tenant>> {
        let tenants = &self.shared.tenants;
        let known = tenants.find(|known| known.names.get(org));
        if let Some(tenant) = known.as_ref().filter(|tenant| caller.may_call(&tenant.name)) {
            return Ok(Arc::clone(tenant));
        }
        let name = OrgName::parse(org)
            .filter(|name| tenants.seed.customer_of(name).is_some())
            .ok_or_else(|| tenants.unknown(org))?;
        match &caller.grant {
            Grant::Org(granted) if !caller.may_call(&name) => {
                Err(Error::NotEntitled { org: name, granted: granted.clone() })
            }
            _ => self.open_tenant(&name).await,
        }
    }

    /// The tenant that a Privacy Service call names by its IMS org, if the caller may call it.
    ///
    /// # Errors
    /// [`Error::ImsOrgNotEntitled`] for a foreign tenant and for none alike.
    pub async fn tenant_of_ims_org(&self, ims_org: &str, caller: &Caller) -> Result<Arc<Tenant>> {
        let refused = || Error::ImsOrgNotEntitled(ims_org.chars().take(60).collect());
        match (self.shared.tenants.with_ims_org(ims_org), &caller.grant) {
            (Some(tenant), _) if caller.may_call(&tenant.name) => Ok(tenant),
            // The token names its org, so the org's first call may be this one.
            (None, Grant::Org(org)) if ImsOrgId::of(org).as_str() == ims_org => {
                self.open_tenant(org).await.map_err(|failure| match failure {
                    Error::UnknownOrg { .. } => refused(),
                    other => other,
                })
            }
            _ => Err(refused()),
        }
    }

    /// The tenant that calls without any credentials fall back to: the seed's first org.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn default_tenant(&self) -> Result<Arc<Tenant>> {
        let first = self.shared.tenants.seed.customers.first();
        let name = first.map(|customer| customer.org.clone());
        self.open_tenant(&name.ok_or_else(|| self.shared.tenants.unknown(""))?).await
    }

    /// A tenant that exists, for the control API.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`] when it does not.
    pub fn existing_tenant(&self, org: &str) -> Result<Arc<Tenant>> {
        let tenants = &self.shared.tenants;
        tenants.find(|known| known.names.get(org)).ok_or_else(|| tenants.unknown(org))
    }

    /// Every tenant that can be called, in order of names.
    #[must_use]
    pub fn tenants(&self) -> Vec<Arc<Tenant>> {
        self.shared.tenants.callable(|_| true)
    }

    /// The tenant of that name, made from the seed if it is not there yet.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`] when no customer owns it, or when the write fails.
    pub async fn make_tenant(&self, org: &str) -> Result<Arc<Tenant>> {
        let name = OrgName::parse(org).ok_or_else(|| self.shared.tenants.unknown(org))?;
        self.open_tenant(&name).await
    }

    /// The tenant with that number, for the worker.
    pub(super) fn tenant_by_id(&self, id: OrgId) -> Option<Arc<Tenant>> {
        self.shared.tenants.find(|known| known.ids.get(&id.get()))
    }

    /// Makes sure that a tenant of that name exists, if a customer of the seed owns it.
    pub(super) async fn make_if_ours(&self, name: &OrgName) -> Result<()> {
        if self.shared.tenants.seed.customer_of(name).is_some() {
            self.open_tenant(name).await?;
        }
        Ok(())
    }

    async fn open_tenant(&self, name: &OrgName) -> Result<Arc<Tenant>> {
        match self.shared.tenants.find(|known| known.names.get(name.as_str())) {
            Some(tenant) => Ok(tenant),
            None => self.shared.tenants.open(name, &self.shared.writer, self.clock().now()).await,
        }
    }
}
