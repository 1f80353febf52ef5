//! Seats of a training room: made at once, opened by a code, and shut off from one another.

use std::time::Duration;

use campaign_mock::config::Settings;
use campaign_mock::http::{Audience, control_routes};
use serde_json::{Value, json};

use super::support::admin;
use crate::driver::{HOST, JOBS, Mock, settings};
use crate::wire::Answer;

const TOKEN: &str = "a-token-of-the-test";

/// A server with a trainer's token, and three seats.
fn room() -> (Mock, Vec<Value>) {
    let mock = Mock::with(Settings { admin_token: Some(TOKEN.parse().unwrap()), ..settings() });
    let seats = as_trainer(&mock, "POST", "/seats", &json!({"count": 3}));
    assert_eq!(seats.status, 201, "{}", seats.body);
    let seats = seats.json()["seats"].as_array().unwrap().clone();
    (mock, seats)
}

fn with_token(mock: &Mock, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let headers = [("X-Admin-Token", token), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    mock.raw(method, &format!("/__admin{path}"), &headers, &body)
}

fn as_trainer(mock: &Mock, method: &str, path: &str, body: &Value) -> Answer {
    with_token(mock, TOKEN, method, path, body)
}

fn as_seat(mock: &Mock, seat: &Value, method: &str, path: &str, body: &Value) -> Answer {
    with_token(mock, text(seat, "seatToken"), method, path, body)
}

fn text<'a>(seat: &'a Value, member: &str) -> &'a str {
    seat[member].as_str().unwrap()
}

/// A call of an imitated API with what is on the card.
fn by_card(mock: &Mock, seat: &Value, method: &str, target: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", text(seat, "accessToken"));
    let headers = [
        ("X-Api-Key", text(seat, "apiKey")),
        ("Authorization", bearer.as_str()),
        ("x-gw-ims-org-id", text(seat, "imsOrgId")),
    ];
    mock.raw(method, target, &headers, &body.to_string())
}

/// Leaves something of everything in the org of a seat, with a word that nobody else has.
fn leave_traces(mock: &Mock, seat: &Value, word: &str) -> String {
    let org = text(seat, "org");
    let profiles = format!("/{org}/campaign/profileAndServices/profile");
    let person =
        json!({"lastName": word, "email": format!("{word}@example.com"), "ccpaOptOut": true});
    let made = by_card(mock, seat, "POST", &profiles, &person);
    assert_eq!(made.status, 201, "{}", made.body);
    let pkey = made.json()["PKey"].as_str().unwrap().to_owned();
    let back = json!({"ccpaOptOut": false});
    assert_eq!(by_card(mock, seat, "PATCH", &format!("{profiles}/{pkey}"), &back).status, 200);
    let rule = json!({"org": org, "path": format!("*/{word}"), "status": 503});
    assert_eq!(as_trainer(mock, "POST", "/faults", &rule).status, 201);
    let mut request = mock.request("ccpa", &["access"]);
    request["users"][0]["key"] = json!(word);
    request["companyContexts"][0]["value"] = seat["imsOrgId"].clone();
    let asked = by_card(mock, seat, "POST", JOBS, &request);
    assert_eq!(asked.status, 202, "{}", asked.body);
    asked.json()["jobs"][0]["jobId"].as_str().unwrap().to_owned()
}

#[test]
fn seats_are_made_at_once_and_their_cards_open_them() {
    let (mock, seats) = room();
    let names: Vec<_> = seats.iter().map(|seat| text(seat, "seat")).collect();
    assert_eq!(names, ["seat1", "seat2", "seat3"]);
    for seat in &seats {
        assert_eq!(text(seat, "org"), format!("acme-{}", text(seat, "seat")));
        assert_eq!(
            text(seat, "url"),
            format!("http://{HOST}/__admin/seat#code={}", text(seat, "code"))
        );
        leave_traces(&mock, seat, "Somebody");
    }
    // A card opens no other seat.
    let theirs = format!("/{}/campaign/profileAndServices/profile", text(&seats[1], "org"));
    assert_eq!(by_card(&mock, &seats[0], "GET", &theirs, &json!({})).status, 403);

    // More seats, and those that are there as they are.
    let more = as_trainer(&mock, "POST", "/seats", &json!({"count": 11})).json();
    assert_eq!(more["seats"].as_array().unwrap().len(), 11);
    let listed = as_trainer(&mock, "GET", "/seats", &Value::Null).json();
    let listed = listed["seats"].as_array().unwrap();
    assert_eq!(text(&listed[10], "seat"), "seat11");
    for member in ["code", "seatToken"] {
        assert_eq!(listed[0][member], seats[0][member], "{member}");
    }
    let changed = as_trainer(&mock, "GET", "/state/diff?org=acme-seat1", &Value::Null).json();
    assert_eq!(changed["optOutChanges"], 2);

    for wrong in [
        json!({}),
        json!({"count": 0}),
        json!({"count": 101}),
        json!({"count": 1, "prefix": "Seat"}),
        json!({"count": 1, "prefix": "seat7"}),
        json!({"count": 90, "prefix": "row"}),
        json!({"count": 1, "room": 2}),
    ] {
        assert_eq!(as_trainer(&mock, "POST", "/seats", &wrong).status, 400, "{wrong}");
    }
    assert_eq!(
        as_trainer(&mock, "GET", "/orgs", &Value::Null).json()["orgs"].as_array().unwrap().len(),
        12
    );
}

#[test]
fn a_reset_leaves_the_cards_as_they_are_and_a_deletion_takes_the_seat_along() {
    let (mock, seats) = room();
    leave_traces(&mock, &seats[0], "Somebody");
    assert_eq!(as_trainer(&mock, "POST", "/reset", &json!({})).status, 200);
    assert_eq!(as_seat(&mock, &seats[0], "GET", "/jobs", &Value::Null).status, 200);
    assert_eq!(as_trainer(&mock, "DELETE", "/seats/seat1", &Value::Null).status, 204);
    assert_eq!(as_trainer(&mock, "DELETE", "/seats/seat1", &Value::Null).status, 404);
    // Also when its org goes.
    assert_eq!(as_trainer(&mock, "DELETE", "/orgs/acme-seat2", &Value::Null).status, 204);
    for gone in &seats[..2] {
        let answer = as_seat(&mock, gone, "GET", "/jobs", &Value::Null);
        assert_eq!(answer.status, 401, "{}", answer.body);
        assert!(answer.header("x-mock-reason").unwrap().contains("ask the trainer"));
    }
    let all = as_trainer(&mock, "DELETE", "/seats", &Value::Null);
    assert_eq!(all.json(), json!({"removed": 1}));
    assert_eq!(as_trainer(&mock, "GET", "/seats", &Value::Null).json(), json!({"seats": []}));
    assert_eq!(
        as_trainer(&mock, "GET", "/orgs", &Value::Null).json()["orgs"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn seats_and_their_codes_outlive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let settings = || Settings { database: Some(directory.path().join("room.db")), ..settings() };
    let first = Mock::with(settings());
    let made = admin(&first, "POST", "/seats", r#"{"count": 2}"#);
    drop(first);
    let second = Mock::with(settings());
    let listed = admin(&second, "GET", "/seats", "");
    for member in ["seat", "org", "code", "seatToken"] {
        assert_eq!(made["seats"][1][member], listed["seats"][1][member], "{member}");
    }
    let token = text(&made["seats"][1], "seatToken");
    assert_eq!(with_token(&second, token, "GET", "/whoami", &Value::Null).json()["seat"], "seat2");
}

#[test]
fn a_code_is_exchanged_for_the_card_without_a_token() {
    let (mock, seats) = room();
    let exchange = |code: &str| {
        let headers = [("Content-Type", "application/json")];
        let body = json!({"code": code}).to_string();
        mock.raw("POST", "/__admin/seats/exchange", &headers, &body)
    };
    let typed = format!(" {} ", text(&seats[1], "code").to_uppercase());
    let card = exchange(&typed);
    assert_eq!(card.status, 200, "{}", card.body);
    assert_eq!(card.json()["seatToken"], seats[1]["seatToken"]);
    // No page of another origin may guess.
    let body = json!({"code": typed}).to_string();
    for headers in [
        vec![("Content-Type", "text/plain")],
        vec![("Content-Type", "application/json"), ("Origin", "http://evil.test")],
    ] {
        let answer = mock.raw("POST", "/__admin/seats/exchange", &headers, &body);
        assert!([403, 415].contains(&answer.status), "{}", answer.status);
    }
    let other = text(&seats[0], "code").rsplit_once('-').unwrap().1;
    std::thread::scope(|scope| {
        for number in 0..20 {
            let wrong = match number {
                0 => String::new(),
                1 => "seat2".to_owned(),
                2 => format!("seat2-{other}"),
                _ => format!("seat2-{number:04}"),
            };
            scope.spawn(move || assert_eq!(exchange(&wrong).status, 404, "{wrong}"));
        }
    });
    let limited = exchange(&typed);
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("60")));
    assert!(limited.header("x-mock-reason").unwrap().contains("wait a minute"));
    mock.advance(Duration::from_secs(60));
    assert_eq!(exchange(&typed).status, 200);
}

#[test]
fn everybody_learns_what_they_are() {
    let (mock, seats) = room();
    let nobody = json!({"role": "trainer", "org": null, "seat": null});
    assert_eq!(as_trainer(&mock, "GET", "/whoami", &Value::Null).json(), nobody);
    let seat = as_seat(&mock, &seats[2], "GET", "/whoami", &Value::Null).json();
    assert_eq!(seat, json!({"role": "seat", "org": "acme-seat3", "seat": "seat3"}));
    assert_eq!(mock.raw("GET", "/__admin/whoami", &[], "").status, 401);

    let open = Mock::start();
    assert_eq!(admin(&open, "GET", "/whoami", "")["role"], "open");
    // Who shows a seat's token is that seat, also where no token is needed.
    let made = admin(&open, "POST", "/seats", r#"{"count": 1}"#);
    let token = text(&made["seats"][0], "seatToken");
    assert_eq!(with_token(&open, token, "GET", "/whoami", &Value::Null).json()["role"], "seat");
    assert_eq!(with_token(&open, token, "POST", "/reset", &json!({})).status, 403);
}

/// A path of the table with something of that seat in each segment that stands for anything.
fn filled(path: &str, org: &str, job: &str, call: &str) -> String {
    path.replace("{org}", org)
        .replace("{job_id}", job)
        .replace("/requests/{id}", &format!("/requests/{call}"))
        .replace(['{', '}'], "")
}

#[test]
fn no_call_of_the_table_shows_or_changes_anything_of_another_seat() {
    // They never end.
    const STREAMS: [&str; 2] = ["/requests/stream", "/events"];
    const SECRETS: [&str; 2] = ["Zweigelt", "Somebody"];
    let (mock, seats) = room();
    let [own, other] = [&seats[0], &seats[1]];
    leave_traces(&mock, own, SECRETS[1]);
    let job = leave_traces(&mock, other, SECRETS[0]);
    let other_org = text(other, "org");
    let calls = as_trainer(&mock, "GET", &format!("/requests?org={other_org}"), &Value::Null);
    let call = calls.json()["requests"][0]["id"].to_string();
    let state = || {
        let read = |path: &str| as_trainer(&mock, "GET", path, &Value::Null).json();
        json!([
            read(&format!("/state/diff?org={other_org}")),
            read(&format!("/jobs?org={other_org}")),
            read(&format!("/opt-outs?org={other_org}")),
            read(&format!("/requests?org={other_org}")),
            read(&format!("/jobs/transitions?org={other_org}")),
            read("/state/diff?org=acme"),
            read("/faults"),
            read("/clock"),
            read("/orgs"),
            read("/snapshots"),
        ])
    };
    let before = state();
    let bodies = [
        Value::Null,
        json!({"org": other_org}),
        json!({"moves": 1}),
        json!({"action": "freeze"}),
        json!({"count": 1}),
    ];
    let mut opened = 0;
    for route in control_routes().iter().filter(|route| !STREAMS.contains(&route.path)) {
        let method = route.method.as_str();
        for path in [
            filled(route.path, text(own, "org"), &job, &call),
            filled(route.path, other_org, &job, &call),
        ] {
            for query in [
                String::new(),
                format!("?org={other_org}"),
                format!("?%6Frg={other_org}"),
                format!("?org={}&org={other_org}", text(own, "org")),
                format!("?org=&jobId={job}"),
                format!("?jobId={job}&timeout=10ms"),
                "?profile=C-1001&timeout=10ms".to_owned(),
            ] {
                for body in &bodies {
                    let answer = as_seat(&mock, own, method, &format!("{path}{query}"), body);
                    let said = format!("{method} {path}{query} {body}: {}", answer.body);
                    let shown = answer.body.replace(&job, "");
                    assert!(!shown.contains(SECRETS[0]), "{said}");
                    assert!(!shown.contains(text(other, "imsOrgId")), "{said}");
                    assert!(!shown.contains("clientSecret\":\""), "{said}");
                    if route.audience == Audience::Trainer {
                        assert_eq!(answer.status, 403, "{said}");
                        assert!(answer.header("x-mock-reason").is_some(), "{said}");
                    }
                    if route.audience == Audience::Seats && query.contains(other_org) {
                        assert_eq!(answer.status, 403, "{said}");
                    }
                    opened += u32::from(answer.status == 200);
                }
            }
        }
    }
    assert!(opened > 100, "{opened}");
    assert_eq!(state(), before);
}

#[test]
fn a_seat_reads_what_is_its_own() {
    let (mock, seats) = room();
    let [own, other] = [&seats[0], &seats[1]];
    let job = leave_traces(&mock, own, "Somebody");
    let theirs = leave_traces(&mock, other, "Zweigelt");
    let read = |path: &str| as_seat(&mock, own, "GET", path, &Value::Null);
    let requests = read("/requests").json();
    let calls = requests["requests"].as_array().unwrap();
    assert_eq!(calls.len(), 3);
    assert_eq!(read(&format!("/requests/{}", calls[0]["id"])).status, 200);
    assert_eq!(read(&format!("/jobs/{job}")).json()["userKey"], "Somebody");
    assert_eq!(read(&format!("/jobs/{theirs}")).status, 404);
    for (path, member, many) in [
        ("/opt-outs", "changes", 2),
        ("/opt-outs?org=acme-seat1", "changes", 2),
        ("/consents", "consents", 1),
        ("/faults", "faults", 1),
    ] {
        assert_eq!(read(path).json()[member].as_array().unwrap().len(), many, "{path}");
    }
    let found = as_seat(&mock, own, "POST", "/requests/count", &json!({"method": "PATCH"}));
    assert_eq!(found.json()["count"], 1);
    let credentials = read("/orgs/acme-seat1").json();
    assert_eq!(credentials["credentials"][0]["clientSecret"], Value::Null);
    let health = read("/health").json();
    assert_eq!((&health["status"], &health["database"]), (&json!("healthy"), &Value::Null));
    assert_eq!(read("/openapi/campaign.json").status, 200);
    assert_eq!(read("/config").status, 403);
}

#[test]
fn calls_that_are_for_seats_change_nothing_and_know_their_org() {
    // What they show is the same for all orgs.
    const OF_NO_ORG: [&str; 4] = ["/health", "/clock", "/magic", "/whoami"];
    // Read by the body that they are sent, or by an id whose org is looked at.
    const ASKED: [&str; 3] = ["/requests/find", "/requests/count", "/requests/{id}"];
    let mock = Mock::start();
    let document = mock.control("GET", "openapi/control.json", &Value::Null).json();
    for route in control_routes().iter().filter(|route| route.audience == Audience::Seats) {
        let (path, method) = (route.path, route.method.as_str());
        assert!(method == "GET" || ASKED.contains(&path), "{method} {path}");
        let parameters = &document["paths"][path][method.to_lowercase()]["parameters"];
        let parameters = parameters.as_array().cloned().unwrap_or_default();
        let names_org = parameters.iter().any(|parameter| parameter["name"] == "org");
        assert!(
            names_org || OF_NO_ORG.contains(&path) || ASKED.contains(&path),
            "{method} {path} does not say of which org it is"
        );
    }
}
