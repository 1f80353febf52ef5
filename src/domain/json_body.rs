//! Bodies of Campaign calls as JSON, before anything is known of what they are for.

use serde_json::{Map, Value};

use super::patch::type_name;
use super::policy::shorten;
use super::{Error, Result};

/// Reads a body that must be a JSON object.
///
/// # Errors
/// [`Error::NotAnObject`] for anything else.
pub fn json_object(body: &[u8]) -> Result<Map<String, Value>> {
    let refused = |detail: String| Error::NotAnObject {
        constant: std::str::from_utf8(body).ok().and_then(unknown_constant).map(shorten),
        detail,
    };
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(other) => Err(refused(format!("it is of type {}", type_name(&other)))),
        Err(_) if body.is_empty() => Err(refused("it is empty".to_owned())),
        Err(fault) => Err(refused(fault.to_string())),
    }
}

/// The first unquoted word that is no JSON constant and no number: what Campaign's parser names when
/// it refuses a body (`docs/reference/campaign-standard.md` §10).
fn unknown_constant(json: &str) -> Option<&str> {
    let mut rest = json;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "{}[]:,".contains(c));
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = after_string(quoted)?;
            continue;
        }
        let end =
            rest.find(|c: char| c.is_whitespace() || "{}[]:,\"".contains(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        if word.is_empty() {
            return None;
        }
        if serde_json::from_str::<Value>(word).is_err() {
            return Some(word);
        }
        rest = tail;
    }
}

/// What follows the closing quote of a JSON string; `None` when it is never closed.
fn after_string(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(&text[at + 1..]),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_unknown_constant_is_the_first_bare_word() {
        for (body, word) in [
            ("@gibberish", Some("@gibberish")),
            (r#"{"a": foo}"#, Some("foo")),
            (r#"{"a": "quoted \" word", b: true}"#, Some("b")),
            ("{\"a\": [true, 1.5e3, null}", None),
            (r#"{"a": "never closed"#, None),
            ("", None),
        ] {
            assert_eq!(unknown_constant(body), word, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = json_object(&body);
        }

        #[test]
        fn json_like_text_is_read_or_refused(body in "[{}\\[\\]:,\"a-z0-9@\\\\ ]{0,60}") {
            let _ = json_object(body.as_bytes());
        }
    }
}
