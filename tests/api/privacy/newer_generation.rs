//! Privacy Service as its specification has it since 2021: all of it together, and each difference by
//! itself (`docs/reference/privacy-service.md` §9).

use std::collections::BTreeSet;
use std::time::Duration;

use campaign_mock::auth::AuthMode;
use campaign_mock::config::{SeedSource, Settings};
use campaign_mock::http::{PageSizes, PrivacyDownload, PrivacyGeneration, PrivacyPaging};
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, ids, members, settings};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A generation's settings, for a server that begins without jobs.
fn of(privacy: PrivacyGeneration) -> Settings {
    let mut settings = Settings { privacy, ..settings() };
    settings.identity.seed = SeedSource::None;
    settings
}

fn seed() -> Settings {
    of(PrivacyGeneration::Seed)
}

fn openapi() -> Settings {
    of(PrivacyGeneration::Openapi)
}

fn today() -> Settings {
    of(PrivacyGeneration::Today)
}

impl Mock {
    /// Creates jobs of one request and answers their ids, in the order of creation.
    fn several(&self, count: usize) -> Vec<String> {
        let mut request = self.request("gdpr", &["delete"]);
        request["users"] = Value::Array(vec![request["users"][0].clone(); count]);
        self.send(&request)
    }

    /// How many jobs a query finds on its page, of how many; the status where it finds none.
    fn paged(&self, query: &str) -> Result<(usize, i64), u16> {
        let answer = self.get(&format!("{JOBS}?regulation=gdpr{query}"));
        if answer.status != 200 {
            return Err(answer.status);
        }
        let body = answer.json();
        let found = body["jobDetails"].as_array().unwrap().len();
        Ok((found, body["totalRecords"].as_i64().unwrap()))
    }
}

#[test]
fn a_create_call_answers_request_id_and_identities() {
    let mock = Mock::with(openapi());
    let mut request = mock.request("gdpr", &["access", "delete"]);
    request["users"][0]["userIDs"] = json!([
        {"namespace": "email", "value": "dsmith@acme.com", "type": "standard"},
        {"namespace": "ECID", "value": "4436", "type": "standard", "isDeletedClientSide": true},
        {"namespace": "loyaltyAccount", "value": "12AD45FE30R29", "type": "integrationCode"},
    ]);
    let answer = mock.post(JOBS, &request);
    assert_eq!(answer.status, 202);
    assert_eq!(members(&answer.body), ["requestId", "totalRecords", "jobs"]);
    insta::assert_snapshot!("created", answer.body);
    let id = ids(&answer.json()).remove(0);
    assert_eq!(mock.job(&id)["requestId"], answer.json()["requestId"]);
    let child = json!({
        "userIDs": [{"namespace": "email", "value": "a@example.com", "type": "standard"}],
        "include": ["Campaign"], "initiatedBy": "me",
    });
    let child = mock.post(&format!("{JOBS}/{id}/child-job"), &child);
    assert_eq!(child.status, 202);
    assert_eq!(child.json()["jobs"][0]["rootJobId"], json!(id));
    assert_ne!(child.json()["requestId"], answer.json()["requestId"]);
}

#[test]
fn the_whole_bundle_counts_from_one_in_pages_of_25_of_the_last_week() {
    let mock = Mock::with(Settings { auth: AuthMode::Off, ..openapi() });
    assert_eq!(mock.paged(""), Err(404));
    mock.several(30);
    for (query, expected) in [
        ("", Ok((25, 30))),
        ("&page=1", Ok((25, 30))),
        ("&page=2", Ok((5, 30))),
        ("&page=3", Err(404)),
        ("&page=0", Err(400)),
        ("&size=100", Ok((30, 30))),
        ("&size=101", Err(400)),
        ("&page=3&size=10", Ok((10, 30))),
    ] {
        assert_eq!(mock.paged(query), expected, "{query}");
    }
    mock.advance(7 * DAY);
    assert_eq!(mock.paged(""), Ok((25, 30)));
    mock.advance(Duration::from_millis(1));
    assert_eq!(mock.paged(""), Err(404));
    assert_eq!(mock.paged("&filterDate=2020-03-01"), Ok((25, 30)));
}

#[test]
fn a_result_is_under_the_name_of_the_specification() {
    let mock = Mock::with(Settings { privacy: PrivacyGeneration::Openapi, ..settings() });
    let id = mock.ask("access", &[("email", "john.doe@example.com")]);
    mock.advance(Duration::from_secs(3));
    let body = mock.get(&format!("{JOBS}/{id}")).body;
    let names = members(&body);
    assert!(
        names.contains(&"downloadUrl".to_owned()) && !names.contains(&"downloadURL".to_owned())
    );
    insta::assert_snapshot!("job", body);
    assert_eq!(mock.download(&id).len(), 2);
}

#[test]
fn today_counts_from_zero_in_pages_of_100_up_to_1000() {
    let mock = Mock::with(Settings { auth: AuthMode::Off, ..today() });
    assert_eq!(mock.paged(""), Err(404));
    mock.several(130);
    for (query, expected) in [
        ("", Ok((100, 130))),
        ("&page=0", Ok((100, 130))),
        ("&page=1", Ok((30, 130))),
        ("&page=2", Err(404)),
        ("&page=2&size=50", Ok((30, 130))),
        ("&size=1000", Ok((130, 130))),
        ("&size=1001", Err(400)),
    ] {
        assert_eq!(mock.paged(query), expected, "{query}");
    }
    let refused = mock.get(&format!("{JOBS}?regulation=gdpr&size=1001")).json();
    let detail = "Page size exceeded,Maximum page size supported is 1000";
    assert_eq!(refused["errors"]["detail"], detail);
    mock.advance(7 * DAY + Duration::from_millis(1));
    assert_eq!(mock.paged(""), Err(404));
    assert_eq!(mock.paged("&filterDate=2020-03-01"), Ok((100, 130)));
}

#[test]
fn today_answers_in_the_shapes_of_2020() {
    let mock = Mock::with(Settings { privacy: PrivacyGeneration::Today, ..settings() });
    let mut request = mock.request("ccpa", &["access"]);
    request["include"] = json!(["Analytics", "AudienceManager", "profileService"]);
    request["mergePolicyId"] = json!(124);
    let created = mock.post(JOBS, &request);
    assert_eq!(created.status, 202);
    assert_eq!(members(&created.body), ["jobs", "requestStatus", "totalRecords"]);
    mock.advance(Duration::from_secs(3));
    let id = ids(&created.json()).remove(0);
    insta::assert_snapshot!("job_of_today", mock.get(&format!("{JOBS}/{id}")).body);
    let missing = mock.get(JOBS);
    insta::assert_snapshot!("no_regulation_today", missing.shown());
}

#[test]
fn products_are_those_of_the_generation_s_own_list() {
    let [old, specified, today] = [seed(), openapi(), today()].map(Mock::with);
    let status = |mock: &Mock, product: &str| {
        let mut request = mock.request("gdpr", &["delete"]);
        request["include"] = json!([product]);
        mock.post(JOBS, &request).status
    };
    for product in [
        "adCloud",
        "analytics",
        "audienceManager",
        "campaign",
        "aepDataLake",
        "profileService",
        "primetimeAuthentication",
        "target",
        "CRS",
        "identity",
        "marketo",
        "AdobeCloudPlatform",
        "automationProduct",
        "DPSC",
    ] {
        let statuses = [&old, &specified, &today].map(|mock| status(mock, product));
        assert_eq!(statuses, [202; 3], "{product}");
    }
    for product in ["cjm", "marketomeasure", "MarketoMeasure"] {
        let statuses = [&old, &specified, &today].map(|mock| status(mock, product));
        assert_eq!(statuses, [400, 202, 202], "{product}");
    }
    assert_eq!(status(&today, "Photoshop"), 400);
    // A child may name the same ones as a request.
    for (mock, expected) in [(&old, 400), (&today, 202)] {
        let parent = mock.ask("access", &[("email", "a@example.com")]);
        let child = json!({
            "userIDs": [{"namespace": "email", "value": "a@example.com", "type": "standard"}],
            "include": ["cjm"], "initiatedBy": "me",
        });
        assert_eq!(mock.post(&format!("{JOBS}/{parent}/child-job"), &child).status, expected);
    }
}

#[test]
fn each_difference_can_be_had_by_itself() {
    let url = |mock: &Mock| {
        let id = mock.ask("access", &[("email", "john.doe@example.com")]);
        mock.advance(Duration::from_secs(3));
        ["downloadURL", "downloadUrl"].map(|name| mock.job(&id)[name].is_string())
    };
    let with = |change: &dyn Fn(&mut Settings), base: fn() -> Settings| {
        let mut settings = base();
        settings.auth = AuthMode::Off;
        change(&mut settings);
        Mock::with(settings)
    };
    let generations: [fn() -> Settings; 3] = [seed, openapi, today];

    for base in generations {
        let one = with(&|s| s.privacy_paging = Some(PrivacyPaging::OneBased), base);
        let zero = with(&|s| s.privacy_paging = Some(PrivacyPaging::ZeroBased), base);
        one.several(2);
        zero.several(2);
        assert_eq!((one.paged("&page=0"), one.paged("&page=1&size=1")), (Err(400), Ok((1, 2))));
        assert_eq!(
            (zero.paged("&page=0&size=1"), zero.paged("&page=1&size=1")),
            (Ok((1, 2)), Ok((1, 2)))
        );

        let sizes = "2/3".parse::<PageSizes>().unwrap();
        let mock = with(&|s| s.privacy_sizes = Some(sizes), base);
        mock.several(5);
        assert_eq!((mock.paged(""), mock.paged("&size=3")), (Ok((2, 5)), Ok((3, 5))));
        let refused = mock.get(&format!("{JOBS}?regulation=gdpr&size=4")).json();
        let detail = "Page size exceeded,Maximum page size supported is 3";
        assert_eq!(refused["errors"]["detail"], detail);

        for (download, expected) in [
            (PrivacyDownload::Documented, [true, false]),
            (PrivacyDownload::Specified, [false, true]),
        ] {
            let mock = with(&|s| s.privacy_download = Some(download), base);
            assert_eq!(url(&mock), expected);
        }

        for (window, expected) in [(0, true), (9, false), (10, true)] {
            let mock = with(&|s| s.privacy_window = Some(window), base);
            mock.several(1);
            mock.advance(10 * DAY);
            assert_eq!(mock.paged("").is_ok(), expected, "{window}");
        }
    }
    // None of them brings the others along.
    let mock = with(&|s| s.privacy_window = Some(7), seed);
    let created = mock.post(JOBS, &mock.request("ccpa", &["delete"]));
    assert_eq!(members(&created.body), ["jobs", "requestStatus", "totalRecords"]);
    mock.several(3);
    assert_eq!((mock.paged("&page=0"), url(&mock)), (Ok((1, 3)), [true, false]));
}

/// What each document lists: the specification in its versions, the guide of 2025, and a live refusal of 2026.
const SPECIFIED: &str = "apa_aus ccpa cpa_co_usa cpra_ca_usa ctdpa_ct_usa dpdpa fdbr_fl_usa gdpr hipaa_usa \
    icdpa_ia_usa lgpd_bra mcdpa_mn_usa mcdpa_mt_usa mhmda_wa_usa ndpa_ne_usa nhpa_nh_usa njdpa_nj_usa nzpa_nzl \
    ocpa_or_usa pdpa_tha ql25 tdpsa_tx_usa tipa_tn_usa ucpa_ut_usa vcdpa_va_usa cpa cpa_usa cpra_usa ctdpa ctdpa_usa \
    fdbr_usa icdpa_usa mcdpa_usa mhmda_usa ndpa_usa nhpa_usa njdpa_usa ocpa_usa tdpsa_usa ucpa_usa vcdpa_usa";
const GUIDE: &str = "apa_aus ccpa cpa_co_usa cpra_ca_usa ctdpa_ct_usa dpdpa_de_usa fdbr_fl_usa gdpr hipaa_usa \
    icdpa_ia_usa lgpd_bra mcdpa_mn_usa mcdpa_mt_usa mhmda_wa_usa ndpa_ne_usa nhpa_nh_usa njdpa_nj_usa nzpa_nzl \
    ocpa_or_usa pdpa_tha ql25_qc_can tdpsa_tx_usa tipa_tn_usa ucpa_ut_usa vcdpa_va_usa cpa_usa cpra_usa ctdpa_usa \
    fdbr_usa icdpa_usa mcdpa_usa mhmda_usa ndpa_usa nhpa_usa njdpa_usa ocpa_usa tdpsa_usa ucpa_usa vcdpa_usa";
const LIVE: &str =
    "dpdpa_ind pipa_kor dpdpa_usa ql25_can icdpa_in_usa kcdpa_ky_usa modpa_md_usa ridtppa_ri_usa";

#[test]
fn regulations_are_those_of_the_generation_s_own_list_in_both_spellings() {
    let [old, specified, today] = [seed(), openapi(), today()].map(Mock::with);
    let listed =
        |list: &str, regulation: &str| list.split_whitespace().any(|one| one == regulation);
    let statuses = |mock: &Mock, regulation: &str| {
        let created = mock.post(JOBS, &mock.request(regulation, &["delete"])).status;
        (created, mock.get(&format!("{JOBS}?regulation={regulation}")).status)
    };
    let expected = |known: bool| if known { (202, 200) } else { (400, 400) };
    let all: BTreeSet<&str> =
        [SPECIFIED, GUIDE, LIVE].iter().flat_map(|list| list.split_whitespace()).collect();
    assert_eq!(all.len(), 41 + 10);
    for regulation in all {
        for (mock, known) in [
            (&old, listed("gdpr ccpa", regulation)),
            (&specified, listed(SPECIFIED, regulation)),
            (&today, listed(GUIDE, regulation) || listed(LIVE, regulation)),
        ] {
            assert_eq!(statuses(mock, regulation), expected(known), "{regulation}");
        }
    }
    // What Campaign's own requests may name besides is no word of Privacy Service.
    for regulation in ["pdpa", "lgpd", "GDPR", "cpra", ""] {
        for mock in [&specified, &today] {
            assert_eq!(statuses(mock, regulation), (400, 400), "{regulation}");
        }
    }
    let missing = specified.get(JOBS);
    insta::assert_snapshot!("no_regulation", missing.shown());
}

#[test]
fn the_reason_says_that_a_list_without_dates_hides_older_jobs() {
    for (settings, days) in
        [(openapi(), 7), (today(), 7), (Settings { privacy_window: Some(2), ..seed() }, 2)]
    {
        let mock = Mock::with(Settings { auth: AuthMode::Off, ..settings });
        let told = |query: &str| {
            let answer = mock.get(&format!("{JOBS}?regulation=gdpr{query}"));
            assert_eq!(answer.status, 404, "{query}");
            answer.header("x-mock-reason").unwrap().to_owned()
        };
        assert!(!told("").contains("go back"), "there are no jobs at all");
        mock.several(3);
        assert!(!told("&page=9").contains("go back"), "no job is hidden");
        mock.advance(8 * DAY);
        let hint = format!("lists without dates go back {days} days: send fromDate and toDate.");
        for query in ["", "&page=9", "&status=submitted", "&fromDate=&toDate="] {
            let reason = told(query);
            let hidden = if query.starts_with("&status") { 0 } else { 3 };
            assert_eq!(reason.contains(&hint), hidden > 0, "{query}: {reason}");
            assert_eq!(reason.contains("3 older ones match"), hidden > 0, "{query}: {reason}");
        }
        for query in ["&filterDate=2020-03-02", "&fromDate=2020-03-02&toDate=2020-03-03"] {
            assert!(!told(query).contains("go back"), "{query}");
        }
        assert_eq!(mock.paged("&fromDate=2020-03-01&toDate=2020-03-01&size=9"), Ok((3, 3)));
        // What is on the page does not depend on what is hidden; the advice does.
        mock.several(1);
        let reason = told("&page=9");
        assert!(reason.contains(": 1 of this org's match") && reason.contains(&hint), "{reason}");
    }
}
