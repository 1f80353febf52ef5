//! What the token service refuses, and with which codes (`docs/reference/ims-auth.md` §1–§5).

use campaign_mock::config::Settings;
use campaign_mock::http::BadSecret;
use campaign_mock::seed::Credential;
use serde_json::{Value, json};

use super::support::{
    EXCHANGE, IMS, INVALIDATE, PROFILE, TOKEN, VALIDATE, altered, assertion, campaign_only, claims,
    client_credentials, everything, exchange, ims_org, opens, post, sign, sign_with, strange_key,
    strange_pair, table, with_files,
};
use crate::driver::{Mock, START, members, settings};
use crate::wire::Answer;

#[test]
fn an_exchange_is_refused_with_the_vendor_s_codes() {
    let mock = Mock::start();
    let one = everything();
    let (id, secret) = (&*one.api_key, &*one.client_secret);
    let good = assertion(one, &["ent_campaign_sdk"]);
    let now = START.as_millis() / 1000;
    let mut cases = vec![
        ("nothing", post(&mock, EXCHANGE, &[])),
        (
            "unknown client",
            post(
                &mock,
                EXCHANGE,
                &[("client_id", "x"), ("client_secret", secret), ("jwt_token", &good)],
            ),
        ),
        ("no secret", post(&mock, EXCHANGE, &[("client_id", id), ("jwt_token", &good)])),
        (
            "wrong secret",
            post(
                &mock,
                EXCHANGE,
                &[("client_id", id), ("client_secret", "x"), ("jwt_token", &good)],
            ),
        ),
        ("no assertion", post(&mock, EXCHANGE, &[("client_id", id), ("client_secret", secret)])),
        ("not a JWT", exchange(&mock, one, "not a JWT")),
        (
            "wrong key",
            exchange(&mock, one, &sign_with(&strange_key(), &claims(one, &["ent_campaign_sdk"]))),
        ),
        (
            "another client's",
            exchange(&mock, one, &assertion(campaign_only(), &["ent_campaign_sdk"])),
        ),
    ];
    for (name, claim, value) in [
        ("no exp", "exp", Value::Null),
        ("exp is now", "exp", json!(now)),
        ("exp a text", "exp", json!((now + 300).to_string())),
        ("exp a fraction", "exp", json!(1e10 + 0.5)),
        ("jti a text", "jti", json!("1")),
        ("no iss", "iss", Value::Null),
        ("iss unknown", "iss", json!("0123456789ABCDEF01234567@AdobeOrg")),
        ("iss of a tenant that does not exist", "iss", json!(ims_org("acme-never"))),
        ("no sub", "sub", Value::Null),
        ("sub another's", "sub", json!(campaign_only().technical_account)),
        ("no aud", "aud", Value::Null),
        ("aud another's", "aud", json!(format!("{IMS}/c/{}", campaign_only().api_key))),
        ("aud without host", "aud", json!(format!("c/{id}"))),
    ] {
        cases.push((name, exchange(&mock, one, &sign(&altered(claim, &value)))));
    }
    let metascope = format!("{IMS}/s/ent_campaign_sdk");
    cases.extend([
        ("no metascope", exchange(&mock, one, &sign(&altered(&metascope, &Value::Null)))),
        ("metascope false", exchange(&mock, one, &sign(&altered(&metascope, &json!(false))))),
        ("metascope unknown", exchange(&mock, one, &assertion(one, &["ent_user_sdk"]))),
        (
            "metascope not bound",
            exchange(&mock, campaign_only(), &assertion(campaign_only(), &["ent_gdpr_sdk"])),
        ),
        ("GET", mock.raw("GET", EXCHANGE, &[], "")),
    ]);
    insta::assert_snapshot!("exchange", table(cases));
}

#[test]
fn a_token_is_refused_with_the_vendor_s_codes() {
    let mock = Mock::start();
    let one = everything();
    let (id, secret) = (&*one.api_key, &*one.client_secret);
    let grant = ("grant_type", "client_credentials");
    let code = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", id)];
    let multipart = [("Content-Type", "multipart/form-data; boundary=x")];
    let cases = vec![
        ("nothing", post(&mock, TOKEN, &[])),
        ("unknown grant", post(&mock, TOKEN, &[("grant_type", "password")])),
        ("a code", post(&mock, TOKEN, &code)),
        ("no client", post(&mock, TOKEN, &[grant])),
        (
            "unknown client",
            post(&mock, TOKEN, &[grant, ("client_id", "x"), ("client_secret", secret)]),
        ),
        ("wrong secret", post(&mock, TOKEN, &[grant, ("client_id", id), ("client_secret", "x")])),
        ("unknown scope", client_credentials(&mock, one, &[("scope", "openid,nonsense")])),
        (
            "scope of another API",
            client_credentials(&mock, campaign_only(), &[("scope", "gdpr_sdk")]),
        ),
        ("unknown org", client_credentials(&mock, one, &[("org_id", "x@AdobeOrg")])),
        ("broken multipart", mock.raw("POST", TOKEN, &multipart, "--x\r\n")),
        ("DELETE", mock.raw("DELETE", TOKEN, &[], "")),
        ("v1, a code", post(&mock, "/ims/token/v1", &code)),
        ("v1, no code", post(&mock, "/ims/token/v1", &[grant])),
        (
            "v1, unknown client",
            post(&mock, "/ims/token/v1", &[("code", "x"), ("client_id", "nobody")]),
        ),
    ];
    insta::assert_snapshot!("token", table(cases));
}

/// The body of a refusal of an assertion, whose members stand in this order.
fn told(code: &str, text: &str) -> String {
    format!("{{\"error_description\":\"{text}\",\"error\":\"{code}\"}}")
}

const NO_BINDING: &str =
    "No valid bindings were found for organization and technical account combination";

#[test]
fn an_assertion_is_refused_in_the_recorded_words() {
    let mock = Mock::start();
    let one = everything();
    let undecodable = "JWT token is incorrectly formatted, and can not be decoded.";
    for (claim, value, code, text) in [
        ("sub", json!("nobody@techacct.adobe.com"), "invalid_token", NO_BINDING),
        ("iss", json!("0123456789ABCDEF01234567@AdobeOrg"), "invalid_token", NO_BINDING),
        ("exp", json!("1583064300"), "invalid_token", undecodable),
        ("jti", json!(0.5), "invalid_token", undecodable),
    ] {
        let answer = exchange(&mock, one, &sign(&altered(claim, &value)));
        assert_eq!((answer.status, answer.body), (400, told(code, text)), "{claim}");
    }
    let unbound = "The metascopes in the JWT are not a subset of the metascopes in the binding.";
    for metascopes in [&["ent_gdpr_sdk"][..], &["ent_campaign_sdk", "ent_nobody_sdk"]] {
        let answer = exchange(&mock, campaign_only(), &assertion(campaign_only(), metascopes));
        assert_eq!((answer.status, answer.body), (400, told("invalid_scope", unbound)));
    }
    assert_eq!(exchange(&mock, one, "").body, told("invalid_token", "JWT token is missing."));
    let strange = sign_with(&strange_key(), &claims(one, &["ent_campaign_sdk"]));
    let text = "Could not match JWT signature to any of the bindings";
    assert_eq!(exchange(&mock, one, &strange).body, told("invalid_token", text));
}

#[test]
fn every_refusal_of_an_assertion_prints_its_description_first() {
    let mock = Mock::start();
    let one = everything();
    let start = |answer: &Answer| members(&answer.body).remove(0);
    for claim in ["exp", "iss", "sub", "aud", &format!("{IMS}/s/ent_campaign_sdk")] {
        let answer = exchange(&mock, one, &sign(&altered(claim, &Value::Null)));
        assert_eq!((answer.status, start(&answer).as_str()), (400, "error_description"), "{claim}");
    }
    let wrong = Credential { client_secret: "x".to_owned(), ..one.clone() };
    let nobody = Credential { api_key: "x".to_owned(), ..one.clone() };
    let good = assertion(one, &["ent_campaign_sdk"]);
    for (client, text) in
        [(wrong, "invalid client_secret parameter"), (nobody, "invalid client_id parameter")]
    {
        let body = format!("{{\"error\":\"invalid_client\",\"error_description\":\"{text}\"}}");
        for answer in [exchange(&mock, &client, &good), client_credentials(&mock, &client, &[])] {
            assert_eq!((answer.status, answer.body), (400, body.clone()));
        }
    }
}

#[test]
fn a_certificate_of_another_credential_is_not_bound() {
    let (private, public) = strange_pair();
    let (first, second) = (everything(), campaign_only());
    // The second of two credentials has a certificate of its own.
    let change = |org: &str| {
        let (before, after) = org.rsplit_once("demo-certificate.pem").unwrap();
        format!("{before}other.pem{after}")
    };
    let (_folder, mock) = with_files(change, &[("other.pem", &public)]);
    let signed = |credential| sign_with(&private, &claims(credential, &["ent_campaign_sdk"]));
    assert_eq!(exchange(&mock, second, &signed(second)).status, 200);
    for (client, jwt) in
        [(first, signed(first)), (second, assertion(second, &["ent_campaign_sdk"]))]
    {
        let answer = exchange(&mock, client, &jwt);
        assert_eq!((answer.status, &*answer.body), (400, &*told("invalid_token", NO_BINDING)));
        let reason = answer.header("x-mock-reason").unwrap();
        assert!(reason.contains("a certificate of another credential"), "{reason}");
    }

    let without = |org: &str| org.replace("\"demo-certificate.pem\"", "");
    let (_folder, mock) = with_files(without, &[]);
    let answer = exchange(&mock, first, &assertion(first, &["ent_campaign_sdk"]));
    assert_eq!(answer.body, told("invalid_token", NO_BINDING));
    assert!(answer.header("x-mock-reason").unwrap().contains("has no certificate"));
}

#[test]
fn the_rest_is_refused_in_the_same_form() {
    let mock = Mock::start();
    let bearer = |token: &str| mock.raw("GET", PROFILE, &[("Authorization", token)], "");
    let id = ("client_id", mock.api_key());
    let kind = ("type", "access_token");
    let cases = vec![
        ("profile without token", mock.raw("GET", PROFILE, &[], "")),
        ("profile with a bad token", bearer("Bearer x")),
        ("profile by POST", post(&mock, PROFILE, &[])),
        ("validate without type", post(&mock, VALIDATE, &[id, ("token", "x")])),
        (
            "validate another type",
            post(&mock, VALIDATE, &[("type", "refresh_token"), id, ("token", "x")]),
        ),
        ("validate without client", post(&mock, VALIDATE, &[kind, ("token", "x")])),
        ("validate without token", post(&mock, VALIDATE, &[kind, id])),
        ("validate by PUT", mock.raw("PUT", VALIDATE, &[], "")),
        ("invalidate without token", post(&mock, INVALIDATE, &[id])),
        (
            "invalidate as nobody",
            post(&mock, INVALIDATE, &[("client_id", "x"), ("token", mock.token())]),
        ),
        (
            "invalidate with a wrong secret",
            post(&mock, INVALIDATE, &[id, ("client_secret", "x"), ("token", mock.token())]),
        ),
        ("keys", mock.raw("GET", "/ims/keys", &[], "")),
        ("unknown path", post(&mock, "/ims/token/v9", &[])),
    ];
    insta::assert_snapshot!("others", table(cases));
    assert_eq!(opens(&mock, mock.api_key(), mock.token()), (200, 200), "it was not taken back");
    let allow = mock.raw("PUT", VALIDATE, &[], "");
    assert_eq!((allow.status, allow.header("allow")), (405, Some("GET, POST")));
}

#[test]
fn the_status_for_a_wrong_secret_can_be_the_documented_one() {
    let mock = Mock::with(Settings { ims_bad_secret: BadSecret::Unauthorized, ..settings() });
    let wrong = Credential { client_secret: "x".to_owned(), ..everything().clone() };
    let good = assertion(everything(), &["ent_campaign_sdk"]);
    for answer in [exchange(&mock, &wrong, &good), client_credentials(&mock, &wrong, &[])] {
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
    }
    let nobody = Credential { api_key: "x".to_owned(), ..everything().clone() };
    assert_eq!(exchange(&mock, &nobody, &good).status, 400);
}

#[test]
fn no_secret_comes_back() {
    let mock = Mock::start();
    let jwt = sign_with(&strange_key(), &claims(everything(), &[]));
    for answer in [
        exchange(&mock, everything(), &jwt),
        post(&mock, TOKEN, &[("client_secret", "canary-secret"), ("grant_type", "canary-secret")]),
        post(
            &mock,
            VALIDATE,
            &[("type", "access_token"), ("client_id", "a"), ("token", "canary-secret")],
        ),
    ] {
        let told = format!("{:?}{}", answer.headers, answer.body);
        for secret in [&jwt, "canary-secret", &everything().client_secret] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}
