//! Text inside of markup.

/// Text as it may stand in an attribute or an element of XML and HTML, which have no place for most
/// control characters.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&apos;"),
            '"' => escaped.push_str("&quot;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_markup_is_text() {
        assert_eq!(
            escaped("<a b='c'>&\"\n\0"),
            "&lt;a b=&apos;c&apos;&gt;&amp;&quot;&#10;\u{fffd}"
        );
        assert_eq!(escaped("Zo\u{eb} \u{1f600}"), "Zo\u{eb} \u{1f600}");
    }
}
