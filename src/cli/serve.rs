//! `campaign-mock serve`: runs the server until a signal stops it.

use super::failure::Failure;
use super::output::print_line;
use super::progress::progress_bar;
use crate::app::{AppError, Application, ClockMode};
use crate::config::Settings;
use crate::io_message::io_message;

/// Runs the server.
///
/// # Errors
/// When it cannot start, or stops by itself.
pub(super) fn serve(settings: &Settings) -> Result<(), Failure> {
    actix_rt::System::new().block_on(async {
        // Before anything else, so that an early signal ends a start too, also as PID 1.
        let stop = stop_signal().map_err(|cause| AppError::Stopped(io_message(&cause)))?;
        let mut stop = std::pin::pin!(stop);
        // To make many sample people takes a while, and a signal ends that too.
        let app = tokio::select! {
            app = Application::start(settings, ClockMode::Running, Some(progress_bar())) => app?,
            () = &mut stop => return Ok(()),
        };
        let announcement = app.announcement();
        eprintln!("{announcement}");
        // A closed stdout is no reason not to serve.
        let _ = print_line(&announcement.json());
        app.run(stop).await?;
        Ok(())
    })
}

/// Done at the first SIGTERM or SIGINT; the second one ends the process at once.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut next = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(async move {
        next().await;
        actix_rt::spawn(async move {
            next().await;
            std::process::exit(1);
        });
    })
}

/// Done at the first Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
