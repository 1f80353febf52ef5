//! Transactional messages: how they move (`docs/reference/campaign-standard.md` §17).

use std::time::Duration;

use super::records::NewRecord;
use super::services::Services;
use crate::domain::{Error, Patch, Record, Result, Timestamp};

impl Services {
    /// A message from the body of a POST. It is looked at when it is scheduled or, if that comes
    /// first, when it expires, but not before the usual delay.
    ///
    /// # Errors
    /// When it says nobody to send to.
    pub fn message(&self, patch: Patch) -> Result<NewRecord> {
        if patch.text("email").is_none() && patch.text("mobilePhone").is_none() {
            return Err(Error::ValueRefused {
                field: "email".to_owned(),
                detail: "a message needs an 'email' or a 'mobilePhone'".to_owned(),
            });
        }
        let soon = self.clock().now().after(self.shared.rules.delays.submitted);
        let moment = |field| patch.text(field).and_then(Timestamp::parse);
        let turn = moment("scheduled").unwrap_or(soon);
        let turn = moment("expiration").map_or(turn, |expiration| expiration.min(turn));
        Ok(NewRecord { patch, due: Some(turn.max(soon)), ..NewRecord::default() })
    }
}

/// `pending` → `processing` → `processed`, or `tooOld` when its time has passed before its turn.
pub(super) fn advance(record: Record, now: Timestamp, delay: Duration) -> Record {
    let mut attributes = record.attributes;
    let expiration = Timestamp::parse(attributes.text("expiration"));
    let (status, due) = match attributes.text("status") {
        "" if expiration.is_some_and(|expiration| expiration <= now) => ("tooOld", None),
        "" => ("processing", Some(now.after(delay))),
        _ => ("processed", None),
    };
    attributes.set("status", status.into());
    Record { attributes, due, last_modified: now, ..record }
}
