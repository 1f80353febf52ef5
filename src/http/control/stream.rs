//! The journal as server-sent events. One that falls behind what the journal still has is told so and cut off.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;

use super::super::error::Failure;
use super::super::pipeline::{Connection, RequestContext};
use super::super::state::AppState;
use super::journal::journal;
use super::request::ControlRequest;
use super::sse::{self, MOST, Source};

/// How long a reader that has fallen behind may take nothing at all.
const PATIENCE: Duration = Duration::from_secs(2);

struct Calls {
    state: Rc<AppState>,
    org: Option<String>,
    /// The last entry that was sent, or passed over.
    last: Rc<Cell<u64>>,
    is_over: bool,
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
    let calls = Calls { state: Rc::clone(state), org, last, is_over: false };
    Ok(sse::response(state, calls))
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

impl Source for Calls {
    fn next(&mut self) -> Option<String> {
        let entries = match self.state.services.journal().after(self.last.get(), MOST) {
            Ok(entries) => entries,
            Err(gone) => {
                // With the id from which it can go on when it comes again.
                self.is_over = true;
                let (id, data) = (gone.to_string(), format!("{{\"gone\":{gone}}}"));
                return Some(sse::event(&id, "behind", &data));
            }
        };
        self.last.set(entries.last()?.id());
        let wanted = entries
            .iter()
            .filter(|entry| self.org.as_deref().is_none_or(|org| entry.org() == Some(org)));
        let events = wanted.map(|entry| {
            sse::event(&entry.id().to_string(), "request", &entry.shown().to_string())
        });
        Some(events.collect())
    }

    fn sign_of_life(&self) -> String {
        ": still here\n\n".to_owned()
    }

    fn is_over(&self) -> bool {
        self.is_over
    }
}
