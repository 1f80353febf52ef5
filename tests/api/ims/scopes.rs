//! Which tokens open what: APIs by scope, tenants by org.

use std::fmt::Write as _;

use campaign_mock::auth::AuthMode;
use campaign_mock::config::Settings;
use campaign_mock::seed::Credential;
use serde_json::{Value, json};

use super::support::{
    PROFILE, assertion, campaign_only, claims, client_credentials, everything, exchange, get,
    ims_org, opens, payload, sign, token, with_files,
};
use crate::driver::{JOBS, Mock, PROFILES, members, settings, two_customers};

#[test]
fn scopes_decide_which_api_a_token_opens() {
    let mock = Mock::start();
    let one = everything();
    let jwt = |metascope| token(&exchange(&mock, one, &assertion(one, &[metascope])));
    let scope = |list| token(&client_credentials(&mock, one, &[("scope", list)]));
    for (given, opened) in [
        (jwt("ent_campaign_sdk"), (200, 403)),
        (jwt("ent_gdpr_sdk"), (403, 200)),
        (jwt("ent_dataservices_sdk"), (403, 200)),
        (scope("openid,AdobeID,campaign_sdk"), (200, 403)),
        (scope("gdpr_sdk"), (403, 200)),
        (scope("openid,AdobeID,additional_info.projectedProductContext,session"), (403, 200)),
        (scope("openid"), (403, 403)),
        (token(&client_credentials(&mock, one, &[])), (200, 200)),
    ] {
        assert_eq!(opens(&mock, &one.api_key, &given), opened, "{}", payload(&given));
    }
}

/// What Campaign integrations ask for, all of it.
const OF_CAMPAIGN: [&str; 11] = [
    "openid",
    "AdobeID",
    "campaign_sdk",
    "campaign_config_server_general",
    "deliverability_service_general",
    "additional_info.projectedProductContext",
    "read_organizations",
    "additional_info.roles",
    "adobeio_api",
    "read_client_secret",
    "manage_client_secrets",
];

#[test]
fn campaign_s_own_scopes_are_taken_in_any_order() {
    let mock = Mock::start();
    let one = campaign_only();
    let mut scopes = OF_CAMPAIGN;
    for separator in [",", ", ", " ", " , "] {
        scopes.rotate_left(3);
        let list = scopes.join(separator);
        let given = token(&client_credentials(&mock, one, &[("scope", &list)]));
        assert_eq!(payload(&given)["scope"], scopes.join(","));
        assert_eq!(opens(&mock, &one.api_key, &given), (200, 403), "{list}");
        // The product context opens Privacy Service for a credential that is bound to it, and no other.
        assert_eq!(opens(&mock, &everything().api_key, &given), (200, 403), "{list}");
    }
}

#[test]
fn a_seed_binds_further_apis_to_a_credential() {
    let users = r#"{"name": "User Management", "scopes": ["user_management_sdk"],
        "metascopes": ["ent_user_sdk"]}"#;
    let change = |org: &str| org.replace("[\"campaign\"]", &format!("[\"campaign\", {users}]"));
    let (_folder, mock) = with_files(change, &[]);
    let one = campaign_only();
    let both = token(&exchange(&mock, one, &assertion(one, &["ent_user_sdk", "ent_campaign_sdk"])));
    assert_eq!(
        payload(&both)["scope"],
        "AdobeID,openid,read_organizations,campaign_sdk,campaign_config_server_general,\
         deliverability_service_general,user_management_sdk"
    );
    assert_eq!(opens(&mock, &one.api_key, &both), (200, 403));
    let alone = token(&exchange(&mock, one, &assertion(one, &["ent_user_sdk"])));
    assert_eq!(opens(&mock, &one.api_key, &alone), (403, 403));
    let scope = [("scope", "user_management_sdk, openid")];
    let asked = token(&client_credentials(&mock, one, &scope));
    assert_eq!(payload(&asked)["scope"], "user_management_sdk,openid");

    // Another credential of the seed is not bound to it.
    let other = everything();
    assert_eq!(client_credentials(&mock, other, &scope).json()["error"], "invalid_scope");
    let refused = exchange(&mock, other, &assertion(other, &["ent_user_sdk"]));
    assert_eq!(refused.json()["error"], "invalid_scope");
    let shown = mock.raw("GET", "/__admin/orgs/acme", &[], "").json();
    assert_eq!(shown["credentials"][1]["apis"], json!(["Campaign", "User Management"]));
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
        assert_eq!(opens(&mock, &campaign_only().api_key, &given), (200, 200), "{auth:?}");
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
    for (answer, code) in [
        (exchange(&mock, one, &sign(&claims)), "invalid_token"),
        (client_credentials(&mock, one, &[("org_id", &theirs)]), "bad_request"),
    ] {
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(code)));
    }
    assert_eq!(names(&tenants(&mock, mock.token())), ["acme"]);
    let key = one.api_key.replace("demo-", "globex-");
    let globex = Credential { api_key: key, ..one.clone() };
    let given = token(&client_credentials(&mock, &globex, &[]));
    assert_eq!(names(&tenants(&mock, &given)), ["globex"]);
    assert_eq!(opens(&mock, &globex.api_key, &given), (403, 403), "those of acme");
}
