//! What browsers call by themselves: the server's bare address, when somebody types it, and the icon of the tab. Where
//! the console is, these lead to it. All other callers of these paths get what the imitated APIs answer.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, HOST};

use super::super::headers;
use super::super::state::AppState;
use super::super::target::ICONS;
use super::connection::LocalPort;

/// Whether a request is a browser's for the console.
pub(super) fn is_asked_for(state: &AppState, request: &ServiceRequest) -> bool {
    let asks_for_page = || {
        request.path() == "/"
            && headers::text(request.headers(), &ACCEPT)
                .is_some_and(|kinds| kinds.contains("text/html"))
    };
    let is_own_name = || {
        headers::text(request.headers(), &HOST)
            .is_some_and(|host| state.settings.hosts.is_own(host))
    };
    let here = || request.conn_data::<LocalPort>().map_or(0, |port| port.0);
    request.method() == Method::GET
        && (ICONS.contains(&request.path()) || asks_for_page())
        && is_own_name()
        && state.settings.control.is_on(here())
}
