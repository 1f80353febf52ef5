//! The control API, `/__admin`: for the machine the server runs on, under a loopback name, without
//! CORS, so that no web page can read it.

mod consents;
mod jobs;
mod opt_outs;
mod signals;

use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use actix_web::web::Query;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Call, Failure, Hosts, Surface, answer};
use crate::domain::Error;

pub(super) use consents::consents;
pub(super) use jobs::{
    advance, fail, job, jobs, magic, reset_transitions, set_transitions, transitions,
};
pub(super) use opt_outs::opt_outs;
pub(super) use signals::signals;

/// Most entries in one answer, and how many there are when the caller does not say.
const LIMIT: i64 = 1000;

/// How many entries an answer has.
fn limit(asked: Option<i64>) -> i64 {
    asked.unwrap_or(LIMIT).clamp(1, LIMIT)
}

fn query<T: DeserializeOwned>(call: &Call) -> Result<T, Error> {
    Query::from_query(call.request.query_string())
        .map(Query::into_inner)
        .map_err(|fault| Error::RequestInvalid(format!("The query is wrong: {fault}.")))
}

/// A body, which an empty one stands for as `{}`. That it has to be called JSON keeps out what a web
/// page can make a browser send without asking first.
fn body<T: DeserializeOwned>(call: &Call, body: &[u8]) -> Result<T, Failure> {
    let kind = header(call, &CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Failure::NotJson);
    }
    let body = if body.is_empty() { b"{}" } else { body };
    // By way of a map: an array would do for a struct otherwise.
    let read = serde_json::from_slice::<Map<String, Value>>(body)
        .and_then(|members| T::deserialize(Value::Object(members)));
    Ok(read.map_err(|fault| Error::RequestInvalid(format!("The body is wrong: {fault}.")))?)
}

fn header<'a>(call: &'a Call, name: &HeaderName) -> Option<&'a str> {
    call.request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The control API is for this machine alone, by address and by name, and not for web pages of others.
fn check_local(call: &Call) -> Result<(), Failure> {
    let local = call.request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let host = header(call, &HOST).filter(|host| local && Hosts::is_loopback(host));
    let host = host.ok_or(Failure::NotLocal)?;
    match call.request.headers().get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default()) {
        Some(origin) if origin.split_once("://").is_none_or(|(_, name)| name != host) => {
            Err(Failure::FromElsewhere)
        }
        _ => Ok(()),
    }
}
