//! A body that is sent step by step, and may break off.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_rt::time::{Sleep, sleep};
use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

use crate::faults::Dribble;

/// What is sent next, after a pause; without bytes, the connection ends.
type Step = (Duration, Option<Bytes>);

pub(super) struct Stepwise {
    size: BodySize,
    steps: VecDeque<Step>,
    pause: Option<Pin<Box<Sleep>>>,
}

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
#[error("a fault that was asked for")]
pub(super) struct BrokenOff;

impl Stepwise {
    /// A body that breaks off after these bytes, or before anything is sent at all.
    pub(super) fn breaking_off(after: Option<Bytes>) -> Self {
        /// So that what there is leaves first.
        const PAUSE: Duration = Duration::from_millis(20);
        let steps = match after {
            Some(bytes) => vec![(Duration::ZERO, Some(bytes)), (PAUSE, None)],
            None => vec![(Duration::ZERO, None)],
        };
        Self { size: BodySize::Stream, steps: steps.into(), pause: None }
    }

    /// A whole body in pieces of the same size.
    pub(super) fn dribbling(body: &Bytes, dribble: Dribble) -> Self {
        let piece = body.len().div_ceil(dribble.number_of_chunks).max(1);
        let pieces = (0..body.len()).step_by(piece).map(|start| {
            let end = body.len().min(start + piece);
            (dribble.pause(), Some(body.slice(start..end)))
        });
        Self { size: BodySize::Sized(body.len() as u64), steps: pieces.collect(), pause: None }
    }
}

impl MessageBody for Stepwise {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let Some(&(wait, _)) = self.steps.front() else { return Poll::Ready(None) };
        if !wait.is_zero() {
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(wait)));
            if pause.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.pause = None;
        }
        let step = self.steps.pop_front();
        Poll::Ready(Some(step.and_then(|(_, bytes)| bytes).ok_or_else(|| BrokenOff.into())))
    }
}
