//! A report: the console as one file, with what it shows inside. It needs no server and calls none.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::console::{scripts, style};

/// What the names of the page's scripts begin with where a map of imports says what they are.
const PREFIX: &str = "console/";

/// The report that shows `record`: an object with the members that `console/recorded.js` reads. All that stands in it
/// is shown as text.
#[must_use]
pub fn report_page(record: &Value) -> String {
    // Nothing in it can end the element that it is in.
    let record = record.to_string().replace('<', "\\u003c");
    let imports = serde_json::json!({ "imports": imports() }).to_string();
    let begin = format!("import '{PREFIX}report.js';");
    let hashes = [&imports, &begin].map(|text| {
        let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
        format!("'sha256-{hash}'")
    });
    let policy = format!(
        "default-src 'none'; script-src {} data:; style-src 'unsafe-inline'",
        hashes.join(" ")
    );
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>campaign-mock report</title>
<style>{style}</style>
<script type="importmap">{imports}</script>
</head>
<body>
<div id="console"></div>
<noscript>This page needs its script.</noscript>
<script type="application/json" id="record">{record}</script>
<script type="module">{begin}</script>
</body>
</html>
"#,
        style = style(),
    )
}

/// Each script as an address that is the script. A file cannot import the file beside it, so names take the place of
/// relative paths.
fn imports() -> Map<String, Value> {
    scripts()
        .map(|(name, text)| {
            let script = STANDARD.encode(with_names(name, text));
            (format!("{PREFIX}{name}"), format!("data:text/javascript;base64,{script}").into())
        })
        .collect()
}

/// A script whose relative imports are names.
fn with_names(name: &str, text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, path)) = next_import(rest) {
        let (before, after) = rest.split_at(at);
        let _ = write!(found, "{before}{PREFIX}{}", named(name, path));
        rest = &after[path.len()..];
    }
    found + rest
}

/// Where the next relative path of an import is, and the path.
fn next_import(text: &str) -> Option<(usize, &str)> {
    text.match_indices("from").find_map(|(at, word)| {
        let after = &text[at + word.len()..];
        let quoted = after.trim_start();
        let quote = quoted.chars().next().filter(|one| ['\'', '"'].contains(one))?;
        let path = quoted[1..].split(quote).next()?;
        let start = text.len() - quoted.len() + 1;
        ["./", "../"].iter().any(|begin| path.starts_with(begin)).then_some((start, path))
    })
}

/// The name of the script to which a path leads from the script of another name.
fn named(from: &str, path: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    match (path.strip_prefix("../"), path.trim_start_matches("./")) {
        (Some(above), _) => above.to_owned(),
        (None, beside) if folder.is_empty() => beside.to_owned(),
        (None, beside) => format!("{folder}/{beside}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_get_names_whatever_their_form() {
        let script =
            "import{a}from\"../b.js\";import { c } from './d.js';\nconst text = 'from here';";
        let named = "import{a}from\"console/b.js\";import { c } from 'console/d.js';\nconst text = 'from here';";
        assert_eq!(with_names("x.js", script), named);
        assert_eq!(
            with_names("directives/x.js", "from './y.js'"),
            "from 'console/directives/y.js'"
        );
    }

    /// So that a report can carry them: plain relative imports alone, each of a file that there is.
    #[test]
    fn files_import_each_other_and_nothing_else() {
        for (name, text) in scripts() {
            assert!(!text.contains("import("), "{name} imports while it runs");
            let mut rest = text;
            while let Some((at, path)) = next_import(rest) {
                let import = named(name, path);
                assert!(scripts().any(|(known, _)| known == import), "{name}: {path}");
                rest = &rest[at..];
            }
            assert!(!with_names(name, text).contains("from './"), "{name}");
        }
    }

    #[test]
    fn what_a_report_shows_cannot_end_its_script() {
        let page = report_page(&serde_json::json!({"path": "</script><script>alert(1)</script>"}));
        assert!(!page.contains("alert(1)</script>"));
        assert!(page.contains(r"\u003c/script>\u003cscript>alert(1)"));
    }
}
