//! The address under which the result of a job can be downloaded without any header, as one pastes it into a browser:
//! who writes it into answers and who lets it through the gateway read it here
//! (`docs/reference/privacy-service.md` §4.1).

use uuid::Uuid;

use super::target::JOBS;
use crate::domain::Timestamp;
use crate::form;
use crate::service::DownloadPass;

// The journal keeps no value of a parameter that is called a token.
pub(super) const ORG: &str = "org";
pub(super) const EXPIRES: &str = "expires";
pub(super) const TOKEN: &str = "token";

/// A signed address.
#[derive(Debug)]
pub(super) struct SignedDownload {
    pub(super) org: String,
    pub(super) job_id: Uuid,
    pub(super) pass: DownloadPass,
}

impl SignedDownload {
    /// The address as it is handed out.
    pub(super) fn address(&self, base_url: &str) -> String {
        let Self { org, job_id, pass } = self;
        let expires = pass.expires.to_rfc3339();
        let token = &pass.token;
        format!("{base_url}{JOBS}/{job_id}/content?{ORG}={org}&{EXPIRES}={expires}&{TOKEN}={token}")
    }

    /// Reads the path and the query of a request; `None` for one that is not signed.
    pub(super) fn of(path: &str, query: &str) -> Option<Self> {
        let job_id = path.strip_prefix(JOBS)?.strip_prefix('/')?.strip_suffix("/content")?;
        let pairs = form::urlencoded(query);
        let value = |name| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value);
        Some(Self {
            org: value(ORG)?.clone(),
            job_id: Uuid::try_parse(job_id).ok()?,
            pass: DownloadPass {
                expires: Timestamp::parse(value(EXPIRES)?)?,
                token: value(TOKEN)?.clone(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_back() {
        let pass = DownloadPass {
            expires: Timestamp::from_millis(1_583_064_000_123),
            token: "a-b_c".into(),
        };
        let signed = SignedDownload { org: "acme-w3".to_owned(), job_id: Uuid::nil(), pass };
        let address = signed.address("http://x");
        let (path, query) = address.strip_prefix("http://x").unwrap().split_once('?').unwrap();
        let read = SignedDownload::of(path, query).unwrap();
        assert_eq!((read.org, read.job_id), (signed.org, signed.job_id));
        assert_eq!((read.pass.expires, read.pass.token), (signed.pass.expires, signed.pass.token));
        for (path, query) in [
            (path, ""),
            (path, "org=a&expires=soon&token=b"),
            (path, "org=a&token=b"),
            ("/data/core/privacy/jobs/1/content", query),
            ("/data/core/privacy/jobs", query),
            ("/data/privacy/gdpr/00000000-0000-0000-0000-000000000000/content", query),
        ] {
            assert!(SignedDownload::of(path, query).is_none(), "{path}?{query}");
        }
    }
}
