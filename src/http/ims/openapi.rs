//! The token service's document. Answers are described by their structs. Forms are described by hand: their fields are
//! looked up one by one, in the body and in the query, and no struct has their shape.

use serde_json::{Value, json};

use super::super::error::ImsRefusal;
use super::super::openapi::{Document, JSON, Operation, Parameter, exactly, object, text, words};
use super::super::schemas::{self, Schemas};
use super::super::settings::BadSecret;
use super::profile::Profile;
use super::samples::LoginSamples;
use super::token::{Exchanged, Granted, Validity};

const ABOUT: &str = "IMS, the token service, as this server imitates it. Parameters may come in the query and as \
multipart/form-data too. Any call may also answer 405, 408, 413 and, when the server is stopping or overloaded, 503.";

const FORM: &str = "application/x-www-form-urlencoded";
const TAG: &str = "tokens";

/// The document of a server that refuses a wrong secret so, with values to try.
pub(in crate::http) fn document(
    bad_secret: BadSecret,
    base_url: &str,
    samples: &LoginSamples,
) -> Value {
    let mut document = Document::new("Adobe IMS", ABOUT, base_url);
    document.bearer("An access token.");
    let mut structs = Schemas::new();
    let refusal = structs.answer(schemas::of::<ImsRefusal<'_>>());
    for (status, what) in [(400, "The request is wrong."), (401, "The credentials are not good.")] {
        document.refusal(status, what, JSON, &refusal);
    }
    let client_id = || sample(samples.client_id.as_deref());
    let client_secret = || sample(samples.client_secret.as_deref());
    let refusals: &[u16] = match bad_secret {
        BadSecret::BadRequest => &[400],
        BadSecret::Unauthorized => &[400, 401],
    };
    let token = structs.answer(schemas::of::<Exchanged>());
    for path in ["/ims/exchange/jwt", "/ims/exchange/v1/jwt"] {
        let form = exactly([
            ("client_id", client_id()),
            ("client_secret", client_secret()),
            ("jwt_token", sample(samples.assertion.as_deref())),
        ]);
        let exchange = Operation::new(TAG, "Get a token for a signed assertion")
            .takes(FORM, &form)
            .answers(200, "A token; its life in milliseconds.", &token)
            .refuses(refusals);
        document.add("post", path, exchange);
    }
    let token = structs.answer(schemas::of::<Granted>());
    for path in ["/ims/token/v3", "/ims/token/v2", "/ims/token/v4"] {
        let grant = Operation::new(TAG, "Get a token for client credentials")
            .takes(FORM, &credentials(client_id(), client_secret()))
            .answers(200, "A token; its life in seconds.", &token)
            .refuses(refusals);
        document.add("post", path, grant);
    }
    let code = object(
        [("code", sample(Some("a-code")))],
        [
            ("grant_type", words(["authorization_code"])),
            ("client_id", client_id()),
            ("client_secret", client_secret()),
        ],
    );
    let by_code =
        Operation::new(TAG, "Get a token for an authorization code, of which none is good here")
            .takes(FORM, &code)
            .refuses(&[400]);
    document.add("post", "/ims/token/v1", by_code);
    validations(&mut document, &structs.answer(schemas::of::<Validity<'_>>()), samples);
    let form = object(
        [("token", sample(samples.token.as_deref()))],
        [
            ("client_id", client_id()),
            ("client_secret", client_secret()),
            ("token_type_hint", text()),
        ],
    );
    let invalidate = Operation::new(TAG, "Give a token back")
        .takes(FORM, &form)
        .answers_nothing(200, "It is refused from now on.")
        .refuses(refusals);
    document.add("post", "/ims/invalidate_token/v2", invalidate);
    let read = Operation::new(TAG, "Whom a token is for, and which tenants it opens")
        .needs(json!([{"token": []}]))
        .answers(200, "The technical account.", &structs.answer(schemas::of::<Profile<'_>>()))
        .refuses(&[401]);
    document.add("get", "/ims/profile/v1", read);
    structs.name_in(&mut document);
    document.into_value()
}

/// A text, with one to try where there is one.
fn sample(value: Option<&str>) -> Value {
    let mut schema = text();
    if let Some(value) = value {
        schema["example"] = value.into();
    }
    schema
}

fn validations(document: &mut Document, validity: &Value, samples: &LoginSamples) {
    let mut kind = words(["access_token"]);
    kind["example"] = "access_token".into();
    let members = || {
        [
            ("type", kind.clone()),
            ("client_id", sample(samples.client_id.as_deref())),
            ("token", sample(samples.token.as_deref())),
        ]
    };
    let validate = || {
        Operation::new(TAG, "Whether a token is good")
            .answers(200, "What is known of it.", validity)
            .refuses(&[400])
    };
    let in_query = members().map(|(name, schema)| Parameter::query(name, &schema).required());
    document.add("get", "/ims/validate_token/v1", validate().asks(in_query));
    document.add("post", "/ims/validate_token/v1", validate().takes(FORM, &exactly(members())));
}

fn credentials(client_id: Value, client_secret: Value) -> Value {
    object(
        [
            ("grant_type", words(["client_credentials"])),
            ("client_id", client_id),
            ("client_secret", client_secret),
        ],
        [("scope", text()), ("org_id", text())],
    )
}
