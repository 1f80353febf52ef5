//! Opt-outs by every way to write a profile, held against a plain model: the ledger, the jobs and the consents
//! are what the writes say (`docs/reference/campaign-standard.md` §8).

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{count, delete, patch};
use crate::driver::{Mock, PROFILES};
use crate::wire::Answer;

const EXTENDED: &str = "/acme/campaign/profileAndServicesExt/profile";

/// A write in a random sequence; profiles are chosen by how many came after them.
#[derive(Debug, Clone)]
enum Write {
    Create(Option<bool>),
    /// By the verb, of the key, on the list.
    Upsert(&'static str, u8, Option<bool>),
    Set(usize, bool),
    SetByKey(u8, bool),
    /// A change that a conflict of keys refuses.
    Refused(usize, u8),
    Delete(usize),
    Settle,
}

fn write() -> impl Strategy<Value = Write> {
    let key = 0_u8..3;
    let verb = prop_oneof![Just("POST"), Just("PATCH")];
    prop_oneof![
        2 => any::<Option<bool>>().prop_map(Write::Create),
        5 => (verb, key.clone(), any::<Option<bool>>())
            .prop_map(|(verb, key, value)| Write::Upsert(verb, key, value)),
        4 => (0_usize..4, any::<bool>()).prop_map(|(at, value)| Write::Set(at, value)),
        3 => (key.clone(), any::<bool>()).prop_map(|(key, value)| Write::SetByKey(key, value)),
        1 => (0_usize..4, key).prop_map(|(at, key)| Write::Refused(at, key)),
        2 => (0_usize..4).prop_map(Write::Delete),
        1 => Just(Write::Settle),
    ]
}

/// A profile as it should be.
struct Profile {
    pkey: String,
    key: Option<u8>,
    opted_out: bool,
    changes: Vec<bool>,
    gone: bool,
}

impl Profile {
    fn new(created: &Answer, key: Option<u8>, value: Option<bool>) -> Self {
        let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
        let mut profile = Self { pkey, key, opted_out: false, changes: Vec::new(), gone: false };
        profile.set(value);
        profile
    }

    fn set(&mut self, value: Option<bool>) {
        if let Some(value) = value.filter(|value| *value != self.opted_out) {
            self.changes.push(value);
            self.opted_out = value;
        }
    }
}

fn body(key: Option<u8>, value: Option<bool>) -> Value {
    let mut body = json!({"fax": "1"});
    if let Some(key) = key {
        body["cusCustomerId"] = json!(format!("K-{key}"));
    }
    if let Some(value) = value {
        body["ccpaOptOut"] = json!(value);
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any sequence of creations, changes, upserts and deletions: the ledger holds the real changes
    /// of profiles that were there, each opt-out is a job, and each consent is none.
    #[test]
    fn ledger_equals_changes_equals_jobs_and_consents(
        writes in proptest::collection::vec(write(), 1..40),
    ) {
        let mock = Mock::empty();
        let mut model: Vec<Profile> = Vec::new();
        for write in writes {
            match write {
                Write::Create(value) => {
                    let created = mock.post(EXTENDED, &body(None, value));
                    prop_assert_eq!(created.status, 201);
                    model.push(Profile::new(&created, None, value));
                }
                Write::Upsert(verb, key, value) => {
                    let answer = mock.call(verb, EXTENDED, &body(Some(key), value).to_string());
                    let known = model.iter_mut().find(|known| !known.gone && known.key == Some(key));
                    if let Some(known) = known {
                        prop_assert_eq!(answer.status, 200);
                        prop_assert_eq!(&answer.json()["PKey"], &json!(known.pkey));
                        known.set(value);
                    } else {
                        prop_assert_eq!(answer.status, 201);
                        model.push(Profile::new(&answer, Some(key), value));
                    }
                }
                Write::Set(at, value) => if let Some(known) = model.iter_mut().rev().nth(at) {
                    let status = mock.patch(&known.pkey, &json!({"ccpaOptOut": value})).status;
                    prop_assert_eq!(status, if known.gone { 404 } else { 200 });
                    if !known.gone { known.set(Some(value)); }
                },
                Write::SetByKey(key, value) => {
                    let address = format!("{EXTENDED}/K-{key}");
                    let status = patch(&mock, &address, &json!({"ccpaOptOut": value})).status;
                    let known = model.iter_mut().find(|known| !known.gone && known.key == Some(key));
                    prop_assert_eq!(status, if known.is_some() { 200 } else { 404 });
                    if let Some(known) = known { known.set(Some(value)); }
                }
                Write::Refused(at, key) => {
                    let taken = model.iter().any(|known| !known.gone && known.key == Some(key));
                    let known = model.iter().rev().nth(at).filter(|known| known.key != Some(key));
                    if let Some(known) = known.filter(|known| taken || known.gone) {
                        let body = body(Some(key), Some(!known.opted_out));
                        let status = patch(&mock, &format!("{EXTENDED}/{}", known.pkey), &body).status;
                        prop_assert_eq!(status, if known.gone { 404 } else { 500 });
                    }
                }
                Write::Delete(at) => if let Some(known) = model.iter_mut().rev().nth(at) {
                    let status = delete(&mock, &format!("{PROFILES}/{}", known.pkey));
                    prop_assert_eq!(status, if known.gone { 404 } else { 200 });
                    known.gone = true;
                },
                Write::Settle => mock.settle(),
            }
        }
        mock.advance(Duration::from_secs(10));
        let (mut opt_outs, mut changes) = (0, 0);
        for known in &model {
            let ledger = mock.ledger(&known.pkey);
            let recorded: Vec<bool> = ledger.iter().map(|change| change["to"] == json!(true)).collect();
            prop_assert_eq!(&recorded, &known.changes);
            for (at, change) in ledger.iter().enumerate() {
                prop_assert_eq!(&change["sequence"], &json!(at + 1));
                prop_assert_eq!(change["jobId"].is_string(), change["to"] == json!(true));
            }
            let address = format!("{PROFILES}/{}", known.pkey);
            if known.gone {
                prop_assert_eq!(mock.get(&address).status, 404);
            } else {
                prop_assert_eq!(&mock.read(&known.pkey)["ccpaOptOut"], &json!(known.opted_out));
            }
            opt_outs += known.changes.iter().filter(|to| **to).count();
            changes += known.changes.len();
        }
        let jobs = mock.jobs("ccpa");
        prop_assert_eq!(jobs.len(), opt_outs);
        prop_assert!(jobs.iter().all(|job| job["status"] == "complete"));
        let ledger = mock.get("/__admin/opt-outs?org=acme&limit=1000").json();
        prop_assert_eq!(ledger["changes"].as_array().unwrap().len(), changes);
        let alive = model.iter().filter(|known| !known.gone).count();
        prop_assert_eq!(count(&mock), json!(alive));
    }
}
