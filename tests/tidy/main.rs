//! Rules of the source tree that no compiler keeps: who may know whom, headers, licenses, and
//! documents that name what the code has.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod citations;
mod imports;
mod layers;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use campaign_mock::cli::Cli;
use campaign_mock::domain::{Deleted, Home, MAGIC, MAGIC_DOMAINS, Model};
use campaign_mock::http::control_routes;
use clap::CommandFactory as _;
use imports::{Crate, Imports, circles};

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {ending} below {folder}");
    found
}

fn sources() -> Vec<(PathBuf, String)> {
    files("src", ".rs")
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

/// `src/http/error.rs` → `http`, `src/app.rs` → `app`
fn top_module(path: &Path) -> String {
    let below = path.strip_prefix("src").unwrap();
    let first = below.iter().next().unwrap().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The code of a file without its comments.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The sources of the library by path below `src`; `main.rs` is a crate of its own.
fn library() -> Vec<(PathBuf, String)> {
    let below =
        |(path, text): (PathBuf, String)| (path.strip_prefix("src").unwrap().to_owned(), text);
    sources().into_iter().map(below).filter(|(path, _)| *path != Path::new("main.rs")).collect()
}

fn imports() -> Imports {
    let sources = library();
    let imports =
        Crate::read(sources.iter().map(|(path, text)| (path.clone(), text.as_str()))).imports();
    assert!(imports.len() > 100, "{}", imports.len());
    imports
}

/// `http/error/mod.rs` → `http::error`
fn module_name(file: &Path) -> String {
    let parts = file.with_extension("");
    let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| !["mod", "lib"].contains(&part.as_str())).collect::<Vec<_>>().join("::")
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let found = circles(&imports());
    let shown = found.iter().map(|ties| ties.join("\n  ")).collect::<Vec<_>>().join("\n\n  ");
    assert!(found.is_empty(), "{} circles:\n  {shown}", found.len());
}

#[test]
fn parts_import_only_from_those_below_them() {
    let imports = imports();
    let arrows = imports.iter().flat_map(|(file, names)| {
        names.iter().map(move |(other, name)| (module_name(file), module_name(other), name))
    });
    let faults: Vec<_> = arrows
        .filter_map(|(file, other, name)| {
            let why = layers::fault(&file, &other)?;
            Some(format!("{file} takes {name} from {other}: {why}"))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_citation_leads_to_a_section() {
    let mut faults = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for path in files(folder, ".rs") {
            let text = fs::read_to_string(&path).unwrap();
            let found = citations::faults(&text, &citations::sections);
            faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", path.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_source_file_is_longer_than_600_lines() {
    let kinds = [
        ("src", ".rs"),
        ("src", ".js"),
        ("src", ".css"),
        ("benches", ".rs"),
        ("tests", ".rs"),
        ("tests", ".mjs"),
        ("tests", ".py"),
    ];
    for (folder, ending) in kinds {
        for path in files(folder, ending) {
            if !path.iter().any(|part| part == "node_modules") {
                let lines = fs::read_to_string(&path).unwrap().lines().count();
                assert!(lines <= 600, "{} has {lines} lines", path.display());
            }
        }
    }
}

#[test]
fn who_names_rusqlite_actix_and_reqwest() {
    for (path, text) in sources() {
        let (module, code) = (top_module(&path), code(&text));
        assert!(module == "store" || !code.contains("rusqlite"), "{}", path.display());
        let wire = ["http", "app"].contains(&module.as_str());
        assert!(wire || !code.contains("actix_web"), "{}", path.display());
        assert!(module == "webhooks" || !code.contains("reqwest"), "{}", path.display());
    }
}

#[test]
fn the_domain_reads_no_clock_and_draws_no_number() {
    for (path, text) in sources() {
        if top_module(&path) == "domain" {
            for word in
                ["SystemTime", "Instant", "Timestamp::now", "fastrand", "std::fs", "std::net"]
            {
                assert!(!code(&text).contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_nothing_is_left_to_do() {
    let tests = files("tests", ".rs");
    for path in files("src", ".rs").into_iter().chain(tests).chain(files("benches", ".rs")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} has no header", path.display());
        for mark in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")] {
            assert!(!text.contains(mark), "{} has a {mark}", path.display());
        }
    }
}

#[test]
fn every_snapshot_is_asserted() {
    for path in files("tests/api", ".snap") {
        // `api__campaign__profiles__record.snap` is "record" of tests/api/campaign/profiles.rs.
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (module, name) = stem.rsplit_once("__").unwrap();
        let test = fs::read_to_string(format!("tests/{}.rs", module.replace("__", "/"))).unwrap();
        assert!(test.contains(&format!("\"{name}\"")), "{} is not used", path.display());
    }
}

#[test]
fn every_flag_and_its_twin_are_documented() {
    let document = fs::read_to_string("docs/configuration.md").unwrap();
    let cli = Cli::command();
    let commands = std::iter::once(&cli).chain(cli.get_subcommands());
    for command in commands.flat_map(|one| std::iter::once(one).chain(one.get_subcommands())) {
        for argument in command.get_arguments() {
            let (Some(flag), Some(twin)) = (argument.get_long(), argument.get_env()) else {
                continue;
            };
            assert!(document.contains(&format!("`--{flag}`")), "--{flag}");
            let twin = twin.to_str().unwrap();
            assert!(document.contains(&format!("`{twin}`")), "{twin}");
        }
    }
}

#[test]
fn every_route_is_on_the_coverage_page() {
    let page = fs::read_to_string("docs/coverage.md").unwrap();
    for route in [
        "/ims/exchange/jwt",
        "/ims/token/v3",
        "/ims/token/v1",
        "/ims/validate_token/v1",
        "/ims/invalidate_token/v2",
        "/ims/profile/v1",
        "/livez",
        "/readyz",
        "/metrics",
        "/favicon.svg",
        "/data/core/privacy/jobs",
        "/data/privacy/gdpr",
        "/data/privacy/gdpr/{jobId}/child",
        "/data/core/privacy/jobs/{jobId}",
        "/data/core/privacy/jobs/{jobId}/child-job",
        "/data/core/privacy/jobs/{jobId}/content",
        "/data/core/privacy/consent",
        "/{org}/campaign/{root}/{resource}",
        "/{org}/campaign/{root}/{resource}/{key}",
        "/{org}/campaign/{root}/{resource}[/{filter}]/_count",
    ] {
        let named = ["`", "?"].iter().any(|end| page.contains(&format!("`{route}{end}")));
        assert!(named, "{route}");
    }
    let routes = fs::read_to_string("src/http/router.rs").unwrap();
    let resources: usize = [
        "web::resource(\n",
        "web::resource(\"",
        "web::resource([",
        "web::resource(EX",
        "web::resource(ICONS",
        "web::resource(child_paths",
        "only_get(LIVE",
        "only_get(READY",
        "only_get(METRICS",
    ]
    .iter()
    .map(|made| routes.matches(made).count())
    .sum();
    assert_eq!(resources, 16, "a route came or went: see to docs/coverage.md and to this list");
}

#[test]
fn every_call_of_the_control_api_is_on_its_page() {
    let page = fs::read_to_string("docs/control-api.md").unwrap();
    for route in control_routes() {
        let line = format!("| {} `{}` | {}", route.method, route.path, route.summary);
        assert!(page.contains(&line), "{line}");
    }
    let lines = page.lines().filter(|line| line.starts_with("| ") && line.contains("| `/")).count();
    assert_eq!(lines, 0);
}

#[test]
fn the_coverage_page_lists_the_magic_identities_as_declared() {
    let page = fs::read_to_string("docs/coverage.md").unwrap();
    let table = page.split("| Local part | Effect |\n|---|---|\n").nth(1).unwrap();
    let table = table.split("\n\n").next().unwrap();
    let declared =
        MAGIC.map(|form| format!("| `{}` | {} |", form.local_part, form.effect)).join("\n");
    assert_eq!(table, declared);
    assert!(MAGIC_DOMAINS.iter().all(|domain| page.contains(&format!("`{domain}`"))));
}

#[test]
fn the_coverage_page_lists_the_resources_as_declared() {
    let page = fs::read_to_string("docs/coverage.md").unwrap();
    let mut missing = Vec::new();
    let model = Model::default();
    for resource in model.resources().filter(|resource| resource.home != Home::Inner) {
        let home = match resource.home {
            Home::Profiles => "`profileAndServices`, `profileAndServicesExt`",
            Home::Extended => "`profileAndServicesExt`",
            Home::Privacy => "`privacy`",
            Home::Workflow => "`workflow/execution`",
            Home::Custom | Home::Messages | Home::Inner => unreachable!("only seeds declare these"),
        };
        let verbs = resource.verbs;
        let delete = verbs.delete.map(|deleted| match deleted {
            Deleted::Ok => "DELETE (200)",
            Deleted::NoContent => "DELETE (204)",
        });
        let writes: Vec<_> =
            [verbs.create.then_some("POST"), verbs.update.then_some("PATCH"), delete]
                .into_iter()
                .flatten()
                .collect();
        let writes = if writes.is_empty() { "none".to_owned() } else { writes.join(", ") };
        let line = format!(
            "| `{}` | {home} | {writes} | {} |",
            resource.name(),
            resource.filter_names(true)
        );
        if !page.contains(&line) {
            missing.push(line);
        }
    }
    assert!(missing.is_empty(), "docs/coverage.md lacks:\n{}", missing.join("\n"));
}

/// The documents that readers see, with their text.
fn documents() -> Vec<(PathBuf, String)> {
    let of = |folder| files(folder, ".md").into_iter();
    let tests = of("tests").filter(|path| !path.iter().any(|part| part == "node_modules"));
    let all = of("docs")
        .chain(tests)
        .chain(["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(PathBuf::from));
    all.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// Its lines without those of code blocks.
fn prose(document: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    document.lines().filter(move |line| {
        let fence = line.starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// The anchors of a document's headings, made as GitHub makes them.
fn anchors(document: &str) -> BTreeSet<String> {
    let kept = |letter: char| letter.is_alphanumeric() || " -_".contains(letter);
    let headings = prose(document).filter(|line| line.starts_with('#'));
    headings
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .map(|line| line.chars().filter(|one| kept(*one)).collect::<String>().replace(' ', "-"))
        .collect()
}

#[test]
fn links_of_documents_lead_somewhere() {
    let mut seen = 0;
    for (path, text) in documents() {
        let text = prose(&text).collect::<Vec<_>>().join("\n");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file =
                if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(file.exists(), "{}: {target}", path.display());
            let known = anchor.is_empty() || {
                anchors(&fs::read_to_string(&file).unwrap()).contains(anchor)
            };
            assert!(known, "{}: {target} is no heading", path.display());
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn every_recipe_is_in_the_index() {
    let index = fs::read_to_string("docs/recipes/README.md").unwrap();
    for path in files("docs/recipes", ".md") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let listed = name == "README.md" || index.contains(&format!("]({name})"));
        assert!(listed, "{name}");
    }
}
