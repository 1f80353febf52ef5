//! Tokens: how they are got, looked at and given back (`docs/reference/ims-auth.md` §1–§5).

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::support::{
    EXCHANGE, IMS, INVALIDATE, PROFILE, TOKEN, VALIDATE, assertion, claims, client_credentials,
    everything, exchange, form, get, opens, payload, post, sign, token,
};
use crate::driver::{Mock, PROFILES, START, members};
use crate::wire::Answer;

/// The two forms of a body with the same parameters.
fn sent_in_bodies(mock: &Mock, target: &str, pairs: &[(&str, &str)]) -> [Answer; 2] {
    let part = |(name, value): &(&str, &str)| {
        format!("--bou-ndary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parts: String = pairs.iter().map(part).collect();
    let kind = [("Content-Type", "multipart/form-data; boundary=bou-ndary")];
    let multipart = mock.raw("POST", target, &kind, &format!("{parts}--bou-ndary--\r\n"));
    [post(mock, target, pairs), multipart]
}

/// The three ways to send the same parameters.
fn sent_in_each_way(mock: &Mock, path: &str, pairs: &[(&str, &str)]) -> [Answer; 3] {
    let [urlencoded, multipart] = sent_in_bodies(mock, path, pairs);
    [urlencoded, multipart, mock.raw("POST", &format!("{path}?{}", form(pairs)), &[], "")]
}

#[test]
fn an_assertion_is_exchanged_however_it_is_sent() {
    let mock = Mock::start();
    let one = everything();
    let jwt = assertion(one, &["ent_campaign_sdk", "ent_gdpr_sdk"]);
    let pairs = [
        ("client_id", &*one.api_key),
        ("client_secret", &*one.client_secret),
        ("jwt_token", &jwt),
        ("resource", "a"),
        ("resource", "b"),
    ];
    let mut tokens = BTreeSet::new();
    for path in [EXCHANGE, "/ims/exchange/jwt/", "/ims/exchange/v1/jwt"] {
        for answer in sent_in_each_way(&mock, path, &pairs) {
            assert_eq!(members(&answer.body), ["token_type", "access_token", "expires_in"]);
            assert_eq!(answer.json()["token_type"], "bearer");
            assert_eq!(answer.json()["expires_in"], 86_399_992, "milliseconds");
            assert_eq!(opens(&mock, &one.api_key, &token(&answer)), (200, 200));
            tokens.insert(token(&answer));
        }
    }
    assert_eq!(tokens.len(), 9, "each is another one");
}

#[test]
fn client_credentials_are_taken_however_they_are_sent() {
    let mock = Mock::start();
    let one = everything();
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", &*one.api_key),
        ("client_secret", &*one.client_secret),
        ("scope", "openid, AdobeID,campaign_sdk gdpr_sdk"),
        ("org_id", mock.ims_org()),
    ];
    for path in [TOKEN, "/ims/token/v2", "/ims/token/v4"] {
        for answer in sent_in_each_way(&mock, path, &pairs) {
            assert_eq!(members(&answer.body), ["access_token", "token_type", "expires_in"]);
            assert_eq!(answer.json()["token_type"], "bearer");
            assert_eq!(answer.json()["expires_in"], 86_399, "seconds");
            assert_eq!(opens(&mock, &one.api_key, &token(&answer)), (200, 200));
            let scope = &payload(&token(&answer))["scope"];
            assert_eq!(scope, "openid,AdobeID,campaign_sdk,gdpr_sdk");
        }
    }
}

#[test]
fn a_client_id_in_the_query_and_the_rest_in_the_form_are_one_call() {
    let mock = Mock::start();
    let one = everything();
    let rest = [
        ("grant_type", "client_credentials"),
        ("client_secret", &*one.client_secret),
        ("scope", "openid, campaign_sdk"),
    ];
    for path in ["/ims/token/v4", TOKEN] {
        let target = format!("{path}?client_id={}", one.api_key);
        for answer in sent_in_bodies(&mock, &target, &rest) {
            assert_eq!(payload(&token(&answer))["scope"], "openid,campaign_sdk", "{path}");
        }
    }
}

#[test]
fn a_token_s_claims_are_texts() {
    let mock = Mock::start();
    let answer = exchange(&mock, everything(), &assertion(everything(), &["ent_campaign_sdk"]));
    let claims = payload(&token(&answer));
    assert!(claims.as_object().unwrap().values().all(Value::is_string), "{claims}");
    assert_eq!(claims["type"], "access_token");
    assert_eq!(claims["client_id"], *everything().api_key);
    assert_eq!(claims["user_id"], *everything().technical_account);
    assert_eq!(claims["as"], "ims-na1");
    assert_eq!(claims["created_at"], START.as_millis().to_string());
    assert_eq!(claims["expires_in"], "86400000");
}

#[test]
fn assertions_may_name_this_server_and_need_no_adobe_host() {
    let mock = Mock::start();
    let one = everything();
    let here = format!("http://{}", mock.address());
    let claims = claims(one, &["ent_campaign_sdk"]).to_string().replace(IMS, &here);
    let claims: Value = serde_json::from_str(&claims).unwrap();
    assert_eq!(exchange(&mock, one, &sign(&claims)).status, 200);
}

#[test]
fn a_token_of_the_service_expires_on_the_server_s_clock() {
    let mock = Mock::start();
    let one = everything();
    let jwt = assertion(one, &["ent_campaign_sdk"]);
    let given = token(&exchange(&mock, one, &jwt));
    mock.advance(Duration::from_secs(299));
    assert_eq!(exchange(&mock, one, &jwt).status, 200);
    mock.advance(Duration::from_secs(1));
    let late = exchange(&mock, one, &jwt);
    assert_eq!((late.status, &late.json()["error"]), (400, &json!("invalid_token")));

    mock.advance(Duration::from_secs(86_400 - 300) - Duration::from_millis(1));
    assert_eq!(get(&mock, PROFILES, &one.api_key, &given).status, 200);
    mock.advance(Duration::from_millis(1));
    assert_eq!(get(&mock, PROFILES, &one.api_key, &given).json()["error_code"], "401013");
    assert_eq!(validated(&mock, &given)["valid"], false);
}

fn validated(mock: &Mock, token: &str) -> Value {
    let pairs = [("type", "access_token"), ("client_id", mock.api_key()), ("token", token)];
    let [a, b, c] = sent_in_each_way(mock, VALIDATE, &pairs);
    let headers = [("x-ims-clientid", "somebody else")];
    let query = form(&[("type", "access_token"), ("token", token)]);
    let by_header = mock.raw("GET", &format!("{VALIDATE}?{query}"), &headers, "");
    let bearer = format!("Bearer {token}");
    let headers =
        [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", &*bearer)];
    let as_bearer = mock.raw("POST", VALIDATE, &headers, &form(&pairs[..2]));
    for other in [&b, &c, &by_header, &as_bearer] {
        assert_eq!((other.status, &other.body), (200, &a.body));
    }
    assert_eq!(a.header("x-mock-reason").is_none(), a.json()["valid"] == true);
    a.json()
}

#[test]
fn a_good_token_is_valid_and_told() {
    let mock = Mock::start();
    let given =
        token(&client_credentials(&mock, everything(), &[("scope", "openid,campaign_sdk")]));
    let valid = json!({
        "valid": true,
        "expires_at": START.as_millis() + 86_400_000,
        "token": {
            "id": payload(&given)["id"],
            "scope": "openid,campaign_sdk",
            "user_id": everything().technical_account,
            "expires_in": "86400000",
            "client_id": everything().api_key,
            "type": "access_token",
        },
    });
    assert_eq!(validated(&mock, &given), valid);
    assert_eq!(validated(&mock, "x"), json!({"valid": false, "reason": "invalid_token"}));
}

#[test]
fn a_token_given_back_is_refused_everywhere() {
    let mock = Mock::start();
    let one = everything();
    let [given, kept] = [(); 2].map(|()| token(&client_credentials(&mock, one, &[])));
    // Each thread has seen both before.
    for token in [&given, &kept].repeat(8) {
        assert_eq!(opens(&mock, &one.api_key, token), (200, 200));
    }
    let pairs = [
        ("token_type", "access_token"),
        ("token", &*given),
        ("cascading", "all"),
        ("client_id", &one.api_key),
        ("client_secret", &one.client_secret),
    ];
    for _ in 0..2 {
        let answer = post(&mock, INVALIDATE, &pairs);
        assert_eq!((answer.status, &*answer.body), (200, ""));
    }
    for _ in 0..8 {
        let refused = get(&mock, PROFILES, &one.api_key, &given);
        assert_eq!((refused.status, &refused.json()["error_code"]), (401, &json!("401013")));
        assert!(refused.header("x-mock-reason").unwrap().contains("invalidated"));
        assert_eq!(opens(&mock, &one.api_key, &given), (401, 401));
        assert_eq!(opens(&mock, &one.api_key, &kept), (200, 200));
    }
    assert_eq!(validated(&mock, &given)["valid"], false);
    let bearer = format!("Bearer {given}");
    assert_eq!(mock.raw("GET", PROFILE, &[("Authorization", &bearer)], "").status, 401);
    // What is no token cannot be taken back, and needs not be.
    assert_eq!(post(&mock, INVALIDATE, &[("token", "x")]).status, 200);
}
