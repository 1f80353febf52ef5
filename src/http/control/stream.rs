//! The journal as server-sent events. A reader takes its entries from the journal itself, so there is nothing
//! to pile up; one that falls behind what the journal still has is told so and cut off. By hand: an event is two lines
//! of text, and a library for it brings a channel of its own that would have to be bounded too.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_rt::time::{Interval, interval};
use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;

use super::super::error::Failure;
use super::super::pipeline::{Connection, RequestContext};
use super::super::state::AppState;
use super::journal::journal;
use super::request::ControlRequest;

/// How often the journal is looked at.
const TICK: Duration = Duration::from_millis(50);

/// Ticks after which something is sent, so that a reader that is gone is noticed.
const QUIET: u32 = 300;

/// Entries in one piece.
const MOST: usize = 32;

/// How long a reader that has fallen behind may take nothing at all.
const PATIENCE: Duration = Duration::from_secs(2);

struct Events {
    state: Rc<AppState>,
    org: Option<String>,
    /// The last entry that was sent, or passed over.
    last: Rc<Cell<u64>>,
    ticks: Pin<Box<Interval>>,
    quiet: u32,
    ended: bool,
}

/// `GET /__admin/requests/stream[?org=…]`: from now on, or from after `Last-Event-ID`.
pub(super) async fn open(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let org = request.org_param()?;
    let newest = journal(&request)?.newest();
    let RequestContext { request, state, .. } = &request.context;
    let after =
        request.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    // A reader of the server that was here before begins with this one.
    let last = Rc::new(Cell::new(after.unwrap_or(newest).min(newest)));
    if let Some(connection) = Connection::of(request) {
        let connection = Arc::downgrade(connection);
        actix_rt::spawn(watch(connection, Rc::downgrade(&last), Rc::clone(state)));
    }
    let events = Events {
        state: Rc::clone(state),
        org,
        last,
        ticks: Box::pin(interval(TICK)),
        quiet: QUIET,
        ended: false,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .force_close()
        .body(events))
}

/// Cuts off a reader that takes nothing, while the journal goes on without it or after its stream has ended:
/// nobody asks its stream for more, so the stream cannot do it by itself.
async fn watch(
    connection: std::sync::Weak<Connection>,
    last: Weak<Cell<u64>>,
    state: Rc<AppState>,
) {
    let mut before = None;
    loop {
        actix_rt::time::sleep(PATIENCE).await;
        let Some(connection) = connection.upgrade() else { return };
        let last = last.upgrade().map(|last| last.get());
        let behind = last.is_none_or(|last| state.services.journal().after(last, 0).is_err());
        if behind && before == Some(last) {
            connection.end();
            return;
        }
        before = Some(last);
    }
}

impl Events {
    /// What is new, as events.
    fn next(&mut self) -> Option<String> {
        let entries = match self.state.services.journal().after(self.last.get(), MOST) {
            Ok(entries) => entries,
            Err(gone) => {
                // With the id from which it can go on when it comes again.
                self.ended = true;
                return Some(format!("id: {gone}\nevent: behind\ndata: {{\"gone\":{gone}}}\n\n"));
            }
        };
        self.last.set(entries.last()?.id());
        let wanted = entries
            .iter()
            .filter(|entry| self.org.as_deref().is_none_or(|org| entry.org() == Some(org)));
        let events = wanted.map(|entry| {
            format!("id: {}\nevent: request\ndata: {}\n\n", entry.id(), entry.shown())
        });
        Some(events.collect())
    }
}

impl MessageBody for Events {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            if self.ended || !self.state.is_ready() {
                return Poll::Ready(None);
            }
            let mut text = String::new();
            while text.is_empty()
                && let Some(new) = self.next()
            {
                text = new;
            }
            if text.is_empty() && self.quiet >= QUIET {
                text.push_str(": still here\n\n");
            }
            if !text.is_empty() {
                self.quiet = 0;
                return Poll::Ready(Some(Ok(text.into())));
            }
            if self.ticks.as_mut().poll_tick(cx).is_pending() {
                return Poll::Pending;
            }
            self.quiet += 1;
        }
    }
}
