//! Form bodies and queries: `application/x-www-form-urlencoded`, and `multipart/form-data` (RFC 7578) as far as forms
//! without files need it. By hand because the body is in memory already and small: the libraries for multipart read a
//! stream, and bring their own limits and errors.

/// Names and values of a URL-encoded text, in order.
#[must_use]
pub(crate) fn urlencoded(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// The boundary that a Content-Type names, if it is of this kind.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let ours = kind.trim().eq_ignore_ascii_case("multipart/form-data");
    ours.then(|| parameter(parameters, "boundary").unwrap_or_default())
}

/// Names and values of a body's parts; `None` when it is not of this form.
pub(crate) fn fields(body: &[u8], boundary: &str) -> Option<Vec<(String, String)>> {
    if boundary.is_empty() {
        return None;
    }
    // The line end before a delimiter belongs to it; the first one may stand without.
    let delimiter = format!("\r\n--{boundary}");
    let body = [b"\r\n", body].concat();
    let mut parts = split(&body, delimiter.as_bytes()).into_iter().skip(1);
    let mut fields = Vec::new();
    loop {
        // What follows the last delimiter is `--`, and nothing else counts.
        let part = parts.next()?;
        if part.starts_with(b"--") {
            return Some(fields);
        }
        fields.push(field(part)?);
    }
}

fn field(part: &[u8]) -> Option<(String, String)> {
    let part = std::str::from_utf8(part).ok()?;
    let (head, value) = part.split_once("\r\n\r\n")?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (_, parameters) = disposition.split_once(';')?;
    Some((parameter(parameters, "name")?.to_owned(), value.to_owned()))
}

/// A parameter of a header, in quotes or without.
fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|parameter| {
        let (known, value) = parameter.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

fn split<'a>(mut text: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(at) = text.windows(separator.len()).position(|window| window == separator) {
        let (part, rest) = text.split_at(at);
        parts.push(part);
        text = rest.get(separator.len()..).unwrap_or_default();
    }
    parts.push(text);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_boundary_is_what_the_content_type_says() {
        assert_eq!(boundary("multipart/form-data; boundary=abc"), Some("abc"));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), Some("a b"));
        assert_eq!(boundary("multipart/form-data"), Some(""));
        assert_eq!(boundary("application/x-www-form-urlencoded"), None);
    }

    #[test]
    fn what_clients_send_is_read() {
        let body = "preamble\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n--x\r\n\
                    Content-Type: text/plain\r\ncontent-disposition: form-data; name=b; filename=\"c\"\r\n\r\n\r\n--x--\r\n";
        let fields = fields(body.as_bytes(), "x").unwrap();
        assert_eq!(fields, [("a", "1\r\n2"), ("b", "")].map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--";
        assert!(fields(body.as_bytes(), "x").is_some());
        for end in 0..body.len() {
            assert_eq!(fields(&body.as_bytes()[..end], "x"), None, "{end}");
        }
        assert_eq!(fields(body.as_bytes(), ""), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            pairs in prop::collection::vec(("[a-z_]{1,12}", "[^-]{0,40}"), 0..5),
            boundary in "[a-zA-Z0-9'()+_,./:=?-]{1,30}",
        ) {
            let part = |(name, value): &(String, String)| format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            let parts: Vec<_> = pairs.iter().map(part).collect();
            let body = format!("{}--{boundary}--\r\n", parts.concat());
            prop_assert_eq!(fields(body.as_bytes(), &boundary), Some(pairs));
        }

        #[test]
        fn nothing_breaks_it(body in prop::collection::vec(any::<u8>(), 0..200), boundary in ".{0,5}") {
            let _ = fields(&body, &boundary);
        }
    }
}
