//! The token service: what it gives, what it refuses (`docs/reference/ims-auth.md` §1–§5), and which of
//! its tokens open what.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use campaign_mock::auth::{AuthMode, DEMO_SECRET};
use campaign_mock::config::Settings;
use campaign_mock::domain::{ImsOrgId, OrgName};
use campaign_mock::http::BadSecret;
use campaign_mock::seed::{Credential, DEMO_PRIVATE_KEY, Seed};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, PROFILES, START, members, settings};
use crate::gateway::two_customers;
use crate::wire::Answer;

const EXCHANGE: &str = "/ims/exchange/jwt";
const TOKEN: &str = "/ims/token/v3";
const VALIDATE: &str = "/ims/validate_token/v1";
const INVALIDATE: &str = "/ims/invalidate_token/v2";
const PROFILE: &str = "/ims/profile/v1";
const IMS: &str = "https://ims-na1.adobelogin.com";

static DEMO: LazyLock<Seed> = LazyLock::new(|| Seed::demo().unwrap());

/// Subscribed to both APIs.
fn everything() -> &'static Credential {
    &DEMO.customers[0].credential
}

fn campaign_only() -> &'static Credential {
    &DEMO.customers[0].other_credentials[0]
}

fn ims_org(org: &str) -> String {
    ImsOrgId::of(&OrgName::parse(org).unwrap()).to_string()
}

/// The claims of a good assertion, good for five minutes.
fn claims(credential: &Credential, metascopes: &[&str]) -> Value {
    let mut claims = json!({
        "exp": START.as_millis() / 1000 + 300,
        "iss": ims_org("acme"),
        "sub": credential.technical_account,
        "aud": format!("{IMS}/c/{}", credential.api_key),
    });
    for metascope in metascopes {
        claims[format!("{IMS}/s/{metascope}")] = json!(true);
    }
    claims
}

/// A good one with that claim changed; `null` leaves it out.
fn altered(name: &str, value: &Value) -> Value {
    let mut claims = claims(everything(), &["ent_campaign_sdk"]);
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value.clone(),
    }
    claims
}

fn sign(claims: &Value) -> String {
    sign_with(DEMO_PRIVATE_KEY, claims)
}

fn sign_with(pem: &str, claims: &Value) -> String {
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
}

/// A key that no certificate fits.
fn strange_key() -> String {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let text = STANDARD.encode(der.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

fn assertion(credential: &Credential, metascopes: &[&str]) -> String {
    sign(&claims(credential, metascopes))
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => write!(encoded, "{}", char::from(byte)),
            _ => write!(encoded, "%{byte:02X}"),
        };
        encoded
    })
}

fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
    pairs.join("&")
}

/// A call with parameters in a form.
fn post(mock: &Mock, path: &str, pairs: &[(&str, &str)]) -> Answer {
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    mock.raw("POST", path, &kind, &form(pairs))
}

fn exchange(mock: &Mock, credential: &Credential, jwt: &str) -> Answer {
    let pairs = [
        ("client_id", &*credential.api_key),
        ("client_secret", &*credential.client_secret),
        ("jwt_token", jwt),
    ];
    post(mock, EXCHANGE, &pairs)
}

fn client_credentials(mock: &Mock, credential: &Credential, more: &[(&str, &str)]) -> Answer {
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", &*credential.api_key),
        ("client_secret", &*credential.client_secret),
    ];
    post(mock, TOKEN, &[&pairs, more].concat())
}

/// The token of an answer that gives one.
fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn get(mock: &Mock, target: &str, key: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let org = mock.ims_org();
    let headers = [("X-Api-Key", key), ("Authorization", &*bearer), ("x-gw-ims-org-id", org)];
    mock.raw("GET", target, &headers, "")
}

/// Statuses of a call to Campaign and one to Privacy Service, which has no job to show.
fn opens(mock: &Mock, key: &str, token: &str) -> (u16, u16) {
    let jobs = format!("{JOBS}?regulation=ccpa");
    (get(mock, PROFILES, key, token).status, get(mock, &jobs, key, token).status)
}

fn payload(token: &str) -> Value {
    let part = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&part).unwrap()
}

/// Refusals as a table: status, reason, body. Each has the form of the token service's.
fn table(cases: Vec<(&str, Answer)>) -> String {
    let mut shown = String::new();
    for (name, answer) in cases {
        assert_eq!(answer.header("content-type"), Some("application/json"), "{name}");
        assert_eq!(members(&answer.body), ["error", "error_description"], "{name}");
        assert!(answer.header("x-debug-id").is_some_and(|id| id.len() == 32), "{name}");
        assert!(answer.header("x-mock-reason").is_some(), "{name}");
        let _ = writeln!(shown, "--- {name}\n{}", answer.shown());
    }
    shown
}

// What it refuses

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
    ];
    insta::assert_snapshot!("token", table(cases));
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
    assert_eq!(opens(&mock, mock.api_key(), mock.token()), (200, 404), "it was not taken back");
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

// What it gives

/// The three ways to send the same parameters.
fn sent_in_each_way(mock: &Mock, path: &str, pairs: &[(&str, &str)]) -> [Answer; 3] {
    let part = |(name, value): &(&str, &str)| {
        format!("--bou-ndary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parts: String = pairs.iter().map(part).collect();
    let kind = [("Content-Type", "multipart/form-data; boundary=bou-ndary")];
    [
        post(mock, path, pairs),
        mock.raw("POST", path, &kind, &format!("{parts}--bou-ndary--\r\n")),
        mock.raw("POST", &format!("{path}?{}", form(pairs)), &[], ""),
    ]
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
            assert_eq!(opens(&mock, &one.api_key, &token(&answer)), (200, 404));
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
    for path in [TOKEN, "/ims/token/v2"] {
        for answer in sent_in_each_way(&mock, path, &pairs) {
            assert_eq!(members(&answer.body), ["access_token", "token_type", "expires_in"]);
            assert_eq!(answer.json()["token_type"], "bearer");
            assert_eq!(answer.json()["expires_in"], 86_399, "seconds");
            assert_eq!(opens(&mock, &one.api_key, &token(&answer)), (200, 404));
            let scope = &payload(&token(&answer))["scope"];
            assert_eq!(scope, "openid,AdobeID,campaign_sdk,gdpr_sdk");
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

// What opens what

#[test]
fn scopes_decide_which_api_a_token_opens() {
    let mock = Mock::start();
    let one = everything();
    let jwt = |metascope| token(&exchange(&mock, one, &assertion(one, &[metascope])));
    let scope = |list| token(&client_credentials(&mock, one, &[("scope", list)]));
    for (given, opened) in [
        (jwt("ent_campaign_sdk"), (200, 403)),
        (jwt("ent_gdpr_sdk"), (403, 404)),
        (jwt("ent_dataservices_sdk"), (403, 404)),
        (scope("openid,AdobeID,campaign_sdk"), (200, 403)),
        (scope("gdpr_sdk"), (403, 404)),
        (scope("openid,AdobeID,additional_info.projectedProductContext,session"), (403, 404)),
        (scope("openid"), (403, 403)),
        (token(&client_credentials(&mock, one, &[])), (200, 404)),
    ] {
        assert_eq!(opens(&mock, &one.api_key, &given), opened, "{}", payload(&given));
    }
}

#[test]
fn the_gateway_refuses_what_a_credential_is_not_for() {
    let mock = Mock::start();
    let (both, one) = (everything(), campaign_only());
    let given = token(&client_credentials(&mock, one, &[]));
    let jobs = format!("{JOBS}?regulation=ccpa");
    let other = token(&client_credentials(&mock, both, &[("scope", "gdpr_sdk")]));
    let cases = [
        ("its key on Privacy Service", get(&mock, &jobs, &one.api_key, &given)),
        ("its token on Privacy Service", get(&mock, &jobs, &both.api_key, &given)),
        ("a token for Privacy Service on Campaign", get(&mock, PROFILES, &one.api_key, &other)),
        // The token comes before the scope, the scope before the tenant.
        ("a bad token", get(&mock, &jobs, &both.api_key, "x")),
        (
            "on a tenant that nobody has",
            get(&mock, &PROFILES.replace("acme", "globex"), &one.api_key, &other),
        ),
    ];
    let mut shown = String::new();
    for (name, answer) in cases {
        let _ = writeln!(shown, "--- {name}\n{}", answer.shown());
    }
    insta::assert_snapshot!("gateway", shown);
    assert_eq!(get(&mock, PROFILES, &one.api_key, &given).status, 200);
}

#[test]
fn scopes_and_keys_do_not_count_where_nothing_is_checked() {
    for auth in [AuthMode::Any, AuthMode::Off] {
        let mock = Mock::with(Settings { auth, ..settings() });
        let given = token(&client_credentials(&mock, campaign_only(), &[("scope", "openid")]));
        assert_eq!(opens(&mock, &campaign_only().api_key, &given), (200, 404), "{auth:?}");
    }
}

/// The tenants of a profile.
fn tenants(mock: &Mock, token: &str) -> Vec<Value> {
    let bearer = format!("Bearer {token}");
    let answer = mock.raw("GET", PROFILE, &[("Authorization", &bearer)], "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let context = answer.json()["projectedProductContext"].as_array().unwrap().clone();
    context.into_iter().map(|mut entry| entry["prodCtx"].take()).collect()
}

fn names(tenants: &[Value]) -> Vec<&str> {
    tenants.iter().map(|tenant| tenant["organization_id"].as_str().unwrap()).collect()
}

#[test]
fn a_profile_lists_the_tenants_that_the_gateway_opens() {
    let mock = Mock::start();
    let one = everything();
    let stage = PROFILES.replace("acme", "acme-mkt-stage");
    assert_eq!(names(&tenants(&mock, mock.token())), ["acme"]);
    assert_eq!(mock.get(&stage).status, 200);
    let all = tenants(&mock, mock.token());
    assert_eq!(names(&all), ["acme", "acme-mkt-stage"]);
    assert!(all.iter().all(|tenant| tenant["serviceCode"] == "dma_tartan"));
    assert_eq!(all[1]["owningEntity"], ims_org("acme-mkt-stage"));

    // A token for the tenant alone, by both ways to get one.
    let stage_org = ims_org("acme-mkt-stage");
    let mut claims = claims(one, &["ent_campaign_sdk"]);
    claims["iss"] = json!(stage_org);
    for answer in [
        exchange(&mock, one, &sign(&claims)),
        client_credentials(&mock, one, &[("org_id", &stage_org)]),
    ] {
        let given = token(&answer);
        assert_eq!(names(&tenants(&mock, &given)), ["acme-mkt-stage"]);
        assert_eq!(get(&mock, &stage, &one.api_key, &given).status, 200);
        let refused = get(&mock, PROFILES, &one.api_key, &given);
        assert_eq!(refused.json()["error_code"], "403023");
    }
    let profile = mock.get(PROFILE);
    assert_eq!(
        members(&profile.body),
        [
            "countryCode",
            "mrktPermEmail",
            "projectedProductContext",
            "email",
            "displayName",
            "first_name",
            "last_name"
        ]
    );
}

#[test]
fn nobody_logs_in_to_another_customer() {
    let (_folder, settings) = two_customers();
    let mock = Mock::with(settings);
    let one = everything();
    let theirs = ims_org("globex");
    let mut claims = claims(one, &["ent_campaign_sdk"]);
    claims["iss"] = json!(theirs);
    for answer in [
        exchange(&mock, one, &sign(&claims)),
        client_credentials(&mock, one, &[("org_id", &theirs)]),
    ] {
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("bad_request")));
    }
    assert_eq!(names(&tenants(&mock, mock.token())), ["acme"]);
    let key = one.api_key.replace("demo-", "globex-");
    let globex = Credential { api_key: key, ..one.clone() };
    let given = token(&client_credentials(&mock, &globex, &[]));
    assert_eq!(names(&tenants(&mock, &given)), ["globex"]);
    assert_eq!(opens(&mock, &globex.api_key, &given), (403, 403), "those of acme");
}

// Looking at tokens and giving them back

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
        assert_eq!(opens(&mock, &one.api_key, token), (200, 404));
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
        assert_eq!(opens(&mock, &one.api_key, &kept), (200, 404));
    }
    assert_eq!(validated(&mock, &given)["valid"], false);
    let bearer = format!("Bearer {given}");
    assert_eq!(mock.raw("GET", PROFILE, &[("Authorization", &bearer)], "").status, 401);
    // What is no token cannot be taken back, and needs not be.
    assert_eq!(post(&mock, INVALIDATE, &[("token", "x")]).status, 200);
}

// Forgeries

fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// What a token may be turned into. `public` is what a forger may know of the key.
fn forgeries(good: &str, public: &str) -> Vec<String> {
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("{good}")
    };
    let hmac = |algorithm| {
        let key = EncodingKey::from_secret(public.as_bytes());
        encode(&Header::new(algorithm), &self::payload(good), &key).unwrap()
    };
    let with_header = |text: &str| format!("{}.{payload}.{signature}", encoded(text));
    let mut all: Vec<String> = ["none", "None", "NONE", "nOnE", "", "RS256 ", "HS257"]
        .into_iter()
        .flat_map(|alg| {
            let header = encoded(&format!("{{\"alg\":\"{alg}\"}}"));
            [format!("{header}.{payload}."), format!("{header}.{payload}.{signature}")]
        })
        .collect();
    all.extend([Algorithm::HS256, Algorithm::HS384, Algorithm::HS512].map(hmac));
    all.extend(
        [
            "{}",
            "[]",
            "{\"alg\":null}",
            "{\"alg\":[\"HS256\",\"RS256\"]}",
            "{\"alg\":\"ES256\"}",
            "{\"alg\":\"EdDSA\"}",
            "{\"alg\":\"PS256\"}",
            "{\"alg\":\"HS384\"}",
            "{\"alg\":\"HS256\",\"crit\":[\"x\"]}",
            "{\"alg\":\"RS256\",\"crit\":[\"x\"]}",
            "{\"alg\":\"RS256\",\"jku\":\"http://127.0.0.1:1/k\",\"x5u\":\"http://127.0.0.1:1/c\"}",
            "{\"alg\":\"HS256\",\"kid\":\"../../../../dev/null\"}",
            "not JSON",
        ]
        .map(with_header),
    );
    let last = if signature.ends_with('A') { "B" } else { "A" };
    all.extend([
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{good}.x"),
        format!("{good}.x.y"),
        format!("{good}="),
        format!("{}{last}", &good[..good.len() - 1].trim_end_matches(last)),
        format!("{header}.{}.{signature}", encoded("{}")),
        format!("{header}.{payload}.{}", signature.to_lowercase()),
        format!("{header}.{payload}.{}", "A".repeat(signature.len())),
        format!("{good}{}", "A".repeat(20_000)),
        "..".to_owned(),
        "....".to_owned(),
        "\u{0}".to_owned(),
    ]);
    all
}

/// The ways to write down a public key that a forger might take for a secret.
fn public_keys() -> Vec<String> {
    let certificate = std::fs::read_to_string("fixtures/seed/acme/demo-certificate.pem").unwrap();
    let block = certificate.split_once('\n').unwrap().1;
    [certificate.as_str(), block, block.trim_end()].map(str::to_owned).into()
}

/// The same claims under the right signature and a header of the caller's.
fn under(header: &Header, key: &EncodingKey, token: &str) -> String {
    encode(header, &payload(token), key).unwrap()
}

/// A header that asks for an extension nobody understands.
fn critical(algorithm: Algorithm) -> Header {
    Header { crit: Some(vec!["x".to_owned()]), ..Header::new(algorithm) }
}

/// A header that names other keys, which must not be looked for.
fn leading_elsewhere(algorithm: Algorithm) -> Header {
    Header {
        kid: Some("../../../dev/null".to_owned()),
        jku: Some("http://127.0.0.1:1/keys".to_owned()),
        x5u: Some("ims_na1-key-1.cer".to_owned()),
        ..Header::new(algorithm)
    }
}

#[test]
fn no_forged_assertion_is_exchanged() {
    let mock = Mock::start();
    let one = everything();
    let good = assertion(one, &["ent_campaign_sdk"]);
    let key = EncodingKey::from_rsa_pem(DEMO_PRIVATE_KEY.as_bytes()).unwrap();
    for public in public_keys() {
        let mut all = forgeries(&good, &public);
        all.push(under(&critical(Algorithm::RS256), &key, &good));
        all.extend(
            [Algorithm::RS384, Algorithm::PS256].map(|a| under(&Header::new(a), &key, &good)),
        );
        for forged in all {
            let answer = exchange(&mock, one, &forged);
            let shown: String = forged.chars().take(200).collect();
            assert_eq!(answer.status, 400, "{shown}: {}", answer.body);
            assert_eq!(answer.json()["error"], "invalid_token", "{shown}");
        }
    }
    for metascopes in
        [&["ent_campaign_sdk"][..], &["ent_gdpr_sdk"], &["ent_campaign_sdk", "ent_gdpr_sdk"]]
    {
        let mut claims = claims(one, metascopes);
        for jti in [json!(1), json!(i64::MAX), json!(0)] {
            claims["jti"] = jti;
            assert_eq!(exchange(&mock, one, &sign(&claims)).status, 200, "{claims}");
        }
    }
    let led = under(&leading_elsewhere(Algorithm::RS256), &key, &good);
    for good in [good, led] {
        assert_eq!(exchange(&mock, one, &good).status, 200);
    }
}

#[test]
fn no_forged_token_passes_the_gateway() {
    let mock = Mock::start();
    let one = everything();
    let good = token(&exchange(&mock, one, &assertion(one, &["ent_campaign_sdk", "ent_gdpr_sdk"])));
    let jobs = format!("{JOBS}?regulation=ccpa");
    let mut forged = public_keys().iter().flat_map(|key| forgeries(&good, key)).collect::<Vec<_>>();
    forged.push(sign(&payload(&good)));
    forged.push(sign_with(&strange_key(), &payload(&good)));
    let key = EncodingKey::from_secret(DEMO_SECRET.as_bytes());
    forged.push(under(&critical(Algorithm::HS256), &key, &good));
    forged
        .extend([Algorithm::HS384, Algorithm::HS512].map(|a| under(&Header::new(a), &key, &good)));
    for forged in forged.iter().filter(|forged| !forged.contains('\u{0}')) {
        for target in [PROFILES, &jobs] {
            let answer = get(&mock, target, &one.api_key, forged);
            let shown: String = forged.chars().take(200).collect();
            assert_eq!(answer.status, 401, "{shown}: {}", answer.body);
        }
    }
    let led = under(&leading_elsewhere(Algorithm::HS256), &key, &good);
    for good in [good, led].iter().cycle().take(10) {
        assert_eq!(opens(&mock, &one.api_key, good), (200, 404));
    }
}
