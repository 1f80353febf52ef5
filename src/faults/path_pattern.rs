//! Patterns of paths, as fault rules and matchers of the journal write them. By hand: a star here stands for slashes too,
//! and there is nothing else, which is a few lines against a glob library with rules of its own.

/// Whether a path is of that form; `*` stands for any characters, slashes too.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.as_bytes(), path.as_bytes());
    let (mut p, mut at) = (0, 0);
    // The last star, and how far what it stands for reaches.
    let mut star = None;
    while at < path.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, at));
            p += 1;
        } else if pattern.get(p) == path.get(at) {
            (p, at) = (p + 1, at + 1);
        } else if let Some((star_at, end)) = star {
            star = Some((star_at, end + 1));
            (p, at) = (star_at + 1, end + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, path) in [
            ("/a/b", "/a/b"),
            ("/a/*", "/a/b/c"),
            ("*", ""),
            ("*/profile/*", "/acme/campaign/x/profile/@1"),
            ("/a*c*d", "/abccd"),
            ("**", "x"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [("/a", "/a/b"), ("/a/*", "/a"), ("", "x"), ("*b", "abc"), ("a", "")]
        {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    proptest! {
        #[test]
        fn what_a_star_took_the_place_of_matches(a in "[a-c/]{0,8}", b in "[a-c/]{0,8}", c in "[a-c/]{0,8}") {
            let path = format!("{a}{b}{c}");
            let pattern = format!("{a}*{c}");
            prop_assert!(matches(&pattern, &path));
            prop_assert!(matches("*", &path));
            let longer = format!("{pattern}x");
            prop_assert!(!matches(&longer, &path));
        }
    }
}
