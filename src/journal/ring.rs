//! What the server was asked and what it answered: the last calls of the APIs, bounded in number and in bytes.
//! The control API shows it; its own calls and the probes are not in it. By hand: no library bounds a queue by the
//! bytes of its entries, and texts in one ring brought a GET from 0.60 to 0.68 of a bare handler's rate.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::entry::{Entry, Facts, Text, Texts};
use super::redaction::Kept;

/// The last calls, for all threads.
#[derive(Debug)]
pub struct Journal {
    most_entries: usize,
    most_bytes: usize,
    next: AtomicU64,
    ring: Mutex<Ring>,
    /// The call with which a reader of all calls has to be told; none, while there is no such reader.
    tell_at: AtomicU64,
    filling: Notify,
}

/// Entries by rising id. Their texts and bodies are in one place, in the same order: whatever is added goes where
/// what was dropped has been, with nothing to allocate and no memory to wait for, which would cost more than the
/// rest of the journal.
#[derive(Debug, Clone, Default)]
struct Ring {
    records: VecDeque<Record>,
    text: VecDeque<u8>,
    dropped: u64,
    /// The newest one that had to go.
    last_dropped: u64,
}

/// An entry of which texts and bodies are in the ring's text.
#[derive(Debug, Clone)]
struct Record {
    facts: Facts<Size>,
    ends: [usize; Text::COUNT],
    /// Where its text begins and ends: by how much later than that of the oldest one.
    start: usize,
    end: usize,
}

/// A body without its bytes.
#[derive(Debug, Clone, Copy)]
struct Size {
    kept: usize,
    length: usize,
    cut: bool,
}

/// Some entries, and how many the journal has had to drop.
#[derive(Debug)]
pub(crate) struct Excerpt {
    pub(crate) entries: Vec<Entry>,
    pub(crate) dropped: u64,
}

/// What the journal holds of an org.
#[derive(Debug)]
pub(crate) struct OrgCalls {
    pub(crate) calls: usize,
    pub(crate) refused: usize,
    /// The newest one.
    pub(crate) last: Entry,
}

/// How much the journal holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
    pub(crate) dropped: u64,
}

impl Ring {
    /// Adds an entry for which there is room. The text grows as a vector does, but not beyond `most_bytes`.
    fn push(&mut self, entry: Entry, most_bytes: usize) {
        let room = self.text.len() + entry.length();
        if room > self.text.capacity() {
            let grown = room.max((2 * self.text.capacity()).min(most_bytes));
            self.text.reserve_exact(grown - self.text.len());
        }
        let Entry { facts, texts } = entry;
        let start = self.records.back().map_or(0, |last| last.end);
        let before = self.text.len();
        self.text.extend(&texts.bytes);
        let facts = facts.with_bodies(|Kept { bytes, length, cut }| {
            self.text.extend(&bytes);
            Size { kept: bytes.len(), length, cut }
        });
        let end = start + self.text.len() - before;
        self.records.push_back(Record { facts, ends: texts.ends, start, end });
    }

    /// Drops the oldest one; answers whether there was one.
    fn drop_oldest(&mut self) -> bool {
        let Some(oldest) = self.records.pop_front() else { return false };
        self.text.drain(..oldest.end - oldest.start);
        self.dropped(oldest.facts.id);
        true
    }

    fn dropped(&mut self, id: u64) {
        self.dropped += 1;
        self.last_dropped = id;
    }

    /// About how much memory it takes.
    fn bytes(&self) -> usize {
        self.text.len() + self.records.len() * size_of::<Record>()
    }

    fn entry(&self, record: &Record) -> Entry {
        let first = self.records.front().map_or(0, |first| first.start);
        let mut at = record.start - first;
        let mut take = |length| {
            at += length;
            self.text(at - length, at)
        };
        let [.., length] = record.ends;
        let texts = Texts { bytes: take(length), ends: record.ends };
        let facts = record.facts.clone().with_bodies(|Size { kept, length, cut }| Kept {
            bytes: take(kept).into(),
            length,
            cut,
        });
        Entry { facts, texts }
    }

    /// A piece of the text.
    fn text(&self, from: usize, to: usize) -> Vec<u8> {
        self.piece(from, to).into_owned()
    }

    /// A piece of the text, copied only if it begins at the ring's end and goes on at its start.
    fn piece(&self, from: usize, to: usize) -> Cow<'_, [u8]> {
        let (front, back) = self.text.as_slices();
        let cut = |at: usize| (at.min(front.len()), at.saturating_sub(front.len()));
        let ((from, later), (to, end)) = (cut(from), cut(to));
        match (&front[from..to], &back[later..end]) {
            (piece, []) | ([], piece) => piece.into(),
            (one, other) => [one, other].concat().into(),
        }
    }

    /// The org of a call, empty for none.
    fn org(&self, record: &Record) -> Cow<'_, [u8]> {
        let start = record.start - self.records.front().map_or(0, |first| first.start);
        let (from, to) = (record.ends[Text::Target as usize], record.ends[Text::Org as usize]);
        self.piece(start + from, start + to)
    }

    fn entries(&self, from: usize) -> impl Iterator<Item = Entry> {
        self.records.range(from..).map(|record| self.entry(record))
    }
}

impl Journal {
    /// A journal of so many entries, and of so many bytes together. No entries: no journal.
    #[must_use]
    pub fn new(most_entries: usize, most_bytes: usize) -> Self {
        Self {
            most_entries,
            most_bytes,
            next: AtomicU64::new(1),
            ring: Mutex::default(),
            tell_at: AtomicU64::new(u64::MAX),
            filling: Notify::new(),
        }
    }

    /// Whether anything is kept.
    pub(crate) fn is_on(&self) -> bool {
        self.most_entries > 0
    }

    /// The id of a call that is not entered.
    pub(crate) fn next_id(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // Every change of it is whole before anything can panic.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a call; the oldest ones go when there is no room.
    pub(crate) fn add(&self, mut entry: Entry) -> u64 {
        let mut ring = self.ring();
        entry.facts.id = self.next_id();
        let id = entry.facts.id;
        let weight = entry.length() + size_of::<Record>();
        let has_room = |ring: &Ring| {
            ring.records.len() < self.most_entries && ring.bytes() + weight <= self.most_bytes
        };
        while !has_room(&ring) && ring.drop_oldest() {}
        if has_room(&ring) {
            ring.push(entry, self.most_bytes);
        } else {
            ring.dropped(id);
        }
        if id >= self.tell_at.load(Ordering::Relaxed) {
            self.tell_at.store(u64::MAX, Ordering::Relaxed);
            self.filling.notify_one();
        }
        id
    }

    /// Has [`Self::filling`] tell once half of the calls that it has room for have come from now on: a reader of all
    /// calls then reads them before they are dropped.
    pub(crate) fn tell_when_filling(&self) {
        let ring = self.ring();
        let room = if ring.dropped > 0 { ring.records.len() } else { self.most_entries };
        let half = u64::try_from(room / 2).unwrap_or(u64::MAX).max(1);
        self.tell_at.store(self.newest().saturating_add(half), Ordering::Relaxed);
    }

    /// Waits until there are so many new calls, if anybody wants to be told.
    pub(crate) async fn filling(&self) {
        self.filling.notified().await;
    }

    /// The calls that it holds, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.all().entries
    }

    /// All entries, oldest first.
    pub(crate) fn all(&self) -> Excerpt {
        // One copy while calls wait for the lock, the rest after it.
        let ring = self.ring().clone();
        Excerpt { entries: ring.entries(0).collect(), dropped: ring.dropped }
    }

    /// How much it holds.
    pub(crate) fn held(&self) -> Held {
        let ring = self.ring();
        Held { entries: ring.records.len(), bytes: ring.bytes(), dropped: ring.dropped }
    }

    /// What is held of each org that was called, by its name.
    pub(crate) fn by_org(&self) -> HashMap<String, OrgCalls> {
        let ring = self.ring();
        let mut orgs = HashMap::<_, (usize, usize, &Record)>::new();
        for record in &ring.records {
            let (calls, refused, last) = orgs.entry(ring.org(record)).or_insert((0, 0, record));
            *calls += 1;
            *refused += usize::from(record.facts.is_refused());
            *last = record;
        }
        let held = |(org, (calls, refused, last)): (Cow<'_, [u8]>, _)| {
            let org = String::from_utf8_lossy(&org).into_owned();
            (org, OrgCalls { calls, refused, last: ring.entry(last) })
        };
        orgs.into_iter().map(held).collect()
    }

    /// The entry of that id.
    pub(crate) fn get(&self, id: u64) -> Option<Entry> {
        let ring = self.ring();
        let at = ring.records.binary_search_by_key(&id, |record| record.facts.id).ok()?;
        ring.records.get(at).map(|record| ring.entry(record))
    }

    /// The first entries after that id, at most so many.
    ///
    /// # Errors
    /// The id up to which entries are gone, when some of those asked for are.
    pub(crate) fn after(&self, id: u64, most: usize) -> Result<Vec<Entry>, u64> {
        let ring = self.ring();
        let start = ring.records.partition_point(|record| record.facts.id <= id);
        let entries = ring.entries(start).take(most).collect();
        if ring.last_dropped <= id { Ok(entries) } else { Err(ring.last_dropped) }
    }

    /// The newest id that was given.
    pub(crate) fn newest(&self) -> u64 {
        self.next.load(Ordering::Relaxed) - 1
    }

    /// Removes an org's entries, or all, with which the count of dropped ones begins anew. Answers how many.
    pub(crate) fn clear(&self, org: Option<&str>) -> usize {
        let mut ring = self.ring();
        let before = ring.records.len();
        let dropped = if org.is_some() { ring.dropped } else { 0 };
        let mut left = Ring { dropped, last_dropped: ring.last_dropped, ..Ring::default() };
        if let Some(org) = org {
            for entry in ring.entries(0).filter(|entry| entry.org() != Some(org)) {
                left.push(entry, self.most_bytes);
            }
        }
        *ring = left;
        before - ring.records.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(target: &str) -> Entry {
        Entry::of(target.split('/').nth(1).unwrap_or_default(), target, "", "")
    }

    #[test]
    fn what_has_no_room_is_dropped_and_counted() {
        let journal = Journal::new(3, usize::MAX);
        let ids: Vec<_> = (0..5).map(|_| journal.add(entry("/acme/x"))).collect();
        assert_eq!(ids, [1, 2, 3, 4, 5]);
        let all = journal.all();
        assert_eq!((all.entries.len(), all.dropped), (3, 2));
        assert!(journal.get(2).is_none() && journal.get(3).is_some());
        assert_eq!(journal.after(2, 10).map(|entries| entries.len()), Ok(3));
        assert!(journal.after(1, 10).is_err_and(|gone| gone == 2));
        journal.add(entry("/acme-2/x"));
        assert_eq!((journal.clear(Some("acme")), journal.all().dropped), (2, 3));
        assert_eq!((journal.clear(None), journal.all().dropped), (1, 0));
        assert_eq!(journal.ring().bytes(), 0);
    }

    proptest! {
        #[test]
        fn it_never_holds_more_bytes_than_allowed(lengths in prop::collection::vec(0..2000usize, 0..60)) {
            let journal = Journal::new(1000, 8000);
            for length in &lengths {
                journal.add(entry(&"x".repeat(*length)));
                let ring = journal.ring();
                let text: usize = ring.entries(0).map(|entry| entry.texts.bytes.len()).sum();
                prop_assert_eq!(ring.text.len(), text);
                prop_assert!(ring.bytes() <= 8000 && ring.text.capacity() <= 8000);
            }
            let all = journal.all();
            prop_assert_eq!(all.entries.len() + usize::try_from(all.dropped).unwrap(), lengths.len());
        }

        #[test]
        fn what_it_holds_is_what_was_added_last(
            calls in prop::collection::vec((0..3u8, 0..300usize), 0..200),
            org in 0..3u8,
        ) {
            let journal = Journal::new(20, usize::MAX);
            let targets = calls.iter().map(|(org, length)| format!("/{org}/{}", "x".repeat(*length)));
            let targets: Vec<_> = targets.collect();
            let kept = |text: &str| Kept { bytes: text.to_owned().into(), length: text.len(), cut: false };
            for target in &targets {
                let mut entry = entry(target);
                entry.facts.request_body = kept(&target.to_uppercase());
                entry.facts.response_body = target.starts_with("/0").then(|| kept(target));
                journal.add(entry);
            }
            let mut left: Vec<_> = targets[targets.len().saturating_sub(20)..].iter().collect();
            for cleared in [None, Some(org.to_string()), Some("none".to_owned())] {
                if let Some(org) = cleared {
                    journal.clear(Some(&org));
                    left.retain(|target| !target.starts_with(&format!("/{org}/")));
                }
                let entries = journal.entries();
                let of_orgs = journal.by_org();
                prop_assert_eq!(of_orgs.values().map(|of| of.calls).sum::<usize>(), entries.len());
                for (org, of) in &of_orgs {
                    let of_org = || entries.iter().filter(|entry| entry.org() == Some(org));
                    prop_assert_eq!((of_org().count(), of.refused), (of.calls, 0));
                    prop_assert_eq!(of_org().next_back().map(Entry::id), Some(of.last.id()));
                }
                prop_assert_eq!(entries.iter().map(Entry::path).collect::<Vec<_>>(), left.clone());
                for entry in &entries {
                    let path = entry.path();
                    prop_assert_eq!(entry.org(), path.split('/').nth(1));
                    prop_assert_eq!(entry.request_body(), Some(path.to_uppercase()));
                    prop_assert_eq!(entry.response_body(), path.starts_with("/0").then(|| path.to_owned()));
                    prop_assert!(journal.get(entry.id()).is_some_and(|one| one.path() == path));
                }
            }
        }
    }
}
