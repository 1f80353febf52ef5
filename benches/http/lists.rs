//! Lists of many profiles: how long it takes to make the people, what the first page and the last one
//! cost in each order, how long counting takes, and by which plan `SQLite` finds them.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use campaign_mock::domain::{Condition, InstallKey, Order, OrgId, Query};
use campaign_mock::seed::Seed;
use campaign_mock::store::{Location, Store, lists};

use crate::connection::Connection;
use crate::process;
use crate::server::{PROFILES, PROGRAM, Server, scratch};

/// How often each page is read; first and last take turns, so that a disturbance meets both.
const READS: usize = 200;

/// A list: what people call it, its path below the profiles, its query.
struct Case {
    name: &'static str,
    filter: &'static str,
    query: String,
    /// The same as the store takes it.
    asked: Query,
}

/// The lists that are measured; `email` is somebody's.
fn cases(email: &str) -> [Case; 5] {
    let case =
        |name, filter, query: &str, asked| Case { name, filter, query: query.to_owned(), asked };
    let fields = ["email", "firstName", "lastName"].map(str::to_owned).to_vec();
    let with_text = only(Condition::StartsWith { fields, text: "Mar".to_owned() });
    let with_email = only(Condition::Equals { field: "email".to_owned(), value: email.into() });
    [
        case("in order of creation", "", "", Query::default()),
        case("`_order=lastName`", "", "_order=lastName", ordered("lastName", false)),
        case("`_order=created%20desc`", "", "_order=created%20desc", ordered("created", true)),
        case("`byText?text=Mar`", "/byText", "text=Mar", with_text),
        case("`byEmail`", "/byEmail", &format!("email={email}"), with_email),
    ]
}

fn ordered(field: &str, descending: bool) -> Query {
    Query { order: Some(Order { field: field.to_owned(), descending }), ..Query::default() }
}

fn only(condition: Condition) -> Query {
    Query { conditions: vec![condition], ..Query::default() }
}

/// One list.
struct Row {
    name: &'static str,
    records: i64,
    first: Duration,
    last: Duration,
    count: Duration,
    plan: String,
}

/// All of them.
pub(crate) struct Lists {
    people: i64,
    load: Duration,
    rows: Vec<Row>,
}

/// Makes a tenant of that many people and reads the ends of its lists.
pub(crate) async fn measure(people: i64) -> Result<Lists> {
    let directory = scratch()?;
    let file = directory.path().join("many.db");
    let began = Instant::now();
    let mut command = process::measured(PROGRAM);
    command.arg("--database").arg(&file).args(["--seed", "none", "--rng-seed", "1"]);
    let server = Server::start({
        command.args(["--profiles", &people.to_string()]);
        command
    })?;
    let load = began.elapsed();
    let cases = cases(&somebody(&server).await?);
    let mut rows = Vec::new();
    for case in &cases {
        eprintln!("  {}", case.name);
        rows.push(row(&server, case).await?);
    }
    drop(server);
    let plans = plans(&file, &cases)?;
    for (row, plan) in rows.iter_mut().zip(plans) {
        row.plan = plan;
    }
    Ok(Lists { people, load, rows })
}

/// The e-mail address of the first of the people.
async fn somebody(server: &Server) -> Result<String> {
    let mut connection = Connection::open(server.access.address()?).await?;
    let first = server.access.call("GET", &format!("{PROFILES}/email?_lineCount=1"), "");
    let list: serde_json::Value = serde_json::from_slice(connection.call(&first).await?.body)?;
    Ok(list["content"][0].as_str().context("there is nobody")?.to_owned())
}

async fn row(server: &Server, case: &Case) -> Result<Row> {
    let mut connection = Connection::open(server.access.address()?).await?;
    let path = format!("{PROFILES}{}?{}&_forcePagination=true", case.filter, case.query);
    let counting = format!("{PROFILES}{}/_count?{}", case.filter, case.query);
    let counting = server.access.call("GET", &counting, "");
    let began = Instant::now();
    let answer = connection.call(&counting).await?;
    let count = began.elapsed();
    let answer: serde_json::Value = serde_json::from_slice(answer.body)?;
    let records = answer["count"].as_i64().context("no count")?;

    let first = server.access.call("GET", &path, "");
    let last = match last_page(server, &mut connection, &path, records).await? {
        Some(last) => server.access.call("GET", &last, ""),
        None => first.clone(),
    };
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..READS {
        for (request, times) in [&first, &last].into_iter().zip(&mut times) {
            let sent = Instant::now();
            connection.call(request).await?;
            times.push(sent.elapsed());
        }
    }
    let [first, last] = times.map(median);
    Ok(Row { name: case.name, records, first, last, count, plan: String::new() })
}

/// Walks to the last page in long strides; `None` when the first page is the last one.
async fn last_page(
    server: &Server,
    connection: &mut Connection,
    path: &str,
    records: i64,
) -> Result<Option<String>> {
    let lines = i64::try_from(Query::DEFAULT_LINES)?;
    let mut left = records - lines;
    let mut cursor = None;
    while left > 0 {
        let stride = left.min(i64::try_from(Query::MAX_LINES)?);
        let start = cursor.map(|cursor| format!("&_lineStart={cursor}")).unwrap_or_default();
        let request = format!("{path}&_lineCount={stride}{start}");
        let answer = connection.call(&server.access.call("GET", &request, "")).await?;
        let body = std::str::from_utf8(answer.body)?;
        let (_, next) = body.rsplit_once("\"next\":").context("a page without a next one")?;
        let (_, next) = next.split_once("_lineStart=").context("a next page without a start")?;
        cursor = Some(next.split('"').next().unwrap_or_default().to_owned());
        left -= stride;
    }
    Ok(cursor.map(|cursor| format!("{path}&_lineStart={cursor}")))
}

/// How `SQLite` finds the pages; an error if it reads a whole table.
fn plans(file: &Path, cases: &[Case]) -> Result<Vec<String>> {
    let store = Store::open(&Location::File(file.to_owned()), &InstallKey::new([0; 32]))?;
    let reader = store.reader()?;
    let seed = Seed::demo()?;
    let model = &seed.customers.first().context("the demo seed has no customer")?.model;
    let source = lists::Source { model, org: OrgId::from_stored(1), resource: model.profile() };
    let plans = cases.iter().map(|case| {
        let plan = lists::plan(&reader, source, &case.asked)?;
        ensure!(!plan.iter().any(|step| step.contains("SCAN")), "{}: {plan:?}", case.name);
        Ok(plan.join("; "))
    });
    let plans = plans.collect();
    drop(reader);
    store.close();
    plans
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

impl fmt::Display for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| making {} people | {:.1} s |", self.people, self.load.as_secs_f64())?;
        writeln!(f, "\n| list of profiles | records | first page | last page | `_count` | plan |")?;
        writeln!(f, "|---|--:|--:|--:|--:|---|")?;
        for row in &self.rows {
            let [first, last, count] =
                [row.first, row.last, row.count].map(|time| time.as_secs_f64() * 1e3);
            writeln!(
                f,
                "| {} | {} | {first:.2} ms | {last:.2} ms | {count:.1} ms | {} |",
                row.name, row.records, row.plan
            )?;
        }
        Ok(())
    }
}
