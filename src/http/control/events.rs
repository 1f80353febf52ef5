//! What happens in the server, live, as server-sent events.

use std::rc::{Rc, Weak};
use std::time::Duration;

use actix_web::HttpResponse;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::error::Failure;
use super::super::state::AppState;
use super::clock::ClockBody;
use super::jobs::{TransitionsBody, origin};
use super::opt_outs::ChangeBody;
use super::request::ControlRequest;
use super::sse::{self, MOST, Source};
use crate::domain::{JobOrigin, JobStatus, Timestamp};
use crate::live::{Event, JobMove, Live, Missed, PATIENCE, Seen};

/// How often it is seen that a reader is gone.
const LOOK: Duration = Duration::from_secs(10);

#[derive(Deserialize, JsonSchema)]
pub(super) struct EventsQuery {
    /// What happens in it alone; what is for all orgs too.
    org: Option<String>,
    /// The id of the last event that is known, as the header `Last-Event-ID`.
    after: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MoveBody<'a> {
    org: &'a str,
    job_id: Uuid,
    origin: &'static str,
    action: &'static str,
    user_key: &'a str,
    regulation: &'static str,
    status: JobStatus,
    product: Option<&'a str>,
    at: String,
    why: &'a str,
    next_move_at: Option<String>,
    created_at: String,
    products: Vec<ProductBody<'a>>,
    change_id: Option<i64>,
}

#[derive(Serialize)]
struct ProductBody<'a> {
    product: &'a str,
    status: JobStatus,
}

#[derive(Serialize)]
struct OfOrg<'a, T> {
    org: &'a str,
    #[serde(flatten)]
    what: T,
}

struct Events {
    state: Rc<AppState>,
    org: Option<String>,
    /// The number of the last event that was sent, or passed over; none if it is not known here.
    last: Option<u64>,
    /// Goes with this.
    _presence: Rc<()>,
}

/// `GET /__admin/events[?org=…][&after=…]`: from now on, or from after `Last-Event-ID`.
pub(super) async fn open(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let EventsQuery { org, after } = request.query()?;
    let context = &request.context;
    let header = context.request.headers().get("last-event-id");
    let after = header.and_then(|id| id.to_str().ok().map(str::to_owned)).or(after);
    let (state, services) = (&context.state, request.services());
    let newest = services.live().watch(services.faults(), services.clock().now());
    let last = match after.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => number(services.live(), id),
        None => Some(newest),
    };
    let presence = Rc::new(());
    actix_rt::spawn(rest(Rc::downgrade(&presence), Rc::clone(state)));
    let events = Events { state: Rc::clone(state), org, last, _presence: presence };
    Ok(sse::response(state, events))
}

/// Has nothing be kept any more once this reader is gone for a while, and all others.
async fn rest(reader: Weak<()>, state: Rc<AppState>) {
    while reader.strong_count() > 0 {
        actix_rt::time::sleep(LOOK).await;
    }
    actix_rt::time::sleep(PATIENCE).await;
    state.services.live().rest(PATIENCE);
}

fn id(live: &Live, number: u64) -> String {
    format!("{:016x}-{number}", live.run())
}

/// The number in an id of this run of the server.
fn number(live: &Live, id: &str) -> Option<u64> {
    let (run, number) = id.split_once('-')?;
    let is_ours = u64::from_str_radix(run, 16) == Ok(live.run());
    number.parse().ok().filter(|_| is_ours)
}

impl Source for Events {
    fn next(&mut self) -> Option<String> {
        let services = &self.state.services;
        let (live, faults, now) = (services.live(), services.faults(), services.clock().now());
        let seen = match self.last {
            Some(last) => live.after(last, MOST, faults, now),
            None => Err(Missed { events: None, newest: live.watch(faults, now) }),
        };
        match seen {
            Ok(Seen { events, last }) => {
                let first = self.last.replace(last)? + 1;
                let is_wanted =
                    |event: &Event| self.org.as_deref().is_none_or(|org| event.is_for(org));
                let wanted = (first..).zip(&events).filter(|(_, event)| is_wanted(event));
                let text = wanted.map(|(number, event)| {
                    let (name, data) = shown(event);
                    sse::event(&id(live, number), name, &data.to_string())
                });
                (!events.is_empty()).then(|| text.collect())
            }
            Err(Missed { events, newest }) => {
                self.last = Some(newest);
                let data = json!({"missed": events.filter(|_| self.org.is_none())});
                Some(sse::event(&id(live, newest), "behind", &data.to_string()))
            }
        }
    }

    /// With the id from which a reader can go on: an event without data is none.
    fn sign_of_life(&self) -> String {
        let last = self.last.map(|last| format!("id: {}\n", id(self.state.services.live(), last)));
        format!(": still here\n{}\n", last.unwrap_or_default())
    }

    fn is_over(&self) -> bool {
        false
    }
}

/// The name of an event and what it says.
fn shown(event: &Event) -> (&'static str, Value) {
    let (name, data) = match event {
        Event::Call(head) => ("call", serde_json::to_value(head)),
        Event::Change(change) => {
            let what = ChangeBody::new(change.pkey.clone(), change.entry.clone());
            ("change", serde_json::to_value(OfOrg { org: change.org.as_str(), what }))
        }
        Event::Job(moved) => ("job", serde_json::to_value(MoveBody::of(moved))),
        Event::Reset { org, to } => ("reset", Ok(json!({"org": org.as_str(), "to": to}))),
        Event::Clock { now, is_frozen } => {
            ("clock", serde_json::to_value(ClockBody::new(*now, *is_frozen)))
        }
        Event::Fault { org, ids } => ("fault", Ok(json!({"org": org, "ids": ids}))),
        Event::Exercise { org, id, done_at } => {
            let data = json!({"org": org.as_str(), "id": id, "doneAt": done_at.to_rfc3339()});
            ("exercise", Ok(data))
        }
        Event::Progression { org, progression } => {
            let what = TransitionsBody::from(*progression);
            ("progression", serde_json::to_value(OfOrg { org: org.as_str(), what }))
        }
    };
    (name, data.unwrap_or_default())
}

impl<'a> MoveBody<'a> {
    fn of(moved: &'a JobMove) -> Self {
        let transition = &moved.transition;
        let products = moved.products.iter();
        Self {
            org: moved.org.as_str(),
            job_id: moved.job_id,
            origin: origin(moved.origin),
            action: moved.action,
            user_key: &moved.user_key,
            regulation: moved.regulation,
            status: transition.status,
            product: transition.product.as_deref(),
            at: transition.at.to_rfc3339(),
            why: &transition.why,
            next_move_at: moved.next_move.map(Timestamp::to_rfc3339),
            created_at: moved.created.to_rfc3339(),
            products: products
                .map(|(product, status)| ProductBody { product, status: *status })
                .collect(),
            change_id: match moved.origin {
                JobOrigin::Change(id) => Some(id),
                JobOrigin::Request | JobOrigin::Record(_) => None,
            },
        }
    }
}
