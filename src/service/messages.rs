//! Transactional messages: whom they are for, and how they move
//! (`docs/reference/campaign-standard.md` §17).

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::orgs::Tenant;
use super::records::{NewRecord, number_of};
use super::services::Services;
use crate::domain::{
    Attributes, Condition, Error, Event, KeyLocation, Kind, MESSAGE_STATUSES, PUSH_PLATFORMS,
    Patch, Policy, Record, Resource, Result, Timestamp, magic_status,
};
use crate::store::{Tx, lists, records};

/// What a message to a device has to say.
const DEVICE: [&str; 3] = ["registrationToken", "application", "pushPlatform"];

impl Services {
    /// A message from the body of a POST. It is looked at when it is scheduled or, if that comes
    /// first, when it expires, but not before the usual delay.
    ///
    /// # Errors
    /// When it does not say whom it is for.
    pub fn message(&self, tenant: &Tenant, resource: &Resource, patch: Patch) -> Result<NewRecord> {
        check_addressed(tenant, resource, &patch)?;
        let soon = self.clock().now().after(self.shared.rules.delays.submitted);
        let moment = |field| patch.text(field).and_then(Timestamp::parse);
        let turn = moment("scheduled").unwrap_or(soon);
        let turn = moment("expiration").map_or(turn, |expiration| expiration.min(turn));
        Ok(NewRecord { patch, due: Some(turn.max(soon)), ..NewRecord::default() })
    }

    /// Gives a message a status, from which it moves on as usual; it stays in those that are the end.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] for what is no status; when there is no such event or message.
    pub async fn set_message_status(
        &self,
        tenant: &Arc<Tenant>,
        event: &str,
        key: &str,
        status: &str,
    ) -> Result<Record> {
        if !MESSAGE_STATUSES.contains(&status) {
            let known = MESSAGE_STATUSES.join(", ");
            return Err(Error::RequestInvalid(format!("'{status}' is no status: {known}.")));
        }
        let (owner, event) = (Arc::clone(tenant), event.to_owned());
        let (key, status) = (key.to_owned(), status.to_owned());
        let (now, delays) = (self.clock().now(), self.shared.rules.delays);
        let write = move |tx: &Tx| {
            let resource = owner.model.resource(&event).filter(|one| one.event.is_some());
            let resource = resource.ok_or_else(|| Error::UnknownResource(event.clone()))?;
            let number = number_of(tx, &owner, resource, &key, KeyLocation::Uri)?;
            let found = records::find(tx, owner.id, resource, number)?;
            let mut record = found.ok_or_else(|| resource.missing(&key, KeyLocation::Uri))?;
            let due = match status.as_str() {
                "pending" => Some(now.after(delays.submitted)),
                "processing" => Some(now.after(delays.processing)),
                _ => None,
            };
            record.attributes.set("status", stored(&status));
            let record = Record { due, last_modified: now, ..record };
            records::update(tx, owner.id, resource, &record, None)?;
            Ok(record)
        };
        let record = self.shared.writer.write(write).await?;
        self.shared.wake.notify_one();
        Ok(record)
    }
}

/// A status as it is stored: nothing for the first.
fn stored(status: &str) -> Value {
    if status == MESSAGE_STATUSES[0] { Value::Null } else { status.into() }
}

/// Refuses a message that does not say whom it is for, in the way of its event.
fn check_addressed(tenant: &Tenant, resource: &Resource, patch: &Patch) -> Result<()> {
    let refused = |field: &str, detail: &str| {
        Err(Error::ValueRefused { field: field.to_owned(), detail: detail.to_owned() })
    };
    let has = |field| patch.text(field).is_some();
    let in_ctx = |name: &str| {
        let member = patch.object("ctx").and_then(|ctx| ctx.get(name));
        member.is_some_and(|value| !value.is_null() && value != "")
    };
    let addressed = has("email") || has("mobilePhone");
    let own_key = tenant.model.profile().key.as_ref().map(|key| key.field.as_str());
    match resource.event.as_ref().unwrap_or(&Event::Any) {
        Event::Address | Event::Any if addressed => Ok(()),
        Event::Address => refused("email", "a message needs an 'email' or a 'mobilePhone'"),
        Event::Push => check_device(patch),
        Event::Profile(reconciliation) => match reconciliation.keys().find(|name| !in_ctx(name)) {
            Some(name) => refused("ctx", &format!("this event finds its profile by 'ctx.{name}'")),
            None => Ok(()),
        },
        Event::Any if DEVICE.into_iter().any(has) => check_device(patch),
        Event::Any if ["email", "mobilePhone"].into_iter().chain(own_key).any(in_ctx) => Ok(()),
        Event::Any => refused(
            "email",
            "a message needs an 'email' or a 'mobilePhone'; a push notification registrationToken, \
             application and pushPlatform; a message to a profile its address or key in 'ctx', and \
             another key has to be declared in model.ndjson",
        ),
    }
}

fn check_device(patch: &Patch) -> Result<()> {
    let refused =
        |field: &str, detail: String| Err(Error::ValueRefused { field: field.to_owned(), detail });
    if let Some(missing) = DEVICE.into_iter().find(|field| patch.text(field).is_none()) {
        return refused(missing, format!("a push notification needs {}", DEVICE.join(", ")));
    }
    match patch.text("pushPlatform") {
        Some(platform) if PUSH_PLATFORMS.contains(&platform) => Ok(()),
        _ => refused("pushPlatform", format!("send one of {}", PUSH_PLATFORMS.join(", "))),
    }
}

/// A message after its next move: `pending` → `processing` → `processed`, unless it expires, finds no
/// profile or has a magic address.
///
/// # Errors
/// When the database cannot be read.
pub(super) fn advance(
    tx: &Tx,
    tenant: &Tenant,
    resource: &Resource,
    record: Record,
    now: Timestamp,
    delay: Duration,
) -> Result<Record> {
    let mut attributes = record.attributes;
    let magic = addresses(&attributes).find_map(magic_status);
    let expiration = Timestamp::parse(attributes.text("expiration"));
    let pending = attributes.text("status").is_empty();
    let (status, due) = match (pending, magic) {
        (true, Some(stays @ "pending")) | (false, Some(stays @ "processing")) => (stays, None),
        (true, _) if expiration.is_some_and(|expiration| expiration <= now) => ("tooOld", None),
        (true, Some(early @ ("paused" | "routingFailed" | "tooOld" | "targetingFailed"))) => {
            (early, None)
        }
        (true, _) if !finds_profile(tx, tenant, resource, &attributes)? => {
            ("targetingFailed", None)
        }
        (true, _) => ("processing", Some(now.after(delay))),
        (false, Some(late @ ("ignored" | "deliveryFailed"))) => (late, None),
        (false, _) => ("processed", None),
    };
    attributes.set("status", stored(status));
    Ok(Record { attributes, due, last_modified: now, ..record })
}

/// Every text of a message that may be an address.
fn addresses(attributes: &Attributes) -> impl Iterator<Item = &str> {
    let ctx = attributes.values().get("ctx").and_then(Value::as_object);
    let inside = ctx.into_iter().flatten().filter_map(|(_, value)| value.as_str());
    ["email", "mobilePhone", "registrationToken"]
        .into_iter()
        .map(|field| attributes.text(field))
        .chain(inside)
}

/// Whether there is a profile that a message of this event is for.
fn finds_profile(
    tx: &Tx,
    tenant: &Tenant,
    resource: &Resource,
    attributes: &Attributes,
) -> Result<bool> {
    let Some(Event::Profile(reconciliation)) = &resource.event else { return Ok(true) };
    let (profile, ctx) = (tenant.model.profile(), attributes.values().get("ctx"));
    let conditions = reconciliation.iter().map(|(member, field)| {
        let value = ctx.and_then(|ctx| ctx.get(member)).cloned().unwrap_or_default();
        let email = matches!(
            profile.field(field).map(|field| &field.kind),
            Some(Kind::Text { policy: Policy::Email, .. })
        );
        let value = match value {
            Value::String(text) if email => text.to_lowercase().into(),
            value => value,
        };
        Condition::Equals { field: field.clone(), value }
    });
    let conditions: Vec<_> = conditions.collect();
    Ok(lists::count(tx, tenant.source(profile), &conditions)? > 0)
}
