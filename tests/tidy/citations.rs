//! Citations of evidence: `docs/reference/<file>.md` §n, each of a section that there is.

use std::collections::BTreeSet;
use std::fs;

/// A text without comment marks and line breaks, so that a citation may wrap.
fn flowing(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim_start();
        line.trim_start_matches("//!")
            .trim_start_matches("///")
            .trim_start_matches("//")
            .trim_start_matches('#')
    });
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

/// What is wrong with the citations of a text; `sections` says which a document has.
pub(crate) fn faults(
    text: &str,
    sections: &dyn Fn(&str) -> Option<BTreeSet<String>>,
) -> Vec<String> {
    const MARK: &str = concat!("refe", "rence/");
    let text = flowing(text);
    let mut faults = Vec::new();
    for (at, _) in text.match_indices(MARK) {
        let (before, after) = text.split_at(at);
        let cited = &after[MARK.len()..];
        let Some((file, rest)) = cited.split_once(".md") else { continue };
        if !file.chars().all(|one| one.is_ascii_lowercase() || one == '-') || file.is_empty() {
            continue;
        }
        if !before.ends_with("docs/") {
            faults.push(format!("write docs/{MARK}{file}.md"));
            continue;
        }
        let Some(known) = sections(file) else {
            faults.push(format!("there is no docs/{MARK}{file}.md"));
            continue;
        };
        let numbers = numbers(rest);
        if numbers.is_empty() {
            faults.push(format!("docs/{MARK}{file}.md is cited without a section"));
        }
        let missing = numbers.into_iter().filter(|number| !known.contains(number));
        faults.extend(missing.map(|number| format!("docs/{MARK}{file}.md has no §{number}")));
    }
    faults
}

/// The sections at the start of what follows a file's name: "` §3, §6" or "` §1-§4".
fn numbers(rest: &str) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    let mut rest = rest.trim_start_matches(['`', ' ']);
    let mut is_range = false;
    while let Some(next) = rest.strip_prefix('§') {
        let end = next.find(|one: char| !one.is_ascii_digit() && one != '.').unwrap_or(next.len());
        let number = next[..end].trim_end_matches('.').to_owned();
        if is_range
            && let (Some(Ok(first)), Ok(last)) =
                (numbers.last().map(|one| one.parse::<u32>()), number.parse::<u32>())
        {
            numbers.extend((first + 1..last).map(|one| one.to_string()));
        }
        numbers.push(number);
        rest = &next[end..];
        is_range = rest.starts_with(['-', '–']);
        rest = rest.trim_start_matches([',', ' ', '-', '–']).trim_start_matches("and ");
    }
    numbers
}

/// The numbered headings of a document in the folder of evidence; `None` when there is no such document.
pub(crate) fn sections(file: &str) -> Option<BTreeSet<String>> {
    let text = fs::read_to_string(format!("docs/{}{file}.md", concat!("refe", "rence/"))).ok()?;
    let headings = text
        .lines()
        .filter_map(|line| line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")));
    let number = |heading: &str| {
        let number = heading.split(' ').next()?.trim_end_matches('.');
        number.starts_with(|one: char| one.is_ascii_digit()).then(|| number.to_owned())
    };
    Some(headings.filter_map(number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        let known =
            |file: &str| (file == "one").then(|| ["1", "2", "3", "4.1"].map(str::to_owned).into());
        faults(&text.replace("REF", concat!("refe", "rence")), &known)
    }

    #[test]
    fn a_citation_names_a_section_that_there_is() {
        for fine in [
            "/// As documented (`docs/REF/one.md` §1).",
            "//! (`docs/REF/one.md`\n//! §2, §4.1 and §3).",
            "// `docs/REF/one.md` §1-§3",
            "the folder docs/REF/ has them",
        ] {
            assert_eq!(check(fine), Vec::<String>::new(), "{fine}");
        }
        for bad in [
            "`REF/one.md` §1",
            "`docs/REF/one.md`, here",
            "`docs/REF/one.md` §5",
            "`docs/REF/one.md` §1–§5",
            "`docs/REF/one.md`\n/// §2, §9",
            "`docs/REF/two.md` §1",
        ] {
            assert!(!check(bad).is_empty(), "{bad}");
        }
    }
}
