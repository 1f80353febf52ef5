//! Magic identities: e-mail addresses whose local part decides how a job goes, so that a test of a
//! user interface needs no control call. They count on domains that are reserved for examples only
//! (RFC 2606), so no address of a person is ever one.

use std::time::Duration;

use super::{Outcome, Product, Progression, ResponseCode, Results};
use crate::domain::{Identity, parse_duration};

/// The domains on which local parts are magic.
pub const MAGIC_DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];

/// A form of magic identity, for documents and the control API.
#[derive(Debug, Clone, Copy)]
pub struct MagicForm {
    /// The local part; `+<label>` may follow to tell people apart.
    pub local_part: &'static str,
    /// What it does.
    pub effect: &'static str,
}

/// Every form there is.
pub const MAGIC: [MagicForm; 6] = [
    MagicForm {
        local_part: "error[+<product>]",
        effect: "the product, or each of them, ends in error with PRVCY-1021-400 and does nothing",
    },
    MagicForm {
        local_part: "slow+<duration>",
        effect: "the job stays in processing that long, whatever moves the org's other jobs",
    },
    MagicForm {
        local_part: "notfound",
        effect: "each product answers PRVCY-6052-200 and does nothing",
    },
    MagicForm {
        local_part: "notprovisioned[+<product>]",
        effect: "the product, or each of them, answers PRVCY-6051-200 and does nothing",
    },
    MagicForm {
        local_part: "partial",
        effect: "each product does its work for the other identities and answers PRVCY-6054-200 with \
                 this one ignored",
    },
    MagicForm { local_part: "held", effect: "the job moves only when the control API says so" },
];

/// The local part of an address on one of these domains, in small letters.
pub(in crate::domain) fn magic_local_part(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let reserved = MAGIC_DOMAINS.iter().any(|reserved| domain.eq_ignore_ascii_case(reserved));
    reserved.then(|| local.to_ascii_lowercase())
}

/// What one magic identity asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Magic {
    /// The product fails; all do, if none is named.
    Error(Option<String>),
    /// Stay in `processing` that long.
    Slow(Duration),
    /// Nobody goes by that identity.
    NotFound,
    /// The org does not have the product; it has none, if none is named.
    NotProvisioned(Option<String>),
    /// Done for the other identities only; the value of this one.
    Partial(String),
    /// Do not move.
    Held,
}

impl Magic {
    /// The magic of a value; `None` for nearly all there are.
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        let local = magic_local_part(value)?;
        let (word, rest) = local.split_once('+').unwrap_or((&local, ""));
        let first = rest.split('+').next().unwrap_or_default();
        let product = || Product::of(first).map(|product| product.value.to_owned());
        Some(match word {
            "error" => Self::Error(product()),
            "slow" => Self::Slow(Duration::try_from(parse_duration(first).ok()?).ok()?),
            "notfound" => Self::NotFound,
            "notprovisioned" => Self::NotProvisioned(product()),
            "partial" => Self::Partial(value.to_owned()),
            "held" => Self::Held,
            _ => return None,
        })
    }

    /// The magic among the identities of a data subject.
    pub fn among(identities: &[Identity]) -> impl Iterator<Item = Self> + '_ {
        identities.iter().filter_map(|identity| Self::of(&identity.value))
    }

    /// What moves a job that has this magic, `default_progression` being that of its org.
    #[must_use]
    pub fn progression(&self, default_progression: Progression) -> Option<Progression> {
        match self {
            Self::Held => Some(Progression::Held),
            Self::Slow(processing) => {
                let submitted = match default_progression {
                    Progression::Timed { submitted, .. } => submitted,
                    _ => Duration::ZERO,
                };
                Some(Progression::Timed { submitted, processing: *processing })
            }
            _ => None,
        }
    }

    /// What a product answers without doing anything.
    #[must_use]
    pub fn refusal(&self, product: &str) -> Option<Outcome> {
        let named = |name: &Option<String>| {
            name.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(product))
        };
        match self {
            Self::Error(name) if named(name) => {
                let detail = "A magic identity asks for this failure.";
                Some(Outcome::new(ResponseCode::JobFailure, detail))
            }
            Self::NotProvisioned(name) if named(name) => Some(ResponseCode::NotProvisioned.into()),
            Self::NotFound => Some(ResponseCode::IdsNotFound.into()),
            _ => None,
        }
    }

    /// The identities for which products do their work: those that are not to be ignored.
    #[must_use]
    pub fn worked_on(identities: &[Identity]) -> Vec<Identity> {
        let ignored =
            |identity: &Identity| matches!(Self::of(&identity.value), Some(Self::Partial(_)));
        identities.iter().filter(|identity| !ignored(identity)).cloned().collect()
    }

    /// What a product answers that would answer `outcome` for the identities it has worked on.
    #[must_use]
    pub fn amend(&self, outcome: Outcome, worked_on: &[Identity]) -> Outcome {
        let Self::Partial(ignored) = self else { return outcome };
        let values = worked_on.iter().map(|identity| identity.value.clone()).collect();
        let mut results = match (outcome.results, outcome.code) {
            (Some(results), _) => results,
            (None, ResponseCode::Success) => Results { processed: values, ignored: Vec::new() },
            (None, _) => Results { processed: Vec::new(), ignored: values },
        };
        results.ignored.push(ignored.clone());
        results.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CAMPAIGN;
    use proptest::prelude::*;

    #[test]
    fn forms_are_recognized_on_reserved_domains_only() {
        let product = || Some(CAMPAIGN.to_owned());
        for (value, magic) in [
            ("error@example.com", Magic::Error(None)),
            ("Error+campaign@EXAMPLE.org", Magic::Error(product())),
            ("error+campaign+alice@example.net", Magic::Error(product())),
            ("error+alice@example.com", Magic::Error(None)),
            ("slow+30s@example.com", Magic::Slow(Duration::from_secs(30))),
            ("slow+250ms+bob@example.com", Magic::Slow(Duration::from_millis(250))),
            ("notfound@example.com", Magic::NotFound),
            ("notfound+1@example.com", Magic::NotFound),
            ("notprovisioned+CAMPAIGN@example.com", Magic::NotProvisioned(product())),
            ("partial@example.com", Magic::Partial("partial@example.com".to_owned())),
            ("held@example.com", Magic::Held),
        ] {
            assert_eq!(Magic::of(value), Some(magic), "{value}");
        }
        for value in [
            "error@acme.com",
            "error@example.com.acme.com",
            "error@notexample.com",
            "error",
            "terror@example.com",
            "errors@example.com",
            "held.over@example.com",
            "slow@example.com",
            "slow+-5s@example.com",
            "slow+soon@example.com",
            "john.doe@example.com",
            "@example.com",
            "+12025550101",
        ] {
            assert_eq!(Magic::of(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_address_elsewhere_is_magic(local in "(error|held|notfound|slow\\+1s)", domain in "[a-z]{1,12}\\.(com|se|test)") {
            prop_assume!(!MAGIC_DOMAINS.contains(&domain.as_str()));
            prop_assert_eq!(Magic::of(&format!("{local}@{domain}")), None);
        }

        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,60}") {
            let _ = Magic::of(&format!("{text}@example.com"));
        }
    }
}
