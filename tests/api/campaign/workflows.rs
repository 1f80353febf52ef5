//! Workflows: what they are made of, commands, and signals with their ten minutes
//! (`docs/reference/campaign-standard.md` §16).

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use campaign_mock::config::SeedSource;
use campaign_mock::http::ErrorBody;
use serde_json::{Value, json};

use crate::driver::{HOST, Mock, credentials, members, settings};
use crate::wire::{self, Answer};

const WORKFLOW: &str = "/acme/campaign/workflow/execution/WKF1";

/// How long an activity is deaf after a signal.
const INTERVAL: Duration = Duration::from_secs(600);

impl Mock {
    fn command(&self, method: &str) -> Answer {
        self.post(&format!("{WORKFLOW}/commands"), &json!({"method": method}))
    }

    /// Where the demo workflow takes its signal, as the workflow says itself.
    fn trigger(&self) -> String {
        let workflow = self.get(WORKFLOW).json();
        let href = &workflow["activities"]["activity"]["signal1"]["trigger"]["href"];
        href.as_str().unwrap().strip_prefix("http://mock.localhost").unwrap().to_owned()
    }

    fn signal(&self, parameters: &Value) -> Answer {
        self.post(&self.trigger(), &json!({"source": "API", "parameters": parameters}))
    }

    /// What the workflows of the org have taken.
    fn signals(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/__admin/signals?org=acme{query}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["signals"].as_array().unwrap().clone()
    }
}

#[test]
fn a_workflow_shows_where_its_signals_go_and_what_they_carry() {
    let mock = Mock::start();
    let by_id = mock.get(WORKFLOW);
    assert_eq!(by_id.status, 200);
    insta::assert_snapshot!("workflow", serde_json::to_string_pretty(&by_id.json()).unwrap());
    let pkey = by_id.json()["PKey"].as_str().unwrap().to_owned();
    for key in [pkey.as_str(), "WKF1/", &pkey.replace('@', "%40")] {
        let answer = mock.get(&format!("/acme/campaign/workflow/execution/{key}"));
        assert_eq!(answer.body, by_id.body, "{key}");
    }
    assert!(mock.trigger().ends_with("/trigger/"));
    assert!(mock.trigger().starts_with(&format!("/acme/campaign/workflow/execution/{pkey}/")));
}

/// The samples of two pages of the documentation: what their signals carry, and which workflow of the demo data takes it.
#[test]
fn the_demo_data_takes_the_documented_signals() {
    for (workflow, parameters) in [
        (
            "WKF2",
            json!({
                "audience": "audience", "email": "anna.varney@mail.com", "template": "05",
                "contentURL": "http://www.adobe.com", "test": "true", "segmentCode": "my segment",
                "attribute": "2019-04-03 08:17:19.100Z",
            }),
        ),
        ("WKF3", json!({"fileToTarget": "profile.txt", "discountDesc": "Running shoes"})),
    ] {
        let mock = Mock::start();
        for _ in 0..2 {
            let path = format!("/acme/campaign/workflow/execution/{workflow}");
            let shown = mock.get(&path).json();
            let trigger = &shown["activities"]["activity"]["signal1"]["trigger"]["href"];
            let trigger = trigger.as_str().unwrap().strip_prefix("http://mock.localhost").unwrap();
            let body = json!({"source": "API", "parameters": parameters});
            assert_eq!(mock.post(trigger, &body).status, 200, "{workflow}");
            assert_eq!(mock.signals("")[0]["parameters"], parameters);
            let reset = mock.control("POST", "reset?org=acme", &json!({}));
            assert_eq!(reset.status, 200, "{}", reset.body);
        }
    }
}

#[test]
fn a_workflow_says_when_it_works_next_while_it_runs() {
    let mock = Mock::start();
    assert_eq!(mock.get(WORKFLOW).json()["nextProcessingDate"], "");

    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    let line = r#"{"name":"WKF1","activities":{},"nextProcessingDate":"2020-03-02T03:00:00Z"}"#;
    fs::write(org.join("workflow.ndjson"), line).unwrap();
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    let mock = Mock::with(settings);
    for (method, date) in [
        ("resume", "2020-03-02 03:00:00.000Z"),
        ("pause", ""),
        ("stop", ""),
        ("start", "2020-03-02 03:00:00.000Z"),
    ] {
        assert_eq!(mock.command(method).status, 200, "{method}");
        let answer = mock.get(WORKFLOW);
        assert_eq!(members(&answer.body), ["PKey", "activities", "nextProcessingDate"]);
        assert_eq!(answer.json()["nextProcessingDate"], date, "{method}");
    }
}

#[test]
fn a_workflow_is_started_paused_resumed_and_stopped() {
    let mock = Mock::start();
    let takes_signals = || mock.signal(&json!({})).status;
    for (method, answered, signal) in [
        ("pause", 200, 500),
        ("pause", 200, 500),
        ("resume", 200, 200),
        ("stop", 200, 500),
        ("pause", 500, 500),
        ("resume", 500, 500),
        ("stop", 200, 500),
        ("start", 200, 200),
    ] {
        let answer = mock.command(method);
        assert_eq!(answer.status, answered, "{method}: {}", answer.body);
        if answered == 200 {
            assert_eq!(answer.json(), json!({}));
        }
        assert_eq!(takes_signals(), signal, "{method}");
        mock.advance(INTERVAL);
    }
}

#[test]
fn commands_that_are_refused() {
    let mock = Mock::start();
    let commands = format!("{WORKFLOW}/commands");
    let mut shown = String::new();
    for (name, method, target, body) in [
        ("unknown command", "POST", commands.as_str(), r#"{"method": "restart"}"#),
        ("letter case", "POST", &commands, r#"{"method": "Start"}"#),
        ("no method", "POST", &commands, "{}"),
        ("no JSON", "POST", &commands, "start"),
        ("GET", "GET", &commands, ""),
        ("POST on the workflow", "POST", WORKFLOW, "{}"),
        ("PATCH", "PATCH", WORKFLOW, "{}"),
        ("DELETE", "DELETE", WORKFLOW, ""),
        ("stray segment", "POST", &format!("{WORKFLOW}/orders"), "{}"),
    ] {
        let _ =
            writeln!(shown, "--- {name}: {method}\n{}", mock.call(method, target, body).shown());
    }
    mock.command("stop");
    let _ = writeln!(shown, "--- resume what is stopped\n{}", mock.command("resume").shown());
    insta::assert_snapshot!("refused_commands", shown);
}

#[test]
fn a_signal_is_taken_and_remembered() {
    let mock = Mock::start();
    let answer = mock.signal(&json!({"contentURL": "http://a.example/x", "count": 3}));
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    mock.advance(INTERVAL);
    // The activity's name will do, and a signal need not carry anything.
    let by_name = format!("{WORKFLOW}/activities/activity/signal1/trigger");
    assert_eq!(mock.post(&by_name, &json!({"source": "cron"})).status, 200);

    let newest = json!({
        "workflow": "WKF1", "activity": "signal1", "source": "cron", "parameters": {},
        "at": "2020-03-01T12:10:00.000Z",
    });
    let oldest = json!({
        "workflow": "WKF1", "activity": "signal1", "source": "API",
        "parameters": {"contentURL": "http://a.example/x", "count": 3},
        "at": "2020-03-01T12:00:00.000Z",
    });
    assert_eq!(mock.signals(""), [newest.clone(), oldest]);
    assert_eq!(mock.signals("&limit=1"), [newest]);
}

#[test]
fn who_may_see_the_signals_and_what_is_asked_wrongly() {
    let mock = Mock::start();
    let headers: [(&str, &str); 0] = [];
    assert_eq!(mock.raw("GET", "/__admin/signals?org=acme", &headers, "").status, 200);
    for (query, status) in [("", 400), ("?org=nobody", 404), ("?org=acme&limit=x", 400)] {
        assert_eq!(mock.get(&format!("/__admin/signals{query}")).status, status, "{query}");
    }
    assert_eq!(
        mock.raw("POST", "/__admin/signals?org=acme", &[("X-Campaign-Mock", "1")], "{}").status,
        405
    );
}

#[test]
fn ten_minutes_lie_between_two_signals() {
    let mock = Mock::start();
    assert_eq!(mock.signal(&json!({})).status, 200);
    mock.advance(Duration::from_millis(599_999));
    let early = mock.signal(&json!({}));
    assert_eq!(early.header("content-type"), Some("text/plain;charset=utf-8"));
    insta::assert_snapshot!("too_soon", early.shown());
    // A refusal does not make it longer.
    mock.advance(Duration::from_millis(1));
    assert_eq!(mock.signal(&json!({})).status, 200);
    assert_eq!(mock.signals("").len(), 2);
}

#[test]
fn of_signals_that_come_together_one_is_taken() {
    let mock = Mock::start();
    let (address, trigger) = (mock.address(), mock.trigger());
    let bearer = format!("Bearer {}", mock.token());
    let headers =
        [("Host", HOST), ("X-Api-Key", mock.api_key()), ("Authorization", bearer.as_str())];
    let send =
        || wire::send(address, "POST", &trigger, &headers, br#"{"source": "API"}"#).unwrap().status;
    let mut answers: Vec<_> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    answers.sort_unstable();
    assert_eq!(answers, [200, 500, 500, 500, 500, 500, 500, 500]);
    assert_eq!(mock.signals("").len(), 1);
}

#[test]
fn an_undeclared_parameter_is_refused_in_four_lines() {
    const TEXT: &str = "RST-360011 An error has occurred - please contact your administrator.\n\
        'contentUrl' parameter isn't defined in signal activity.\n\
        XTK-170006 Unable to parse expression 'HandleTrigger(@name, $(source), $({parameters}))'.\n\
        RST-360000 Error while assessing 'HandleTrigger(@name, $(source), $({parameters}))' \
        expression ('xtk:workflow:execution/activities/signal/trigger' resource)";
    let parameters = json!({"contentURL": "x", "contentUrl": "x"});
    let mock = Mock::start();
    let answer = mock.signal(&parameters);
    assert_eq!((answer.status, answer.json()), (500, json!(TEXT.replace('\n', " "))));
    // It has not triggered anything, so the next may come at once.
    assert_eq!(mock.signals(""), Vec::<Value>::new());
    assert_eq!(mock.signal(&json!({"contentURL": "x"})).status, 200);

    let mut settings = settings();
    settings.error_body = ErrorBody::Text;
    let answer = Mock::with(settings).signal(&parameters);
    assert_eq!((answer.status, answer.body.as_str()), (500, TEXT));
    assert_eq!(answer.header("content-type"), Some("text/plain;charset=utf-8"));
}

/// A server with a workflow whose signal declares a parameter of each type.
fn typed() -> Mock {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    let parameters = json!({
        "text": "string", "number": "number", "whole": "integer", "flag": "boolean",
        "day": "date", "moment": "date/time",
    });
    let workflow = json!({"name": "WKF1", "activities": {"signal1": {"parameters": parameters}}});
    fs::write(org.join("workflow.ndjson"), workflow.to_string()).unwrap();
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    Mock::with(settings)
}

#[test]
fn a_parameter_of_another_type_is_refused() {
    let mock = typed();
    for (name, value, from, to) in [
        ("text", json!(5), "number", "text"),
        ("text", json!(true), "boolean", "text"),
        ("text", json!(null), "null", "text"),
        ("text", json!({"a": 1}), "element", "text"),
        ("number", json!("many"), "text", "double"),
        ("number", json!("inf"), "text", "double"),
        ("number", json!([1]), "array", "double"),
        ("whole", json!(1.5), "number", "integer (32 bit)"),
        ("whole", json!("1.5"), "text", "integer (32 bit)"),
        ("flag", json!("yes"), "text", "integer (8 bit)"),
        ("flag", json!(1), "number", "integer (8 bit)"),
        ("day", json!("31/12/2019"), "text", "date and time"),
        ("moment", json!("noon"), "text", "date and time"),
        ("moment", json!(5), "number", "date and time"),
    ] {
        let answer = mock.signal(&json!({name: value}));
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let text = format!(
            "BAS-010040 Cannot convert '{shown}' (type {from}) to {to} type (bAS-010011 Invalid value)."
        );
        assert_eq!((answer.status, answer.json()), (500, json!(text)), "{name}: {value}");
        let reason = answer.header("x-mock-reason").unwrap();
        assert!(reason.starts_with(&format!("'{name}' takes ")), "{reason}");
    }
    assert_eq!(mock.signals(""), Vec::<Value>::new());
}

#[test]
fn a_whole_number_outside_its_type_is_refused_as_in_a_body() {
    let mock = typed();
    for (name, value, bits, limits) in [
        ("whole", json!(99_999_999_999_i64), 32, "-2147483648 … 2147483647"),
        ("whole", json!("99999999999"), 32, "-2147483648 … 2147483647"),
        ("whole", json!(2_147_483_648_i64), 32, "-2147483648 … 2147483647"),
        ("flag", json!(128), 8, "-128 … 127"),
    ] {
        let answer = mock.signal(&json!({name: value}));
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let text = format!(
            "RST-360011 An error has occurred - please contact your administrator. BAS-010043 The \
             value '{shown}' is not within the limits of type 'integer ({bits} bit)' ({limits})."
        );
        assert_eq!((answer.status, answer.json()), (500, json!(text)), "{name}: {value}");
        let reason = answer.header("x-mock-reason").unwrap();
        assert!(reason.starts_with(&format!("'{name}' takes whole numbers from ")), "{reason}");
    }
    assert_eq!(mock.signals(""), Vec::<Value>::new());
}

#[test]
fn a_parameter_of_its_type_is_taken_as_json_or_as_text() {
    let mock = typed();
    for parameters in [
        json!({
            "text": "05", "number": 1.5, "whole": 3, "flag": true, "day": "2019-04-03",
            "moment": "2019-04-03 08:17:19.100Z",
        }),
        // The documentation sends every value as a text.
        json!({
            "text": "", "number": "05", "whole": "-3", "flag": "true", "day": "2019-04-03",
            "moment": "2019-04-03T08:17:19Z",
        }),
    ] {
        let answer = mock.signal(&parameters);
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(mock.signals("&limit=1")[0]["parameters"], parameters);
        mock.advance(INTERVAL);
    }
}

#[test]
fn signals_that_are_refused() {
    let mock = Mock::start();
    let trigger = mock.trigger();
    let other = mock.get("/acme-w3/campaign/workflow/execution/WKF1").json();
    let other = other["PKey"].as_str().unwrap();
    let elsewhere =
        |key: &str| format!("/acme/campaign/workflow/execution/{key}/activities/activity");
    let own = elsewhere("WKF1");
    let body = json!({"source": "API"});
    let mut shown = String::new();
    for (name, target, body) in [
        ("no source", trigger.clone(), json!({"parameters": {}})),
        ("empty source", trigger.clone(), json!({"source": ""})),
        ("source is no text", trigger.clone(), json!({"source": 5})),
        ("parameters are no object", trigger, json!({"source": "API", "parameters": ["x"]})),
        ("unknown workflow", format!("{}/signal1/trigger", elsewhere("WKF9")), body.clone()),
        ("unknown activity", format!("{own}/signal9/trigger"), body.clone()),
        ("no PKey of an activity", format!("{own}/@x/trigger"), body.clone()),
        ("not its trigger", format!("{own}/signal1/start"), body),
    ] {
        let _ = writeln!(shown, "--- {name}\n{}", mock.post(&target, &body).shown());
    }
    insta::assert_snapshot!("refused_signals", shown);
    // Keys of another tenant's workflow open nothing here.
    let foreign = mock.get(&format!("/acme/campaign/workflow/execution/{other}"));
    assert_eq!(foreign.status, 500, "{}", foreign.body);
    assert_eq!(mock.signals(""), Vec::<Value>::new());
}

#[test]
fn a_signal_has_at_most_64_kilobytes() {
    const MOST: usize = 64 * 1024;
    let mock = Mock::start();
    let body = |size: usize| {
        let empty = json!({"source": "API", "parameters": {"contentURL": ""}}).to_string();
        let text = "x".repeat(size - empty.len());
        json!({"source": "API", "parameters": {"contentURL": text}}).to_string()
    };
    let trigger = mock.trigger();
    assert_eq!(mock.call("POST", &trigger, &body(MOST + 1)).status, 500);
    assert_eq!(mock.call("POST", &trigger, &body(MOST)).status, 200);
}

#[test]
fn a_workflow_that_does_not_run_takes_no_signal() {
    let mock = Mock::start();
    let mut shown = String::new();
    for method in ["pause", "stop"] {
        mock.command(method);
        let _ = writeln!(shown, "--- {method}\n{}", mock.signal(&json!({})).shown());
    }
    insta::assert_snapshot!("signals_to_what_does_not_run", shown);
    mock.command("start");
    assert_eq!(mock.signal(&json!({})).status, 200);
}

#[test]
fn the_workflows_of_a_tenant_are_its_own() {
    let mock = Mock::start();
    let other = "/acme-w3/campaign/workflow/execution/WKF1";
    assert_ne!(mock.get(other).json()["PKey"], mock.get(WORKFLOW).json()["PKey"]);
    mock.command("stop");
    let trigger = format!("{other}/activities/activity/signal1/trigger");
    let body = json!({"source": "API"});
    assert_eq!(mock.post(&trigger, &body).status, 200);
    assert_eq!(mock.post(&trigger, &body).status, 500);
    assert_eq!(mock.signals(""), Vec::<Value>::new());
    let there = mock.get("/__admin/signals?org=acme-w3").json();
    assert_eq!((&there["org"], &there["signals"][0]["source"]), (&json!("acme-w3"), &json!("API")));
}
