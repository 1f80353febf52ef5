//! What the documentation prints where a caller's own value belongs: `<PKEY>`, `{JOB_ID}`.

/// The first placeholder in a text that was sent, with its brackets: a word, or words, of letters and underscores. What
/// has digits or hyphens may be a key that a customer has chosen, such as a GUID.
#[must_use]
pub fn placeholder(text: &str) -> Option<&str> {
    text.match_indices(['<', '{']).find_map(|(at, open)| {
        let rest = &text[at..];
        let name =
            rest[1..].split(|c: char| !(c.is_ascii_alphabetic() || "_ ".contains(c))).next()?;
        let close = if open == "<" { '>' } else { '}' };
        let whole = name.len() >= 2 && rest[1 + name.len()..].starts_with(close);
        whole.then(|| &rest[..name.len() + 2])
    })
}

/// What a reason says first where a placeholder was sent, with a blank behind it; nothing for all other texts.
#[must_use]
pub fn placeholder_advice(text: &str) -> String {
    placeholder(text).map_or_else(String::new, |found| {
        format!(
            "'{found}' is a placeholder of the documentation: write your own value in its place. "
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_placeholder_is_words_in_brackets() {
        for (text, found) in [
            ("<PKEY>", Some("<PKEY>")),
            ("@<PKEY>", Some("<PKEY>")),
            ("{JOB_ID}", Some("{JOB_ID}")),
            ("{jobId}", Some("{jobId}")),
            ("mc<ORGANIZATION>", Some("<ORGANIZATION>")),
            ("<<PKEY>>", Some("<PKEY>")),
            ("{<API KEY>}", Some("<API KEY>")),
            ("PKEY", None),
            ("<>", None),
            ("{}", None),
            ("<PKEY", None),
            ("<PKEY}", None),
            ("><", None),
            ("{6F9619FF-8B86-D011-B42D-00C04FC964FF}", None),
            ("<\u{e4}\u{f6}>", None),
        ] {
            assert_eq!(placeholder(text), found, "{text}");
        }
        assert_eq!(placeholder_advice("PKEY"), "");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,40}", other in "[<>{}A_ \u{e4}]{0,20}") {
            let _ = (placeholder(&text), placeholder(&other));
        }
    }
}
