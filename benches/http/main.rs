//! `cargo bench --bench http`: what campaign-mock costs beside its two floors, a bare actix-web
//! server that answers as many bytes and raw `SQLite` that does as much work.
//!
//! What is measured runs on one core, this process with the load on another, one request in flight
//! per connection. Ratios are what to compare; absolute figures belong to the machine. Linux only:
//! it reads `/proc` and pins with `taskset`.
//!
//! | module | what it does |
//! |---|---|
//! | [`operation`] | the calls that are measured |
//! | [`throughput`] | one row of the table: server, bare server, raw `SQLite` |
//! | [`connection`], [`load`] | the client and the load generator |
//! | [`bare`], [`sqlite`] | the two floors, each in a process of its own: this program in another role |
//! | [`server`], [`process`] | child processes and what they use |
//! | [`start`], [`drain`], [`lists`], [`privacy`] | the figures beside the table |

#![expect(clippy::print_stdout, reason = "the table is for people, the roles' lines for us")]
#![expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

mod bare;
mod connection;
mod drain;
mod lists;
mod load;
mod operation;
mod privacy;
mod process;
mod server;
mod sqlite;
mod start;
mod throughput;

use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum as _};

use operation::Operation;

/// Measures campaign-mock beside a bare actix-web server and raw `SQLite`.
#[derive(Debug, Parser)]
struct Options {
    /// Measure once instead of five times, and list 100 000 profiles instead of 1 000 000
    #[arg(long)]
    quick: bool,

    /// Connections of the load, and writes per transaction of raw `SQLite`
    #[arg(long, value_name = "NUMBER", default_value_t = 64,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,

    /// Measure this operation alone; may be repeated
    #[arg(long = "operation", value_enum, value_name = "NAME")]
    operations: Vec<Operation>,

    /// Passed by cargo; says nothing
    #[arg(long, hide = true)]
    bench: bool,

    #[command(subcommand)]
    role: Option<Role>,
}

/// What this program does as a child of itself.
#[derive(Debug, Subcommand)]
#[command(hide = true)]
enum Role {
    /// Be the bare server.
    Bare(bare::Answer),
    /// Be raw `SQLite`.
    Sqlite(sqlite::Task),
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Plan {
    quick: bool,
    connections: u16,
}

impl Plan {
    /// Load before a measurement, so that caches are warm.
    const WARM_UP: Duration = Duration::from_millis(300);

    /// How long is measured at a time.
    const WINDOW: Duration = Duration::from_secs(1);

    /// How many privacy jobs there are at a time.
    const JOBS: usize = 100_000;

    /// How often everything is measured. The median counts, and what is compared takes turns, so
    /// that a disturbance of some seconds says little.
    const fn turns(self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    /// How many profiles the long lists have.
    const fn people(self) -> i64 {
        if self.quick { 100_000 } else { 1_000_000 }
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    let plan = Plan { quick: options.quick, connections: options.connections };
    match options.role {
        Some(Role::Bare(answer)) => bare::serve(&answer),
        Some(Role::Sqlite(task)) => sqlite::work(&task, plan),
        None => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            // Sockets are looked at as soon as what came from them is done.
            .event_interval(8)
            .build()?
            .block_on(measure(plan, &options.operations)),
    }
}

async fn measure(plan: Plan, operations: &[Operation]) -> Result<()> {
    if operations.is_empty() {
        return measure_all(plan).await;
    }
    pin();
    print(plan, &measure_each(plan, operations).await?);
    Ok(())
}

fn pin() {
    if !process::pin_to(process::LOADER) {
        eprintln!("nothing is pinned to a core (no taskset, or one core only): compare with care");
    }
}

async fn measure_each(plan: Plan, operations: &[Operation]) -> Result<Vec<throughput::Row>> {
    let mut rows = Vec::new();
    for operation in operations {
        eprintln!("{operation}");
        rows.push(throughput::measure(*operation, plan).await?);
    }
    Ok(rows)
}

fn print(plan: Plan, rows: &[throughput::Row]) {
    let Plan { connections, .. } = plan;
    println!("\n{connections} connections, median of {} × {:?}\n", plan.turns(), Plan::WINDOW);
    println!("{}", throughput::HEAD);
    for row in rows {
        println!("{row}");
    }
    println!("\n| figure | value |\n|---|---|");
    for drain in rows.iter().filter_map(|row| row.drain.as_ref()) {
        println!("{drain}");
    }
}

async fn measure_all(plan: Plan) -> Result<()> {
    eprintln!("start-up and idle memory");
    // Before this process is pinned, because children inherit that: users start the server on every
    // core there is.
    let start = start::measure().await?;
    pin();
    let rows = measure_each(plan, Operation::value_variants()).await?;
    eprintln!("lists");
    let lists = lists::measure(plan.people()).await?;
    eprintln!("privacy jobs");
    let privacy = privacy::measure(Plan::JOBS).await?;

    print(plan, &rows);
    println!("{privacy}\n{start}\n{lists}");
    Ok(())
}
