//! Access tokens: given for an assertion or a secret, looked at, given back
//! (`docs/reference/ims-auth.md` §1, §2, §5).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::error::{Failure, explained};
use super::super::headers;
use super::super::pipeline::{RequestContext, bearer};
use super::super::response::json_response;
use super::super::state::AppState;
use super::form::Form;
use crate::auth::{AccessToken, Issued, Login};
use crate::domain::{Error, LoginFault, TokenHash};

const CLIENT_ID: HeaderName = HeaderName::from_static("x-ims-clientid");
const TYPE: &str = "bearer";

// Members in the order of the live answers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExchangedToken", deny_unknown_fields)]
pub(super) struct Exchanged {
    #[schemars(extend("enum" = [TYPE]))]
    token_type: &'static str,
    access_token: String,
    /// Milliseconds.
    expires_in: i64,
}

// Members in the documented order.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token", deny_unknown_fields)]
pub(super) struct Granted {
    access_token: String,
    #[schemars(extend("enum" = [TYPE]))]
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
}

/// What is known of a token: when it ends and whose it is, or why it is not good.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Validity<'a> {
    valid: bool,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenFacts<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct TokenFacts<'a> {
    id: &'a str,
    scope: &'a str,
    user_id: &'a str,
    expires_in: &'a str,
    client_id: &'a str,
    #[schemars(extend("enum" = ["access_token"]))]
    r#type: &'static str,
}

fn issued(state: &AppState) -> Issued {
    Issued { now: state.services.clock().now(), id: state.services.random().uuid() }
}

/// A token for an assertion.
pub(super) fn exchange(state: &AppState, form: &Form) -> Result<HttpResponse, Failure> {
    /// What a live answer had taken off by the time it was sent.
    const SHADE: i64 = 8;
    let access_token = state.login.exchange(
        form.text("client_id"),
        form.text("client_secret"),
        form.text("jwt_token"),
        issued(state),
        |ims_org| state.services.org_with(ims_org),
    )?;
    let expires_in = Login::TOKEN_LIFE.as_secs() * 1000 - SHADE;
    json_response(StatusCode::OK, &Exchanged { token_type: TYPE, access_token, expires_in })
}

/// A token for client id and secret.
pub(super) fn granted(state: &AppState, form: &Form) -> Result<HttpResponse, Failure> {
    match form.text("grant_type") {
        "client_credentials" => {}
        "authorization_code" => return Err(refused_code(state, form)),
        _ => return Err(unsupported().into()),
    }
    let access_token = state.login.client_credentials(
        form.text("client_id"),
        form.text("client_secret"),
        form.get("scope"),
        form.get("org_id"),
        issued(state),
        |ims_org| state.services.org_with(ims_org),
    )?;
    let expires_in = Login::TOKEN_LIFE.as_secs() - 1;
    json_response(StatusCode::OK, &Granted { access_token, token_type: TYPE, expires_in })
}

/// Nobody can log in by hand here, so that every code is a bad one.
pub(super) fn refused_code(state: &AppState, form: &Form) -> Failure {
    if !matches!(form.get("grant_type"), None | Some("authorization_code")) {
        return unsupported().into();
    }
    let known = form.get("client_id").map_or(Ok(()), |id| state.login.check_client(id, None));
    let refusal = known.err().unwrap_or_else(|| {
        LoginFault::Code.because(
            "No authorization code is good here, since nobody logs in by hand: use grant_type=client_credentials on /ims/token/v3.",
        )
    });
    refusal.into()
}

fn unsupported() -> Error {
    LoginFault::Grant.because(
        "The parameter 'grant_type' is missing or not served: send grant_type=client_credentials to /ims/token/v3.",
    )
}

/// Whether a token is good. The client that asks need not be the one it was given to.
pub(super) fn validate(context: &RequestContext, form: &Form) -> Result<HttpResponse, Failure> {
    let client =
        form.get("client_id").or_else(|| headers::text(context.request.headers(), &CLIENT_ID));
    let needed = |name: &str| {
        LoginFault::Parameter.because(format!(
            "This call needs type=access_token, client_id and token: '{name}' is missing or another."
        ))
    };
    if form.get("type") != Some("access_token") {
        return Err(needed("type").into());
    }
    client.ok_or_else(|| needed("client_id"))?;
    // Adobe's own library sends the token as it would to any other call.
    let header = bearer(context.request.headers()).filter(|token| !token.is_empty());
    let token = form.get("token").or(header.as_deref()).ok_or_else(|| needed("token"))?;
    match context.state.gatekeeper.read_token(token, context.state.services.clock().now()) {
        Ok(token) => json_response(StatusCode::OK, &Validity::from(&token)),
        Err(refusal) => {
            let bad = Validity { reason: Some("invalid_token"), ..Validity::default() };
            let answer = json_response(StatusCode::OK, &bad)?;
            Ok(explained(answer, &refusal.into()))
        }
    }
}

impl<'a> From<&'a AccessToken> for Validity<'a> {
    fn from(token: &'a AccessToken) -> Self {
        Self {
            valid: true,
            expires_at: Some(token.expires.as_millis()),
            token: Some(TokenFacts {
                id: &token.id,
                scope: token.scopes.as_str(),
                user_id: &token.user_id,
                expires_in: &token.expires_in,
                client_id: &token.client_id,
                r#type: "access_token",
            }),
            reason: None,
        }
    }
}

/// Takes a token back. One that is not good is none to take back (RFC 7009 §2.2).
pub(super) async fn invalidate(state: &AppState, form: &Form) -> Result<HttpResponse, Failure> {
    if let Some(client) = form.get("client_id") {
        state.login.check_client(client, form.get("client_secret"))?;
    }
    let token = form.get("token").ok_or_else(|| {
        LoginFault::Parameter.because("No token: send the one to take back as 'token'.")
    })?;
    if let Ok(read) = state.gatekeeper.read_token(token, state.services.clock().now()) {
        state.services.revoke(TokenHash::of(token), read.expires).await?;
    }
    Ok(HttpResponse::Ok().finish())
}
