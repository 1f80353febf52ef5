//! Privacy jobs that tests give a server to do.

use serde_json::json;

use super::client::Caller;

/// Jobs of one request, which all become due at once: as many as fit a page of the list.
const JOBS: usize = 100;

/// Sends a request that becomes [`JOBS`] access jobs.
pub(crate) fn request_jobs(caller: &mut Caller, ims_org: &str) {
    let user = |number: usize| {
        let id = json!({"namespace": "email", "value": "a@example.com", "type": "standard"});
        json!({"key": number.to_string(), "action": ["access"], "userIDs": [id]})
    };
    let request = json!({
        "companyContexts": [{"namespace": "imsOrgID", "value": ims_org}],
        "users": (0..JOBS).map(user).collect::<Vec<_>>(),
        "include": ["Campaign"],
        "regulation": "ccpa",
    });
    let answer = caller.call("POST", "/data/core/privacy/jobs", "jobs", &request.to_string());
    assert_eq!(answer.unwrap().status, 202);
}

/// Whether the newest [`JOBS`] jobs are complete.
pub(crate) fn are_complete(caller: &mut Caller) -> bool {
    let path = format!("/data/core/privacy/jobs?regulation=ccpa&page=0&size={JOBS}");
    let list = caller.call("GET", &path, "jobs", "").unwrap().json();
    list["jobDetails"].as_array().unwrap().iter().all(|job| job["status"] == "complete")
}
