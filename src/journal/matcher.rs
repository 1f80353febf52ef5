//! Which calls a question is about, and how far a call is from what was asked for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::entry::{Entry, same_secret};
use crate::domain::{Error, merge_org_filters};
use crate::faults::path_pattern;
use crate::form;

/// What a call has to be like; what is not said does not matter.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Matcher {
    org: Option<String>,
    method: Option<String>,
    /// Its `X-Request-Id`, which the ledger of opt-outs has too.
    request_id: Option<String>,
    /// With `*` for anything.
    path: Option<String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
    status: Option<u16>,
    /// Names of headers that have to be there.
    #[serde(default)]
    headers: Vec<String>,
    /// JSON of which the body must have every member, and may have more.
    #[schemars(with = "Option<Map<String, Value>>")]
    body: Option<Value>,
}

/// One thing in which a call is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
pub(crate) struct Difference {
    /// What it is about, such as `method` or `body.ccpaOptOut`.
    pub(crate) part: String,
    pub(crate) wanted: String,
    pub(crate) found: String,
}

impl Matcher {
    /// The same for the calls of that org alone.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] when it is for those of another one.
    pub(crate) fn of(mut self, org: Option<String>) -> Result<Self, Error> {
        self.org = merge_org_filters(self.org, org)?;
        Ok(self)
    }

    /// Whether it says nothing of what a call is like: whose call it is does not.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { org: _, method, request_id, path, query, status, headers, body } = self;
        let texts = [method, request_id, path];
        texts.iter().all(|text| text.is_none())
            && status.is_none()
            && body.is_none()
            && query.is_empty()
            && headers.is_empty()
    }

    /// Whether it is for the calls of one org.
    pub(crate) const fn names_an_org(&self) -> bool {
        self.org.is_some()
    }

    pub(crate) fn accepts(&self, entry: &Entry) -> bool {
        self.differences(entry).is_empty()
    }

    /// Everything in which a call is not what was asked for.
    pub(crate) fn differences(&self, entry: &Entry) -> Vec<Difference> {
        let mut found = Differences::default();
        let (org, method) = (entry.org().unwrap_or("none"), entry.method());
        found.compare("org", self.org.as_deref(), org, |wanted| wanted == org);
        let same = |wanted: &str| wanted.eq_ignore_ascii_case(method);
        found.compare("method", self.method.as_deref(), method, same);
        if let Some(wanted) = self.request_id.as_deref() {
            let id = entry.request_id().unwrap_or_else(|| "none".to_owned());
            found.compare("requestId", Some(wanted), &id, |wanted| same_secret(wanted, &id));
        }
        let path = entry.path();
        found.compare("path", self.path.as_deref(), path, |wanted| {
            path_pattern::matches(wanted, path)
        });
        let status = entry.status().map_or_else(|| "none".to_owned(), |status| status.to_string());
        let wanted = self.status.map(|status| status.to_string());
        found.compare("status", wanted.as_deref(), &status, |wanted| wanted == status);
        if !self.query.is_empty() {
            self.compare_query(entry, &mut found);
        }
        for name in self.headers.iter().filter(|name| !entry.has_header(name)) {
            found.add(&format!("header {name}"), "present", "none");
        }
        if let Some(wanted) = &self.body {
            match entry.json() {
                Ok(body) => compare_json("body", wanted, &body, &mut found),
                Err(why) => unreadable(wanted, why, &mut found),
            }
        }
        found.0
    }

    fn compare_query(&self, entry: &Entry, found: &mut Differences) {
        let sent = form::urlencoded(entry.query().unwrap_or_default());
        for (name, wanted) in &self.query {
            let values = || sent.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
            if !values().any(|value| same_secret(wanted, value)) {
                let value = values().next().map_or("none", String::as_str);
                found.add(&format!("query {name}"), wanted, value);
            }
        }
    }
}

#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn add(&mut self, part: &str, wanted: &str, found: &str) {
        self.0.push(Difference {
            part: part.to_owned(),
            wanted: wanted.to_owned(),
            found: found.to_owned(),
        });
    }

    fn compare(
        &mut self,
        part: &str,
        wanted: Option<&str>,
        found: &str,
        same: impl Fn(&str) -> bool,
    ) {
        if let Some(wanted) = wanted.filter(|wanted| !same(wanted)) {
            self.add(part, wanted, found);
        }
    }
}

/// Everything that is wanted of a body which cannot be read is a difference of its own, so that such a call is
/// not taken for a near miss.
fn unreadable(wanted: &Value, why: &str, differences: &mut Differences) {
    match wanted {
        Value::Object(members) if !members.is_empty() => {
            for (name, wanted) in members {
                differences.add(&format!("body.{name}"), &wanted.to_string(), why);
            }
        }
        _ => differences.add("body", &wanted.to_string(), why),
    }
}

/// Objects may have more members than wanted; everything else must be the same.
fn compare_json(part: &str, wanted: &Value, found: &Value, differences: &mut Differences) {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (name, wanted) in wanted {
                let part = format!("{part}.{name}");
                match found.get(name) {
                    Some(found) => compare_json(&part, wanted, found, differences),
                    None => differences.add(&part, &wanted.to_string(), "none"),
                }
            }
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            for (at, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                compare_json(&format!("{part}[{at}]"), wanted, found, differences);
            }
        }
        (Value::String(wanted), Value::String(found)) if same_secret(wanted, found) => {}
        _ if wanted == found => {}
        _ => differences.add(part, &wanted.to_string(), &found.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::redaction;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn entry() -> Entry {
        let body = json!({"ccpaOptOut": true, "email": "a@b.test", "list": [{"x": 1, "y": 2}]});
        let mut entry = Entry::of(
            "acme",
            "PATCH /acme/campaign/profileAndServices/profile/@1?a=b%20c&user_token=sha256:ba7816bf",
            "x-api-key: sha256:00000000\n",
            "",
        );
        entry.facts.request_body = redaction::body(&body.to_string().into(), None, false);
        entry
    }

    fn differences(matcher: Value) -> Vec<String> {
        let matcher: Matcher = serde_json::from_value(matcher).unwrap();
        let found = matcher.differences(&entry());
        found.iter().map(|one| format!("{}: {} / {}", one.part, one.wanted, one.found)).collect()
    }

    #[test]
    fn what_is_said_must_be_so() {
        for matcher in [
            json!({}),
            json!({"org": "acme", "method": "patch", "path": "*/profile/*", "status": 200}),
            json!({"query": {"a": "b c", "user_token": "abc"}, "headers": ["X-Api-Key"]}),
            json!({"body": {"ccpaOptOut": true, "list": [{"x": 1}]}}),
        ] {
            assert_eq!(differences(matcher), Vec::<String>::new());
        }
        assert_eq!(
            differences(json!({
                "org": "globex", "method": "POST", "path": "/x", "status": 201,
                "query": {"b": "c"}, "headers": ["prefer"],
                "body": {"ccpaOptOut": false, "phone": 1, "list": []}
            })),
            [
                "org: globex / acme",
                "method: POST / PATCH",
                "path: /x / /acme/campaign/profileAndServices/profile/@1",
                "status: 201 / 200",
                "query b: c / none",
                "header prefer: present / none",
                "body.ccpaOptOut: false / true",
                "body.list: [] / [{\"x\":1,\"y\":2}]",
                "body.phone: 1 / none",
            ]
        );
    }

    proptest! {
        #[test]
        fn any_matcher_can_be_asked(body in "[\\[\\]{}\":,0-9a-z]{0,40}", path in ".{0,20}") {
            let body = serde_json::from_str::<Value>(&body).unwrap_or(Value::Null);
            let matcher = Matcher { body: Some(body), path: Some(path), ..Matcher::default() };
            let _ = matcher.differences(&entry());
        }
    }
}
