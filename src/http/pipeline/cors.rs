//! Pages of which origins may read the APIs' answers (CORS). The control API is never among them. A library
//! would answer preflights of strangers itself, and has the same credentials policy for all origins.

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName,
    HeaderValue, ORIGIN, VARY,
};

use super::super::settings::Cors;
use super::super::state::AppState;
use super::super::target::Target;
use super::context::LayerResult;

/// What pages may send.
const TAKEN: [&str; 15] = [
    "accept",
    "authorization",
    "cache-control",
    "content-type",
    "if-none-match",
    "pragma",
    "prefer",
    "x-api-key",
    "x-gw-ims-org-id",
    "x-gw-ims-user-id",
    "x-ims-clientid",
    "x-request-id",
    "x-requested-with",
    "x-sandbox-id",
    "x-sandbox-name",
];

const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Allow, Location, Preference-Applied, Retry-After, X-Mock-Reason, X-Mock-Request-Id, X-Request-Id",
);
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const YES: HeaderValue = HeaderValue::from_static("true");
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const ASKS_PRIVATE: HeaderName = HeaderName::from_static("access-control-request-private-network");
const GRANTS_PRIVATE: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// An origin whose pages may read the answer.
struct Permitted {
    origin: HeaderValue,
    credentials: bool,
}

impl Permitted {
    /// The origin of a request, if its pages may read the answer.
    fn of(headers: &HeaderMap, cors: &Cors) -> Option<Self> {
        let origin = headers.get(ORIGIN)?;
        let text = origin.to_str().ok()?;
        let credentials = cors.origins.iter().any(|known| known == text);
        let permitted = credentials || (cors.dev && is_local(text));
        permitted.then(|| Self { origin: origin.clone(), credentials })
    }
}

/// `http://localhost` and `http://127.0.0.1`, with any port.
fn is_local(origin: &str) -> bool {
    let Some(host) = origin.strip_prefix("http://") else { return false };
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    ["localhost", "127.0.0.1"].contains(&name)
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Answers preflights of permitted origins, and says of every other answer who may read it.
pub(super) async fn share(
    state: &AppState,
    target: &Target,
    request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> LayerResult,
) -> LayerResult {
    let cors = &state.settings.cors;
    let is_on = cors.dev || !cors.origins.is_empty();
    if !is_on || target.api.is_own() {
        return next(request).await;
    }
    let permitted = Permitted::of(request.headers(), cors);
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if permitted.is_some() && asks {
        let answer = preflight(request.headers());
        request.into_response(answer)
    } else {
        next(request).await?
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(permitted) = permitted {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, permitted.origin);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        if permitted.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, YES);
        }
    }
    Ok(response)
}

fn preflight(asked: &HeaderMap) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    answer.insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS));
    answer.insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE));
    answer.append_header((VARY, "Access-Control-Request-Headers"));
    if let Some(names) = granted(asked) {
        answer.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, names));
    }
    if asked.get(ASKS_PRIVATE) == Some(&YES) {
        answer.insert_header((GRANTS_PRIVATE, YES));
    }
    answer.finish()
}

/// The headers asked for that are taken.
fn granted(asked: &HeaderMap) -> Option<HeaderValue> {
    let asked = asked.get(ACCESS_CONTROL_REQUEST_HEADERS)?.to_str().ok()?;
    let names = asked.split(',').map(|name| name.trim().to_ascii_lowercase());
    let names: Vec<_> = names.filter(|name| TAKEN.contains(&name.as_str())).collect();
    HeaderValue::from_str(&names.join(", ")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine_are_told_from_others() {
        for local in ["http://localhost", "http://localhost:3000", "http://127.0.0.1:5173"] {
            assert!(is_local(local), "{local}");
        }
        for other in [
            "https://localhost",
            "http://localhost.evil.test",
            "http://localhost:3000.evil.test",
            "http://localhost:",
            "http://127.0.0.1@evil.test",
            "http://evil.test:3000",
            "null",
            "",
        ] {
            assert!(!is_local(other), "{other}");
        }
    }
}
