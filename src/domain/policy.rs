//! The data policies of the profile's fields: what `email` and `smartCase` do to a value on its way
//! in (`docs/reference/campaign-standard.md` §6, `docs/reference/profile-fields.md` §1).

/// A valid e-mail address in lower case, or the reason why the text is none.
pub(super) fn email(text: &str) -> Result<String, String> {
    let refuse = |why: &str| Err(format!("'{}' is not an e-mail address: {why}", shorten(text)));
    let Some((local, domain)) = text.rsplit_once('@') else {
        return refuse("it has no '@'");
    };
    let local_char = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.is_empty() || local.len() > 64 || !local.chars().all(local_char) || dots(local) {
        return refuse("the part before '@' is malformed");
    }
    let label = |label: &str| {
        !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if !domain.contains('.') || dots(domain) || !domain.split('.').all(label) {
        return refuse("the part after '@' is not a domain name");
    }
    Ok(text.to_lowercase())
}

/// Whether a dot stands first, last or beside another.
fn dots(text: &str) -> bool {
    text.starts_with('.') || text.ends_with('.') || text.contains("..")
}

/// Capital first letter of each word, the rest lower case: `in der maur` → `In Der Maur`,
/// `BERGER (YM)` → `Berger (Ym)`. A word begins after anything that is no letter or digit.
pub(super) fn smart_case(text: &str) -> String {
    let mut inside_word = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if inside_word {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        let combining_mark = ('\u{300}'..='\u{36f}').contains(&c);
        inside_word = c.is_alphanumeric() || (inside_word && combining_mark);
    }
    out
}

/// At most 60 characters of a value, for messages.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_checked_and_lowered() {
        assert_eq!(email("John.Doe+x@Mail.COM").as_deref(), Ok("john.doe+x@mail.com"));
        for bad in [
            "john",
            "@x.com",
            "john@",
            "john@localhost",
            "a b@x.com",
            "a@x..com",
            "a@.x.com",
            ".a@x.com",
            "a.@x.com",
            "a@@x.com",
            "a@-x.com",
            "a@x.com ",
            "a@x.com\0",
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_get_the_stored_spellings_of_the_reference() {
        for (input, stored) in [
            ("in der maur", "In Der Maur"),
            ("BERGER (YM)", "Berger (Ym)"),
            ("jean-paul", "Jean-Paul"),
            ("o'brien", "O'Brien"),
            ("Re\u{301}my", "Re\u{301}my"),
            ("", ""),
        ] {
            assert_eq!(smart_case(input), stored);
        }
    }

    proptest! {
        #[test]
        fn policies_are_idempotent(text in "[ -~éÉñŒ]{0,40}") {
            let once = smart_case(&text);
            prop_assert_eq!(smart_case(&once), once.clone());
            if let Ok(address) = email(&text) {
                prop_assert_eq!(email(&address), Ok(address.clone()));
            }
        }
    }
}
