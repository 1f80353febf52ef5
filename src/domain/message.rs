//! Transactional messages whose address decides in which state they end, so that a test needs no control
//! call for it (`docs/reference/campaign-standard.md` §17).

use super::catalog::MESSAGE_STATUSES;
use super::privacy::magic_local_part;

/// The status that a message to this address ends in; `None` for nearly all addresses. The local part is
/// the status in any letter case, and `+<label>` may follow to tell people apart; the domain is one of
/// [`MAGIC_DOMAINS`](super::MAGIC_DOMAINS).
#[must_use]
pub fn magic_status(address: &str) -> Option<&'static str> {
    let local = magic_local_part(address)?;
    let word = local.split('+').next().unwrap_or_default();
    MESSAGE_STATUSES.into_iter().find(|status| status.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_magic_on_reserved_domains_only() {
        for status in MESSAGE_STATUSES {
            for address in [
                format!("{status}@example.com"),
                format!("{}@EXAMPLE.net", status.to_uppercase()),
                format!("{status}+alice@example.org"),
            ] {
                assert_eq!(magic_status(&address), Some(status), "{address}");
            }
            assert_eq!(magic_status(&format!("{status}@acme.com")), None);
        }
        for address in
            ["", "ignored", "@example.com", "tooOlder@example.com", "a+ignored@example.com"]
        {
            assert_eq!(magic_status(address), None, "{address}");
        }
    }
}
