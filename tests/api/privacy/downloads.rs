//! What can be downloaded of a finished job, and by whom (`docs/reference/privacy-service.md` §4.1, §7).

use std::io::{Cursor, Read as _};
use std::time::Duration;

use campaign_mock::auth::AuthMode;
use campaign_mock::config::Settings;
use campaign_mock::http::PrivacyGeneration;
use serde_json::{Value, json};

use crate::driver::{GDPR, HOST, JOBS, Mock, settings};
use crate::wire::Answer;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const ALL: [PrivacyGeneration; 3] =
    [PrivacyGeneration::Seed, PrivacyGeneration::Openapi, PrivacyGeneration::Today];

/// A server of a generation, on which tokens last for months.
fn of(privacy: PrivacyGeneration) -> Mock {
    Mock::with(Settings { privacy, auth: AuthMode::Strict, ..settings() })
}

impl Mock {
    /// Where the result of a job is, without the host; none if the job does not say.
    fn download_address(&self, id: &str) -> Option<String> {
        let job = self.job(id);
        let url = job.get("downloadURL").or_else(|| job.get("downloadUrl"))?.as_str().unwrap();
        Some(url.strip_prefix(&format!("http://{HOST}")).unwrap().to_owned())
    }

    /// A call without a header, as a browser's address bar makes it.
    fn pasted(&self, target: &str) -> Answer {
        self.raw("GET", target, &[], "")
    }

    /// A job that is done.
    fn ended(&self, action: &str, email: &str) -> String {
        let id = self.ask(action, &[("email", email)]);
        self.advance(Duration::from_secs(3));
        id
    }
}

fn file(zip: Answer, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip.bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_finished_job_says_where_its_result_is() {
    for generation in ALL {
        let mock = of(generation);
        let receipts = generation == PrivacyGeneration::Seed;
        for (action, email, status, offered) in [
            ("access", "a@example.com", "complete", true),
            ("access", "error@example.com", "error", false),
            ("delete", "a@example.com", "complete", receipts),
            ("delete", "error@example.com", "error", false),
            ("opt-out-of-sale", "a@example.com", "complete", false),
        ] {
            let id = mock.ask(action, &[("email", email)]);
            for _ in 0..3 {
                assert_eq!(mock.download_address(&id), None, "{action}");
                mock.advance(Duration::from_secs(1));
            }
            assert_eq!(mock.status(&id), status, "{action}");
            assert_eq!(mock.download_address(&id).is_some(), offered, "{generation:?} {action}");
            let content = [JOBS, GDPR].map(|base| mock.get(&format!("{base}/{id}/content")).status);
            assert_eq!(content, [if offered { 200 } else { 404 }; 2], "{generation:?} {action}");
        }
    }
}

#[test]
fn an_address_of_2020_can_be_pasted_into_a_browser() {
    let mock = of(PrivacyGeneration::Seed);
    for action in ["access", "delete"] {
        let id = mock.ended(action, "john.doe@example.com");
        let address = mock.download_address(&id).unwrap();
        assert!(address.starts_with(&format!("{JOBS}/{id}/content?")), "{address}");
        assert_eq!(mock.download_address(&id), Some(address.clone()), "it stays the same");
        let zip = mock.pasted(&address);
        assert_eq!((zip.status, zip.header("content-type")), (200, Some("application/zip")));
        assert_eq!(zip.bytes, mock.get(&format!("{JOBS}/{id}/content")).bytes);
        // The token alone opens nothing else, and without it there is nothing to be had.
        let (path, query) = address.split_once('?').unwrap();
        assert_eq!(mock.pasted(path).json()["error_code"], "403000");
        for target in [format!("{JOBS}/{id}?{query}"), format!("{JOBS}?regulation=gdpr&{query}")] {
            assert_eq!(mock.pasted(&target).json()["error_code"], "403000", "{target}");
        }
        assert_eq!(mock.raw("DELETE", &address, &[], "").status, 403);
    }
}

#[test]
fn later_generations_demand_the_headers() {
    let signed = {
        let mock = of(PrivacyGeneration::Seed);
        mock.download_address(&mock.ended("access", "john.doe@example.com")).unwrap()
    };
    let query = signed.split_once('?').unwrap().1;
    for generation in [PrivacyGeneration::Openapi, PrivacyGeneration::Today] {
        let mock = of(generation);
        let id = mock.ended("access", "john.doe@example.com");
        let address = mock.download_address(&id).unwrap();
        assert_eq!(address, format!("{JOBS}/{id}/content"));
        assert_eq!(mock.get(&address).status, 200);
        for target in [address.clone(), format!("{address}?{query}")] {
            assert_eq!(mock.pasted(&target).json()["error_code"], "403000", "{target}");
        }
    }
}

#[test]
fn an_address_that_was_changed_or_is_too_old_is_refused() {
    let mock = of(PrivacyGeneration::Seed);
    let id = mock.ended("access", "john.doe@example.com");
    let other = mock.ended("access", "jane.roe@example.com");
    mock.get("/acme-w2/campaign/profileAndServices/profile");
    let address = mock.download_address(&id).unwrap();
    let token = address.rsplit_once('=').unwrap().1;
    for changed in [
        address.replace(&id, &other),
        address.replace("org=acme", "org=acme-w2"),
        address.replace("org=acme", "org=nobody"),
        address.replace("expires=2020", "expires=2021"),
        address.replace(token, &token.to_lowercase()),
        address.replace(token, ""),
    ] {
        let refused = mock.pasted(&changed);
        assert_eq!(refused.status, 403, "{changed}");
        assert_eq!(refused.json()["errors"]["title"], "Forbidden", "{changed}");
        assert!(refused.header("x-mock-reason").unwrap().contains("read the job again"));
    }
    // Whoever has credentials need not have a good token.
    assert_eq!(mock.get(&address.replace(token, "x")).status, 200);

    mock.advance(59 * DAY);
    assert_eq!(mock.pasted(&address).status, 200, "the job itself is gone by now");
    mock.advance(DAY);
    let refused = mock.pasted(&address);
    assert_eq!(refused.status, 403);
    assert!(refused.header("x-mock-reason").unwrap().contains("too old"));
}

#[test]
fn a_receipt_says_what_was_done_and_tells_nothing_of_the_person() {
    let mock = of(PrivacyGeneration::Seed);
    let mut request = mock.request("gdpr", &["delete"]);
    request["include"] = json!(["Campaign", "profileService"]);
    request["users"][0]["userIDs"][0]["value"] = json!("john.doe@example.com");
    let id = mock.send(&request).remove(0);
    mock.advance(Duration::from_secs(3));
    let address = mock.download_address(&id).unwrap();
    let receipt = file(mock.pasted(&address), &format!("{id}/profileService/receipt.json"));
    let receipt: Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(
        receipt,
        json!({"jobId": id, "action": "delete", "product": "Profile", "status": "complete",
            "message": "Success"})
    );
    let files = mock.download(&id);
    let names: Vec<_> = files.keys().filter(|name| !name.ends_with('/')).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(files.values().all(|text| !text.contains("john.doe")), "{files:?}");
}

#[test]
fn a_job_of_the_seed_has_an_archive_whenever_it_is_asked_for() {
    for generation in ALL {
        let mock = of(generation);
        let seeded = crate::driver::seeded_jobs();
        let done = |action: &str| {
            let wanted = |job: &&Value| job["action"] == action && job["status"] == "complete";
            seeded.iter().find(wanted).unwrap()["jobId"].as_str().unwrap().to_owned()
        };
        let (access, delete) = (done("access"), done("delete"));
        let receipts = generation == PrivacyGeneration::Seed;
        for (id, offered) in [(&access, true), (&delete, receipts)] {
            assert_eq!(mock.download_address(id).is_some(), offered, "{generation:?}");
            let content = mock.get(&format!("{JOBS}/{id}/content")).status;
            assert_eq!(content, if offered { 200 } else { 404 }, "{generation:?}");
        }
        assert!(mock.download(&access).keys().all(|name| name.starts_with(&access)));
        if receipts {
            assert_eq!(mock.pasted(&mock.download_address(&access).unwrap()).status, 200);
        }
    }
}

#[test]
fn the_journal_does_not_keep_what_opens_a_download() {
    let mock = of(PrivacyGeneration::Seed);
    let id = mock.ended("access", "john.doe@example.com");
    let address = mock.download_address(&id).unwrap();
    assert_eq!(mock.pasted(&address).status, 200);
    let token = address.rsplit_once('=').unwrap().1;
    let journal = mock.control("GET", "requests", &Value::Null).body;
    assert!(journal.contains(&format!("{id}/content")) && !journal.contains(token), "{journal}");
}

#[test]
fn the_document_tells_of_the_signed_address_where_there_is_one() {
    for generation in ALL {
        let mock = of(generation);
        let id = mock.ended("access", "john.doe@example.com");
        let address = mock.download_address(&id).unwrap();
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let document = mock.get("/__admin/openapi/privacy.json").json();
        // The address of 2019 demands the headers in all of them.
        for (base, query) in [(JOBS, query), (GDPR, "")] {
            let call = &document["paths"][format!("{base}/{{jobId}}/content")]["get"];
            let parameters = call["parameters"].as_array().unwrap().iter();
            let declared: Vec<_> = parameters
                .filter(|one| one["in"] == "query")
                .inspect(|one| assert_eq!(one["required"], false, "{one}"))
                .map(|one| one["name"].as_str().unwrap())
                .collect();
            let sent: Vec<_> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
            let sent: Vec<_> = sent.into_iter().map(|(name, _)| name).collect();
            assert_eq!(declared, sent, "{generation:?} {base}");
            if sent.is_empty() {
                assert_eq!(call["security"], Value::Null, "{generation:?} {base}");
                assert_eq!(call["responses"]["403"]["$ref"], "#/components/responses/403");
                continue;
            }
            let headers = document["security"][0].clone();
            assert_eq!(call["security"], json!([headers, {}]));
            let refusal = &call["responses"]["403"];
            let bodies = refusal["content"]["application/json"]["schema"]["anyOf"].as_array();
            let bodies: Vec<_> = bodies.unwrap().iter().map(|one| &one["$ref"]).collect();
            assert_eq!(
                bodies,
                ["#/components/schemas/Refusal", "#/components/schemas/GatewayRefusal"]
            );
            assert!(refusal["headers"]["X-Mock-Reason"].is_object());
        }
    }
}
