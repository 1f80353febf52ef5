//! The page that shows the APIs: its files, who gets them, and what they may do in a browser.

use crate::driver::{HOST, Mock, settings};
use crate::wire::Answer;

/// The files of the page, their types, and whether they are our own.
const FILES: [(&str, &str, bool); 6] = [
    ("docs", "text/html; charset=utf-8", true),
    ("docs/start.css", "text/css; charset=utf-8", true),
    ("docs/start.js", "text/javascript; charset=utf-8", true),
    ("docs/search.js", "text/javascript; charset=utf-8", true),
    ("docs/swagger-ui.css", "text/css; charset=utf-8", false),
    ("docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8", false),
];

/// What the console has too.
const SHARED: &str = "assets/admin.js";

const GZIP: (&str, &str) = ("Accept-Encoding", "gzip, deflate, br");

impl Mock {
    fn page_file(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.raw("GET", &format!("/__admin/{path}"), headers, "")
    }
}

#[test]
fn the_page_s_files_say_what_a_browser_may_do_with_them() {
    let mock = Mock::start();
    for (path, kind, own) in FILES {
        let answer = mock.page_file(path, &[GZIP]);
        assert_eq!(answer.status, 200, "{path}");
        let kept = if own { "no-store" } else { "max-age=3600" };
        for (name, value) in [
            ("content-type", kind),
            (
                "content-security-policy",
                "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", kept),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
    }
}

#[test]
fn our_own_files_name_no_other_host_and_write_no_markup() {
    let mock = Mock::start();
    let own = FILES.into_iter().filter(|(.., own)| *own).map(|(path, ..)| path);
    for path in own.chain([SHARED]) {
        let text = mock.page_file(path, &[]).body;
        for word in
            ["http://", "https://", "innerHTML", "document.write", "style=", "onclick", "eval("]
        {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
}

#[test]
fn a_client_without_gzip_gets_the_file_inflated() {
    let mock = Mock::start();
    for (name, begins, size) in
        [("swagger-ui.css", ".swagger-ui", 100_000), ("swagger-ui-bundle.js", "/*!", 1_000_000)]
    {
        let path = format!("docs/{name}");
        let small = mock.page_file(&path, &[GZIP]);
        assert_eq!(small.header("content-encoding"), Some("gzip"), "{name}");
        assert!(small.bytes.starts_with(&[0x1f, 0x8b]) && small.bytes.len() < size / 2, "{name}");
        for accepted in [&[][..], &[("Accept-Encoding", "br")], &[("Accept-Encoding", "gzip;q=0")]]
        {
            let whole = mock.page_file(&path, accepted);
            assert_eq!((whole.status, whole.header("content-encoding")), (200, None), "{name}");
            assert_eq!(whole.header("vary"), Some("Accept-Encoding"), "{name}");
            assert!(whole.body.starts_with(begins) && whole.bytes.len() > size, "{name}");
            // What a gzip file ends with: how long it is when it is inflated.
            let (_, told) = small.bytes.split_last_chunk().unwrap();
            assert_eq!(u32::from_le_bytes(*told) as usize, whole.bytes.len(), "{name}");
        }
    }
}

#[test]
fn swagger_ui_takes_at_most_half_a_megabyte() {
    let mock = Mock::start();
    let sizes = FILES.map(|(path, ..)| mock.page_file(path, &[GZIP]).bytes.len());
    assert!(sizes.iter().sum::<usize>() < 500_000, "{sizes:?}");
}

#[test]
fn the_page_needs_no_token_but_what_it_shows_does() {
    let mut admin = settings();
    admin.admin_token = Some("a-token-of-16-chars".parse().unwrap());
    let mock = Mock::with(admin);
    for (path, ..) in FILES {
        assert_eq!(mock.page_file(path, &[]).status, 200, "{path}");
        // Whoever has a good token in mind or a wrong one.
        assert_eq!(mock.page_file(path, &[("X-Admin-Token", "another")]).status, 200, "{path}");
    }
    for path in ["openapi/campaign.json", "orgs", "orgs/acme", "docs2"] {
        assert_eq!(mock.page_file(path, &[]).status, 401, "{path}");
    }
    let tokens = mock.raw("POST", "/__admin/tokens", &[("X-Campaign-Mock", "1")], "");
    assert_eq!(tokens.status, 401);
}

#[test]
fn a_link_from_another_site_opens_the_page_and_nothing_else() {
    let mock = Mock::start();
    let followed = [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
    ];
    assert_eq!(mock.page_file("docs", &followed).status, 200);
    assert_eq!(mock.page_file("orgs", &followed).status, 403);
    // A frame, a script, a page that fetches.
    for (mode, dest) in [("navigate", "iframe"), ("no-cors", "script"), ("cors", "empty")] {
        let headers = [followed[0], ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", dest)];
        assert_eq!(mock.page_file("docs", &headers).status, 403, "{mode} {dest}");
    }
    assert_eq!(mock.page_file("docs", &[("Origin", "http://evil.test")]).status, 403);
    assert_eq!(mock.page_file("docs", &[("Origin", &format!("http://{HOST}"))]).status, 200);
}

#[test]
fn a_file_that_the_page_does_not_have_is_refused_with_advice() {
    let answer = Mock::start().page_file("docs/index.html", &[]);
    assert_eq!(answer.status, 404);
    let reason = answer.header("x-mock-reason").unwrap();
    assert_eq!(reason, "The page of the APIs has no file 'index.html': open GET /__admin/docs.");
}
