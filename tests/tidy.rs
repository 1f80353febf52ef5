//! Rules of the source tree that no compiler keeps: who may know whom, headers, licences, and
//! documents that name what the code has.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use campaign_mock::cli::Cli;
use campaign_mock::domain::{Deleted, Home, MAGIC, MAGIC_DOMAINS, Model};
use campaign_mock::http::control_routes;
use clap::CommandFactory as _;
use serde_json::Value;

/// Each top module and the top modules it may name: the arrows of `docs/architecture.md`.
const MAY_KNOW: [(&str, &[&str]); 18] = [
    ("domain", &[]),
    ("random", &[]),
    ("people", &[]),
    ("clock", &["domain"]),
    ("seed", &["domain"]),
    ("store", &["domain"]),
    ("auth", &["domain", "seed"]),
    ("service", &["auth", "clock", "domain", "people", "random", "seed", "store"]),
    ("worker", &["domain", "service"]),
    ("http", &["auth", "domain", "service"]),
    ("config", &["auth", "domain", "http", "seed", "service", "store"]),
    ("announcement", &["auth", "config", "domain", "http", "seed", "service", "store"]),
    (
        "app",
        &[
            "announcement",
            "auth",
            "clock",
            "config",
            "domain",
            "http",
            "random",
            "seed",
            "service",
            "store",
            "worker",
        ],
    ),
    ("cli", &["auth", "clock", "config", "domain", "export", "http", "random", "seed", "store"]),
    ("export", &["domain", "people", "seed", "store"]),
    ("exec", &["app", "config"]),
    ("mock", &["announcement", "app", "auth", "config", "domain", "http", "service"]),
    ("lib", &[]),
];

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

/// The top modules that a file names as `crate::<module>`.
fn named(text: &str) -> BTreeSet<String> {
    code(text)
        .split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect())
        .filter(|name: &String| !name.is_empty())
        .collect()
}

#[test]
fn modules_know_only_those_below_them() {
    for (path, text) in sources() {
        let module = top_module(&path);
        if module == "main" {
            continue;
        }
        let (_, allowed) = MAY_KNOW
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("{module} is not in MAY_KNOW"));
        for name in named(&text) {
            assert!(
                name == module || allowed.contains(&name.as_str()),
                "{} names crate::{name}, which {module} may not know",
                path.display()
            );
        }
    }
}

#[test]
fn only_the_store_names_rusqlite_and_only_the_wire_names_actix() {
    for (path, text) in sources() {
        let (module, code) = (top_module(&path), code(&text));
        assert!(module == "store" || !code.contains("rusqlite"), "{}", path.display());
        let wire = ["http", "app"].contains(&module.as_str());
        assert!(wire || !code.contains("actix_web"), "{}", path.display());
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
    for path in files("tests/api/snapshots", ".snap") {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut parts = stem.splitn(3, "__").skip(1);
        let (module, name) = (parts.next().unwrap(), parts.next().unwrap());
        let test = fs::read_to_string(format!("tests/api/{module}.rs")).unwrap();
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
        "/data/core/privacy/jobs",
        "/data/privacy/gdpr",
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
    let routes = fs::read_to_string("src/http/routes.rs").unwrap();
    let resources: usize = [
        "web::resource(\n",
        "web::resource(\"",
        "web::resource([",
        "web::resource(EX",
        "only_get(probes::",
        "only_get(metrics::",
    ]
    .iter()
    .map(|made| routes.matches(made).count())
    .sum();
    assert_eq!(resources, 14, "a route came or went: see to docs/coverage.md and to this list");
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
    let all = of("docs").chain(tests).chain([PathBuf::from("README.md")]);
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

/// The packages that this machine builds from, with name, version and licence.
fn packages() -> Vec<(String, String, String)> {
    let compiler = Command::new("rustc").arg("-vV").output().unwrap();
    let compiler = String::from_utf8(compiler.stdout).unwrap();
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |package: &Value, name: &str| package[name].as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|p| (text(p, "name"), text(p, "version"), text(p, "license"))).collect()
}

#[test]
fn dependencies_have_permissive_licences() {
    const PERMISSIVE: [&str; 11] = [
        "MIT",
        "MIT-0",
        "Apache-2.0",
        "BSD-1-Clause",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "Unicode-3.0",
        "Unlicense",
        "0BSD",
    ];
    for (name, version, licence) in packages() {
        let expression = licence.replace(" WITH LLVM-exception", "").replace('/', " OR ");
        let expression = expression.replace(['(', ')'], "");
        // Every part that is joined by AND must offer one of ours.
        let fine = expression
            .split(" AND ")
            .all(|part| part.split(" OR ").any(|one| PERMISSIVE.contains(&one.trim())));
        assert!(fine, "{name} {version} is under '{licence}'");
    }
}

#[test]
fn versions_with_known_defects_stay_out() {
    let version = |text: &str| -> Vec<u64> {
        text.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
    };
    let floors = [
        // Request smuggling, empty chunk sizes, duplicate Host.
        ("actix-http", "3.18.11"),
        // Claims of a wrong type that pass unchecked.
        ("jsonwebtoken", "11.0.0"),
        // SQLite before 3.51.3 can lose commits when two connections checkpoint.
        ("libsqlite3-sys", "0.37.0"),
    ];
    for (name, found, _) in packages() {
        // Unbounded empty frames; a timing side channel without a fix.
        assert!(!["h2", "rsa"].contains(&name.as_str()), "{name} {found}");
        if let Some((_, floor)) = floors.iter().find(|(known, _)| *known == name) {
            assert!(version(&found) >= version(floor), "{name} {found}");
        }
    }
}
