//! The token service's document.

use serde_json::{Value, json};

use super::super::openapi::{
    Document, Operation, Parameter, array, boolean, exactly, integer, named, nullable, object,
    text, words,
};
use super::super::settings::BadSecret;

const ABOUT: &str = "IMS, the token service, as this server imitates it. Parameters may come in the query and as \
multipart/form-data too. Any call may also answer 405, 408, 413 and, when the server is stopping or overloaded, 503.";

const FORM: &str = "application/x-www-form-urlencoded";
const TAG: &str = "tokens";

/// The document of a server that refuses a wrong secret so.
pub(in crate::http) fn document(bad_secret: BadSecret, base_url: &str) -> Value {
    let mut document = Document::new("Adobe IMS", ABOUT, base_url);
    document.bearer("An access token.");
    document.schema("Refusal", exactly([("error", text()), ("error_description", text())]));
    for (status, what) in [(400, "The request is wrong."), (401, "The credentials are not good.")] {
        document.refusal(status, what, "application/json", &named("Refusal"));
    }
    let refusals: &[u16] = match bad_secret {
        BadSecret::BadRequest => &[400],
        BadSecret::Unauthorized => &[400, 401],
    };
    document.schema("Token", token());
    document.schema("Validity", validity());
    document.schema("Profile", profile());
    for path in ["/ims/exchange/jwt", "/ims/exchange/v1/jwt"] {
        let form =
            exactly([("client_id", text()), ("client_secret", text()), ("jwt_token", text())]);
        let exchange = Operation::new(TAG, "Get a token for a signed assertion")
            .takes(FORM, &form)
            .answers(200, "A token; its life in milliseconds.", &named("Token"))
            .refuses(refusals);
        document.add("post", path, exchange);
    }
    for path in ["/ims/token/v3", "/ims/token/v2"] {
        let grant = Operation::new(TAG, "Get a token for client credentials")
            .takes(FORM, &credentials())
            .answers(200, "A token; its life in seconds.", &named("Token"))
            .refuses(refusals);
        document.add("post", path, grant);
    }
    let code = object(
        [("code", text())],
        [
            ("grant_type", words(["authorization_code"])),
            ("client_id", text()),
            ("client_secret", text()),
        ],
    );
    let by_code =
        Operation::new(TAG, "Get a token for an authorization code, of which none is good here")
            .takes(FORM, &code)
            .refuses(&[400]);
    document.add("post", "/ims/token/v1", by_code);
    validations(&mut document);
    let form = object(
        [("token", text())],
        [("client_id", text()), ("client_secret", text()), ("token_type_hint", text())],
    );
    let invalidate = Operation::new(TAG, "Give a token back")
        .takes(FORM, &form)
        .answers_nothing(200, "It is refused from now on.")
        .refuses(refusals);
    document.add("post", "/ims/invalidate_token/v2", invalidate);
    let read = Operation::new(TAG, "Whom a token is for, and which tenants it opens")
        .needs(json!([{"token": []}]))
        .answers(200, "The technical account.", &named("Profile"))
        .refuses(&[401]);
    document.add("get", "/ims/profile/v1", read);
    document.into_value()
}

fn validations(document: &mut Document) {
    let members = || [("type", words(["access_token"])), ("client_id", text()), ("token", text())];
    let validate = || {
        Operation::new(TAG, "Whether a token is good")
            .answers(200, "What is known of it.", &named("Validity"))
            .refuses(&[400])
    };
    let in_query = members().map(|(name, schema)| Parameter::query(name, &schema).required());
    document.add("get", "/ims/validate_token/v1", validate().asks(in_query));
    document.add("post", "/ims/validate_token/v1", validate().takes(FORM, &exactly(members())));
}

fn credentials() -> Value {
    object(
        [
            ("grant_type", words(["client_credentials"])),
            ("client_id", text()),
            ("client_secret", text()),
        ],
        [("scope", text()), ("org_id", text())],
    )
}

fn token() -> Value {
    exactly([
        ("access_token", text()),
        ("token_type", words(["bearer"])),
        ("expires_in", integer()),
    ])
}

fn validity() -> Value {
    let facts = exactly([
        ("id", text()),
        ("scope", text()),
        ("user_id", text()),
        ("expires_in", text()),
        ("client_id", text()),
        ("type", words(["access_token"])),
    ]);
    object(
        [("valid", boolean())],
        [("expires_at", integer()), ("token", facts), ("reason", text())],
    )
}

fn profile() -> Value {
    let context = exactly([
        ("statusCode", text()),
        ("ident", text()),
        ("modDts", integer()),
        ("organization_id", text()),
        ("owningEntity", text()),
        ("serviceCode", text()),
        ("label", text()),
        ("serviceLevel", text()),
        ("createDts", integer()),
        ("deal_id", text()),
    ]);
    exactly([
        ("countryCode", text()),
        ("mrktPermEmail", nullable(boolean())),
        ("projectedProductContext", array(&exactly([("prodCtx", context)]))),
        ("email", text()),
        ("displayName", text()),
        ("first_name", text()),
        ("last_name", text()),
    ])
}
