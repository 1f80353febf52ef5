//! Parse, log, build, run, report.

use std::io::Write as _;
use std::process::ExitCode;

use campaign_mock::app::{AppError, Application, Pace};
use campaign_mock::cli::{CheckArgs, Cli, Command, exec};
use campaign_mock::config::Settings;

fn main() -> ExitCode {
    match Cli::read().into_command() {
        Command::Serve(settings) => {
            log_from("info,actix_server=warn");
            report(serve(&settings).map_err(|error| (error.exit_code(), error.to_string())))
        }
        Command::Exec(args) => {
            // What is on the terminal is the command's.
            log_from("warn");
            let command = exec::run(&args.settings, &args.command);
            match actix_rt::System::new().block_on(command) {
                Ok(code) => ExitCode::from(code),
                Err(error) => report(Err((error.exit_code(), error.to_string()))),
            }
        }
        Command::Env(args) => {
            let variables = args.ask().map_err(|error| (1, format!("{error:#}")));
            report(variables.and_then(|variables| print(&variables)))
        }
        Command::Token(args) => {
            let token = args.mint().map_err(|error| (2, format!("{error:#}")));
            report(token.and_then(|token| print(&token)))
        }
        Command::Snapshot(args) => {
            let said = args.run().map_err(|error| (1, format!("{error:#}")));
            report(said.and_then(|said| said.map_or(Ok(()), |said| print(&said))))
        }
        Command::Seed(command) => {
            report(command.run().and_then(|said| said.map_or(Ok(()), |said| print(&said))))
        }
        Command::Backup(args) => report(args.back_up()),
        Command::Check(args) => report(check(&args)),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::definition(), "campaign-mock", &mut script);
            report(print(String::from_utf8_lossy(&script).trim_end()))
        }
        Command::Ready(args) => report(args.check().map_err(|error| (1, format!("{error:#}")))),
    }
}

/// Logs to stderr what `RUST_LOG` asks for, or the usual.
fn log_from(usual: &str) {
    let filter = env_logger::Env::default().default_filter_or(usual);
    env_logger::Builder::from_env(filter).format_timestamp_millis().init();
}

fn serve(settings: &Settings) -> Result<(), AppError> {
    actix_rt::System::new().block_on(async {
        // Before anything else, so that an early signal ends a start too, also as PID 1.
        let stop = stop_signal().map_err(|cause| AppError::Stopped(cause.to_string()))?;
        let mut stop = std::pin::pin!(stop);
        // Making many people takes its time, and a signal ends that too.
        let app = tokio::select! {
            app = Application::start(settings, Pace::Running) => app?,
            () = &mut stop => return Ok(()),
        };
        let announcement = app.announcement();
        eprintln!("{announcement}");
        // A closed stdout is no reason not to serve.
        let _ = print(&announcement.json());
        app.run(stop).await
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

/// Prints that a database is well, or each of its faults.
fn check(args: &CheckArgs) -> Result<(), (u8, String)> {
    let faults = args.faults()?;
    if faults.is_empty() {
        return print(&format!("{}: ok", args.name()));
    }
    print(&faults.join("\n"))?;
    Err((1, format!("{} has {} faults", args.name(), faults.len())))
}

fn print(line: &str) -> Result<(), (u8, String)> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).map_err(|cause| (1, cause.to_string()))
}

fn report(result: Result<(), (u8, String)>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, message)) => {
            eprintln!("campaign-mock: {message}");
            ExitCode::from(code)
        }
    }
}
