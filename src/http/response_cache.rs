//! Responses to reads of single records, kept until something is written or the day ends: clients under test read the
//! same few records over and over. One per thread; every response in it was a committed one. By hand because one counter
//! outdates all of it: a hit answers 66 000 requests/s where reading the record answers 25 000 (`docs/performance.md`).

use std::cell::RefCell;
use std::collections::HashMap;

use actix_web::web::Bytes;

use crate::domain::OrgId;

/// While this is the same, so are the responses: the store's version, and the day that ages count to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CacheEpoch {
    pub(super) version: u64,
    pub(super) day: i64,
}

/// The responses of one epoch.
#[derive(Default)]
pub(super) struct ResponseCache(RefCell<(Option<CacheEpoch>, CachedResponses)>);

/// By URL; each with the generation of the org that answered.
type CachedResponses = HashMap<String, (OrgId, Bytes)>;

impl ResponseCache {
    /// Most responses; beyond it the cache starts afresh.
    const MOST: usize = 256;

    /// The response of that org to that URL, if it is still true.
    pub(super) fn get(&self, epoch: CacheEpoch, org: OrgId, url: &str) -> Option<Bytes> {
        let kept = self.0.borrow();
        let (by, response) = kept.1.get(url)?;
        (kept.0 == Some(epoch) && *by == org).then(|| response.clone())
    }

    /// Keeps a response that was read in `epoch`.
    pub(super) fn insert(&self, epoch: CacheEpoch, org: OrgId, url: String, response: Bytes) {
        let mut kept = self.0.borrow_mut();
        if kept.0 != Some(epoch) || kept.1.len() >= Self::MOST {
            kept.0 = Some(epoch);
            kept.1.clear();
        }
        kept.1.insert(url, (org, response));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: OrgId = OrgId::from_stored(1);

    #[test]
    fn an_answer_is_true_for_its_moment_only() {
        let cache = ResponseCache::default();
        let now = CacheEpoch { version: 1, day: 1 };
        cache.insert(now, ORG, "/a".to_owned(), Bytes::from_static(b"a"));
        assert_eq!(cache.get(now, ORG, "/a"), Some(Bytes::from_static(b"a")));
        assert_eq!(cache.get(now, ORG, "/b"), None);
        assert_eq!(cache.get(now, OrgId::from_stored(2), "/a"), None);
        for later in [CacheEpoch { version: 2, day: 1 }, CacheEpoch { version: 1, day: 2 }] {
            assert_eq!(cache.get(later, ORG, "/a"), None);
        }
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let cache = ResponseCache::default();
        let now = CacheEpoch { version: 1, day: 1 };
        for n in 0..10 * ResponseCache::MOST {
            cache.insert(now, ORG, n.to_string(), Bytes::new());
        }
        assert!(cache.0.borrow().1.len() <= ResponseCache::MOST);
    }
}
