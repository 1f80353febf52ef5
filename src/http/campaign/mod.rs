//! Campaign Standard, `/{org}/campaign/…`: one handler per verb, which reads the rest of the path
//! as an [`Address`] and calls the handler of what it names.

mod address;
mod list;
mod profile;

use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::{Call, Failure, Surface, answer};
use crate::domain::Error;
use address::{Address, Place};

/// GET: a record, a list, a count.
pub(super) async fn get(call: Call) -> HttpResponse {
    let result = address(&call).and_then(|address| match address.place {
        Place::Collection => list::read(&call, &address),
        Place::Count => list::count(&call),
        Place::Record(key) => profile::read(&call, &address, key),
    });
    answer(Surface::Campaign, result)
}

/// POST: create.
pub(super) async fn post(call: Call, body: Bytes) -> HttpResponse {
    let result = async {
        let address = address(&call)?;
        match address.place {
            Place::Collection => profile::create(&call, &address, &body).await,
            Place::Count => Err(Failure::MethodNotAllowed("GET, OPTIONS")),
            Place::Record(key) => Err(Error::StraySegment(key.to_owned()).into()),
        }
    };
    let result = result.await;
    answer(Surface::Campaign, result)
}

/// PATCH: update.
pub(super) async fn patch(call: Call, body: Bytes) -> HttpResponse {
    let result = async {
        let address = address(&call)?;
        match address.place {
            Place::Record(key) => profile::update(&call, &address, key, &body).await,
            Place::Count => Err(Failure::MethodNotAllowed("GET, OPTIONS")),
            Place::Collection => Err(Failure::MethodNotAllowed("GET, POST, OPTIONS")),
        }
    };
    let result = result.await;
    answer(Surface::Campaign, result)
}

/// Any other verb.
pub(super) async fn method_not_allowed() -> HttpResponse {
    answer(Surface::Campaign, Err(Failure::MethodNotAllowed("GET, POST, PATCH, OPTIONS")))
}

fn address(call: &Call) -> Result<Address<'_>, Failure> {
    let path = call.request.match_info().get("path").unwrap_or_default();
    Ok(Address::parse(path)?)
}
