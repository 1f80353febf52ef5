//! What the journal must not know: secrets become `sha256:` and eight digits before anything is kept, so that
//! two of them can still be told apart.
//!
//! Every call passes here, so the usual case is cheap: a text that mentions no secret is not read further.

use std::cell::RefCell;

use aws_lc_rs::digest;
use bytes::Bytes;
use serde_json::Value;

use crate::form;

/// Most bytes that are kept of a body.
const LONGEST: usize = 16 * 1024;

/// Bodies up to here are sooner read than recognized.
const SHORT: usize = 1024;

/// Bodies longer than this are not read for secrets: one that mentions any is not kept.
const READABLE: usize = 1024 * 1024;

/// A body as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// At most [`LONGEST`] bytes, without secrets.
    pub(crate) bytes: Bytes,
    /// How long it was.
    pub(crate) length: usize,
    /// Whether there was more.
    pub(crate) cut: bool,
}

/// What stands for a secret.
pub(super) fn fingerprint(secret: &[u8]) -> String {
    use std::fmt::Write as _;
    let hash = digest::digest(&digest::SHA256, secret);
    hash.as_ref().iter().take(4).fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Appends headers, their names in small letters, as lines `name: value`.
pub(crate) fn head<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>, text: &mut Vec<u8>) {
    for (name, value) in headers {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        if is_secret_header(name, value) {
            append_known(text, value);
        } else if ["referer", "location"].contains(&name) {
            text.extend_from_slice(address(ascii(value)).as_bytes());
        } else {
            text.extend_from_slice(value);
        }
        text.push(b'\n');
    }
}

/// A header's value as text; empty when it is no plain ASCII.
fn ascii(value: &[u8]) -> &str {
    std::str::from_utf8(value).ok().filter(|text| text.is_ascii()).unwrap_or_default()
}

/// A query, and whether it had a secret.
pub(crate) fn query(query: &str) -> (String, bool) {
    if query.contains('%') || mentions(query.as_bytes()) {
        let clean = pairs(query, true);
        let had = clean != query;
        (clean, had)
    } else {
        (query.to_owned(), false)
    }
}

/// A body. `suspect` is for one that may repeat a secret that only its own parser would find.
pub(crate) fn body(body: &Bytes, kind: Option<&str>, suspect: bool) -> Kept {
    let length = body.len();
    let start = &body[..length.min(LONGEST)];
    let clean = if suspect || mentions_this_time(body, start) {
        readable(body, kind).map(Bytes::from)
    } else {
        None
    };
    let whole = clean.as_ref().unwrap_or(body);
    Kept { bytes: whole.slice(..whole.len().min(LONGEST)), length, cut: whole.len() > LONGEST }
}

/// Whether the start of a body may name a secret, or is a text with an escape behind which a name could hide,
/// for a form need not say that it is one. An answer from memory is the same bytes each time, and read once.
fn mentions_this_time(body: &Bytes, start: &[u8]) -> bool {
    thread_local! {
        /// The last one that mentioned nothing. As long as it is here nothing else can be where it is.
        static LAST: RefCell<Bytes> = const { RefCell::new(Bytes::new()) };
    }
    LAST.with_borrow_mut(|last| {
        if (last.as_ptr(), last.len()) == (body.as_ptr(), body.len()) {
            return false;
        }
        let escapes = || memchr::memchr(b'%', start).is_some() && str::from_utf8(body).is_ok();
        let mentions = mentions(start) || escapes();
        if !mentions && (SHORT..LONGEST).contains(&body.len()) {
            *last = body.clone();
        }
        mentions
    })
}

/// The body without its secrets; `None` when it has none. One that cannot be read is a secret as a whole.
fn readable(body: &[u8], kind: Option<&str>) -> Option<String> {
    let text = match std::str::from_utf8(body) {
        Ok(text) if body.len() <= READABLE => text,
        _ => return Some(fingerprint(body)),
    };
    if text.trim_start().starts_with(['{', '[', '"']) {
        return match serde_json::from_str(text) {
            Ok(mut value) => json(&mut value).then(|| value.to_string()),
            Err(_) => Some(fingerprint(body)),
        };
    }
    let clean = match kind.and_then(form::boundary) {
        Some(boundary) => match form::fields(body, boundary) {
            Some(fields) => return parts(&fields, boundary),
            None => fingerprint(body),
        },
        None => pairs(text, is_form(kind)),
    };
    (clean != text).then_some(clean)
}

/// An address without the secrets of its query and its fragment; any other text without those that it would
/// have as a form.
fn address(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some((piece, after)) = rest.split_once(['?', '#']) {
        clean.push_str(&query(piece).0);
        clean.push_str(&rest[piece.len()..rest.len() - after.len()]);
        rest = after;
    }
    clean + &query(rest).0
}

/// Takes the secrets out of a JSON value; answers whether there were any.
fn json(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => members.iter_mut().fold(false, |had, (name, value)| {
            if !is_secret(name) {
                return json(value) || had;
            }
            let secret = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            *value = Value::from(fingerprint(secret.as_bytes()));
            true
        }),
        Value::Array(values) => {
            values.iter_mut().filter_map(|value| json(value).then_some(())).count() > 0
        }
        // An address repeats the query it was asked with, and a form in quotes is still read as one.
        Value::String(text) => {
            let clean = address(text);
            let had = clean != *text;
            *text = clean;
            had
        }
        _ => false,
    }
}

/// Form fields without the values of secret ones. In a text that is none (`form` is false), whatever mentions a
/// secret is one.
fn pairs(text: &str, form: bool) -> String {
    let plain =
        |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.%[]".contains(&b));
    let clean = text.split('&').map(|pair| {
        let (name, value) = decoded(pair);
        let secret = is_secret(&name) || holds_secret(&value);
        match pair.split_once('=') {
            Some((name, _)) if secret && plain(name) => {
                format!("{name}={}", fingerprint(value.as_bytes()))
            }
            Some(_) if secret => fingerprint(pair.as_bytes()),
            _ if !form && mentions(format!("{name}={value}").as_bytes()) => {
                fingerprint(pair.as_bytes())
            }
            _ => pair.to_owned(),
        }
    });
    clean.collect::<Vec<_>>().join("&")
}

/// Whether a value may have parameters in it of which one is a secret, as an address to go to next has.
fn holds_secret(value: &str) -> bool {
    value.contains(['=', '%']) && mentions(value.as_bytes())
}

fn decoded(pair: &str) -> (String, String) {
    let first = form::urlencoded(pair).into_iter().next();
    first.unwrap_or_else(|| (pair.to_owned(), String::new()))
}

/// A form of several parts, made again without its secrets; `None` when it has none.
fn parts(fields: &[(String, String)], boundary: &str) -> Option<String> {
    fields.iter().any(|(name, _)| is_secret(name)).then(|| {
        let part = |(name, value): &(String, String)| {
            let value = if is_secret(name) { fingerprint(value.as_bytes()) } else { value.clone() };
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
        };
        format!("{}--{boundary}--\r\n", fields.iter().map(part).collect::<String>())
    })
}

fn is_form(kind: Option<&str>) -> bool {
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Whether the value of a parameter or member of that name is a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "secret", "password", "api_key", "api-key", "apikey"]
        .iter()
        .any(|mark| name.contains(mark))
}

fn is_secret_header(name: &str, value: &[u8]) -> bool {
    match name {
        "authorization" | "proxy-authorization" | "cookie" | "set-cookie" | "x-api-key" => true,
        // What nearly every call has need not be read letter by letter.
        "host" | "accept" | "accept-encoding" | "accept-language" | "cache-control"
        | "connection" | "content-length" | "content-type" | "date" | "origin" | "user-agent"
        | "vary" | "x-gw-ims-org-id" | "x-request-id" => false,
        // Calls that are refused have credentials behind mistyped names.
        other => (mentions(other.as_bytes()) && is_secret(other)) || is_credential(value),
    }
}

/// Whether a header's value is a credential by its form: one with its scheme, or a JSON web token.
fn is_credential(value: &[u8]) -> bool {
    let has_scheme = ["bearer ", "basic "].iter().any(|scheme| {
        value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    });
    has_scheme || memchr::memmem::find(value, b"eyJ").is_some()
}

/// Whether a text may name a secret, by a piece of each word; never wrong when it says no. Also yes for an
/// escape, behind which a word could hide. Blocks without branches, which the compiler turns into a few wide
/// instructions: 0.62 µs for 2 kB, where the automaton of the aho-corasick crate takes 8.0 µs.
fn mentions(text: &[u8]) -> bool {
    const BLOCK: usize = 32;
    const LONGER: usize = BLOCK + 3;
    let found = |block: &[u8; LONGER]| {
        let mut found = 0;
        for at in 0..BLOCK {
            found |= u8::from(is_piece(block[at], block[at + 1], block[at + 2], block[at + 3]));
        }
        found > 0
    };
    let mut rest = text;
    while let Some(block) = rest.first_chunk() {
        if found(block) {
            return true;
        }
        rest = &rest[BLOCK..];
    }
    let mut last = [0; LONGER];
    last[..rest.len()].copy_from_slice(rest);
    // What is left is shorter than a block with its overlap, whose last places begin no piece.
    found(&last)
}

/// `oken` of token, `_key`, `-key` and `ikey` of the API key, `cret`, `swor` of password, and `\u`.
#[inline(always)]
#[expect(clippy::needless_bitwise_bool, reason = "branches would keep it from being done wide")]
#[expect(
    clippy::inline_always,
    reason = "a call for each byte would cost more than the rest of the journal"
)]
const fn is_piece(first: u8, second: u8, third: u8, fourth: u8) -> bool {
    // With the bit for small letters set, `_` is 0x7f.
    let (a, b, c, d) = (first | 0x20, second | 0x20, third | 0x20, fourth | 0x20);
    let token = (a == b'o') & (b == b'k') & (c == b'e') & (d == b'n');
    let key = ((a == 0x7f) | (a == b'-') | (a == b'i')) & (b == b'k') & (c == b'e') & (d == b'y');
    let secret = (a == b'c') & (b == b'r') & (c == b'e') & (d == b't');
    let password = (a == b's') & (b == b'w') & (c == b'o') & (d == b'r');
    let escape = (first == b'\\') & (b == b'u');
    token | key | secret | password | escape
}

/// Appends the fingerprint of a header's value. Clients send the same few values over and over: the last ones
/// are known, per thread.
fn append_known(text: &mut Vec<u8>, value: &[u8]) {
    const MOST: usize = 8;
    thread_local! {
        static KNOWN: RefCell<Vec<(Box<[u8]>, String)>> = const { RefCell::new(Vec::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, shown)) = known.iter().find(|(secret, _)| **secret == *value) {
            text.extend_from_slice(shown.as_bytes());
            return;
        }
        let shown = shown_header(value);
        text.extend_from_slice(shown.as_bytes());
        if known.len() >= MOST {
            known.remove(0);
        }
        known.push((value.into(), shown));
    });
}

/// The word that says what kind of credential it is stays, so that a token has the same fingerprint everywhere.
fn shown_header(value: &[u8]) -> String {
    const SCHEME: &[u8] = b"Bearer ";
    match value.split_at_checked(SCHEME.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => {
            format!("Bearer {}", fingerprint(token.trim_ascii()))
        }
        _ => fingerprint(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

    fn kept(text: &str, kind: Option<&str>) -> String {
        let kept = body(&Bytes::copy_from_slice(text.as_bytes()), kind, false);
        String::from_utf8_lossy(&kept.bytes).into_owned()
    }

    #[test]
    fn a_body_is_read_anew_unless_it_is_the_same_bytes() {
        let long = |text: &str| Bytes::from(format!("{text}{}", " ".repeat(2 * SHORT)));
        let harmless = long(r#"{"a":"x"}"#);
        for text in [r#"{"token":"abc"}"#, r#"{"b":"y"}"#, r#"{"token":"def"}"#] {
            for _ in 0..2 {
                assert_eq!(body(&harmless, None, false).bytes, harmless);
            }
            let other = long(text);
            assert_eq!(other.len() > harmless.len(), text.len() > 9);
            let has_secret = text.contains("token");
            assert_eq!(body(&other, None, false).bytes != other, has_secret, "{text}");
        }
        // Another one that takes the place of one that is gone.
        let mut room = vec![b' '; 2 * SHORT];
        for text in [&b"{\"a\":\"x\"}"[..], b"{\"token\":\"abc\"}"] {
            room[..text.len()].copy_from_slice(text);
            let kept = body(&Bytes::from(room.clone()), None, false);
            assert_eq!(kept.bytes.starts_with(b"{\"token\":\"sha256"), text.len() > 9);
        }
    }

    #[test]
    fn a_credential_is_a_secret_under_any_name() {
        let sent: [(&str, &[u8]); 5] = [
            ("authorisation", b"Bearer abc"),
            ("x-auth", b"basic dTpw"),
            ("x-session", b"v1.eyJhbGciOiJIUzI1NiJ9.e30.abc"),
            ("x-trace", b"bearer"),
            ("user-agent", b"curl/8"),
        ];
        let mut text = Vec::new();
        head(sent.into_iter(), &mut text);
        let text = String::from_utf8(text).unwrap();
        for secret in ["abc", "dTpw", "eyJ"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(text.starts_with("authorisation: Bearer sha256:ba7816bf\n"), "{text}");
        assert!(text.ends_with("x-trace: bearer\nuser-agent: curl/8\n"), "{text}");
    }

    #[test]
    fn secrets_of_all_forms_are_replaced_and_the_rest_stays() {
        assert_eq!(fingerprint(b"abc"), "sha256:ba7816bf");
        assert_eq!(
            query("a=1&user_token=abc&%74oken=abc&api_key=abc&b=token"),
            (
                "a=1&user_token=sha256:ba7816bf&%74oken=sha256:ba7816bf&api_key=sha256:ba7816bf&b=token"
                    .to_owned(),
                true
            )
        );
        assert_eq!(query("_lineCount=2&x=%20"), ("_lineCount=2&x=%20".to_owned(), false));
        for inner in
            ["http://x/?a=1%26token=abc", "x%23id_token%3Dabc", "y;token=abc", "%3Ftoken%253Dabc"]
        {
            let (clean, had) = query(&format!("a=1&next={inner}"));
            assert!(had && clean.starts_with("a=1&next=sha256:"), "{clean}");
        }
        assert_eq!(
            kept(r#"{"b":[{"access_token":"abc"}],"a":"x"}"#, None),
            r#"{"a":"x","b":[{"access_token":"sha256:ba7816bf"}]}"#
        );
        assert_eq!(kept(r#"{"b": 1,  "a":"x"}"#, None), r#"{"b": 1,  "a":"x"}"#);
        assert_eq!(kept(r#"{"\u0070assword":"abc"}"#, None), r#"{"password":"sha256:ba7816bf"}"#);
        assert_eq!(
            kept(r#"{"href":"http://x/y?user_token=abc&a=1"}"#, None),
            r#"{"href":"http://x/y?user_token=sha256:ba7816bf&a=1"}"#
        );
        assert_eq!(
            kept(r#"{"href":"http://x/y#a=1&id_token=abc"}"#, None),
            r#"{"href":"http://x/y#a=1&id_token=sha256:ba7816bf"}"#
        );
        assert_eq!(kept("a=b&client_secret=abc", FORM), "a=b&client_secret=sha256:ba7816bf");
        for kind in [None, Some("text/plain"), FORM] {
            assert_eq!(kept("a=b&jwt_to%6Ben=abc", kind), "a=b&jwt_to%6Ben=sha256:ba7816bf");
            for (quoted, clean) in [
                (r#""&client_secret=abc&""#, r#""&client_secret=sha256:ba7816bf&""#),
                (r#"["&client_secret=abc&"]"#, r#"["&client_secret=sha256:ba7816bf&"]"#),
                (r#"{"a":"client_secret=abc?b"}"#, r#"{"a":"client_secret=sha256:ba7816bf?b"}"#),
                (r#"{"a":"Your token, 100%"}"#, r#"{"a":"Your token, 100%"}"#),
            ] {
                assert_eq!(kept(quoted, kind), clean);
            }
        }
        let broken = r#"{"token":"abc""#;
        assert_eq!(kept(broken, None), fingerprint(broken.as_bytes()));
        assert_eq!(kept("my token is abc", None), fingerprint(b"my token is abc"));
    }

    #[test]
    fn a_long_body_is_cut_after_its_secrets_are_gone() {
        let long = format!(r#"{{"a":"{}","password":"abc"}}"#, "x".repeat(2 * LONGEST));
        let kept = body(&Bytes::from(long.clone()), None, false);
        assert_eq!((kept.bytes.len(), kept.length, kept.cut), (LONGEST, long.len(), true));
    }

    fn marked() -> impl Strategy<Value = String> {
        let mark = prop::sample::select(vec![
            "token",
            "SECRET",
            "Password",
            "client_secret",
            "jwt_token",
            "newPassWord",
        ]);
        ("[a-z_]{0,4}", mark, "[a-z_]{0,4}").prop_map(|(a, b, c)| format!("{a}{b}{c}"))
    }

    proptest! {
        #[test]
        fn no_marked_secret_gets_through(
            name in marked(),
            before in "[a-z ]{0,90}",
            // Not to be taken for part of a fingerprint or of another word.
            secret in "Q[A-Z0-9%+&=\"\\\\]{8,40}Z",
            depth in 0..20usize,
        ) {
            let mut json = serde_json::json!({"a": before, name.clone(): secret, "b": [1]});
            for _ in 0..depth {
                json = serde_json::json!([{"inner": json}]);
            }
            prop_assert!(!kept(&json.to_string(), None).contains(&serde_json::to_string(&secret).unwrap()));
            let plain: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
            let form = format!("a={before}&{name}={plain}");
            prop_assert!(!kept(&form, FORM).contains(&plain));
            prop_assert!(!kept(&form, None).contains(&plain));
            prop_assert!(!query(&form).0.contains(&plain));
            let multipart = format!(
                "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{plain}\r\n--x--\r\n"
            );
            let kind = Some("multipart/form-data; boundary=x");
            prop_assert!(!kept(&multipart, kind).contains(&plain));
            prop_assert!(!kept(&multipart[..multipart.len() - 4], kind).contains(&plain));
        }

        #[test]
        fn what_is_mentioned_anywhere_is_found(before in "[a-z]{0,200}", after in "[a-z]{0,100}") {
            for word in ["token", "SECRET", "passWord", "api_key", "x-api-key", "apiKey", "\\u0041"] {
                let text = format!("{before}{word}{after}");
                prop_assert!(mentions(text.as_bytes()));
            }
        }

        #[test]
        fn nothing_breaks_it(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,80}") {
            let _ = body(&Bytes::from(bytes), Some("multipart/form-data; boundary=x"), true);
            let _ = body(&Bytes::from(text.clone()), FORM, true);
            let _ = query(&text);
        }
    }
}
