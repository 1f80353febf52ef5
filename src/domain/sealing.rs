//! `PKey`s, paging cursors and crypted ids: opaque outside, integers inside.
//!
//! A *seal* is a synthetic-IV encryption of 16 bytes, two integers, under keys that only one org and
//! one resource have: `header(4) ‖ tag(16) ‖ integers ⊕ stream(16)`, where the tag is a MAC of the
//! integers and the stream is a MAC of the tag. The same integers always give the same seal, any
//! altered bit is noticed, and another org's seal does not open. A `PKey` seals the record's number
//! (and 0), a cursor the number, the mark and the line of the record that its page begins after.
//!
//! ```text
//! cursor     = seal                      36 bytes  '@' + 48 characters
//! PKey       = seal ‖ MAC(context, seal) 68 bytes  '@' + 91 characters
//! crypted id = header ‖ MAC ‖ integers   52 bytes  72 characters of standard base64
//! resource   = MAC                       48 bytes  64 characters
//! field      = resource ‖ MAC            80 bytes  107 characters
//! filter     = MAC                       84 bytes  '@' + 112 characters
//! parameter  = filter ‖ MAC             116 bytes  '@' + 155 characters
//! ```
//!
//! The PKey inside a `subscriptions.href` names the collection and not the record, so it shares its
//! beginning with the record's own PKey and differs after it, as the vendor's do
//! (`docs/reference/campaign-standard.md` §3). The last four are the keys of metadata, which need not be
//! opened: the key of a part begins with the key of the whole
//! (`docs/reference/campaign-standard.md` §18.1).

use std::collections::HashMap;
use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{Cursor, Model, OrgName, RecordNumber, Resource};

const HEADER: usize = 4;
const TAG: usize = 16;
const SEAL: usize = HEADER + TAG + 16;
const MAC: usize = 32;
/// Bits that the number of a record has, up to [`RecordNumber::MAX`].
const NUMBER_BITS: u32 = 40;

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

/// An opaque record key, `@` and 91 characters of URL-safe base64.
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

/// The keys that one record shows. Its own is in nearly all of them; the others are made when they are asked for.
pub struct RecordKeys<'a> {
    sealer: &'a Sealer,
    seal: [u8; SEAL],
    pkey: PKey,
}

impl RecordKeys<'_> {
    /// The record's own.
    #[must_use]
    pub const fn pkey(&self) -> &PKey {
        &self.pkey
    }

    /// The one in `subscriptions.href`.
    #[must_use]
    pub fn in_collection(&self) -> String {
        self.sealer.in_context("subscriptions", &self.seal)
    }

    /// `cryptedId`: 72 characters of standard base64.
    #[must_use]
    pub fn crypted_id(&self) -> String {
        let mut bytes = Vec::with_capacity(HEADER + MAC + 16);
        bytes.extend_from_slice(&self.seal[..HEADER]);
        bytes.extend_from_slice(&self.sealer.context_mac("cryptedId", &self.seal));
        bytes.extend_from_slice(&self.seal[HEADER + TAG..]);
        STANDARD.encode(bytes)
    }
}

/// The sealers of one org.
pub struct Keyring {
    /// By the name of the resource.
    records: HashMap<String, Sealer>,
    cursors: Sealer,
    downloads: Sealer,
}

impl Keyring {
    /// Derives the keys of an org for every resource of its model.
    #[must_use]
    pub fn new(install: &InstallKey, org: &OrgName, model: &Model) -> Self {
        let records = model
            .resources()
            .map(|resource| {
                let name = &resource.sealed_as;
                (name.clone(), Sealer::of_records(install, org, name))
            })
            .collect();
        Self {
            records,
            cursors: Sealer::of_cursors(install, org),
            downloads: Sealer::derive(install, org, "download"),
        }
    }

    /// The sealer of a resource's records.
    #[must_use]
    pub fn of(&self, resource: &Resource) -> &Sealer {
        // A resource of another model has no records here, so no key of it opens.
        self.records.get(&resource.sealed_as).unwrap_or(&self.cursors)
    }

    /// The sealer of the cursors of the org's lists.
    #[must_use]
    pub const fn cursors(&self) -> &Sealer {
        &self.cursors
    }

    /// Signs the addresses under which the results of the org's jobs can be downloaded.
    #[must_use]
    pub const fn downloads(&self) -> &Sealer {
        &self.downloads
    }
}

/// Seals and opens the keys of one org's records of one resource, or the cursors of its lists.
pub struct Sealer {
    tag: hmac::Key,
    stream: hmac::Key,
    context: hmac::Key,
}

impl Sealer {
    /// The sealer of an org's records of the resource of that name.
    #[must_use]
    pub fn of_records(install: &InstallKey, org: &OrgName, resource: &str) -> Self {
        Self::derive(install, org, resource)
    }

    /// The sealer of the cursors of an org's lists.
    #[must_use]
    pub fn of_cursors(install: &InstallKey, org: &OrgName) -> Self {
        Self::derive(install, org, "_lineStart")
    }

    fn derive(install: &InstallKey, org: &OrgName, resource: &str) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, install.as_bytes());
        let key = |purpose: &str| {
            let label = format!("{purpose}/{resource}/{org}");
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref())
        };
        Self { tag: key("tag"), stream: key("stream"), context: key("context") }
    }

    /// The key of a record.
    #[must_use]
    pub fn pkey(&self, number: RecordNumber) -> PKey {
        PKey(self.in_context("record", &self.seal_record(number)))
    }

    /// All the keys that a record shows.
    #[must_use]
    pub fn keys(&self, number: RecordNumber) -> RecordKeys<'_> {
        let seal = self.seal_record(number);
        RecordKeys { sealer: self, seal, pkey: PKey(self.in_context("record", &seal)) }
    }

    /// The number behind a key; `None` unless this org sealed exactly this text as a record's key or
    /// as the key of its subscriptions.
    #[must_use]
    pub fn open_pkey(&self, text: &str) -> Option<RecordNumber> {
        let bytes: [u8; SEAL + MAC] = decode(text)?;
        let (seal, mac) = bytes.split_at(SEAL);
        let known = ["record", "subscriptions"].into_iter().any(|context| {
            constant_time::verify_slices_are_equal(&self.context_mac(context, seal), mac).is_ok()
        });
        // The MAC covers the tag, which need not be checked as well.
        let (number, _) = halves(&self.unmask(seal));
        RecordNumber::new(number).filter(|_| known)
    }

    /// The key of a part of a record, such as an activity of a workflow; parts count from 1.
    #[must_use]
    pub fn part_key(&self, number: RecordNumber, part: u16) -> PKey {
        PKey(self.in_context("part", &self.seal(number.get(), part.into())))
    }

    /// The key of the metadata of the resource of that name.
    #[must_use]
    pub fn resource_key(&self, resource: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.described::<48>(resource))
    }

    /// The key of the metadata of a field of that resource.
    #[must_use]
    pub fn field_key(&self, resource: &str, field: &str) -> String {
        let part = self.context_mac("field", format!("{resource}/{field}").as_bytes());
        self.resource_key(resource) + &URL_SAFE_NO_PAD.encode(part)
    }

    /// The key of the metadata of a filter of that resource.
    #[must_use]
    pub fn filter_key(&self, resource: &str, filter: &str) -> String {
        encode(&self.described::<84>(&format!("{resource}/{filter}")))
    }

    /// The key of the metadata of a parameter of that filter.
    #[must_use]
    pub fn parameter_key(&self, resource: &str, filter: &str, parameter: &str) -> String {
        let place = format!("{resource}/{filter}/{parameter}");
        let part = self.context_mac("parameter", place.as_bytes());
        self.filter_key(resource, filter) + &URL_SAFE_NO_PAD.encode(part)
    }

    /// `N` bytes that stand for what metadata describes.
    fn described<const N: usize>(&self, what: &str) -> [u8; N] {
        let mut bytes = [0; N];
        for (at, chunk) in (0_u8..).zip(bytes.chunks_mut(MAC)) {
            let mac = self.context_mac(&format!("metadata {at} "), what.as_bytes());
            chunk.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
        }
        bytes
    }

    /// A cursor as it travels.
    #[must_use]
    pub fn cursor(&self, cursor: Cursor) -> String {
        encode(&self.seal(cursor.after.get() | i64::from(cursor.mark) << NUMBER_BITS, cursor.line))
    }

    /// Where a cursor continues; `None` unless a list of this org issued it.
    #[must_use]
    pub fn open_cursor(&self, text: &str) -> Option<Cursor> {
        let seal = decode::<SEAL>(text)?;
        let plain = self.unmask(&seal);
        let (header, tag) = self.head(plain);
        let head = &seal[..HEADER + TAG];
        constant_time::verify_slices_are_equal(&[&header[..], &tag[..]].concat(), head).ok()?;
        let (number, line) = halves(&plain);
        let after = RecordNumber::new(number & RecordNumber::MAX.get())?;
        Some(Cursor { after, line, mark: u16::try_from(number >> NUMBER_BITS).ok()? })
    }

    /// The signature of a text: 43 characters of URL-safe base64.
    #[must_use]
    pub fn signature(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.context_mac("signature", text.as_bytes()))
    }

    /// Whether a signature is that of the text.
    #[must_use]
    pub fn is_signature(&self, text: &str, signature: &str) -> bool {
        let genuine = self.signature(text);
        constant_time::verify_slices_are_equal(genuine.as_bytes(), signature.as_bytes()).is_ok()
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

    fn seal_record(&self, number: RecordNumber) -> [u8; SEAL] {
        self.seal(number.get(), 0)
    }

    fn seal(&self, first: i64, second: i64) -> [u8; SEAL] {
        let mut plain = [0; 16];
        plain[..8].copy_from_slice(&first.to_be_bytes());
        plain[8..].copy_from_slice(&second.to_be_bytes());
        let (header, tag) = self.head(plain);
        let mut seal = [0; SEAL];
        seal[..HEADER].copy_from_slice(&header);
        seal[HEADER..HEADER + TAG].copy_from_slice(&tag);
        seal[HEADER + TAG..].copy_from_slice(&self.mask(plain, &tag));
        seal
    }

    fn unmask(&self, seal: &[u8]) -> [u8; 16] {
        let (head, masked) = seal.split_at(HEADER + TAG);
        self.mask(prefix(masked), &head[HEADER..])
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

fn halves(plain: &[u8; 16]) -> (i64, i64) {
    let (first, second) = plain.split_at(8);
    (i64::from_be_bytes(prefix(first)), i64::from_be_bytes(prefix(second)))
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
        Sealer::of_records(&InstallKey::new([7; 32]), &OrgName::parse(org).unwrap(), "profile")
    }

    fn cursor(n: i64) -> Cursor {
        Cursor { after: number(n), line: 3 * n, mark: n.to_be_bytes()[7].into() }
    }

    fn number(n: i64) -> RecordNumber {
        RecordNumber::new(n).unwrap()
    }

    #[test]
    fn texts_have_the_measured_lengths_and_alphabets() {
        let sealer = sealer("acme");
        let keys = sealer.keys(number(1));
        let (pkey, crypted_id) = (keys.pkey(), keys.crypted_id());
        assert_eq!(*pkey, sealer.pkey(number(1)));
        assert_eq!(pkey.as_str().len(), 92);
        assert_eq!(sealer.cursor(cursor(1)).len(), 49);
        assert_eq!(crypted_id.len(), 72);
        assert!(pkey.as_str()[1..].chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
    }

    #[test]
    fn keys_of_metadata_have_the_measured_lengths_and_begin_alike() {
        let sealer = sealer("acme");
        let whole = sealer.resource_key("profile");
        let part = sealer.field_key("profile", "email");
        assert_eq!((whole.len(), part.len()), (64, 107));
        assert!(part.starts_with(&whole) && !whole.starts_with('@'));
        let filter = sealer.filter_key("profile", "byText");
        let parameter = sealer.parameter_key("profile", "byText", "text");
        assert_eq!((filter.len(), parameter.len()), (113, 156));
        assert!(parameter.starts_with(&filter) && filter.starts_with('@'));
        for other in [
            sealer.resource_key("history"),
            sealer.field_key("history", "email"),
            sealer.field_key("profile", "fax"),
            Sealer::of_records(
                &InstallKey::new([7; 32]),
                &OrgName::parse("acme-w3").unwrap(),
                "profile",
            )
            .field_key("profile", "email"),
        ] {
            assert!(!part.starts_with(&other), "{other}");
        }
    }

    #[test]
    fn the_subscriptions_key_shares_the_beginning_only() {
        let sealer = sealer("acme");
        let keys = sealer.keys(number(9));
        let (pkey, subscriptions) = (keys.pkey(), keys.in_collection());
        assert_eq!(pkey.as_str()[..49], subscriptions[..49]);
        assert_ne!(pkey.as_str(), subscriptions);
        assert_eq!(sealer.open_pkey(&subscriptions), Some(number(9)));
    }

    #[test]
    fn a_signature_is_of_one_text_and_one_org() {
        let (ours, theirs) = (sealer("acme"), sealer("acme-w3"));
        let signature = ours.signature("a");
        assert_eq!(signature.len(), 43);
        assert!(ours.is_signature("a", &signature));
        assert!(!ours.is_signature("b", &signature) && !theirs.is_signature("a", &signature));
        assert!(!ours.is_signature("a", "") && !ours.is_signature("a", &signature[1..]));
    }

    #[test]
    fn a_crypted_id_or_a_cursor_is_no_pkey() {
        let sealer = sealer("acme");
        assert_eq!(sealer.open_pkey(&sealer.cursor(cursor(5))), None);
        assert_eq!(sealer.open_pkey(&sealer.keys(number(5)).crypted_id()), None);
        let cursors =
            Sealer::of_cursors(&InstallKey::new([7; 32]), &OrgName::parse("acme").unwrap());
        assert_eq!(cursors.open_cursor(&sealer.cursor(cursor(5))), None);
        assert_eq!(cursors.open_cursor(&cursors.cursor(cursor(5))), Some(cursor(5)));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_for_its_org_alone(n in 0..=RecordNumber::MAX.get()) {
            let (ours, theirs) = (sealer("acme"), sealer("acme-w3"));
            let pkey = ours.pkey(number(n));
            prop_assert_eq!(ours.open_pkey(pkey.as_str()), Some(number(n)));
            prop_assert_eq!(theirs.open_pkey(pkey.as_str()), None);
            prop_assert_eq!(ours.pkey(number(n)), pkey);
            let sealed = ours.cursor(cursor(n));
            prop_assert_eq!(ours.open_cursor(&sealed), Some(cursor(n)));
            prop_assert_eq!(theirs.open_cursor(&sealed), None);
        }

        #[test]
        fn one_changed_character_is_noticed(
            n in 0..=RecordNumber::MAX.get(), at in 1_usize..92, to in "[A-Za-z0-9_-]",
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
