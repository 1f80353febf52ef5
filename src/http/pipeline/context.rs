//! A request with what the pipeline has learned of it: what it is for, who sends it, and the state it is answered with.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderValue;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};

use super::super::error::{ErrorFormat, Failure, refuse};
use super::super::state::AppState;
use super::super::target::{ApiKind, Target};
use crate::auth::Caller;
use crate::domain::Caused;
use crate::service::Tenant;

/// What a layer answers.
pub(super) type LayerResult = Result<ServiceResponse, actix_web::Error>;

/// The id of a request, which the ledger keeps.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) HeaderValue);

/// Marks a response that is never sent.
pub(super) struct NotSent;

/// A caller with the right to call a tenant.
pub(in crate::http) struct AuthorizedCaller {
    /// Who calls.
    pub(in crate::http) caller: Rc<Caller>,
    /// Which tenant.
    pub(in crate::http) tenant: Arc<Tenant>,
    /// With which client id; empty when none is required.
    pub(in crate::http) api_key: String,
}

/// What a request is for, once the pipeline has decided that.
pub(super) fn target(request: &impl HttpMessage) -> Option<Rc<Target>> {
    request.extensions().get::<Rc<Target>>().cloned()
}

/// Answers a request that does not reach its route, in the format of the API it is for.
pub(super) fn refuse_request(request: ServiceRequest, failure: &Failure) -> ServiceResponse {
    let format = match (request.app_data::<Rc<AppState>>(), target(&request)) {
        (Some(state), Some(target)) => target.api.error_format(&state.settings, request.path()),
        _ => ErrorFormat::Own,
    };
    let refusal = refuse(format, failure);
    request.into_response(refusal)
}

/// A request as handlers see it.
#[derive(Clone)]
pub(in crate::http) struct RequestContext {
    pub(in crate::http) request: HttpRequest,
    pub(in crate::http) state: Rc<AppState>,
    pub(in crate::http) target: Rc<Target>,
}

impl RequestContext {
    /// Who calls, for which tenant. The gateway has put it there for every route behind it.
    pub(in crate::http) fn caller(&self) -> Result<Rc<AuthorizedCaller>, Failure> {
        let extensions = self.request.extensions();
        extensions.get::<Rc<AuthorizedCaller>>().cloned().ok_or(Failure::MissingMiddleware)
    }

    /// The id of the request.
    pub(in crate::http) fn request_id(&self) -> HeaderValue {
        let extensions = self.request.extensions();
        extensions.get::<RequestId>().map_or(HeaderValue::from_static("-"), |id| id.0.clone())
    }

    /// Notes what the request has caused, for the journal.
    pub(in crate::http) fn note(&self, caused: Caused) {
        if !caused.is_empty() {
            self.request.extensions_mut().insert(caused);
        }
    }

    /// Scheme and host as the caller has them.
    pub(in crate::http) fn base_url(&self) -> String {
        self.state.base_url(self.request.headers())
    }

    /// A handler's result as a response; refusals in the format of the API that was called.
    pub(in crate::http) fn respond(&self, result: Result<HttpResponse, Failure>) -> HttpResponse {
        self.respond_as(self.target.api, result)
    }

    /// As [`Self::respond`], in the format of another API.
    pub(in crate::http) fn respond_as(
        &self,
        api: ApiKind,
        result: Result<HttpResponse, Failure>,
    ) -> HttpResponse {
        let format = api.error_format(&self.state.settings, self.request.path());
        result.unwrap_or_else(|failure| refuse(format, &failure))
    }
}

impl FromRequest for RequestContext {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<Rc<AppState>>().cloned();
        let context = state.zip(target(request)).map(|(state, target)| Self {
            request: request.clone(),
            state,
            target,
        });
        std::future::ready(context.ok_or_else(|| {
            actix_web::error::ErrorInternalServerError("the app was built without its pipeline")
        }))
    }
}
