//! Subscriptions of profiles to services, from both sides, and the history of profiles
//! (`docs/reference/campaign-standard.md` §13, §14).

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{BASIC, EXT, column, keyless, pkey_at, target};
use crate::driver::{Mock, PROFILES, members};
use crate::wire::Answer;

/// A server with a profile that nobody knows and a service that nobody has, and their keys.
fn strangers() -> (Mock, String, String) {
    let mock = Mock::start();
    let profile = mock.pkey(&json!({
        "firstName": "Ann", "lastName": "Lee", "email": "ann@example.com",
    }));
    let body = json!({"label": "Sport", "name": "SVC3"});
    let service = mock.post(&format!("{BASIC}/service"), &body).json();
    (mock, profile, service["PKey"].as_str().unwrap().to_owned())
}

fn of_profile(pkey: &str) -> String {
    format!("{PROFILES}/{pkey}/subscriptions")
}

fn of_service(pkey: &str) -> String {
    format!("{BASIC}/service/{pkey}/subscriptions")
}

fn shown(answer: &Answer) -> String {
    keyless(&serde_json::to_string_pretty(&answer.json()).unwrap())
}

const MEMBERS: [&str; 9] = [
    "PKey",
    "created",
    "email",
    "expirationDate",
    "href",
    "metadata",
    "service",
    "serviceName",
    "subscriber",
];

#[test]
fn a_new_subscription_names_what_it_links_by_key_and_title_only() {
    let (mock, profile, service) = strangers();
    let answer = mock.post(&of_profile(&profile), &json!({"service": {"PKey": service}}));
    assert_eq!(answer.status, 201);
    assert_eq!(members(&answer.body), MEMBERS);
    insta::assert_snapshot!("subscription_of_a_profile", shown(&answer));
    let created = answer.json();
    assert_eq!(created["service"], json!({"PKey": service, "title": "Sport (SVC3)"}));
    let href = format!(
        "http://mock.localhost{}/{}",
        of_service(&service),
        created["PKey"].as_str().unwrap()
    );
    assert_eq!(created["href"], json!(href));

    let other = mock.pkey(&json!({"email": "bob@example.com"}));
    let answer = mock.post(&of_service(&service), &json!({"subscriber": {"PKey": other}}));
    assert_eq!(answer.status, 201);
    insta::assert_snapshot!("subscription_of_a_service", shown(&answer));
    let expected = json!({"PKey": other, "title": "(bob@example.com)"});
    assert_eq!(answer.json()["subscriber"], expected);
}

#[test]
fn each_side_shows_the_other_one_in_full() {
    let (mock, profile, service) = strangers();
    mock.post(&of_profile(&profile), &json!({"service": {"PKey": service}}));

    let list = mock.get(&of_profile(&profile));
    assert_eq!(members(&list.body), ["content", "count", "serverSidePagination"]);
    let item = list.json()["content"][0].clone();
    assert_eq!(item["serviceName"], "SVC3");
    assert_eq!(item["email"], "ann@example.com");
    let expected = json!({
        "PKey": service, "href": format!("http://mock.localhost{BASIC}/service/{service}"),
        "label": "Sport", "name": "SVC3", "title": "Sport (SVC3)",
    });
    assert_eq!(item["service"], expected);
    let expected = json!({
        "PKey": profile, "href": format!("http://mock.localhost{PROFILES}/{profile}"),
        "title": "Ann Lee (ann@example.com)",
    });
    assert_eq!(item["subscriber"], expected);

    let item = mock.get(&of_service(&service)).json()["content"][0].clone();
    let expected = json!({
        "PKey": profile, "email": "ann@example.com", "firstName": "Ann",
        "href": format!("http://mock.localhost{PROFILES}/{profile}"), "lastName": "Lee",
        "title": "Ann Lee (ann@example.com)",
    });
    assert_eq!(item["subscriber"], expected);
    let expected = json!({
        "PKey": service, "href": format!("http://mock.localhost{BASIC}/service/{service}"),
        "title": "Sport (SVC3)",
    });
    assert_eq!(item["service"], expected);
    assert_eq!(
        (&item["metadata"], &item["expirationDate"]),
        (&json!("subscriptionRcp"), &json!(""))
    );

    let alone = mock.get(target(&item["href"])).json();
    assert_eq!((&alone["PKey"], &alone["href"]), (&item["PKey"], &Value::Null));
    assert_eq!(alone["service"]["label"], "Sport");
    assert_eq!(alone["subscriber"]["lastName"], "Lee");
}

#[test]
fn what_a_subscription_shows_of_others_is_of_today() {
    let (mock, profile, service) = strangers();
    mock.post(&of_profile(&profile), &json!({"service": {"PKey": service}}));
    mock.patch(&profile, &json!({"email": "lee@example.com"}));
    let body = json!({"name": "SVC9", "label": "News"}).to_string();
    assert_eq!(mock.call("PATCH", &format!("{BASIC}/service/{service}"), &body).status, 200);
    let item = mock.get(&of_profile(&profile)).json()["content"][0].clone();
    assert_eq!((&item["email"], &item["serviceName"]), (&json!("lee@example.com"), &json!("SVC9")));
    assert_eq!(item["service"]["label"], "News");
}

#[test]
fn a_subscription_may_expire() {
    let (mock, profile, service) = strangers();
    let body = json!({"service": {"PKey": service}, "expirationDate": "2021-01-01T00:00:00Z"});
    let created = mock.post(&of_profile(&profile), &body).json();
    assert_eq!(created["expirationDate"], "2021-01-01 00:00:00.000Z");
    let body = json!({"expirationDate": "2022-01-01"}).to_string();
    let changed = mock.call("PATCH", target(&created["href"]), &body);
    assert_eq!((changed.status, changed.header("allow")), (405, Some("GET, DELETE, OPTIONS")));
}

#[test]
fn both_keys_of_a_profile_lead_to_its_subscriptions() {
    let mock = Mock::start();
    let john = mock.get(&format!("{EXT}/profile/C-1001")).json();
    let (own, of_collection) =
        (john["PKey"].as_str().unwrap(), target(&john["subscriptions"]["href"]));
    assert!(!of_collection.contains(own));
    for list in [of_profile(own), format!("{}/", of_profile(own)), of_collection.to_owned()] {
        assert_eq!(column(&mock, &list, "serviceName"), ["SVC1", "SVC2"], "{list}");
    }
    mock.post(&format!("{BASIC}/service"), &json!({"name": "SVC3"}));
    let service = pkey_at(&mock, &format!("{BASIC}/service/SVC3"));
    let created = mock.post(of_collection, &json!({"service": {"PKey": service}}));
    assert_eq!(created.status, 201);
    assert_eq!(column(&mock, &of_profile(own), "serviceName"), ["SVC1", "SVC2", "SVC3"]);
    // As the subscriber in a body, too.
    let key = of_collection.rsplit('/').nth(2).unwrap();
    mock.post(&format!("{BASIC}/service"), &json!({"name": "SVC4"}));
    let fourth = pkey_at(&mock, &format!("{BASIC}/service/SVC4"));
    let created = mock.post(&of_service(&fourth), &json!({"subscriber": {"PKey": key}}));
    assert_eq!((created.status, &created.json()["subscriber"]["PKey"]), (201, &json!(own)));
    // A service is addressed by its name as well.
    let ann = mock.pkey(&json!({}));
    let created = mock.post(&of_service("SVC4"), &json!({"subscriber": {"PKey": ann}}));
    assert_eq!((created.status, &created.json()["service"]["PKey"]), (201, &json!(fourth)));
}

#[test]
fn subscriptions_come_in_pages_and_are_counted() {
    let mock = Mock::start();
    let service = pkey_at(&mock, &format!("{BASIC}/service/SVC1"));
    for n in 0..3 {
        let profile = mock.pkey(&json!({"email": format!("p{n}@example.com")}));
        let body = json!({"subscriber": {"PKey": profile}});
        assert_eq!(mock.post(&of_service(&service), &body).status, 201);
    }
    let mut list = format!("{}/?_lineCount=2&a=b", of_service(&service));
    let mut emails = Vec::new();
    loop {
        let page = mock.get(&list).json();
        assert_eq!(page["count"]["value"], Value::Null);
        let counted = target(&page["count"]["href"]);
        let start = format!("{}//_count?_lineCount=2&a=b&_lineStart=@", of_service(&service));
        assert!(counted.starts_with(&start), "{counted}");
        assert_eq!(mock.get(counted).body, r#"{"count":5}"#);
        let content = page["content"].as_array().unwrap();
        emails.extend(content.iter().map(|item| item["email"].clone()));
        let Some(next) = page.get("next") else { break };
        list = target(&next["href"]).to_owned();
    }
    let expected = [
        "john.doe@example.com",
        "jane.roe@example.com",
        "p0@example.com",
        "p1@example.com",
        "p2@example.com",
    ];
    assert_eq!(emails, expected);
    let newest = format!("{}?_order=created%20desc&_lineCount=5", of_service(&service));
    let order = column(&mock, &newest, "email");
    assert_eq!(
        (&order[3], &order[4]),
        (&json!("jane.roe@example.com"), &json!("john.doe@example.com"))
    );
    let names = mock.get(&format!("{}/email?_lineCount=1", of_service(&service))).json();
    assert_eq!(names["content"], json!(["john.doe@example.com"]));
    assert!(
        target(&names["next"]["href"]).starts_with(&format!("{}/email?", of_service(&service)))
    );
    // The subscribers of a service are also a filter of profiles.
    let filtered = format!("{PROFILES}/subscribers?service={service}&_order=email");
    assert_eq!(column(&mock, &filtered, "email").len(), 5);
    let none = mock.pkey(&json!({}));
    let empty = mock.get(&of_profile(&none)).json();
    assert_eq!((&empty["content"], &empty["count"]["value"]), (&json!([]), &json!(0)));
}

#[test]
fn unsubscribing_deletes_the_item_and_nothing_else() {
    let (mock, profile, service) = strangers();
    let body = json!({"service": {"PKey": service}});
    for side in ["of the service", "of the profile"] {
        assert_eq!(mock.post(&of_profile(&profile), &body).status, 201);
        let item = mock.get(&of_profile(&profile)).json()["content"][0].clone();
        let address = match side {
            "of the service" => target(&item["href"]).to_owned(),
            _ => format!("{}/{}", of_profile(&profile), item["PKey"].as_str().unwrap()),
        };
        let answer = mock.call("DELETE", &address, "");
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{side}");
        assert_eq!(mock.call("DELETE", &address, "").status, 404, "{side}");
        assert_eq!(mock.get(&of_profile(&profile)).json()["content"], json!([]), "{side}");
    }
    assert_eq!(mock.get(&format!("{BASIC}/service/{service}")).status, 200);
    // Of another service it is not to be had.
    let sport = pkey_at(&mock, &format!("{BASIC}/service/SVC1"));
    let item = mock.get(&of_service(&sport)).json()["content"][0]["PKey"].clone();
    let elsewhere = format!("{}/{}", of_service(&service), item.as_str().unwrap());
    for verb in ["GET", "DELETE"] {
        assert_eq!(mock.call(verb, &elsewhere, "").status, 404, "{verb}");
    }
    assert_eq!(mock.get(&of_service(&sport)).json()["count"]["value"], 2);
}

#[test]
fn a_deleted_profile_takes_its_subscriptions_with_it() {
    let (mock, profile, service) = strangers();
    mock.post(&of_profile(&profile), &json!({"service": {"PKey": service}}));
    assert_eq!(mock.get(&of_service(&service)).json()["count"]["value"], 1);
    assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{profile}"), "").status, 200);
    let list = mock.get(&of_service(&service)).json();
    assert_eq!((&list["content"], &list["count"]["value"]), (&json!([]), &json!(0)));
    assert_eq!(mock.get(&of_profile(&profile)).status, 404);
}

#[test]
fn nobody_subscribes_who_is_being_deleted() {
    let mock = Mock::start();
    let services: Vec<String> = (0..4)
        .map(|_| mock.post(&format!("{BASIC}/service"), &json!({})).json())
        .map(|service| service["PKey"].as_str().unwrap().to_owned())
        .collect();
    for _ in 0..5 {
        let profile = mock.pkey(&json!({}));
        std::thread::scope(|scope| {
            for service in &services {
                let (mock, profile) = (&mock, &profile);
                scope.spawn(move || {
                    let body = json!({"service": {"PKey": service}});
                    let answer = mock.post(&of_profile(profile), &body);
                    assert!([201, 404].contains(&answer.status), "{}", answer.body);
                });
            }
            scope.spawn(|| mock.call("DELETE", &format!("{PROFILES}/{profile}"), ""));
        });
        for service in &services {
            assert_eq!(mock.get(&of_service(service)).json()["content"], json!([]));
        }
    }
}

#[test]
fn the_address_says_whose_subscription_it_is() {
    let (mock, profile, service) = strangers();
    let other = mock.pkey(&json!({"email": "bob@example.com"}));
    let body = json!({"service": {"PKey": service}, "subscriber": {"PKey": other}});
    let created = mock.post(&of_profile(&profile), &body);
    assert_eq!(created.status, 201);
    assert_eq!(created.json()["subscriber"]["PKey"], json!(profile));
    assert_eq!(mock.get(&of_profile(&other)).json()["content"], json!([]));
}

#[test]
fn subscriptions_that_are_refused() {
    let (mock, profile, service) = strangers();
    let gone = mock.pkey(&json!({}));
    assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{gone}"), "").status, 200);
    let other = pkey_at(&mock, &format!("{BASIC}/service/SVC1"));
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let unit = pkey_at(&mock, &format!("{EXT}/orgUnitBase/brand4"));
    let mut shown = String::new();
    for (name, list, body) in [
        ("twice, of the profile", of_profile(&john), json!({"service": {"PKey": other}})),
        ("twice, of the service", of_service(&other), json!({"subscriber": {"PKey": john}})),
        ("no service", of_profile(&profile), json!({})),
        ("null for the service", of_profile(&profile), json!({"service": null})),
        ("no subscriber", of_service(&service), json!({"expirationDate": ""})),
        ("no PKey", of_profile(&profile), json!({"service": {"name": "SVC1"}})),
        ("a PKey of nothing", of_profile(&profile), json!({"service": {"PKey": "@jksad"}})),
        ("a PKey of something else", of_profile(&profile), json!({"service": {"PKey": unit}})),
        ("an unknown name", of_profile(&profile), json!({"service": {"PKey": "adobe_nl"}})),
        ("a plain text", of_profile(&profile), json!({"service": other})),
        ("a deleted subscriber", of_service(&service), json!({"subscriber": {"PKey": gone}})),
        ("under a deleted profile", of_profile(&gone), json!({"service": {"PKey": service}})),
        ("under a PKey of nothing", of_profile("@jksad"), json!({"service": {"PKey": service}})),
        ("a derived member", of_profile(&profile), json!({"serviceName": "SVC1"})),
        ("an unknown member", of_profile(&profile), json!({"nope": 1})),
        ("a bad date", of_profile(&profile), json!({"expirationDate": "soon"})),
    ] {
        let answer = mock.post(&list, &body);
        shown.push_str(&format!("--- {name}\n{}\n", keyless(&numberless(&answer.shown()))));
    }
    insta::assert_snapshot!("refused_subscriptions", shown);
    assert_eq!(mock.get(&of_service(&service)).json()["content"], json!([]));
}

/// A text with `N` for the numbers of the two records in the key that it names.
fn numberless(text: &str) -> String {
    let after = text.split_once("isubscriberid)=(").map(|(_, after)| after);
    let numbers = after.and_then(|after| after.split_once(')')).map(|(numbers, _)| numbers);
    numbers.map_or(text.to_owned(), |numbers| text.replace(numbers, "N, N"))
}

// --- history ------------------------------------------------------------------------------------

#[test]
fn the_history_of_a_profile_is_the_profile_and_what_was_sent_to_it() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let answer = mock.get(&format!("{BASIC}/history/{john}"));
    assert_eq!(answer.status, 200);
    let names = members(&answer.body);
    assert!(names.is_sorted());
    for name in [
        "postalAddress",
        "subscriptions",
        "cryptedId",
        "domain",
        "emailFormat",
        "blackListPushnotification",
        "href",
    ] {
        assert!(!names.iter().any(|known| known == name), "{name}");
    }
    insta::assert_snapshot!("history", shown(&answer));
    let record = answer.json();
    assert_eq!(record["PKey"], json!(john));
    let profile = mock.read(&john);
    for (name, value) in record.as_object().unwrap() {
        if let Some(same) = profile.get(name) {
            assert_eq!(value, same, "{name}");
        }
    }
    assert_eq!(record["countBroadLogEvents"], 2);
    assert_eq!(record["minBroadLogEvents"], "2019-10-05 07:00:00.000Z");
    assert_eq!(
        (&record["countSubHistoEvents"], &record["minSubHistoEvents"]),
        (&json!(0), &json!(""))
    );
    let own = format!("http://mock.localhost{BASIC}/history/{john}");
    let events = json!({"href": format!("{own}/events/"), "metadata": "subHisto"});
    assert_eq!(record["events"], events);
    assert_eq!(record["kpisAndChart"], json!({"href": format!("{own}/kpisAndChart/")}));
}

#[test]
fn the_history_has_the_custom_fields_of_the_profile() {
    let mock = Mock::start();
    let profile = mock.get(&format!("{EXT}/profile/C-1001")).json();
    let john = profile["PKey"].as_str().unwrap();
    let record = mock.get(&format!("{EXT}/history/{john}")).json();
    let custom = ["cusCustomerId", "cusHobby", "cusScore", "cusTier", "cusVip", "cusMemberSince"];
    for name in custom {
        assert_eq!(record[name], profile[name], "{name}");
        assert_ne!(record[name], Value::Null, "{name}");
    }
    assert_eq!(mock.get(&format!("{EXT}/history/C-1001")).json(), record);
    let ordered = format!("{EXT}/history?_order=cusCustomerId%20desc&_lineCount=2");
    let expected = column(&mock, &ordered.replace("history", "profile"), "cusCustomerId");
    assert_eq!(column(&mock, &ordered, "cusCustomerId"), expected);
    assert!(expected[0].as_str().unwrap().starts_with("C-"));
}

#[test]
fn events_are_what_was_sent_and_lead_back_to_themselves() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let history = mock.get(&format!("{BASIC}/history/{john}")).json();
    let events = target(&history["events"]["href"]);
    let list = mock.get(events);
    insta::assert_snapshot!("events", shown(&list));
    let list = list.json();
    assert_eq!(list["count"]["value"], 2);
    for event in list["content"].as_array().unwrap() {
        let address = target(&event["href"]);
        assert_eq!(address, format!("{events}{}", event["PKey"].as_str().unwrap()));
        let alone = mock.get(address);
        assert_eq!((alone.status, &alone.json()["PKey"]), (200, &event["PKey"]), "{address}");
        assert_eq!(
            event["mirrorPage"]["href"],
            json!(format!("http://mock.localhost{address}/mirrorPage/"))
        );
    }
    assert_eq!(mock.get(&format!("{events}_count")).body, r#"{"count":2}"#);
    assert_eq!(
        column(&mock, &format!("{events}?_order=date%20desc"), "date"),
        ["2019-11-05 07:00:00.000Z", "2019-10-05 07:00:00.000Z"]
    );
}

#[test]
fn the_history_is_found_like_the_profile() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    for spelling in ["history", "History", "HISTORY"] {
        let list =
            mock.get(&format!("{BASIC}/{spelling}/byEmail?email=john.doe@example.com")).json();
        assert_eq!(list["count"]["value"], 1);
        let record = &list["content"][0];
        assert_eq!(record["PKey"], json!(john));
        assert_eq!(record["href"], json!(format!("http://mock.localhost{BASIC}/history/{john}")));
        assert_eq!(mock.get(&format!("{BASIC}/{spelling}/{john}")).status, 200, "{spelling}");
    }
    for query in [
        "byText?text=Doe",
        "byKeysProfile?email=john.doe@example.com",
        "hasClickedDelivery?delivery=DM1",
        "hasReceivedDelivery?delivery=DM2",
    ] {
        let found = column(&mock, &format!("{BASIC}/history/{query}"), "PKey");
        assert_eq!(found, [json!(john)], "{query}");
    }
    assert_eq!(mock.get(&format!("{BASIC}/history/_count")).body, r#"{"count":12}"#);
}

#[test]
fn a_new_profile_has_a_history_without_events() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"location": {"countryCode": "FR"}}));
    let record = mock.get(&format!("{BASIC}/history/{pkey}")).json();
    assert_eq!(record["countryIsoA2"], "FR");
    for (name, value) in [
        ("countBroadLogEvents", json!(0)),
        ("countSubHistoEvents", json!(0)),
        ("minBroadLogEvents", json!("")),
        ("minSubHistoEvents", json!("")),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
    let events = mock.get(&format!("{BASIC}/history/{pkey}/events")).json();
    assert_eq!((&events["content"], &events["count"]["value"]), (&json!([]), &json!(0)));
    assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{pkey}"), "").status, 200);
    for address in ["", "/events"] {
        assert_eq!(mock.get(&format!("{BASIC}/history/{pkey}{address}")).status, 404);
    }
}

#[test]
fn the_history_counts_when_a_profile_subscribed_and_unsubscribed() {
    let (mock, profile, service) = strangers();
    let history = || {
        let record = mock.get(&format!("{BASIC}/history/{profile}")).json();
        let earliest = record["minSubHistoEvents"].as_str().unwrap().to_owned();
        (record["countSubHistoEvents"].as_i64().unwrap(), earliest)
    };
    assert_eq!(history(), (0, String::new()));
    let body = json!({"service": {"PKey": service}});
    let created = mock.post(&of_profile(&profile), &body);
    assert_eq!(created.status, 201);
    let first = "2020-03-01 12:00:00.000Z".to_owned();
    assert_eq!(history(), (1, first.clone()));
    mock.advance(Duration::from_secs(60));
    assert_eq!(mock.post(&of_profile(&profile), &body).status, 500);
    assert_eq!(history(), (1, first.clone()));
    let item = target(&created.json()["href"]).to_owned();
    assert_eq!(mock.call("DELETE", &item, "").status, 204);
    assert_eq!(mock.call("DELETE", &item, "").status, 404);
    assert_eq!(history(), (2, first));
    // What the events are is what was sent.
    let events = mock.get(&format!("{BASIC}/history/{profile}/events/")).json();
    assert_eq!(events["content"], json!([]));
}

#[test]
fn a_deleted_profile_takes_its_events_with_it() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{john}"), "").status, 200);
    let received = format!("{PROFILES}/hasReceivedDelivery?delivery=DM1");
    assert_eq!(column(&mock, &received, "email"), ["jane.roe@example.com"]);
}

#[test]
fn nobody_writes_history() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let event = mock.get(&format!("{BASIC}/history/{john}/events")).json()["content"][0].clone();
    let one = target(&event["href"]).to_owned();
    let key = r#"{"cusCustomerId": "C-1001", "fax": "1"}"#;
    for (verb, target, body) in [
        ("POST", format!("{BASIC}/history"), "{}"),
        ("PATCH", format!("{BASIC}/history"), "{}"),
        ("PATCH", format!("{EXT}/history"), key),
        ("POST", format!("{EXT}/history"), key),
        ("DELETE", format!("{BASIC}/history"), ""),
        ("PATCH", format!("{BASIC}/history/{john}"), r#"{"fax": "1"}"#),
        ("DELETE", format!("{BASIC}/history/{john}"), ""),
        ("POST", format!("{BASIC}/history/{john}/events"), "{}"),
        ("PATCH", one.clone(), "{}"),
        ("DELETE", one, ""),
    ] {
        let answer = mock.call(verb, &target, body);
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET, OPTIONS")),
            "{verb} {target}"
        );
    }
    assert_eq!(mock.read(&john)["fax"], "");
}
