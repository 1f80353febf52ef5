//! Campaign Standard, `/{org}/campaign/…`: one handler per verb, which reads the rest of the path
//! as an [`Address`] and calls the handler of what it names.

mod address;
mod list;
mod profile;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::Bytes;

use super::routes::options;
use super::{Call, Failure, Surface, answer};
use crate::domain::Error;
use address::{Address, Place};

pub(super) use address::split;

/// Calls the handler of the verb.
pub(super) async fn answer_by_verb(call: Call, body: Bytes) -> HttpResponse {
    let result = match *call.request.method() {
        Method::GET => get(&call),
        Method::POST => post(&call, &body).await,
        Method::PATCH => patch(&call, &body).await,
        Method::OPTIONS => Ok(options().await),
        _ => Err(Failure::MethodNotAllowed("GET, POST, PATCH, OPTIONS")),
    };
    answer(Surface::Campaign, result)
}

/// What no API has.
pub(super) async fn unknown_path() -> HttpResponse {
    answer(Surface::Campaign, Err(Failure::UnknownPath))
}

/// GET: a record, a list, a count.
fn get(call: &Call) -> Result<HttpResponse, Failure> {
    let address = address(call)?;
    match address.place {
        Place::Collection => list::read(call, &address),
        Place::Count => list::count(call),
        Place::Record(key) => profile::read(call, &address, key),
    }
}

/// POST: create.
async fn post(call: &Call, body: &[u8]) -> Result<HttpResponse, Failure> {
    let address = address(call)?;
    match address.place {
        Place::Collection => profile::create(call, &address, body).await,
        Place::Count => Err(Failure::MethodNotAllowed("GET, OPTIONS")),
        Place::Record(key) => Err(Error::StraySegment(key.to_owned()).into()),
    }
}

/// PATCH: update.
async fn patch(call: &Call, body: &[u8]) -> Result<HttpResponse, Failure> {
    let address = address(call)?;
    match address.place {
        Place::Record(key) => profile::update(call, &address, key, body).await,
        Place::Count => Err(Failure::MethodNotAllowed("GET, OPTIONS")),
        Place::Collection => Err(Failure::MethodNotAllowed("GET, POST, OPTIONS")),
    }
}

fn address(call: &Call) -> Result<Address<'_>, Failure> {
    let (_, rest) = split(call.request.match_info().unprocessed()).ok_or(Failure::UnknownPath)?;
    Ok(Address::parse(rest)?)
}
