//! What webhooks get: which events, in which order, in which words (`docs/reference/privacy-service.md` §11).

use serde_json::{Value, json};

use super::support::{
    SECRET, deliveries, is_signed, register, states, told, waited, waiting, with_webhook,
};
use crate::driver::{JOBS, Mock, ids};
use crate::receiver::Receiver;

#[test]
fn a_job_tells_how_its_products_and_it_ended() {
    let (mock, receiver) = with_webhook();
    let job = mock.send(&mock.request("gdpr", &["access"])).remove(0);
    let listed = waited(&mock, &format!("org=acme&jobId={job}"));
    let events = receiver.events();
    assert_eq!(
        told(&events, &job),
        [
            "productcomplete analytics.access.complete",
            "productcomplete audiencemanager.access.complete",
            "jobcomplete access.complete",
        ]
    );
    assert_eq!(events.len(), 3);
    for (event, delivery) in events.iter().zip(&listed) {
        assert!(is_signed(event, SECRET) && !is_signed(event, "another"));
        assert_eq!(
            (&delivery["event"], &delivery["status"]),
            (&event.event(), &json!("delivered"))
        );
        assert_eq!(event.target, "/events");
    }
    let mut ids: Vec<_> = events
        .iter()
        .flat_map(|event| {
            ["id", "event_id"].map(|name| event.event()[name].as_str().unwrap().to_owned())
        })
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 6, "{ids:?}");

    let mut shown = events[0].clone();
    let id = events[0].event();
    assert_eq!(events[0].header("x-adobe-event-id"), id["event_id"].as_str());
    for (name, text) in [("id", "[id]"), ("event_id", "[event id]")] {
        shown.body = shown.body.replace(id[name].as_str().unwrap(), text);
    }
    shown.headers.sort();
    shown.body = shown.body.replace(&job, "[job]");
    let headers: Vec<_> = shown
        .headers
        .iter()
        .filter(|(name, _)| {
            !["host", "content-length", "x-adobe-event-id", "x-adobe-signature"]
                .contains(&name.as_str())
        })
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    insta::assert_snapshot!(
        "event",
        format!("POST {}\n{}\n{}", shown.target, headers.concat(), shown.body)
    );
}

#[test]
fn a_job_that_fails_tells_it() {
    let (mock, receiver) = with_webhook();
    mock.set_progression(&json!({"progression": "held"}));
    let job = mock.send(&mock.request("gdpr", &["delete"])).remove(0);
    let failing = json!({"product": "Analytics"});
    assert_eq!(mock.control("POST", &format!("jobs/{job}/fail"), &failing).status, 200);
    assert_eq!(told(&receiver.wait_for(1), &job), ["producterror analytics.delete.error"]);
    mock.control("POST", "jobs/drain?org=acme", &json!({}));
    waited(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!(
        told(&receiver.events(), &job)[1..],
        ["productcomplete audiencemanager.delete.complete", "joberror delete.error"]
    );
}

#[test]
fn whatever_moves_a_job_it_tells_each_end_once() {
    let (mock, receiver) = with_webhook();
    mock.set_progression(&json!({"progression": "held"}));
    let mut jobs = Vec::new();
    // By the clock, by reads, by the control API, and at once.
    for progression in [
        json!({"progression": "timed", "submitted": "1s", "processing": "2s"}),
        json!({"progression": "polls", "reads": 1}),
        json!({"progression": "held"}),
        json!({"progression": "immediate"}),
    ] {
        mock.set_progression(&progression);
        let job = mock.ask("access", &[("email", "john.doe@example.com")]);
        mock.advance(std::time::Duration::from_secs(10));
        for _ in 0..4 {
            mock.job(&job);
        }
        mock.control("POST", &format!("jobs/{job}/advance"), &json!({"moves": 9}));
        waited(&mock, &format!("org=acme&jobId={job}"));
        jobs.push(job);
    }
    let events = receiver.events();
    for job in &jobs {
        let expected = ["productcomplete campaign.access.complete", "jobcomplete access.complete"];
        assert_eq!(told(&events, job), expected);
    }
    assert_eq!(events.len(), 8);
}

#[test]
fn an_opt_out_tells_and_a_withdrawal_and_a_request_of_campaign_do_not() {
    let (mock, receiver) = with_webhook();
    let pkey = mock.pkey(&json!({"email": "new@example.com", "ccpaOptOut": true}));
    mock.set_opt_out(&pkey, false);
    let request = json!({"name": "R1", "namespaceName": "customerId", "label": "R1", "type": "access",
        "reconciliationValue": "C-1001", "regulation": "gdpr"});
    let answer = mock.post("/acme/campaign/privacy/privacyTool", &request);
    assert_eq!(answer.status, 201, "{}", answer.body);
    waited(&mock, "org=acme");
    let events = receiver.events();
    let words: Vec<_> = events.iter().map(crate::receiver::Seen::told).collect();
    assert_eq!(
        words,
        [
            "productcomplete campaign.opt-out-of-sale.complete",
            "jobcomplete opt-out-of-sale.complete"
        ]
    );
    assert_eq!(events[0].job(), mock.ledger(&pkey)[0]["jobId"].as_str().unwrap());
}

#[test]
fn a_parent_tells_its_end_after_its_child() {
    let (mock, receiver) = with_webhook();
    mock.set_progression(&json!({"progression": "held"}));
    let parent = mock.ask("access", &[("email", "john.doe@example.com")]);
    let child = json!({"userIDs": [{"namespace": "email", "value": "jane.roe@example.com", "type": "standard"}],
        "include": ["Campaign"], "initiatedBy": "me"});
    let child = ids(&mock.post(&format!("{JOBS}/{parent}/child-job"), &child).json()).remove(0);
    for job in [&parent, &child] {
        mock.control("POST", &format!("jobs/{job}/advance"), &json!({"moves": 9}));
    }
    waited(&mock, "org=acme");
    let events = receiver.events();
    let order: Vec<_> = events.iter().map(|event| (event.job() == parent, event.told())).collect();
    let product = "productcomplete campaign.access.complete";
    let job = "jobcomplete access.complete";
    let of = |parent| -> Vec<&str> {
        order.iter().filter(|(one, _)| *one == parent).map(|(_, told)| told.as_str()).collect()
    };
    assert_eq!((of(true), of(false)), (vec![product, job], vec![product, job]));
    let listed = deliveries(&mock, "acme");
    assert_eq!(listed.last().unwrap()["jobId"], json!(parent));
}

#[test]
fn a_webhook_gets_what_it_is_registered_for() {
    let (mock, all) = with_webhook();
    let jobs_only = Receiver::start();
    let spec = json!({"url": jobs_only.url(), "credential": "campaign-only",
        "events": ["com.adobe.platform.gdpr.jobcomplete"]});
    register(&mock, "acme", &spec);
    let job = mock.ask("access", &[("email", "john.doe@example.com")]);
    waited(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!((all.events().len(), jobs_only.events().len()), (2, 1));
    let of_job = |events: Vec<crate::receiver::Seen>| {
        events.into_iter().find(|event| event.told() == "jobcomplete access.complete").unwrap()
    };
    let (one, other) = (of_job(all.events()), of_job(jobs_only.events()));
    assert!(is_signed(&one, SECRET) && is_signed(&other, "demo-secret-for-campaign-only"));
    let id = |event: &crate::receiver::Seen, name: &str| event.event()[name].clone();
    assert_eq!(id(&one, "event_id"), id(&other, "event_id"));
    assert_ne!(id(&one, "id"), id(&other, "id"));
}

#[test]
fn a_job_that_ended_before_tells_nothing() {
    let (mock, receiver) = (Mock::start(), Receiver::start());
    mock.set_progression(&json!({"progression": "immediate"}));
    let job = mock.ask("access", &[("email", "john.doe@example.com")]);
    register(&mock, "acme", &json!({"url": receiver.url()}));
    let answer = waiting(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!(answer.status, 408);
    assert!(answer.body.contains("look at /__admin/event-deliveries"), "{}", answer.body);
    assert_eq!(receiver.events().len(), 0);
    let none = "00000000-0000-4000-8000-000000000000";
    assert_eq!(waiting(&mock, &format!("org=acme&jobId={none}")).status, 404);
    assert_eq!(waiting(&mock, "org=acme&attempts=1").status, 400);
}

#[test]
fn tenants_get_and_see_their_own_events_alone() {
    let (mock, acme) = with_webhook();
    let other = Receiver::start();
    let answer = mock.control(
        "PUT",
        "jobs/transitions?org=acme-w2&create=true",
        &json!({"progression": "immediate"}),
    );
    assert_eq!(answer.status, 200);
    register(&mock, "acme-w2", &json!({"url": other.url()}));
    let job = mock.ask("access", &[("email", "john.doe@example.com")]);
    waited(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!((acme.events().len(), other.events().len()), (2, 0));
    assert_eq!((deliveries(&mock, "acme").len(), deliveries(&mock, "acme-w2").len()), (2, 0));
    assert_eq!(waiting(&mock, &format!("org=acme-w2&jobId={job}")).status, 404);
    let ims_org = acme.events()[0].event()["data"]["imsOrg"].clone();
    assert_eq!(ims_org, json!(mock.ims_org()));
}

#[test]
fn the_list_has_the_newest_first_and_those_of_a_job() {
    let (mock, _receiver) = with_webhook();
    let jobs: Vec<_> =
        (0..3).map(|_| mock.ask("access", &[("email", "john.doe@example.com")])).collect();
    waited(&mock, "org=acme");
    let get = |query: &str| {
        let path = format!("event-deliveries?org=acme{query}");
        mock.control("GET", &path, &Value::Null).json()["deliveries"].as_array().unwrap().clone()
    };
    let newest = get("&limit=1");
    assert_eq!((newest.len(), &newest[0]["jobId"]), (1, &json!(jobs[2])));
    assert_eq!(
        states(&get(&format!("&jobId={}", jobs[1]))),
        ["jobcomplete delivered 1", "productcomplete delivered 1"]
    );
    // They are shown for seven days.
    mock.advance(std::time::Duration::from_secs(7 * 24 * 60 * 60 - 1));
    assert_eq!(get("").len(), 6);
    mock.advance(std::time::Duration::from_secs(1));
    assert_eq!(get("").len(), 0);
}

#[test]
fn what_is_owed_is_counted() {
    let settings = campaign_mock::config::Settings { metrics: true, ..crate::driver::settings() };
    let (mock, receiver) = (Mock::with(settings), Receiver::start());
    mock.set_progression(&json!({"progression": "immediate"}));
    register(&mock, "acme", &json!({"url": receiver.url()}));
    receiver.reacts(|_| crate::receiver::Reaction::Status(503));
    let job = mock.ask("access", &[("email", "john.doe@example.com")]);
    waited(&mock, &format!("org=acme&jobId={job}&attempts=1"));
    assert_eq!(mock.get("/__admin/health").json()["events"], json!({"owed": 2}));
    let metrics = mock.get("/metrics").body;
    assert!(metrics.contains("\ncampaign_mock_owed_events 2\n"), "{metrics}");
}
