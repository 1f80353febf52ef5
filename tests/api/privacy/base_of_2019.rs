//! What is different on the base of 2019 (`docs/reference/privacy-service.md` §1, §4.2, §5, §7).

use std::time::Duration;

use campaign_mock::config::{SeedSource, Settings};
use campaign_mock::http::PrivacyGeneration;
use serde_json::{Value, json};

use crate::driver::{GDPR, JOBS, Mock, identities, ids, settings};

fn child(members: &[&str]) -> Value {
    let mut child = json!({
        "userIDs": [{"namespace": "email", "value": "a@example.com", "type": "standard"}],
        "include": ["Campaign"],
        "initiatedBy": "me",
    });
    child.as_object_mut().unwrap().retain(|name, _| members.contains(&name.as_str()));
    child
}

const OF_2019: &[&str] = &["userIDs", "include"];

#[test]
fn a_child_has_an_address_of_its_own() {
    let mock = Mock::start();
    let parent = mock.ask("access", &[("email", "john.doe@example.com")]);
    for target in [format!("{GDPR}/{parent}/child"), format!("{GDPR}/{parent}/child/")] {
        let created = mock.post(&target, &child(OF_2019));
        assert_eq!(created.status, 202, "{}", created.body);
        assert_eq!(created.json()["jobs"][0]["rootJobId"], json!(parent));
        let id = ids(&created.json()).remove(0);
        assert_eq!(mock.watched(&id)["history"][0]["why"], "created as a child");
    }
    let named =
        mock.post(&format!("{GDPR}/{parent}/child"), &child(&[OF_2019, &["initiatedBy"]].concat()));
    assert_eq!(mock.watched(&ids(&named.json())[0])["history"][0]["why"], "created by me");
    assert_eq!(mock.job(&parent)["childJobs"].as_array().unwrap().len(), 3);

    // The later call demands who asks, on both bases, and the newer base has no call of the older name.
    for base in [JOBS, GDPR] {
        let refused = mock.post(&format!("{base}/{parent}/child-job"), &child(OF_2019));
        assert_eq!(refused.status, 400, "{base}");
    }
    let unknown = mock.post(&format!("{JOBS}/{parent}/child"), &child(OF_2019));
    assert_eq!((unknown.status, unknown.header("content-type")), (404, Some("text/html")));
    let allowed = mock.get(&format!("{GDPR}/{parent}/child"));
    assert_eq!((allowed.status, allowed.header("allow")), (405, Some("POST, OPTIONS")));
    let missing = format!("{GDPR}/00000000-0000-4000-8000-000000000000/child");
    assert_eq!(mock.post(&missing, &child(OF_2019)).status, 404);
}

#[test]
fn a_list_need_not_name_a_regulation() {
    let mut settings = settings();
    settings.identity.seed = SeedSource::None;
    for generation in [PrivacyGeneration::Seed, PrivacyGeneration::Today] {
        let mock = Mock::with(Settings { privacy: generation, ..settings.clone() });
        assert_eq!(mock.get(&format!("{GDPR}?size=9")).status, 404);
        for (key, regulation) in [("a", "gdpr"), ("b", "ccpa"), ("c", "gdpr")] {
            let mut request = mock.request(regulation, &["delete"]);
            request["users"][0]["key"] = json!(key);
            mock.send(&request);
        }
        let found = |base: &str, query: &str| {
            let answer = mock.get(&format!("{base}?size=9{query}"));
            let jobs = answer.json()["jobDetails"].as_array().cloned().unwrap_or_default();
            let keys: Vec<_> =
                jobs.iter().map(|job| job["userKey"].as_str().unwrap().to_owned()).collect();
            (answer.status, answer.json()["totalRecords"].clone(), keys.join(""))
        };
        let days = "&fromDate=2020-03-01&toDate=2020-03-01";
        assert_eq!(found(GDPR, days), (200, json!(3), "cba".to_owned()));
        assert_eq!(found(GDPR, ""), (200, json!(3), "cba".to_owned()));
        assert_eq!(found(GDPR, "&status=submitted&page=0"), (200, json!(3), "cba".to_owned()));
        assert_eq!(
            found(GDPR, &format!("{days}&regulation=ccpa")),
            (200, json!(1), "b".to_owned())
        );
        assert_eq!(found(GDPR, "&fromDate=2020-03-01").0, 400);
        assert_eq!(found(GDPR, "&regulation=none").0, 400);
        assert_eq!(found(GDPR, "&filterDate=2020-02-29").0, 404);
        assert_eq!(found(JOBS, days).0, 400);
    }
}

#[test]
fn a_product_answers_with_contexts_and_receipt_and_without_a_code() {
    let mock = Mock::start();
    let mut request = mock.request("ccpa", &["access"]);
    request["include"] = json!(["primetimeAuthentication", "Analytics", "Campaign"]);
    request["users"][0]["userIDs"] = json!([
        {"namespace": "http://www.adobe.com/primetimeAuthentication/Dish", "value": "1234-5678-8765-4321",
            "type": "unregistered"},
        {"namespace": "email", "value": "john.doe@example.com", "type": "standard"},
    ]);
    let id = mock.send(&request).remove(0);
    let answer = |base: &str| {
        let body = mock.get(&format!("{base}/{id}")).body;
        body.split_once("\"productResponses\":").unwrap().1.to_owned()
    };
    assert_eq!(answer(GDPR), answer(JOBS), "until products have answered");
    mock.advance(Duration::from_secs(3));
    insta::assert_snapshot!("products_of_2019", answer(GDPR));
    insta::assert_snapshot!("the_same_products_later", answer(JOBS));
}

impl Mock {
    /// What Campaign has answered as in 2019, to a job about people who are given as namespace and value.
    fn answered_as_in_2019(&self, action: &str, people: &[(&str, &str)]) -> Value {
        let id = self.ask(action, people);
        self.advance(Duration::from_secs(3));
        let job = self.get(&format!("{GDPR}/{id}")).json();
        job["productResponses"][0]["productStatusResponse"].clone()
    }
}

#[test]
fn a_product_that_did_nothing_shows_no_receipt() {
    let mock = Mock::start();
    for (namespace, value, message) in [
        ("email", "nobody@x.com", "User IDs were not found."),
        ("email", "notfound@example.com", "User IDs were not found."),
        ("email", "notprovisioned@example.com", "The IMS Org has not been provisioned."),
        ("email", "error@example.com", "The job failed."),
        ("nobodysNamespace", "1", "Invalid Namespace"),
    ] {
        for action in ["access", "delete"] {
            let answer = mock.answered_as_in_2019(action, &[(namespace, value)]);
            assert_eq!(answer["message"], message, "{action} {value}: {answer}");
            assert_eq!(answer["results"], Value::Null, "{action} {value}: {answer}");
        }
    }
    // The magic identity is ignored, and nobody goes by the other one.
    let people = [("email", "partial@example.com"), ("email", "nobody@x.com")];
    assert_eq!(mock.answered_as_in_2019("access", &people)["results"], Value::Null);
}

#[test]
fn contexts_are_those_that_were_worked_on() {
    let mock = Mock::start();
    for others in [
        vec![("email", "nobody@x.com")],
        vec![("email", "partial@example.com")],
        vec![("email", "partial@example.com"), ("email", "nobody@x.com")],
    ] {
        let people: Vec<_> =
            others.into_iter().chain([("email", "john.doe@example.com")]).collect();
        let answer = mock.answered_as_in_2019("access", &people);
        assert_eq!(answer["message"], "Success", "{answer}");
        let worked_on = &answer["results"]["userContexts"];
        let mut expected = identities(&people[people.len() - 1..]);
        expected[0]["namespaceId"] = json!(6);
        assert_eq!(worked_on, &expected, "{people:?}");
        assert_eq!(answer["results"]["receiptData"]["message"], "Data summary");
    }
}
