//! Which part of the product may know which: the arrows of `docs/architecture.md`.

/// Each part, by the start of its module path, and the parts that it may import from beside itself. The longest start
/// counts.
pub(crate) const LAYERS: &[(&str, &[&str])] = &[
    // The ground.
    ("domain", &[]),
    ("random", &[]),
    ("form", &[]),
    ("io_message", &[]),
    ("clock", &["domain"]),
    // What the use cases stand on.
    ("seed", &["domain", "io_message", "journal"]),
    ("store", &["domain", "io_message"]),
    ("auth", &["domain", "seed"]),
    ("faults", &["domain"]),
    ("journal", &["domain", "faults", "form"]),
    ("live", &["domain", "faults", "journal"]),
    ("metrics", &["faults", "journal"]),
    ("webhooks", &["domain"]),
    (
        "service",
        &[
            "auth", "clock", "domain", "faults", "journal", "live", "random", "seed", "store",
            "webhooks",
        ],
    ),
    ("worker", &["domain", "service"]),
    // The wire, from the ground up.
    ("http::headers", &[]),
    ("http::hosts", &[]),
    ("http::privacy_behavior", &["domain"]),
    ("http::settings", &["http::hosts", "http::privacy_behavior"]),
    ("http::response", &["domain", "http::error"]),
    ("http::response_cache", &["domain"]),
    ("http::openapi", &[]),
    ("http::schemas", &["http::openapi"]),
    ("http::error", &["domain", "http::headers", "http::response", "http::settings"]),
    ("http::target", &["http::error", "http::headers", "http::settings"]),
    ("http::signed_download", &["domain", "form", "http::target", "service"]),
    (
        "http::state",
        &[
            "auth",
            "http::hosts",
            "http::response_cache",
            "http::settings",
            "http::target",
            "metrics",
            "service",
        ],
    ),
    (
        "http::pipeline",
        &[
            "auth",
            "domain",
            "faults",
            "form",
            "http::error",
            "http::headers",
            "http::hosts",
            "http::response",
            "http::settings",
            "http::signed_download",
            "http::state",
            "http::target",
            "journal",
            "live",
            "metrics",
            "service",
        ],
    ),
    ("http::campaign", WIRE),
    ("http::privacy", WIRE),
    ("http::ims", WIRE),
    ("http::control", CONTROL),
    ("http::router", ROUTER),
    ("http", &[]),
    // What starts and asks a server.
    ("interfaces", &[]),
    ("kept_secret", &["auth", "io_message"]),
    ("config", &["auth", "domain", "http", "seed", "service", "store", "webhooks"]),
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
            "interfaces",
            "io_message",
            "journal",
            "kept_secret",
            "random",
            "seed",
            "service",
            "store",
            "webhooks",
            "worker",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "auth",
            "clock",
            "config",
            "domain",
            "http",
            "io_message",
            "kept_secret",
            "random",
            "seed",
            "service",
            "store",
        ],
    ),
    ("mock", &["announcement", "app", "auth", "config", "domain", "http", "journal", "service"]),
    ("", &["cli"]),
];

/// What the folders of the APIs may know.
const WIRE: &[&str] = &[
    "auth",
    "domain",
    "form",
    "http::error",
    "http::headers",
    "http::openapi",
    "http::pipeline",
    "http::privacy_behavior",
    "http::response",
    "http::response_cache",
    "http::schemas",
    "http::settings",
    "http::signed_download",
    "http::state",
    "http::target",
    "service",
];

/// The control API shows what the others are.
const CONTROL: &[&str] = &[
    "auth",
    "domain",
    "faults",
    "form",
    "http::campaign",
    "http::error",
    "http::ims",
    "http::openapi",
    "http::pipeline",
    "http::privacy",
    "http::response",
    "http::schemas",
    "http::state",
    "http::target",
    "journal",
    "live",
    "metrics",
    "random",
    "service",
];

const ROUTER: &[&str] = &[
    "http::campaign",
    "http::control",
    "http::error",
    "http::hosts",
    "http::ims",
    "http::pipeline",
    "http::privacy",
    "http::response",
    "http::state",
    "http::target",
];

/// The part that a module belongs to, and what it may know.
fn part_of(module: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    let is_in =
        |part: &str| part.is_empty() || module == part || module.starts_with(&format!("{part}::"));
    LAYERS.iter().filter(|(part, _)| is_in(part)).max_by_key(|(part, _)| part.len())
}

/// Why a module may not import from another; `None` when it may.
pub(crate) fn fault(module: &str, other: &str) -> Option<String> {
    let Some((part, may_know)) = part_of(module) else {
        return Some(format!("{module} is in no part of LAYERS"));
    };
    let inside = |name: &str| other == name || other.starts_with(&format!("{name}::"));
    let allowed = part_of(other).is_some_and(|(one, _)| one == part)
        || may_know.iter().any(|name| inside(name));
    (!allowed).then(|| format!("'{part}' may know {may_know:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_one_way() {
        for (module, other) in
            [("http::pipeline::cors", "http::state"), ("store::orgs", "domain::org")]
        {
            assert_eq!(fault(module, other), None);
        }
        for (module, other) in [
            ("store::orgs", "service::records"),
            ("http::error::failure", "http::pipeline::order"),
            ("http::campaign::get", "http::control::jobs"),
            ("domain::org", "http::target"),
            ("unheard_of", "domain"),
        ] {
            assert!(fault(module, other).is_some(), "{module} {other}");
        }
    }
}
