//! Answers to single reads, kept until something is written or the day ends: clients under test read
//! the same few records over and over. One per thread; what is in it was a committed answer.

use std::cell::RefCell;
use std::collections::HashMap;

use actix_web::web::Bytes;

use crate::domain::OrgId;

/// While this is the same, so are the answers: the store's version, and the day that ages count to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) version: u64,
    pub(super) day: i64,
}

/// The answers of one moment.
#[derive(Default)]
pub(super) struct Remembered(RefCell<(Option<Moment>, Answers)>);

/// By the URL that they answer; each with the generation of the org that did.
type Answers = HashMap<String, (OrgId, Bytes)>;

impl Remembered {
    /// Answers kept; beyond it the memory starts afresh.
    const MOST: usize = 256;

    /// The answer of that org to that URL, if it is still true.
    pub(super) fn recall(&self, moment: Moment, org: OrgId, url: &str) -> Option<Bytes> {
        let kept = self.0.borrow();
        let (by, answer) = kept.1.get(url)?;
        (kept.0 == Some(moment) && *by == org).then(|| answer.clone())
    }

    /// Keeps an answer that was made from what was read after `moment`.
    pub(super) fn keep(&self, moment: Moment, org: OrgId, url: String, answer: Bytes) {
        let mut kept = self.0.borrow_mut();
        if kept.0 != Some(moment) || kept.1.len() >= Self::MOST {
            kept.0 = Some(moment);
            kept.1.clear();
        }
        kept.1.insert(url, (org, answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: OrgId = OrgId::from_stored(1);

    #[test]
    fn an_answer_is_true_for_its_moment_only() {
        let remembered = Remembered::default();
        let now = Moment { version: 1, day: 1 };
        remembered.keep(now, ORG, "/a".to_owned(), Bytes::from_static(b"a"));
        assert_eq!(remembered.recall(now, ORG, "/a"), Some(Bytes::from_static(b"a")));
        assert_eq!(remembered.recall(now, ORG, "/b"), None);
        assert_eq!(remembered.recall(now, OrgId::from_stored(2), "/a"), None);
        for later in [Moment { version: 2, day: 1 }, Moment { version: 1, day: 2 }] {
            assert_eq!(remembered.recall(later, ORG, "/a"), None);
        }
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let remembered = Remembered::default();
        let now = Moment { version: 1, day: 1 };
        for n in 0..10 * Remembered::MOST {
            remembered.keep(now, ORG, n.to_string(), Bytes::new());
        }
        assert!(remembered.0.borrow().1.len() <= Remembered::MOST);
    }
}
