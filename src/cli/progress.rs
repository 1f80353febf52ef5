//! The progress bar for sample people, on a terminal.

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::service::ProgressReporter;

/// A reporter that draws a bar on stderr, if that is a terminal.
pub(super) fn progress_bar() -> ProgressReporter {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = "creating sample people {bar:40} {pos}/{len} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    Arc::new(move |done, total| {
        // To look at the clock for each person would cost more than to make them.
        if done.is_multiple_of(1000) || done == total {
            bar.set_length(total);
            bar.set_position(done);
        }
        if done == total {
            bar.finish_and_clear();
        }
    })
}
