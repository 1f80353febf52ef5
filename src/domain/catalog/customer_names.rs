//! How customers name what they add to the data model (`docs/reference/campaign-standard.md` §3.2).

/// Whether a name is letters, digits and underscores, from its first letter on.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `cus` and more, as the vendor prefixes what customers add to the model
/// (`docs/reference/campaign-standard.md` §3.2).
pub(super) fn prefixed_name(name: &str) -> Result<(), String> {
    if is_name(name) && name.strip_prefix("cus").is_some_and(|rest| !rest.is_empty()) {
        return Ok(());
    }
    Err(format!("'{name}': it has to be named 'cus' and letters, digits and underscores"))
}

/// The name of a field. Those of a customer's own resources have no prefix.
pub(super) fn field_name(on: &str, name: &str) -> Result<(), String> {
    if !on.starts_with("cus") {
        return prefixed_name(name);
    }
    if is_name(name) {
        return Ok(());
    }
    Err(format!("'{name}': the name of a field has letters, digits and underscores"))
}
