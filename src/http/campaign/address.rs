//! What the path after `/{org}/campaign/` names (`reference/campaign-standard.md` §1).

use crate::domain::{Error, PROFILE, Result};

/// The API roots that show out-of-the-box profiles: the documented spelling, and the one of the CCPA
/// pages.
const ROOTS: [&str; 2] = ["profileAndServices", "profilesAndServices"];

/// The tenant that a path names and what follows `campaign`; `None` for paths of another form.
pub(in crate::http) fn split(path: &str) -> Option<(&str, &str)> {
    let (org, rest) = path.trim_start_matches('/').split_once('/')?;
    let rest = rest.trim_start_matches('/').strip_prefix("campaign")?;
    (rest.is_empty() || rest.starts_with('/')).then_some((org, rest))
}

/// An address within a tenant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// The API root as the caller spells it, which hrefs repeat.
    pub(super) root: &'a str,
    /// What of the profile resource is meant.
    pub(super) place: Place<'a>,
}

/// A place within a resource.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// All records.
    Collection,
    /// How many records there are.
    Count,
    /// The record with that key.
    Record(&'a str),
}

impl<'a> Address<'a> {
    /// Reads a path whose percent-encoding, but for `%2F`, is decoded; clients send that inside what
    /// they take for one parameter. Doubled slashes and slashes at the end do not count.
    pub(super) fn parse(path: &'a str) -> Result<Self> {
        let encoded_slashes = |part: &'a str| part.split("%2F").flat_map(|part| part.split("%2f"));
        let mut segments =
            path.split('/').flat_map(encoded_slashes).filter(|segment| !segment.is_empty());
        let root = segments.next().unwrap_or_default();
        if !ROOTS.contains(&root) {
            return Err(Error::UnknownResource(root.to_owned()));
        }
        let resource = segments.next().unwrap_or_default();
        if resource != PROFILE.name {
            return Err(Error::UnknownResource(resource.to_owned()));
        }
        let place = match segments.next() {
            None => Place::Collection,
            Some("_count") => Place::Count,
            Some(key) => Place::Record(key),
        };
        match segments.next() {
            None => Ok(Self { root, place }),
            Some(stray) => Err(Error::StraySegment(stray.to_owned())),
        }
    }

    /// Absolute URL of the collection, with a slash at its end.
    pub(super) fn collection(&self, base: &str, org: &str) -> String {
        format!("{base}/{org}/campaign/{}/{}/", self.root, PROFILE.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_address_are_one_address() {
        for root in ROOTS {
            let record = Address { root, place: Place::Record("@abc") };
            for path in [
                format!("{root}/profile/@abc"),
                format!("{root}//profile///@abc/"),
                format!("/{root}/profile%2F@abc"),
                format!("{root}%2fprofile%2f@abc%2F"),
            ] {
                assert_eq!(Address::parse(&path).unwrap(), record, "{path}");
            }
            let count = format!("{root}/profile//_count");
            assert_eq!(Address::parse(&count).unwrap().place, Place::Count);
        }
    }

    #[test]
    fn what_is_not_imitated_is_named() {
        let refusal = |path| Address::parse(path).unwrap_err();
        assert!(
            matches!(refusal("profileAndServices/service"), Error::UnknownResource(name) if name == "service")
        );
        assert!(
            matches!(refusal("workflow/execution/WKF1"), Error::UnknownResource(name) if name == "workflow")
        );
        assert!(matches!(refusal(""), Error::UnknownResource(name) if name.is_empty()));
        assert!(
            matches!(refusal("profileAndServices/profile/@a/email/x"), Error::StraySegment(stray) if stray == "email")
        );
    }

    #[test]
    fn a_path_splits_at_its_tenant() {
        assert_eq!(split("/acme/campaign"), Some(("acme", "")));
        assert_eq!(split("//acme//campaign//a/b"), Some(("acme", "//a/b")));
        for path in ["", "/", "/acme", "/acme/", "/acme/campaigns/a", "/acme/other/campaign"] {
            assert_eq!(split(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_read_or_refused(path in "\\PC{0,80}") {
            let _ = split(&path);
            let _ = Address::parse(&path);
        }
    }
}
