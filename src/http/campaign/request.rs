//! A request to Campaign that the gateway has let through, with what its handlers need.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::super::error::Failure;
use super::super::pipeline::{AuthorizedCaller, RequestContext};
use super::super::settings::{Dialect, LongTexts, PatchReturns};
use super::super::target::NamedOrg;
use super::address::{self, Address, Reader};
use super::metadata_key::resource_of;
use super::record_view::{Links, RenderOptions};
use crate::domain::{Author, Caused, Patch, Resource};
use crate::service::{Services, WriteSource};

/// A request to Campaign.
pub(super) struct CampaignRequest<'a> {
    context: &'a RequestContext,
    pub(super) caller: Rc<AuthorizedCaller>,
    /// `https://host/org/campaign/`
    pub(super) campaign: String,
    /// The path within the org, decoded.
    path: Cow<'a, str>,
}

impl<'a> CampaignRequest<'a> {
    /// The request of a context that has passed the gateway.
    pub(super) fn new(context: &'a RequestContext) -> Result<Self, Failure> {
        let caller = context.caller()?;
        let NamedOrg::Path { rest, .. } = context.target.org else {
            return Err(Failure::UnknownPath);
        };
        let campaign = format!("{}/{}/campaign/", context.base_url(), caller.tenant.name);
        let path = context.request.match_info().as_str().get(rest..).unwrap_or_default();
        Ok(Self { context, caller, campaign, path: address::decode(path) })
    }

    /// Notes what the request has caused, for the journal.
    pub(super) fn note(&self, caused: Caused) {
        self.context.note(caused);
    }

    /// The use cases.
    pub(super) fn services(&self) -> &Services {
        &self.context.state.services
    }

    /// The query as it was sent.
    pub(super) fn query(&self) -> &str {
        self.context.request.query_string()
    }

    /// Which product is imitated.
    pub(super) fn dialect(&self) -> Dialect {
        self.context.state.settings.dialect
    }

    /// What a PATCH answers.
    pub(super) fn patch_returns(&self) -> PatchReturns {
        self.context.state.settings.patch_returns
    }

    /// What the path names.
    pub(super) fn address(&'a self) -> Result<Address<'a>, Failure> {
        let tenant = &self.caller.tenant;
        let by_metadata_key = |key: &str| resource_of(tenant, key);
        let reader = Reader {
            model: &tenant.model,
            dialect: self.dialect(),
            resource_by_metadata_key: &by_metadata_key,
        };
        Ok(reader.read(&self.path)?)
    }

    /// How records are shown to this caller.
    pub(super) fn options(
        &'a self,
        address: &Address<'a>,
        with_href: bool,
        links: Links<'a>,
    ) -> RenderOptions<'a> {
        RenderOptions {
            model: &self.caller.tenant.model,
            keyring: &self.caller.tenant.keyring,
            campaign: &self.campaign,
            root: address.root,
            now: self.services().clock().now(),
            extended: self.extended(address),
            with_href,
            links,
        }
    }

    /// Whether custom fields are shown and taken; of messages, what only the v8 product has.
    pub(super) fn extended(&self, address: &Address<'_>) -> bool {
        address.api.extended(self.dialect())
    }

    /// The change that a body asks for.
    pub(super) fn change(
        &self,
        address: &Address<'_>,
        resource: &Resource,
        members: Map<String, Value>,
        creates: bool,
    ) -> Result<Patch, Failure> {
        let v8 = self.dialect() == Dialect::V8;
        let author = Author::Client {
            extended: self.extended(address),
            elements: creates || !v8,
            strict_links: creates && v8,
            cuts_texts: self.context.state.settings.long_texts == LongTexts::Cut,
        };
        Ok(Patch::check(resource, members, author)?)
    }

    /// Where a write comes from, for the ledger.
    pub(super) fn source(&self) -> WriteSource {
        let id = self.context.request_id();
        WriteSource {
            request_id: id.to_str().unwrap_or_default().to_owned(),
            api_key: self.caller.api_key.clone(),
        }
    }
}
