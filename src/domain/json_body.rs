//! Bodies of Campaign calls as JSON, before anything is known of what they are for.

use serde_json::{Map, Value};

use super::conversion::type_name;
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
    match json_value(body).map_err(refused)? {
        Value::Object(members) => Ok(members),
        other => Err(refused(format!("it is of type {}", type_name(&other)))),
    }
}

/// Reads a body as JSON.
///
/// # Errors
/// What is wrong with it, a part of a sentence: what the parser found or, where that is known, what has
/// spoiled the body on its way here (`docs/reference/campaign-standard.md` §2.1).
pub(super) fn json_value(body: &[u8]) -> std::result::Result<Value, String> {
    serde_json::from_slice(body)
        .map_err(|fault| cause(body, &fault).unwrap_or_else(|| fault.to_string()))
}

/// How texts in UTF-16 begin, as shells of Windows write them.
const UTF_16: [u8; 2] = [0xFF, 0xFE];
const UTF_16_BIG_ENDIAN: [u8; 2] = [0xFE, 0xFF];

/// What has spoiled a body that is not JSON: the mistakes of the documentation's own snippets, and what
/// shells make of them.
fn cause(body: &[u8], fault: &serde_json::Error) -> Option<String> {
    if body.is_empty() {
        let text = "it is empty: in the documentation's snippet a backslash is missing before -d";
        return Some(text.to_owned());
    }
    let text = String::from_utf8_lossy(body);
    let plain = outside_strings(&text);
    let cause = if text.starts_with('\u{feff}') {
        "it begins with a byte order mark: save it as UTF-8 without BOM"
    } else if body.starts_with(&UTF_16) || body.starts_with(&UTF_16_BIG_ENDIAN) {
        "it is UTF-16: save it as UTF-8 without BOM"
    } else if plain.contains('&') {
        "it has `&` outside of its texts: several -d were joined; put the whole JSON into one -d '...'"
    } else if text.lines().any(|line| line.trim_start().starts_with("-d")) {
        "its lines begin with -d: the documentation's snippet has them inside the quotes; leave them out"
    } else if text.starts_with('\'') {
        "it begins with a single quotation mark: the shell did not take it away; on Windows put the JSON \
         into a file and send it with -d @file"
    } else if text.contains(['\u{201c}', '\u{201d}']) {
        "its quotation marks are typographic: write plain ones"
    } else if fault.is_eof() {
        let length = body.len();
        return Some(format!(
            "Content-Length says {length}, but the JSON goes on after so many bytes: leave the header \
             out if you set it yourself, as the documentation's snippet does with 79; else close what is \
             open"
        ));
    } else if text.starts_with(['{', '[']) && !fault.to_string().starts_with("trailing") {
        return bare_word(&text);
    } else {
        return None;
    };
    Some(cause.to_owned())
}

/// What is wrong with a word that stands outside of quotation marks.
fn bare_word(json: &str) -> Option<String> {
    let (word, rest) = unknown_word(json)?;
    if !word.contains(char::is_alphabetic) {
        return None;
    }
    let shown = shorten(word);
    let small = word.to_lowercase();
    let is_name = rest.trim_start().starts_with(':');
    Some(match small.as_str() {
        _ if is_name => unquoted(&shown),
        "true" | "false" | "null" => {
            format!("JSON writes '{shown}' in small letters: {small}")
        }
        "none" | "nil" | "undefined" => format!("JSON has no '{shown}': write null"),
        "nan" | "inf" | "infinity" | "-inf" | "-infinity" => {
            format!("JSON has no '{shown}': write a number, or null")
        }
        _ if word.parse::<f64>().is_ok_and(f64::is_infinite) => {
            format!("the number '{shown}' is too large")
        }
        _ => unquoted(&shown),
    })
}

fn unquoted(word: &str) -> String {
    format!(
        "a quotation mark is missing at '{word}': names and texts have double ones, and a shell takes \
         them away unless the whole JSON is in single ones"
    )
}

/// What stands outside of quotation marks.
fn outside_strings(json: &str) -> String {
    let mut outside = String::new();
    let mut rest = json;
    while let Some((before, quoted)) = rest.split_once('"') {
        outside.push_str(before);
        rest = after_string(quoted).unwrap_or_default();
    }
    outside + rest
}

/// The first unquoted word that is no JSON constant and no number: what Campaign's parser names when
/// it refuses a body (`docs/reference/campaign-standard.md` §10).
fn unknown_constant(json: &str) -> Option<&str> {
    unknown_word(json).map(|(word, _)| word)
}

/// The same, and what follows it.
fn unknown_word(json: &str) -> Option<(&str, &str)> {
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
            return Some((word, tail));
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

    #[test]
    fn the_cause_of_a_spoiled_body_is_named() {
        for (body, part) in [
            ("", "a backslash is missing before -d"),
            ("{&label:&name:&}", "several -d were joined"),
            (r#"{"a": 1,&"b": 2}"#, "several -d were joined"),
            ("{\n-d \"source\": \"API\"\n-d }", "inside the quotes"),
            (r#"'{"a": 1}'"#, "single quotation mark"),
            ("{\u{201c}a\u{201d}: 1}", "typographic"),
            (r#"{"email": "john.doe@mail.com", "fir"#, "Content-Length says 35, but"),
            ("{\"a\": {\"b\": 1}", "Content-Length says 14, but"),
            ("{firstName: Mark}", "a quotation mark is missing at 'firstName'"),
            (r#"{"firstName":"Mark",lastName:Smith}"#, "missing at 'lastName'"),
            (r#"{"a": "x & y"} -d"#, "trailing characters"),
            (r#"{"a": "1",}"#, "trailing comma"),
            ("@gibberish", "expected value"),
            (r#"{"a": True}"#, "JSON writes 'True' in small letters: true"),
            ("[NULL]", "JSON writes 'NULL' in small letters: null"),
            (r#"{"a": None}"#, "JSON has no 'None': write null"),
            (r#"{"a": -Infinity}"#, "JSON has no '-Infinity': write a number, or null"),
            (r#"{"a": -1e400}"#, "the number '-1e400' is too large"),
            ("{True : 1}", "a quotation mark is missing at 'True'"),
            ("{\"a\": true, NaN: 1}", "a quotation mark is missing at 'NaN'"),
            ("\u{feff}{}", "begins with a byte order mark"),
        ] {
            let fault = json_value(body.as_bytes()).unwrap_err();
            assert!(fault.contains(part), "{body}: {fault}");
        }
    }

    #[test]
    fn a_body_in_utf_16_is_named() {
        let units = || "\u{feff}{}".encode_utf16();
        let little: Vec<_> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<_> = units().flat_map(u16::to_be_bytes).collect();
        for body in [little, big] {
            assert_eq!(
                json_value(&body).unwrap_err(),
                "it is UTF-16: save it as UTF-8 without BOM"
            );
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
