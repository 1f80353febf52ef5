//! `PKey`s, paging cursors and crypted ids: opaque outside, one integer inside.
//!
//! A *seal* is a synthetic-IV encryption of a 64-bit number under keys that only one org and one
//! resource have: `header(4) ‖ tag(16) ‖ number ⊕ stream(16)`, where the tag is a MAC of the number
//! and the stream is a MAC of the tag. The same number always gives the same seal, any altered bit
//! is noticed, and another org's seal does not open.
//!
//! ```text
//! cursor     = seal                      36 bytes  '@' + 48 characters
//! PKey       = seal ‖ MAC(context, seal) 68 bytes  '@' + 91 characters
//! crypted id = header ‖ MAC ‖ number     52 bytes  72 characters of standard base64
//! ```
//!
//! The PKey inside a `subscriptions.href` names the collection and not the record, so it shares its
//! beginning with the record's own PKey and differs after it, as the vendor's do
//! (`reference/campaign-standard.md` §3).

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{OrgName, ProfileNumber};

const HEADER: usize = 4;
const TAG: usize = 16;
const SEAL: usize = HEADER + TAG + 16;
const MAC: usize = 32;

/// The secret that every org's sealing keys are derived from; it lives in the database.
#[derive(Clone)]
pub struct InstallKey([u8; 32]);

impl InstallKey {
    /// Wraps 32 bytes of key material.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key material, to be stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// An opaque profile key, `@` and 91 characters of URL-safe base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PKey(String);

impl PKey {
    /// The key as it travels.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The keys in one record.
#[derive(Debug, Clone)]
pub struct RecordKeys {
    /// The record's own.
    pub pkey: PKey,
    /// The one in `subscriptions.href`.
    pub subscriptions: String,
    /// `cryptedId`: 72 characters of standard base64.
    pub crypted_id: String,
}

/// Seals and opens the profile keys and cursors of one org.
pub struct Sealer {
    tag: hmac::Key,
    stream: hmac::Key,
    context: hmac::Key,
}

impl Sealer {
    /// The sealer of an org's profiles.
    #[must_use]
    pub fn of_profiles(install: &InstallKey, org: &OrgName) -> Self {
        Self::derive(install, org, "profile")
    }

    /// The sealer of the cursors of an org's profile list.
    #[must_use]
    pub fn of_cursors(install: &InstallKey, org: &OrgName) -> Self {
        Self::derive(install, org, "profile/_lineStart")
    }

    fn derive(install: &InstallKey, org: &OrgName, resource: &str) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, install.as_bytes());
        let key = |purpose: &str| {
            let label = format!("{purpose}/{resource}/{org}");
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref())
        };
        Self { tag: key("tag"), stream: key("stream"), context: key("context") }
    }

    /// The key of a profile.
    #[must_use]
    pub fn pkey(&self, number: ProfileNumber) -> PKey {
        PKey(self.in_context("record", &self.seal(number)))
    }

    /// All the keys that a profile's record shows.
    #[must_use]
    pub fn record_keys(&self, number: ProfileNumber) -> RecordKeys {
        let seal = self.seal(number);
        RecordKeys {
            pkey: PKey(self.in_context("record", &seal)),
            subscriptions: self.in_context("subscriptions", &seal),
            crypted_id: self.crypted_id(&seal),
        }
    }

    /// The number behind a key; `None` unless this org sealed exactly this text as a record's key or
    /// as the key of its subscriptions.
    #[must_use]
    pub fn open_pkey(&self, text: &str) -> Option<ProfileNumber> {
        let bytes: [u8; SEAL + MAC] = decode(text)?;
        let (seal, mac) = bytes.split_at(SEAL);
        let known = ["record", "subscriptions"].into_iter().any(|context| {
            constant_time::verify_slices_are_equal(&self.context_mac(context, seal), mac).is_ok()
        });
        // The MAC covers the tag, which need not be checked as well.
        known.then(|| self.unmask(seal).1).flatten()
    }

    fn crypted_id(&self, seal: &[u8; SEAL]) -> String {
        let mut bytes = Vec::with_capacity(HEADER + MAC + 16);
        bytes.extend_from_slice(&seal[..HEADER]);
        bytes.extend_from_slice(&self.context_mac("cryptedId", seal));
        bytes.extend_from_slice(&seal[HEADER + TAG..]);
        STANDARD.encode(bytes)
    }

    /// A list cursor that continues after `number`.
    #[must_use]
    pub fn cursor(&self, number: ProfileNumber) -> String {
        encode(&self.seal(number))
    }

    /// The number a cursor continues after; `None` unless this org's list issued it.
    #[must_use]
    pub fn open_cursor(&self, text: &str) -> Option<ProfileNumber> {
        self.open(&decode::<SEAL>(text)?)
    }

    fn in_context(&self, context: &str, seal: &[u8; SEAL]) -> String {
        let mut bytes = [0; SEAL + MAC];
        bytes[..SEAL].copy_from_slice(seal);
        bytes[SEAL..].copy_from_slice(&self.context_mac(context, seal));
        encode(&bytes)
    }

    fn context_mac(&self, context: &str, seal: &[u8]) -> [u8; MAC] {
        let mut mac = hmac::Context::with_key(&self.context);
        mac.update(context.as_bytes());
        mac.update(seal);
        prefix(mac.sign().as_ref())
    }

    fn seal(&self, number: ProfileNumber) -> [u8; SEAL] {
        let mut plain = [0; 16];
        plain[..8].copy_from_slice(&number.get().to_be_bytes());
        let (header, tag) = self.head(plain);
        let mut seal = [0; SEAL];
        seal[..HEADER].copy_from_slice(&header);
        seal[HEADER..HEADER + TAG].copy_from_slice(&tag);
        seal[HEADER + TAG..].copy_from_slice(&self.mask(plain, &tag));
        seal
    }

    /// The number in a seal whose header and tag are right.
    fn open(&self, seal: &[u8]) -> Option<ProfileNumber> {
        let (plain, number) = self.unmask(seal);
        let (header, tag) = self.head(plain);
        let head = &seal[..HEADER + TAG];
        constant_time::verify_slices_are_equal(&[&header[..], &tag[..]].concat(), head).ok()?;
        number
    }

    fn unmask(&self, seal: &[u8]) -> ([u8; 16], Option<ProfileNumber>) {
        let (head, masked) = seal.split_at(HEADER + TAG);
        let plain = self.mask(prefix(masked), &head[HEADER..]);
        (plain, ProfileNumber::new(i64::from_be_bytes(prefix(&plain))))
    }

    fn head(&self, plain: [u8; 16]) -> ([u8; HEADER], [u8; TAG]) {
        let mac = hmac::sign(&self.tag, &plain);
        (prefix(&mac.as_ref()[TAG..]), prefix(mac.as_ref()))
    }

    fn mask(&self, mut block: [u8; 16], tag: &[u8]) -> [u8; 16] {
        let stream = hmac::sign(&self.stream, tag);
        block.iter_mut().zip(stream.as_ref()).for_each(|(byte, mask)| *byte ^= mask);
        block
    }
}

/// The first `N` bytes; shorter input is padded with zeros, which no caller here has.
fn prefix<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    out
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(1 + bytes.len().div_ceil(3) * 4);
    text.push('@');
    URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    text
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.strip_prefix('@')?;
    if text.len() != (N * 4).div_ceil(3) {
        return None;
    }
    let mut bytes = [0; N];
    let length = URL_SAFE_NO_PAD.decode_slice_unchecked(text, &mut bytes).ok()?;
    (length == N).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer(org: &str) -> Sealer {
        Sealer::of_profiles(&InstallKey::new([7; 32]), &OrgName::parse(org).unwrap())
    }

    fn number(n: i64) -> ProfileNumber {
        ProfileNumber::new(n).unwrap()
    }

    #[test]
    fn texts_have_the_measured_lengths_and_alphabets() {
        let sealer = sealer("acme");
        let RecordKeys { pkey, crypted_id, .. } = sealer.record_keys(number(1));
        assert_eq!(pkey, sealer.pkey(number(1)));
        assert_eq!(pkey.as_str().len(), 92);
        assert_eq!(sealer.cursor(number(1)).len(), 49);
        assert_eq!(crypted_id.len(), 72);
        assert!(pkey.as_str()[1..].chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
    }

    #[test]
    fn the_subscriptions_key_shares_the_beginning_only() {
        let sealer = sealer("acme");
        let RecordKeys { pkey, subscriptions, .. } = sealer.record_keys(number(9));
        assert_eq!(pkey.as_str()[..49], subscriptions[..49]);
        assert_ne!(pkey.as_str(), subscriptions);
        assert_eq!(sealer.open_pkey(&subscriptions), Some(number(9)));
    }

    #[test]
    fn a_crypted_id_or_a_cursor_is_no_pkey() {
        let sealer = sealer("acme");
        assert_eq!(sealer.open_pkey(&sealer.cursor(number(5))), None);
        assert_eq!(sealer.open_pkey(&sealer.record_keys(number(5)).crypted_id), None);
        let cursors =
            Sealer::of_cursors(&InstallKey::new([7; 32]), &OrgName::parse("acme").unwrap());
        assert_eq!(cursors.open_cursor(&sealer.cursor(number(5))), None);
        assert_eq!(cursors.open_cursor(&cursors.cursor(number(5))), Some(number(5)));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_for_its_org_alone(n in 0..=ProfileNumber::MAX.get()) {
            let (ours, theirs) = (sealer("acme"), sealer("acme-w3"));
            let pkey = ours.pkey(number(n));
            prop_assert_eq!(ours.open_pkey(pkey.as_str()), Some(number(n)));
            prop_assert_eq!(theirs.open_pkey(pkey.as_str()), None);
            prop_assert_eq!(ours.pkey(number(n)), pkey);
            let cursor = ours.cursor(number(n));
            prop_assert_eq!(ours.open_cursor(&cursor), Some(number(n)));
            prop_assert_eq!(theirs.open_cursor(&cursor), None);
        }

        #[test]
        fn one_changed_character_is_noticed(
            n in 0..=ProfileNumber::MAX.get(), at in 1_usize..92, to in "[A-Za-z0-9_-]",
        ) {
            let sealer = sealer("acme");
            let genuine = sealer.pkey(number(n));
            let mut forged = genuine.as_str().to_owned();
            forged.replace_range(at..=at, &to);
            prop_assume!(forged != genuine.as_str());
            prop_assert_eq!(sealer.open_pkey(&forged), None);
        }

        #[test]
        fn any_text_is_handled(text in "\\PC{0,120}") {
            prop_assert_eq!(sealer("acme").open_pkey(&text), None);
            prop_assert_eq!(sealer("acme").open_cursor(&text), None);
        }
    }
}
