//! The tenants of the database, in memory; new ones are made from the seed when they are first called.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::initial_state::{ProgressReporter, make_first};
use super::outbox::{EventSource, Outbox};
use super::tenant::Tenant;
use crate::domain::{Error, ImsOrgId, InstallKey, Keyring, OrgId, OrgName, Result, Timestamp};
use crate::live::{Event, Live};
use crate::seed::{Customer, Seed};
use crate::store::{Store, Tx, Writer, orgs};

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
    /// Generations that are over; calls may still hold them.
    retired: Vec<Arc<Tenant>>,
}

impl Known {
    fn add(&mut self, tenant: Arc<Tenant>, callable: bool) {
        if callable {
            self.names.insert(tenant.name.as_str().to_owned(), Arc::clone(&tenant));
            self.ims_orgs.insert(tenant.ims_org.as_str().to_owned(), Arc::clone(&tenant));
        }
        self.ids.insert(tenant.id.get(), tenant);
    }

    fn end(&mut self, id: OrgId) {
        let Some(tenant) = self.ids.remove(&id.get()) else { return };
        self.names.remove(tenant.name.as_str());
        self.ims_orgs.remove(tenant.ims_org.as_str());
        tenant.outbox.close();
        self.retired.push(tenant);
    }
}

/// The tenants, shared by all threads. What is known changes on the writer's thread alone, right after
/// the commit that changes the database, so that both change in the same order.
pub(crate) struct Tenants {
    known: RwLock<Known>,
    pub(super) seed: Seed,
    install_key: InstallKey,
    events: EventSource,
    live: Arc<Live>,
}

impl Tenants {
    /// Reads the tenants of the database and makes those orgs of the seed that it does not have.
    pub(in crate::service) async fn start(
        store: &Store,
        seed: Seed,
        events: EventSource,
        live: Arc<Live>,
        now: Timestamp,
        progress: Option<&ProgressReporter>,
    ) -> Result<Arc<Self>> {
        let install_key = store.install_key().clone();
        let tenants = Arc::new(Self { known: RwLock::default(), seed, install_key, events, live });
        // Those that a server before this one has left may be of another seed.
        store.writer().write(orgs::end_standbys).await?;
        for org in orgs::all(&store.reader()?)? {
            if let Some(name) = OrgName::parse(&org.name) {
                tenants.replace(None, Some((org.id, &name)));
            }
        }
        for customer in &tenants.seed.customers {
            tenants.open(&customer.org, &store.writer(), now, progress).await?;
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
            outbox: Outbox::new(self.events.clone()),
            live: Arc::clone(&self.live),
        }
    }

    fn find(&self, look_up: impl FnOnce(&Known) -> Option<&Arc<Tenant>>) -> Option<Arc<Tenant>> {
        look_up(&self.known.read().unwrap_or_else(PoisonError::into_inner)).cloned()
    }

    /// The tenant of that name, if it exists and can be called.
    pub(super) fn by_name(&self, name: &str) -> Option<Arc<Tenant>> {
        self.find(|known| known.names.get(name))
    }

    /// The tenant with that number.
    pub(in crate::service) fn by_id(&self, id: OrgId) -> Option<Arc<Tenant>> {
        self.find(|known| known.ids.get(&id.get()))
    }

    /// Takes up that a generation is over, and that another has begun.
    pub(super) fn replace(&self, old: Option<OrgId>, new: Option<(OrgId, &OrgName)>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = old {
            known.end(old);
        }
        if let Some((id, name)) = new.filter(|(id, _)| !known.ids.contains_key(&id.get())) {
            let callable = self.seed.customer_of(name).is_some();
            known.add(Arc::new(self.tenant(id, name.clone())), callable);
            // Webhooks that it begins with are to be asked.
            self.events.wake.notify_one();
        }
    }

    /// Of generations that are over in the database, those that nobody holds any more, nor can find.
    pub(super) fn released(&self, retired: &[OrgId]) -> Vec<OrgId> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let held = |id: &OrgId| {
            // What has just been committed may not have been taken up here yet.
            known.ids.contains_key(&id.get())
                || known.retired.iter().any(|one| one.id == *id && Arc::strong_count(one) > 1)
        };
        retired.iter().filter(|id| !held(id)).copied().collect()
    }

    /// Forgets a generation that is over and removed.
    pub(super) fn forget(&self, id: OrgId) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retired.retain(|tenant| tenant.id != id);
    }

    /// The customer that owns an org.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`] when there is none.
    pub(in crate::service) fn customer_of(&self, org: &OrgName) -> Result<&Customer> {
        self.seed.customer_of(org).ok_or_else(|| self.unknown(org.as_str()))
    }

    /// The tenant with that IMS org, if it exists and can be called.
    pub(in crate::service) fn with_ims_org(&self, ims_org: &str) -> Option<Arc<Tenant>> {
        self.find(|known| known.ims_orgs.get(ims_org))
    }

    /// Those that exist and can be called, as far as they pass, in the order of their names.
    pub(in crate::service) fn callable(
        &self,
        passes: impl Fn(&Tenant) -> bool,
    ) -> Vec<Arc<Tenant>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> =
            known.names.values().filter(|tenant| passes(tenant)).cloned().collect();
        found.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        found
    }

    /// The tenant of that name, made from the seed if this is its first call.
    pub(super) async fn open(
        self: &Arc<Self>,
        name: &OrgName,
        writer: &Writer,
        now: Timestamp,
        progress: Option<&ProgressReporter>,
    ) -> Result<Arc<Tenant>> {
        loop {
            if let Some(tenant) = self.by_name(name.as_str()) {
                return Ok(tenant);
            }
            let customer = Box::new(self.customer_of(name)?.clone());
            let (sample_people, progress) = (self.seed.sample_people, progress.cloned());
            let (wanted, org) = (name.clone(), name.clone());
            let make = move |tx: &Tx| match orgs::find(tx, &wanted)? {
                Some(org) => Ok(org.id),
                None => make_first(
                    tx,
                    &wanted,
                    &customer,
                    sample_people.as_ref(),
                    now,
                    progress.as_ref(),
                ),
            };
            let tenants = Arc::clone(self);
            let begin = move |id: &OrgId| {
                tenants.replace(None, Some((*id, &org)));
                tenants.live.tell(|| Event::Reset { org, to: "seed".to_owned() });
            };
            writer.write_then(make, begin).await?;
        }
    }

    pub(super) fn unknown(&self, org: &str) -> Error {
        Error::UnknownOrg { org: org.to_owned(), customers: self.seed.org_names() }
    }
}
