//! Data models as customers have them: names, titles, and records without what others have
//! (`docs/reference/campaign-standard.md` §3.2).

use std::fs;

use campaign_mock::config::SeedSource;
use serde_json::{Value, json};

use super::lists::follow;
use super::metadata::metadata;
use super::support::{CUSTOM, EXT, column, create, patch, pkey_at, target, with_model};
use crate::driver::{Mock, credentials, members, settings};

const MODEL: &str = r#"{"declare":"resource","name":"cusCoupon_codes","label":"Coupons"}
{"declare":"field","on":"cusCoupon_codes","name":"promo_code","type":"text","length":20,"key":true}
{"declare":"field","on":"cusCoupon_codes","name":"redeemed_date","type":"date"}
{"declare":"field","on":"cusCoupon_codes","name":"Uses_2","type":"integer"}
{"declare":"filter","on":"cusCoupon_codes","name":"byPromo_code","parameters":{"promo_code":"promo_code"}}
{"declare":"resource","name":"cusVehicle","linkedToProfile":true,"without":["lastModified"]}
{"declare":"field","on":"cusVehicle","name":"vehicleNumber","type":"text"}
{"declare":"field","on":"cusVehicle","name":"brand","type":"enumeration","values":["none","Fiat"]}
{"declare":"field","on":"cusVehicle","name":"doors","type":"integer"}
{"declare":"field","on":"cusVehicle","name":"vehicleOwner","type":"link","to":"profile","collection":"cusVehicles"}
{"declare":"field","on":"cusVehicle","name":"sparePart","type":"link","to":"cusPart","collection":"usedIn"}
{"declare":"title","on":"cusVehicle","expression":"@vehicleNumber + ' (' + @brand + ', ' + @doors + ')'"}
{"declare":"field","on":"profile","name":"cusLoyalty_Tier","type":"text"}
"#;

fn model() -> String {
    // What a link leads to is declared before.
    let part = r#"{"declare":"resource","name":"cusPart","without":["created","lastModified","title"]}
{"declare":"field","on":"cusPart","name":"no","type":"text"}
"#;
    format!("{part}{MODEL}")
}

#[test]
fn fields_of_a_customers_resource_have_no_prefix() {
    let mock = with_model(&model());
    let coupons = format!("{CUSTOM}/cusCoupon_codes");
    let body = json!({"promo_code": "SAVE10", "redeemed_date": "2020-02-29", "Uses_2": 3});
    let created = create(&mock, &coupons, &body);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&created[name], value, "{name}");
    }
    assert_eq!(created["title"], "SAVE10");
    assert_eq!(mock.get(&format!("{coupons}/SAVE10")).json()["PKey"], created["PKey"]);
    assert_eq!(column(&mock, &format!("{coupons}?_order=Uses_2%20desc"), "promo_code"), ["SAVE10"]);
    let found = format!("{coupons}/byPromo_code?promo_code_parameter=SAVE10");
    assert_eq!(column(&mock, &found, "redeemed_date"), ["2020-02-29"]);
    assert_eq!(mock.get(&format!("{coupons}/promo_code")).json()["content"], json!(["SAVE10"]));
    let described = mock.get(&format!("{coupons}/metadata")).json();
    assert_eq!(described["content"]["promo_code"]["length"], "20");
    // Fields of the profile have it.
    let profile = create(&mock, &format!("{EXT}/profile"), &json!({"cusLoyalty_Tier": "gold"}));
    assert_eq!(profile["cusLoyalty_Tier"], "gold");
}

#[test]
fn links_and_collections_of_a_customers_resource_have_no_prefix() {
    let mock = with_model(&model());
    let owner = create(&mock, &format!("{EXT}/profile"), &json!({"lastName": "Doe"}));
    let part = create(&mock, &format!("{CUSTOM}/cusPart"), &json!({"no": "P-1"}));
    let vehicles = format!("{EXT}/cusVehicle");
    let body = json!({
        "vehicleNumber": "20009", "vehicleOwner": {"PKey": owner["PKey"]},
        "sparePart": {"PKey": part["PKey"]},
    });
    let vehicle = create(&mock, &vehicles, &body);
    let read = mock.get(target(&vehicle["href"])).json();
    assert_eq!(read["vehicleOwner"]["title"], "Doe");
    assert_eq!(read["sparePart"]["PKey"], part["PKey"]);
    let owner = owner["PKey"].as_str().unwrap();
    let garage = format!("{EXT}/profile/{owner}/cusVehicles/");
    assert_eq!(column(&mock, &garage, "vehicleNumber"), ["20009"]);
    let used = target(&part["usedIn"]["href"]).to_owned();
    assert_eq!(column(&mock, &used, "vehicleNumber"), ["20009"]);
}

#[test]
fn a_title_is_what_the_label_expression_says() {
    let mock = with_model(&model());
    let vehicles = format!("{EXT}/cusVehicle");
    let title = |body: &Value| create(&mock, &vehicles, body)["title"].clone();
    assert_eq!(title(&json!({"vehicleNumber": "B", "brand": "Fiat", "doors": 5})), "B (Fiat, 5)");
    assert_eq!(title(&json!({"vehicleNumber": "A"})), "A (none, 0)");
    assert_eq!(title(&json!({})), " (none, 0)");
    // Lists can be ordered by it.
    let ordered = column(&mock, &format!("{vehicles}?_order=title"), "title");
    assert_eq!(ordered, [" (none, 0)", "A (none, 0)", "B (Fiat, 5)"]);
    let first = column(&mock, &format!("{vehicles}?_order=title%20desc&_lineCount=1"), "title");
    assert_eq!(first, ["B (Fiat, 5)"]);
}

#[test]
fn records_have_only_the_computed_members_that_the_model_has() {
    let mock = with_model(&model());
    let vehicle = mock.post(&format!("{EXT}/cusVehicle"), &json!({})).body;
    let expected = [
        "PKey",
        "brand",
        "created",
        "doors",
        "href",
        "sparePart",
        "title",
        "vehicleNumber",
        "vehicleOwner",
    ];
    assert_eq!(members(&vehicle), expected);
    let part = mock.post(&format!("{CUSTOM}/cusPart"), &json!({"no": "1"}));
    assert_eq!(members(&part.body), ["PKey", "href", "no", "usedIn"]);
    let pkey = part.json()["PKey"].as_str().unwrap().to_owned();
    let record = format!("{CUSTOM}/cusPart/{pkey}");
    assert_eq!(patch(&mock, &record, &json!({"no": "2"})).status, 200);
    assert_eq!(
        mock.get(&record).json(),
        json!({
            "PKey": pkey, "no": "2",
            "usedIn": {"href": format!("http://mock.localhost{record}/usedIn/")},
        })
    );
    // What a record does not have it cannot be ordered by.
    assert_eq!(mock.get(&format!("{CUSTOM}/cusPart?_order=lastModified")).status, 500);
    let described = mock.get(&format!("{CUSTOM}/cusPart/metadata")).json();
    assert_eq!(described["content"].get("title"), None);
}

#[test]
fn a_seed_has_records_of_such_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    fs::write(org.join("model.ndjson"), model()).unwrap();
    let profile = r#"{"email":"a@example.com","cusLoyalty_Tier":"gold"}"#;
    let vehicle = r#"{"vehicleNumber":"1","vehicleOwner":"a@example.com"}"#;
    let coupon = r#"{"promo_code":"SAVE10","redeemed_date":"2020-02-29"}"#;
    for (file, line) in [("profile", profile), ("cusVehicle", vehicle), ("cusCoupon_codes", coupon)]
    {
        fs::write(org.join(format!("{file}.ndjson")), line).unwrap();
    }
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    let mock = Mock::with(settings);
    assert_eq!(column(&mock, &format!("{EXT}/cusVehicle"), "title"), ["1 (none, 0)"]);
    pkey_at(&mock, &format!("{CUSTOM}/cusCoupon_codes/SAVE10"));
}

#[test]
fn what_has_no_label_is_called_by_its_name_with_a_capital() {
    let mock = with_model(
        r#"{"declare":"resource","name":"cusVehicle","linkedToProfile":true}
{"declare":"field","on":"cusVehicle","name":"cusPromo","type":"text"}
{"declare":"filter","on":"cusVehicle","name":"byPromo","parameters":{"promo":"cusPromo"}}
{"declare":"filter","on":"profile","name":"byCity","parameters":{"city":"location/city"}}
"#,
    );
    let vehicle = metadata(&mock, "profileAndServicesExt/cusVehicle");
    assert_eq!(vehicle["content"]["cusPromo"]["label"], "CusPromo");
    assert_eq!(vehicle["content"]["title"]["label"], "CusVehicle");
    let refused = mock.get(&format!("{EXT}/cusVehicle/@x"));
    assert!(refused.body.contains("'CusVehicle (cus:cusVehicle)'"), "{}", refused.body);
    for (resource, name, label) in
        [("cusVehicle", "byPromo", "ByPromo"), ("profile", "byCity", "ByCity")]
    {
        let described = metadata(&mock, &format!("profileAndServicesExt/{resource}"));
        assert_eq!(follow(&mock, &described["filters"]["href"])[name]["label"], label);
    }
}
