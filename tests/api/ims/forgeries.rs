//! Tokens and assertions that nobody issued: none of them opens anything.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use campaign_mock::auth::DEMO_SECRET;
use campaign_mock::seed::DEMO_PRIVATE_KEY;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::support::{
    assertion, claims, everything, exchange, get, opens, payload, sign, sign_with, strange_key,
    token,
};
use crate::driver::{JOBS, Mock, PROFILES};

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
        assert_eq!(opens(&mock, &one.api_key, good), (200, 200));
    }
}
