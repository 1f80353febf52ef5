//! Server-sent events. A reader takes what is new from where it is kept, so there is nothing to pile up. By hand: an
//! event is two lines of text, and a library for it brings a channel of its own that would have to be bounded too.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_rt::time::{Interval, interval};
use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;

use super::super::state::AppState;

/// How often a source is looked at.
const TICK: Duration = Duration::from_millis(50);

/// Ticks after which something is sent, so that a reader that is gone is noticed.
const QUIET: u32 = 300;

/// Most events in one piece: more than come in a tick, for there is one piece for each.
pub(super) const MOST: usize = 512;

/// Where events come from.
pub(super) trait Source: Unpin + 'static {
    /// What is new, as events; none of it may be for this reader.
    fn next(&mut self) -> Option<String>;

    /// What is sent when there has been nothing for a while, and first of all.
    fn sign_of_life(&self) -> String;

    /// Whether there will be no more.
    fn is_over(&self) -> bool;
}

struct Events<S> {
    state: Rc<AppState>,
    source: S,
    ticks: Pin<Box<Interval>>,
    quiet: u32,
    /// Whether a piece was sent in this tick. What comes until the next one shares a piece: under load, one for each
    /// event would cost more than the calls that are told.
    rests: bool,
}

/// One event.
pub(super) fn event(id: &str, name: &str, data: &str) -> String {
    format!("id: {id}\nevent: {name}\ndata: {data}\n\n")
}

/// The answer that sends what comes from a source, until that is over or the server stops.
pub(super) fn response(state: &Rc<AppState>, source: impl Source) -> HttpResponse {
    let ticks = Box::pin(interval(TICK));
    let events = Events { state: Rc::clone(state), source, ticks, quiet: QUIET, rests: false };
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .force_close()
        .body(events)
}

impl<S: Source> MessageBody for Events<S> {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            if self.source.is_over() || !self.state.is_ready() {
                return Poll::Ready(None);
            }
            let mut text = String::new();
            while !self.rests
                && text.is_empty()
                && let Some(new) = self.source.next()
            {
                text = new;
            }
            if text.is_empty() && self.quiet >= QUIET {
                text = self.source.sign_of_life();
            }
            if !text.is_empty() {
                self.quiet = 0;
                self.rests = true;
                return Poll::Ready(Some(Ok(text.into())));
            }
            if self.ticks.as_mut().poll_tick(cx).is_pending() {
                return Poll::Pending;
            }
            self.rests = false;
            self.quiet += 1;
        }
    }
}
