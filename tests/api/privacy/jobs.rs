//! What privacy jobs do to Campaign's data, how they end, how long they stay, and their children
//! (`docs/reference/privacy-service.md` §4, §7).

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{GDPR, JOBS, Mock, history, identities, ids, products, settings};

const EXTENDED: &str = "/acme/campaign/profileAndServicesExt";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A millisecond less than a job can be read.
const NEARLY_THIRTY_DAYS: Duration = Duration::from_millis(30 * 24 * 60 * 60 * 1000 - 1);
/// A server on which a token lasts longer than a job.
fn lasting() -> Mock {
    Mock::with(campaign_mock::config::Settings {
        auth: campaign_mock::auth::AuthMode::Off,
        ..settings()
    })
}

fn held() -> Value {
    json!({"progression": "held"})
}

#[test]
fn a_data_subject_from_its_profile_to_its_deletion() {
    let mock = Mock::start();
    mock.set_progression(&held());
    let ann = json!({
        "email": "ann@example.com", "firstName": "Ann", "lastName": "O'Hara & Sons",
        "mobilePhone": "+12025550199", "cusHobby": "Rowing <boats>",
        "location": {"city": "Paris", "countryCode": "FR"},
    });
    let ann = mock.post(&format!("{EXTENDED}/profile"), &ann).json()["PKey"].clone();
    let ann = ann.as_str().unwrap().to_owned();
    let profile = format!("{EXTENDED}/profile/{ann}");
    let service = mock.get(&format!("{EXTENDED}/service/SVC1")).json()["PKey"].clone();
    let subscribed =
        mock.post(&format!("{profile}/subscriptions"), &json!({"service": {"PKey": service}}));
    assert_eq!(subscribed.status, 201, "{}", subscribed.body);
    let purchase = json!({"cusReference": "P-77", "cusAmount": 9.5, "cusBuyer": {"PKey": ann}});
    let purchase = mock.post(&format!("{EXTENDED}/cusPurchase"), &purchase);
    assert_eq!(purchase.status, 201, "{}", purchase.body);
    let lists = [("service/SVC1/subscriptions", 3), ("cusPurchase", 3), ("profile/byEmail", 1)];
    let counted = |list: &str| {
        mock.get(&format!("{EXTENDED}/{list}/_count?email=ann@example.com")).json()["count"].clone()
    };
    for (list, count) in lists {
        assert_eq!(counted(list), count, "{list}");
    }

    // The opt-out is in force at once; its job waits to be moved.
    mock.set_opt_out(&ann, true);
    mock.settle();
    let opt_out = mock.ledger(&ann)[0]["jobId"].as_str().unwrap().to_owned();
    assert_eq!(
        (mock.status(&opt_out).as_str(), &mock.read(&ann)["ccpaOptOut"]),
        ("submitted", &json!(true))
    );
    mock.advance(Duration::from_secs(3600));
    for expected in ["submitted", "processing"] {
        assert_eq!(mock.status(&opt_out), expected);
        mock.advance_job(&opt_out);
    }
    assert_eq!(mock.status(&opt_out), "complete");

    // Access: products move one by one, and there is nothing to download before the last.
    let request =
        mock.request_about("access", &[("email", "ann@example.com")], &["Campaign", "Analytics"]);
    let access = mock.send(&request).remove(0);
    let mut seen = Vec::new();
    for step in 0..5 {
        let job = mock.job(&access);
        let content = mock.get(&format!("{JOBS}/{access}/content")).status;
        seen.push((job["status"].as_str().unwrap().to_owned(), products(&job), content));
        if step < 4 {
            mock.advance_job(&access);
        }
    }
    let shown: String = seen
        .iter()
        .map(|(word, products, content)| format!("{word} {products:?} {content}\n"))
        .collect();
    insta::assert_snapshot!("access_states", shown);
    let files = mock.download(&access);
    let name = format!("{access}/Campaign/acme-6-ann@example.com.xml");
    let folders = [format!("{access}/Analytics/"), format!("{access}/Campaign/"), name.clone()];
    assert_eq!(files.keys().collect::<Vec<_>>(), folders.iter().collect::<Vec<_>>());
    assert_tells(&files[&name], &mock.get(&profile).json());
    for part in ["SVC1", "cusReference='P-77'", "cusAmount='9.5'"] {
        assert!(files[&name].contains(part), "{part}: {}", files[&name]);
    }

    // Delete: nothing goes before Campaign finishes.
    let delete = mock.ask("delete", &[("email", "Ann@Example.com")]);
    mock.advance(Duration::from_secs(3600));
    assert_eq!((mock.status(&delete).as_str(), mock.get(&profile).status), ("submitted", 200));
    mock.advance_job(&delete);
    assert_eq!((mock.status(&delete).as_str(), mock.get(&profile).status), ("processing", 200));
    mock.advance_job(&delete);
    assert_eq!((mock.status(&delete).as_str(), mock.get(&profile).status), ("complete", 404));
    for (list, count) in lists {
        assert_eq!(counted(list), count - 1, "{list}");
    }
    assert_eq!(mock.get(&format!("{EXTENDED}/cusPurchase/P-77")).status, 404);
    assert_eq!(mock.ledger(&ann).len(), 1);
    assert_eq!(mock.download(&access), files, "the archive outlives the person");

    let mut shown = String::new();
    for id in [&opt_out, &access, &delete] {
        let _ = writeln!(shown, "{}", history(&mock.watched(id)));
    }
    insta::assert_snapshot!("histories", shown);
}

/// Whether a file says of a person what the person's record says.
fn assert_tells(file: &str, record: &Value) {
    let escaped = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.replace('\'', "&apos;")
    };
    let row = file.split("nms:recipient").nth(1).unwrap().split("</table>").next().unwrap();
    let mut told = 0;
    for line in row.lines().filter_map(|line| line.trim().trim_end_matches("/>").split_once("='")) {
        let (name, value) = (line.0, line.1.trim_end_matches('\''));
        let member = name.split('.').fold(record, |record, part| &record[part]);
        if member.is_null() {
            continue;
        }
        let member = match member {
            Value::Bool(flag) => u8::from(*flag).to_string(),
            member => member.as_str().map_or_else(|| member.to_string(), escaped),
        };
        assert_eq!(value, member, "{name}");
        told += 1;
    }
    assert!(told >= 9, "{told} members of {row}");
    for member in ["firstName", "lastName", "cusHobby", "email", "mobilePhone"] {
        let value = escaped(record[member].as_str().unwrap());
        assert!(row.contains(&format!("{member}='{value}'")), "{member}: {row}");
    }
    for member in ["ccpaOptOut='1'", "location.city='Paris'", "location.countryCode='FR'"] {
        assert!(row.contains(member), "{member}: {row}");
    }
}

#[test]
fn a_failed_delete_removes_nobody() {
    let mock = Mock::start();
    mock.set_progression(&held());
    let id = mock.ask("delete", &[("email", "john.doe@example.com")]);
    mock.advance_job(&id);
    let answer = mock.control("POST", &format!("jobs/{id}/fail"), &json!({}));
    assert_eq!(answer.json()["status"], "error");
    assert_eq!(mock.get(&format!("{EXTENDED}/profile/C-1001")).status, 200);
}

#[test]
fn an_access_job_that_fails_in_one_product_offers_nothing() {
    let mock = Mock::start();
    mock.set_progression(&held());
    let request = mock.request_about(
        "access",
        &[("email", "john.doe@example.com")],
        &["Campaign", "Analytics"],
    );
    let id = mock.send(&request).remove(0);
    for _ in 0..3 {
        mock.advance_job(&id);
    }
    // Campaign has found the person by now.
    let body = json!({"product": "analytics", "code": "PRVCY-1010-400"});
    assert_eq!(mock.control("POST", &format!("jobs/{id}/fail"), &body).status, 200);
    let job = mock.job(&id);
    assert_eq!(job["status"], "error");
    let expected = ["Campaign complete PRVCY-6000-200", "Analytics error PRVCY-1010-400"];
    assert_eq!(products(&job), expected);
    assert_eq!(job["downloadURL"], Value::Null);
    assert_eq!(mock.get(&format!("{JOBS}/{id}/content")).status, 404);
}

#[test]
fn other_products_do_not_touch_campaigns_data() {
    let mock = Mock::start();
    let request = mock.request_about(
        "delete",
        &[("email", "john.doe@example.com")],
        &["Analytics", "ProfileService"],
    );
    let id = mock.send(&request).remove(0);
    mock.advance(Duration::from_secs(3));
    assert_eq!(mock.status(&id), "complete");
    assert_eq!(mock.get(&format!("{EXTENDED}/profile/C-1001")).status, 200);
}

#[test]
fn a_job_goes_thirty_days_after_its_end_and_its_archive_sixty() {
    let mock = lasting();
    let [access, child, lasting] = [
        mock.ask("access", &[("email", "john.doe@example.com")]),
        mock.ask("delete", &[("email", "jane.roe@example.com")]),
        mock.ask("access", &[("email", "held@example.com")]),
    ];
    mock.advance(Duration::from_secs(3));
    let read = |id: &str| mock.get(&format!("{JOBS}/{id}")).status;
    let content = || mock.get(&format!("{GDPR}/{access}/content")).status;
    let all = || mock.all_jobs().len();
    assert_eq!(mock.watched(&access)["expiresAt"], "2020-03-31T12:00:03.000Z");
    assert_eq!(mock.watched(&lasting)["expiresAt"], Value::Null);

    mock.advance(NEARLY_THIRTY_DAYS);
    assert_eq!((read(&access), read(&child), content(), all()), (200, 200, 200, 3));
    mock.advance(Duration::from_millis(1));
    assert_eq!((read(&access), read(&child), content(), all()), (404, 404, 200, 1));
    assert_eq!(mock.get(&format!("/__admin/jobs/{access}")).status, 404);
    assert_eq!(mock.jobs("gdpr").len(), 1);
    assert!(!mock.download(&access).is_empty());
    mock.advance(NEARLY_THIRTY_DAYS);
    assert_eq!(content(), 200);
    mock.advance(Duration::from_millis(1));
    assert_eq!((content(), read(&lasting)), (404, 200));

    // What is not done stays, and counts its days from its end.
    mock.advance(400 * DAY);
    assert_eq!(mock.status(&lasting), "submitted");
    mock.advance_job(&lasting);
    mock.advance_job(&lasting);
    mock.advance(29 * DAY);
    assert_eq!(mock.status(&lasting), "complete");
    mock.advance(DAY);
    assert_eq!((read(&lasting), all()), (404, 0));
}

#[test]
fn the_ledger_outlives_its_job() {
    let mock = lasting();
    let pkey = mock.pkey(&json!({"email": "a@example.com", "ccpaOptOut": true}));
    mock.advance(Duration::from_secs(3));
    assert_eq!(mock.ledger(&pkey)[0]["jobStatus"], "complete");
    mock.advance(30 * DAY);
    let ledger = mock.ledger(&pkey);
    assert_eq!((ledger.len(), &ledger[0]["jobId"]), (1, &Value::Null));
    assert_eq!(mock.jobs("ccpa"), Vec::<Value>::new());
}

impl Mock {
    /// Asks for a child of a job and answers its id.
    fn child(&self, parent: &str, email: &str) -> String {
        let body = child_request(&[("email", email)]);
        let answer = self.post(&format!("{JOBS}/{parent}/child-job"), &body);
        assert_eq!(answer.status, 202, "{}", answer.body);
        ids(&answer.json()).remove(0)
    }
}

fn child_request(people: &[(&str, &str)]) -> Value {
    json!({"userIDs": identities(people), "include": ["Campaign"], "initiatedBy": "the store"})
}

#[test]
fn a_parent_stays_processing_while_a_child_is_at_work() {
    let mock = Mock::start();
    mock.set_progression(&held());
    let parent = mock.ask("delete", &[("email", "john.doe@example.com")]);
    let answer = mock.post(
        &format!("{JOBS}/{parent}/child-job"),
        &child_request(&[("email", "jane.roe@example.com")]),
    );
    assert_eq!(answer.status, 202);
    insta::assert_snapshot!("child", answer.body);
    let child = ids(&answer.json()).remove(0);
    for _ in 0..2 {
        mock.advance_job(&parent);
    }
    let job = mock.job(&parent);
    assert_eq!(
        (&job["status"], &products(&job)[0][..]),
        (&json!("processing"), "Campaign complete PRVCY-6000-200")
    );
    assert_eq!(job["childJobs"][0]["jobId"], json!(child));
    assert_eq!(job["childJobs"][0]["status"], "submitted");
    let refused = mock.control("POST", &format!("jobs/{parent}/advance"), &json!({}));
    assert_eq!(refused.status, 400, "it has no move of its own left");

    mock.advance_job(&child);
    assert_eq!(mock.status(&parent), "processing");
    mock.advance_job(&child);
    assert_eq!((mock.status(&child), mock.status(&parent)), ("complete".into(), "complete".into()));
    assert_eq!(mock.watched(&child)["parent"], json!(parent));
    insta::assert_snapshot!("parent", mock.get(&format!("{JOBS}/{parent}")).body);
    for key in ["C-1001", "C-1002"] {
        assert_eq!(mock.get(&format!("{EXTENDED}/profile/{key}")).status, 404, "{key}");
    }
}

#[test]
fn a_long_line_of_parents_ends_with_its_last_child() {
    let mock = Mock::start();
    mock.set_progression(&held());
    let first = mock.ask("delete", &[("email", "nobody@example.com")]);
    let last = (0..1000).fold(first.clone(), |parent, _| mock.child(&parent, "nobody@example.com"));
    let drained = mock.control("POST", "jobs/drain", &json!({}));
    assert_eq!((drained.status, &drained.json()["drained"]), (200, &json!(1001)));
    assert_eq!((mock.status(&first), mock.status(&last)), ("complete".into(), "complete".into()));
}

#[test]
fn a_child_that_fails_does_not_make_its_parent_fail() {
    let mock = Mock::start();
    let parent = mock.ask("access", &[("email", "john.doe@example.com")]);
    let failing = mock.child(&parent, "error@example.com");
    let slow = mock.child(&parent, "slow+10s@example.com");
    mock.advance(Duration::from_secs(3));
    assert_eq!(
        (mock.status(&failing), mock.status(&parent)),
        ("error".into(), "processing".into())
    );
    assert_eq!(mock.get(&format!("{JOBS}/{parent}/content")).status, 404);
    mock.advance(Duration::from_secs(8));
    assert_eq!((mock.status(&slow), mock.status(&parent)), ("complete".into(), "complete".into()));
    let job = mock.job(&parent);
    let words: Vec<_> =
        job["childJobs"].as_array().unwrap().iter().map(|child| &child["status"]).collect();
    assert_eq!(words, ["error", "complete"]);
    assert!(!mock.download(&parent).is_empty());
}

#[test]
fn a_child_after_the_end_leaves_its_parent_as_it_is() {
    let mock = lasting();
    let parent = mock.ask("delete", &[("email", "john.doe@example.com")]);
    mock.advance(Duration::from_secs(3));
    let child = mock.child(&parent, "jane.roe@example.com");
    assert_eq!(
        (mock.status(&parent), mock.status(&child)),
        ("complete".into(), "submitted".into())
    );
    mock.advance(Duration::from_secs(3));
    assert_eq!((mock.status(&parent), mock.status(&child)), ("complete".into(), "complete".into()));
    // The parent goes first, and takes nothing of the child with it.
    mock.advance(NEARLY_THIRTY_DAYS);
    assert_eq!(mock.get(&format!("{JOBS}/{parent}")).status, 404);
    assert_eq!(mock.watched(&child)["parent"], Value::Null);
}

#[test]
fn a_child_where_nothing_holds_jobs_up_is_done_at_once() {
    let mock = Mock::start();
    mock.set_progression(&held());
    let parent = mock.ask("delete", &[("email", "john.doe@example.com")]);
    mock.set_progression(&json!({"progression": "immediate"}));
    let child = mock.child(&parent, "jane.roe@example.com");
    assert_eq!(mock.status(&child), "complete");
    mock.settle();
    assert_eq!(mock.status(&parent), "complete");
}

#[test]
fn child_jobs_that_are_refused() {
    let mock = Mock::start();
    let parent = mock.ask("delete", &[("email", "john.doe@example.com")]);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = child_request(&[("email", "a@example.com")]);
        change(&mut body);
        body
    };
    let ten: Vec<_> = vec![("email", "a@example.com"); 10];
    let mut shown = String::new();
    for (name, body) in [
        ("no ids", with(&|body| drop(body.as_object_mut().unwrap().remove("userIDs")))),
        ("ten ids", child_request(&ten)),
        ("no products", with(&|body| body["include"] = json!([]))),
        ("unknown product", with(&|body| body["include"] = json!(["Photoshop"]))),
        ("product twice", with(&|body| body["include"] = json!(["CRS", "crs"]))),
        ("nobody", with(&|body| drop(body.as_object_mut().unwrap().remove("initiatedBy")))),
        (
            "another parent",
            with(&|body| body["parentJobId"] = json!(uuid::Uuid::nil().to_string())),
        ),
        ("no object", json!([])),
    ] {
        let answer = mock.post(&format!("{JOBS}/{parent}/child-job"), &body);
        let _ = writeln!(shown, "--- {name}\n{}", answer.shown());
    }
    for id in ["6fc09b53-c24f-4a6c-9ca2-c6076bd023j1", "527ef92d-6cd9-45cc-9bf1-477cfa1e2c00"] {
        let answer = mock.post(&format!("{GDPR}/{id}/child-job/"), &with(&|_| {}));
        let _ = writeln!(shown, "--- of {id}\n{}", answer.shown());
    }
    insta::assert_snapshot!("refused_children", shown.replace(&parent, "<parent>"));
    let named = with(&|body| body["parentJobId"] = json!(parent));
    assert_eq!(mock.post(&format!("{GDPR}/{parent}/child-job/"), &named).status, 202);
    assert_eq!(mock.all_jobs().len(), 2);
}

/// A code, the e-mail address that brings it about, and the word of the product with it.
const CODES: [(&str, &str, &str); 5] = [
    ("PRVCY-6000-200", "john.doe@example.com", "complete"),
    ("PRVCY-6051-200", "notprovisioned@example.com", "complete"),
    ("PRVCY-6052-200", "nobody@example.com", "complete"),
    ("PRVCY-6054-200", "partial@example.com", "complete"),
    ("PRVCY-1021-400", "error@example.com", "error"),
];

#[test]
fn every_code_of_a_product_has_its_message() {
    let mock = Mock::start();
    let mut shown = String::new();
    let mut show = |job: &Value| {
        let product = &job["productResponses"][0]["productStatusResponse"];
        let _ = writeln!(shown, "{} {product}", job["status"].as_str().unwrap());
    };
    for (code, email, word) in CODES {
        let id = mock.ask("access", &[("email", email)]);
        mock.advance(Duration::from_secs(3));
        let job = mock.job(&id);
        assert_eq!(products(&job), [format!("Campaign {word} {code}")]);
        assert_eq!(job["status"], word, "{code}");
        show(&job);
    }
    let id = mock.ask("access", &[("own", "x")]);
    mock.advance(Duration::from_secs(3));
    assert_eq!(products(&mock.job(&id)), ["Campaign complete PRVCY-6053-200"]);
    show(&mock.job(&id));
    for number in [1000, 1001, 1010, 1020, 1021, 1022, 1023, 1024, 1030, 1040] {
        let code = format!("PRVCY-{number}-400");
        let id = mock.ask("access", &[("email", "john.doe@example.com")]);
        let answer = mock.control("POST", &format!("jobs/{id}/fail"), &json!({"code": code}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(products(&mock.job(&id)), [format!("Campaign error {code}")]);
        show(&mock.job(&id));
    }
    insta::assert_snapshot!("codes", shown);
}

#[test]
fn a_product_done_for_a_part_of_the_identities_answers_the_three_printed_members() {
    let mock = Mock::start();
    let people = [("email", "john.doe@example.com"), ("email", "nobody@example.com")];
    let found = mock.ask("access", &people);
    let magic =
        mock.ask("delete", &[("email", "jane.roe@example.com"), ("email", "partial@example.com")]);
    mock.advance(Duration::from_secs(3));
    for (id, processed, ignored) in [
        (&found, "john.doe@example.com", "nobody@example.com"),
        (&magic, "jane.roe@example.com", "partial@example.com"),
    ] {
        let body = mock.get(&format!("{JOBS}/{id}")).body;
        let printed = format!(
            "\"productStatusResponse\":{{\"status\":\"complete\",\"message\":\"Success\",\
             \"responseMsgCode\":\"PRVCY-6054-200\",\"responseMsgDetail\":\"PARTIALLY COMPLETED- Data not \
             found for some requests, check results for more info.\",\"results\":{{\"processed\":\
             [\"{processed}\"],\"ignored\":[\"{ignored}\"]}}}}"
        );
        assert!(body.contains(&printed), "{body}");
    }
}

#[test]
fn products_answer_by_their_names() {
    let mock = Mock::start();
    let sent =
        ["PROFILEservice", "primetimeAuthentication", "analytics", "identity", "campaign", "CRS"];
    let request = mock.request_about("access", &[("email", "a@example.com")], &sent);
    let id = mock.send(&request).remove(0);
    let names = || {
        let products = mock.job(&id)["productResponses"].as_array().unwrap().clone();
        products.iter().map(|one| one["product"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let expected =
        ["Profile", "Adobe Pass Authentication", "Analytics", "Identity", "campaign", "CRS"];
    assert_eq!(names(), expected);
    // A product goes by either when the control API has it fail.
    for product in ["profile", "ProfileService", "adobe pass authentication"] {
        let id = mock.send(&request).remove(0);
        let answer = mock.control("POST", &format!("jobs/{id}/fail"), &json!({"product": product}));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    mock.advance(Duration::from_secs(3));
    assert_eq!(names(), expected);
    // The archive has them by the values that were sent.
    assert!(mock.download(&id).contains_key(&format!("{id}/PROFILEservice/")));
}

#[test]
fn a_job_goes_on_after_a_restart_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let settings = || campaign_mock::config::Settings {
        database: Some(directory.path().join("kept.db")),
        ..settings()
    };
    let mock = Mock::with(settings());
    let id = mock.ask("delete", &[("email", "john.doe@example.com")]);
    mock.advance(Duration::from_secs(1));
    let before = mock.job(&id);
    drop(mock);
    let mock = Mock::with(settings());
    assert_eq!(mock.job(&id), before);
    assert_eq!(mock.get(&format!("{EXTENDED}/profile/C-1001")).status, 200);
    mock.advance(Duration::from_secs(3));
    assert_eq!(mock.status(&id), "complete");
    assert_eq!(mock.get(&format!("{EXTENDED}/profile/C-1001")).status, 404);
}
