//! One row of the table: the same calls to campaign-mock and to the bare server, and the same work
//! in raw `SQLite`, by turns on the same core.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::ValueEnum as _;

use crate::connection::Connection;
use crate::drain::{self, Drain};
use crate::load::{self, Load, Script};
use crate::operation::{self, Operation};
use crate::process::{self, Process};
use crate::server::{Server, scratch};
use crate::{Plan, bare};

/// The head of the table.
pub(crate) const HEAD: &str = "\
| operation | campaign-mock req/s | bare actix req/s | ratio | raw SQLite op/s | ratio \
| p50 / p99 ms | CPU of campaign-mock | CPU of bare |
|---|--:|--:|--:|--:|--:|--:|--:|--:|";

/// A row: of each measurement the median turn.
pub(crate) struct Row {
    operation: Operation,
    served: Load,
    bare: Load,
    raw: f64,
    /// After opt-outs, how long their privacy jobs took.
    pub(crate) drain: Option<Drain>,
}

/// What the turns found.
#[derive(Default)]
struct Turns {
    served: Vec<Load>,
    bare: Vec<Load>,
    raw: Vec<f64>,
    drains: Vec<Drain>,
}

/// Measures one operation.
pub(crate) async fn measure(operation: Operation, plan: Plan) -> Result<Row> {
    let directory = scratch()?;
    let server = Server::start_durable(&directory.path().join("served.db"))?;
    let address = server.access.address()?;
    let people = operation::enrol(&server.access, plan).await?;
    let scripts = operation.scripts(&server.access, &people);
    let bare = Bare::start(&sample(address, &scripts).await?)?;
    let mut acknowledged = 1;
    let mut turns = Turns::default();
    for turn in 0..plan.turns() {
        let load = load::run(address, &scripts, server.process.id()).await?;
        acknowledged += load.acknowledged;
        turns.served.push(load);
        if operation == Operation::PostOptOut {
            turns.drains.push(drain::measure(&server.access, acknowledged).await?);
        }
        turns.bare.push(load::run(bare.address, &scripts, bare.process.id()).await?);
        let file = directory.path().join(format!("raw{turn}.db"));
        turns.raw.push(work_raw(operation, plan, &file)?);
    }
    turns.row(operation).context("nothing was measured")
}

/// Makes one call, to know what the bare server has to answer. It is the last of a script, so that
/// the turn of on and off is not disturbed.
async fn sample(address: SocketAddr, scripts: &[Script]) -> Result<bare::Answer> {
    let request = scripts.first().and_then(|script| script.last()).context("there is no script")?;
    let mut connection = Connection::open(address).await?;
    let answer = connection.call(request).await?;
    Ok(bare::Answer { content_type: answer.content_type()?, size: answer.body.len() })
}

/// The bare server, ready.
struct Bare {
    process: Process,
    address: SocketAddr,
}

impl Bare {
    fn start(answer: &bare::Answer) -> Result<Self> {
        let mut command = process::measured(std::env::current_exe()?);
        command.args(["bare", &answer.content_type, &answer.size.to_string()]);
        let mut process = Process::spawn(&mut command)?;
        let address = process.first_line()?.parse()?;
        Ok(Self { process, address })
    }
}

fn work_raw(operation: Operation, plan: Plan, database: &Path) -> Result<f64> {
    let mut command = process::measured(std::env::current_exe()?);
    if plan.quick {
        command.arg("--quick");
    }
    command.args(["--connections", &plan.connections.to_string(), "sqlite"]);
    let name = operation.to_possible_value();
    command.args(name.as_ref().map(clap::builder::PossibleValue::get_name)).arg(database);
    Ok(Process::spawn(&mut command)?.first_line()?.parse()?)
}

impl Turns {
    /// `None` if there was no turn.
    fn row(self, operation: Operation) -> Option<Row> {
        Some(Row {
            operation,
            served: median(self.served, |load| load.rate)?,
            bare: median(self.bare, |load| load.rate)?,
            raw: median(self.raw, |rate| *rate)?,
            drain: median(self.drains, Drain::seconds),
        })
    }
}

fn median<T>(mut turns: Vec<T>, figure: impl Fn(&T) -> f64) -> Option<T> {
    turns.sort_unstable_by(|one, other| figure(one).total_cmp(&figure(other)));
    let middle = turns.len() / 2;
    turns.into_iter().nth(middle)
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, served, bare, raw, drain: _ } = self;
        write!(f, "| {operation} | {:.0} | {:.0} | ", served.rate, bare.rate)?;
        write!(f, "{:.2} | {raw:.0} | ", served.rate / bare.rate)?;
        write!(f, "{:.2} | ", served.rate / raw)?;
        let [p50, p99] = [served.p50, served.p99].map(|time| time.as_secs_f64() * 1e3);
        write!(f, "{p50:.2} / {p99:.2} |")?;
        for load in [served, bare] {
            write!(f, " {:.0} % |", load.server_busy * 1e2)?;
        }
        Ok(())
    }
}
