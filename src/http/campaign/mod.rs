//! Campaign Standard, `/{org}/campaign/…`: one handler per verb, for all resources. The rest of the
//! path is read as an [`Address`]; what is special about a resource is declared in the catalogue.

mod address;
mod delete;
mod get;
mod list;
mod metadata;
mod patch;
mod post;
mod record;
mod workflow;

use std::borrow::Cow;
use std::rc::Rc;

use actix_web::http::Method;
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpResponse};

use super::gateway::Admitted;
use super::middleware::RequestId;
use super::routes::options;
use super::{Call, Dialect, Failure, answer};
use crate::domain::{Author, Links, Patch, Resource, Showing};
use crate::service::Origin;
use address::{Address, Reader};

pub(super) use address::{Api as ApiRoot, split};

/// Calls the handler of the verb.
pub(super) async fn answer_by_verb(call: Call, body: Bytes) -> HttpResponse {
    let result = match *call.request.method() {
        Method::GET => get::get(&call).await,
        Method::POST => post::post(&call, &body).await,
        Method::PATCH => patch::patch(&call, &body).await,
        Method::DELETE => delete::delete(&call).await,
        Method::OPTIONS => Ok(options().await),
        _ => Err(Failure::MethodNotAllowed("GET, POST, PATCH, DELETE, OPTIONS")),
    };
    answer(call.campaign_surface(), result)
}

/// What no API has.
pub(super) async fn unknown_path(call: Call) -> HttpResponse {
    answer(call.campaign_surface(), Err(Failure::UnknownPath))
}

/// A call that has been admitted, with what its handlers need.
struct Context<'a> {
    call: &'a Call,
    admitted: Rc<Admitted>,
    /// `https://host/org/campaign/`
    campaign: String,
    path: Cow<'a, str>,
}

impl<'a> Context<'a> {
    fn new(call: &'a Call) -> Result<Self, Failure> {
        let admitted = call.admitted()?;
        let base = call.api.base_url(call.request.headers());
        let campaign = format!("{base}/{}/campaign/", admitted.tenant.name);
        let path = address::decode(call.request.match_info().unprocessed());
        Ok(Self { call, admitted, campaign, path })
    }

    fn dialect(&self) -> Dialect {
        self.call.api.answers.dialect
    }

    /// What the path names.
    fn address(&'a self) -> Result<Address<'a>, Failure> {
        let (_, rest) = split(&self.path).ok_or(Failure::UnknownPath)?;
        let tenant = &self.admitted.tenant;
        let by_metadata_key = |key: &str| metadata::resource_of(tenant, key);
        let reader = Reader {
            model: &tenant.model,
            dialect: self.dialect(),
            resource_by_metadata_key: &by_metadata_key,
        };
        Ok(reader.read(rest)?)
    }

    /// How records are shown to this caller.
    fn showing(&'a self, address: &Address<'a>, with_href: bool, links: Links<'a>) -> Showing<'a> {
        Showing {
            model: &self.admitted.tenant.model,
            keyring: &self.admitted.tenant.keyring,
            campaign: &self.campaign,
            root: address.root,
            now: self.call.api.services.clock().now(),
            extended: self.extended(address),
            with_href,
            links,
        }
    }

    /// Whether custom fields are shown and taken; of messages, what only the v8 product has.
    fn extended(&self, address: &Address<'_>) -> bool {
        address.api.extended(self.dialect())
    }

    /// The change that a body asks for.
    fn change(
        &self,
        address: &Address<'_>,
        resource: &Resource,
        members: serde_json::Map<String, serde_json::Value>,
        creates: bool,
    ) -> Result<Patch, Failure> {
        let v8 = self.dialect() == Dialect::V8;
        let author = Author::Client {
            extended: self.extended(address),
            elements: creates || !v8,
            strict_links: creates && v8,
        };
        Ok(Patch::check(resource, members, author)?)
    }

    /// Where a write comes from.
    fn origin(&self) -> Origin {
        let extensions = self.call.request.extensions();
        let id = extensions.get::<RequestId>().and_then(|id| id.0.to_str().ok());
        Origin {
            request_id: id.unwrap_or_default().to_owned(),
            api_key: self.admitted.api_key.clone(),
        }
    }
}
