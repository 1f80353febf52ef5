//! The file of an access request: stored values and printed columns
//! (`docs/reference/campaign-standard.md` §15.1).

use std::time::Duration;

use serde_json::json;

use crate::driver::{Mock, PROFILES};

/// The file that Privacy Service's archive has about an address.
fn archived(mock: &Mock, email: &str) -> String {
    let id = mock.ask("access", &[("email", email)]);
    mock.advance(Duration::from_secs(3));
    mock.download(&id)[&format!("{id}/Campaign/acme-6-{email}.xml")].clone()
}

/// The file of Campaign's own access request about an address.
fn own(mock: &Mock, email: &str) -> String {
    let body = json!({
        "name": "PT90", "label": "A", "namespaceName": "defaultNamespace1", "type": "access",
        "reconciliationValue": email, "regulation": "gdpr",
    });
    let request = mock.post("/acme/campaign/privacy/privacyTool", &body).json();
    mock.advance(Duration::from_secs(3));
    let href = request["privacyRequestData"]["href"].as_str().unwrap();
    let target = href.strip_prefix("http://mock.localhost").unwrap();
    mock.post(target, &json!({"name": "PT90"})).json().as_str().unwrap().to_owned()
}

/// The rows of a table: names and values in their order.
fn rows(file: &str, table: &str) -> Vec<Vec<(String, String)>> {
    let begin = format!("<table name=\"{table}\">\n");
    let Some((_, rest)) = file.split_once(&begin) else { return Vec::new() };
    let (rows, _) = rest.split_once("  </table>").unwrap();
    let column = |text: &str| {
        let (name, value) = text.trim_end_matches("/>\n").split_once("='").unwrap();
        (name.to_owned(), value.trim_end_matches("'/>").trim_end_matches('\'').to_owned())
    };
    let row = |row: &str| row.split("\n\t\t").map(column).collect();
    rows.split("    <row ").skip(1).map(row).collect()
}

fn names(row: &[(String, String)]) -> Vec<&str> {
    row.iter().map(|(name, _)| name.as_str()).collect()
}

fn value<'a>(row: &'a [(String, String)], name: &str) -> Option<&'a str> {
    row.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[test]
fn a_person_has_stored_values_in_the_printed_order() {
    for read in [archived, own] {
        let mock = Mock::start();
        let file = read(&mock, "john.doe@example.com");
        let people = rows(&file, "nms:recipient");
        assert_eq!(people.len(), 1);
        assert_eq!(
            names(&people[0])[..9],
            [
                "id",
                "lastName",
                "firstName",
                "gender",
                "email",
                "lastModified",
                "created",
                "thumbnail",
                "emailFormat"
            ]
        );
        for (name, stored) in [
            ("gender", "1"),
            ("emailFormat", "2"),
            ("thumbnail", "/nl/img/thumbnails/defaultProfil.png"),
            ("timeZone", "America/New_York"),
            // The customer's own: an enumeration and a flag.
            ("cusTier", "2"),
            ("cusVip", "1"),
            ("created", "2019-09-26 09:04:11.126Z"),
            ("location.city", "New York"),
        ] {
            assert_eq!(value(&people[0], name), Some(stored), "{name}: {file}");
        }
        assert_eq!(value(&people[0], "blackList"), None, "what is not set is not printed");
    }
}

#[test]
fn what_is_written_later_is_stored_too() {
    let mock = Mock::start();
    let person = json!({"email": "x@example.com", "gender": "female", "blackListEmail": true});
    let pkey = mock.pkey(&person);
    assert_eq!(mock.patch(&pkey, &json!({"emailFormat": "text", "ccpaOptOut": true})).status, 200);
    let file = archived(&mock, "x@example.com");
    let people = rows(&file, "nms:recipient");
    for (name, stored) in
        [("gender", "2"), ("emailFormat", "1"), ("blackListEmail", "1"), ("ccpaOptOut", "1")]
    {
        assert_eq!(value(&people[0], name), Some(stored), "{name}: {file}");
    }
    assert_eq!(rows(&file, "nms:broadLogRcp"), Vec::<Vec<_>>::new());
    assert!(file.contains("<table name=\"nms:trackingLogRcp\">\n  </table>"), "{file}");
}

#[test]
fn logs_have_the_printed_columns() {
    let mock = Mock::start();
    let file = archived(&mock, "john.doe@example.com");
    let person = value(&rows(&file, "nms:recipient")[0], "id").unwrap().to_owned();
    let sent = rows(&file, "nms:broadLogRcp");
    assert_eq!(sent.len(), 2);
    for row in &sent {
        assert_eq!(
            names(row),
            [
                "deliveryLabel",
                "deliveryType",
                "contactDate",
                "id",
                "address",
                "status",
                "msg-id",
                "eventDate",
                "lastModified",
                "variant",
                "delivery-id",
                "publicId",
                "profile-id"
            ]
        );
        for (name, printed) in [
            ("deliveryLabel", "Send via email"),
            ("deliveryType", "0"),
            ("address", "john.doe@example.com"),
            ("status", "1"),
            ("variant", "default"),
            ("profile-id", &person),
        ] {
            assert_eq!(value(row, name), Some(printed), "{name}");
        }
    }
    assert_eq!(value(&sent[0], "contactDate"), Some("2019-10-05 07:00:00.000Z"));
    assert_ne!(value(&sent[0], "delivery-id"), value(&sent[1], "delivery-id"));

    // He opened and clicked the first.
    let tracked = rows(&file, "nms:trackingLogRcp");
    for (row, (action, url)) in tracked.iter().zip([("Open", "1"), ("Click", "2")]) {
        assert_eq!(
            names(row),
            [
                "deliveryLabel",
                "deliveryType",
                "contactDate",
                "urlLabel",
                "urlSource",
                "userAgent",
                "trackedDevice",
                "id",
                "logDate",
                "sourceType",
                "url-id",
                "delivery-id",
                "broadLog-id",
                "recipient-id"
            ]
        );
        for (name, printed) in [
            ("urlLabel", action),
            ("url-id", url),
            ("urlSource", ""),
            ("sourceType", "html"),
            ("broadLog-id", value(&sent[0], "id").unwrap()),
            ("recipient-id", &person),
        ] {
            assert_eq!(value(row, name), Some(printed), "{name}");
        }
        assert_eq!(value(row, "delivery-id"), value(&sent[0], "delivery-id"));
    }
    assert_eq!(tracked.len(), 2);
    assert_ne!(value(&tracked[0], "id"), value(&tracked[1], "id"));

    // The same delivery has the same id in a file about somebody else, who opened it only.
    let other = archived(&mock, "jane.roe@example.com");
    let there = rows(&other, "nms:broadLogRcp");
    assert_eq!(value(&there[0], "delivery-id"), value(&sent[0], "delivery-id"));
    assert_eq!(rows(&other, "nms:trackingLogRcp").len(), 1);
    assert_eq!(mock.get(&format!("{PROFILES}/_count")).json()["count"], 12);
}
