//! The order of the layers, and its reasons.

use std::rc::Rc;

use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceRequest;
use actix_web::middleware::Next;

use super::super::error::Failure;
use super::super::state::AppState;
use super::super::target::Target;
use super::context::{LayerResult, refuse_request};
use super::{body, cors, faults, front_door, host, recorder, request_id};

/// Decides what a request is for and passes it from layer to layer, at last to its route. The recorder sees every
/// response as it is sent. The Host check comes before anything that could answer a stranger; the id comes before
/// it, so that its refusals have one and are logged. CORS comes before all else that refuses, for pages have to read
/// refusals too. Bodies are limited before anybody may leave them unread; faults come before credentials, so that
/// they need none.
///
/// One layer to the framework, which would allocate for each.
pub(in crate::http) async fn pass<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> LayerResult {
    let Some(state) = request.app_data::<Rc<AppState>>().cloned() else {
        return Ok(refuse_request(request, &Failure::MissingMiddleware));
    };
    let target = Rc::new(if front_door::is_asked_for(&state, &request) {
        Target::CONSOLE
    } else {
        Target::of(request.match_info().as_str(), request.headers())
    });
    request.extensions_mut().insert(Rc::clone(&target));
    let routed = async |request| Ok(next.call(request).await?.map_into_boxed_body());
    let failing = async |request| faults::inject(&state, &target, request, routed).await;
    let received = async |request| body::receive(request, failing).await;
    let shared = async |request| cors::share(&state, &target, request, received).await;
    let checked = async |request| host::check(&state, request, shared).await;
    let identified = async |request| request_id::identify(&state, request, checked).await;
    recorder::record(&state, &target, request, identified).await
}
