//! A long load of calls of all kinds, most of them in the journal and many with secrets wherever a call
//! can carry one. Memory stays as it is once the journal is full, the count of dropped calls is exact,
//! and no secret is in journal, stream, log, database or snapshot, while what is no secret is found in
//! each of them.
//!
//! `CAMPAIGN_MOCK_SOAK_CALLS` says how many calls, `CAMPAIGN_MOCK_BIN` which program is called. The gate makes
//! 200 000 to the release build, for the usual one would take minutes.

mod canaries;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use canaries::{Search, canary};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Answer, Client, PATIENCE, PROFILES, PROGRAM, Process, Server, command, machine,
};

/// Calls of a run that is not told otherwise.
const CALLS: usize = 12_000;

/// Connections that call at the same time.
const LANES: usize = 16;

/// The part of the calls after which memory is to stay as it is: one in so many.
const WARM_UP: usize = 5;

/// Most that memory may grow by after that, in KiB: as much as the journal may hold. Calls that are kept by
/// mistake take more within a few thousand.
const GROWTH: u64 = 8 * 1024;

/// What the journal keeps by default.
const ENTRIES: usize = 1000;

/// How much of the stream is read: what a round of calls leaves there.
const WATCHED: u64 = 1024 * 1024;

/// Bytes of a large body.
const LARGE: usize = 200 * 1024;

/// What is sent in all places and is no secret.
const PLAIN: &str = "PLAINTOSEE";

const JOBS: &str = "/data/core/privacy/jobs";

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// The credential that logs in; its client id is no secret, as that of the other one is where it is sent as
/// an API key.
const CLIENT: (&str, &str) =
    ("demo-9f8e7d6c5b4a39281706f5e4d3c2b1a0", "demo-secret-for-campaign-only");

#[test]
fn a_long_load_leaves_no_secret_and_takes_no_memory() {
    let _machine = machine::alone();
    let calls = std::env::var("CAMPAIGN_MOCK_SOAK_CALLS");
    let calls = calls.map_or(CALLS, |calls| calls.parse().expect("a number of calls"));
    let start = Instant::now();
    let mut soak = Soak::start();
    let warm_up = calls / WARM_UP;
    let watched = soak.load(warm_up, true);
    soak.search.assert_clean("the stream", &watched);
    assert_shows("the stream", &watched);
    let before = anonymous_kib(&soak.server.process);
    soak.load(calls - warm_up, false);
    let after = anonymous_kib(&soak.server.process);
    let took = start.elapsed();
    // What is shown is made as a whole, which takes memory of its own.
    soak.check_journal();
    soak.check_snapshot();
    soak.check_files();
    let said = format!(
        "soak: {calls} calls, {} of them in the journal, {:.1} s, memory {before} KiB, then {after} KiB",
        soak.journalled,
        took.as_secs_f64()
    );
    writeln!(io::stderr(), "{said}").unwrap();
    assert!(after <= before + GROWTH, "{said}");
}

#[test]
fn a_canary_is_found_however_it_is_written() {
    let search = Search::new([("a password", "Correct Horse")]);
    let secret = canary("here");
    for before in ["", "a", "ab", "abc", "abcd"] {
        for text in [
            format!("{before}{secret}"),
            format!("\u{0}{before}{}", secret.to_lowercase()),
            format!("{before}{}", canaries::escaped(&secret)),
            STANDARD.encode(format!("{before}{secret}")),
            format!("{before}correct horse"),
        ] {
            assert!(search.find(text.as_bytes()).is_some(), "{text}");
        }
        assert_eq!(search.find(format!("{before}{PLAIN}CANARY").as_bytes()), None);
    }
}

/// Memory that is the process's own: no pages of files.
fn anonymous_kib(process: &Process) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What is no secret is there, so that the search for secrets could have found some.
fn assert_shows(place: &str, bytes: &[u8]) {
    assert!(String::from_utf8_lossy(bytes).contains(PLAIN), "{place} does not have {PLAIN}");
}

/// A server under load.
struct Soak {
    server: Server,
    lanes: Vec<Lane>,
    search: Search,
    /// The API key, which is no secret in the ledger: it says who called.
    key: String,
    /// How long stdout and stderr were when it was ready: what it says first has credentials.
    announced: [usize; 2],
    journalled: usize,
    folder: TempDir,
}

impl Soak {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let admin = canary("admintoken");
        let server = Server::start(&mut serve(&folder.path().join("soak.db"), &admin));
        let announced = [server.process.stdout().len(), server.process.stderr().len()];
        let key = server.ready.api_key.clone();
        let mut client = Client::connect(&server.ready.url).unwrap();
        let minted = control(&mut client, "POST", "/tokens", &json!({})).json();
        let token = minted["accessToken"].as_str().unwrap();
        let assertion = assertion();
        let kit = Arc::new(Kit {
            key: key.clone(),
            token: token.to_owned(),
            ims_org: server.ready.ims_org_id.clone(),
            assertion: assertion.clone(),
        });
        let lanes: Vec<_> =
            (0..LANES).map(|number| Lane::new(number, &server.ready.url, &kit)).collect();
        // Every token begins alike, so that this finds all of them.
        let [issued, asserted] = [token, &assertion].map(|token| token.split('.').next().unwrap());
        let [_, signature] = token.rsplit_once('.').map(|(head, end)| [head, end]).unwrap();
        let search = Search::new([
            ("an access token", issued),
            ("an assertion", asserted),
            ("the signature of a token", signature),
            ("a client secret", CLIENT.1),
        ]);
        let journalled = lanes.len();
        Self { server, lanes, search, key, announced, journalled, folder }
    }

    /// Makes so many calls; answers what a watcher of the journal saw, if there is to be one.
    fn load(&mut self, calls: usize, watch: bool) -> Vec<u8> {
        let each = calls / self.lanes.len();
        let url = &self.server.ready.url;
        let lanes = &mut self.lanes;
        let (made, watched) = std::thread::scope(|scope| {
            let watcher = watch.then(|| scope.spawn(|| watched(url)));
            let threads: Vec<_> =
                lanes.iter_mut().map(|lane| scope.spawn(move || lane.run(url, each))).collect();
            let made: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
            (made, watcher.map(|watcher| watcher.join().unwrap()).unwrap_or_default())
        });
        self.journalled += made;
        watched
    }

    /// The journal has the last calls, counts the others and knows no secret.
    fn check_journal(&self) {
        let mut client = Client::connect(&self.server.ready.url).unwrap();
        let all = control(&mut client, "GET", "/requests?limit=1000", &Value::Null);
        let whole = all.json();
        let (kept, dropped) = (whole["requests"].as_array().unwrap(), &whole["dropped"]);
        assert!((1..=ENTRIES).contains(&kept.len()), "{}", kept.len());
        assert_eq!(*dropped, json!(self.journalled - kept.len()));
        let middle = kept[kept.len() / 2]["id"].to_string();
        for answer in [
            control(&mut client, "GET", &format!("/requests?since={middle}"), &Value::Null),
            control(&mut client, "GET", "/requests/unmatched", &Value::Null),
            control(&mut client, "POST", "/requests/find", &json!({"path": "*"})),
            control(&mut client, "POST", "/verify", &json!({"path": "*", "count": 0})),
            control(&mut client, "GET", "/health", &Value::Null),
            control(&mut client, "GET", "/config", &Value::Null),
            all,
        ] {
            self.search.assert_clean("the journal", answer.body.as_bytes());
        }
        let found = control(&mut client, "POST", "/requests/find", &json!({"method": "POST"})).body;
        assert_shows("the journal", found.as_bytes());
        assert!(!found.contains(&self.key), "the journal has the API key");
    }

    fn check_snapshot(&self) {
        let mut client = Client::connect(&self.server.ready.url).unwrap();
        assert_eq!(control(&mut client, "POST", "/snapshots/soak", &Value::Null).status, 201);
        let exported = control(&mut client, "GET", "/snapshots/soak/export", &Value::Null).body;
        self.search.assert_clean("a snapshot", exported.as_bytes());
        assert_shows("a snapshot", exported.as_bytes());
    }

    /// What is on the disk has no secret either, neither while the server runs nor after its end.
    fn check_files(&mut self) {
        self.check_database();
        assert!(self.server.stop("TERM").success());
        self.check_database();
        let [stdout, stderr] = [self.server.process.stdout(), self.server.process.stderr()];
        assert_eq!(stdout.len(), self.announced[0], "{stdout}");
        let log = &stderr[self.announced[1]..];
        self.search.assert_clean("the log", log.as_bytes());
        assert_shows("the log", log.as_bytes());
        assert!(!log.contains(&self.key), "the log has the API key");
        for word in ["panicked", " ERROR "] {
            assert!(!log.contains(word), "{:?}", log.lines().find(|line| line.contains(word)));
        }
    }

    fn check_database(&self) {
        let files = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<PathBuf> = files.collect();
        let bytes: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap()).collect();
        self.search.assert_clean("the database", &bytes);
        assert_shows("the database", &bytes);
    }
}

/// A server that logs what it can, keeps its data and asks for a token where there are secrets to see.
fn serve(database: &std::path::Path, admin_token: &str) -> Command {
    let program = std::env::var("CAMPAIGN_MOCK_BIN");
    let mut command = command(program.as_deref().unwrap_or(PROGRAM));
    command.args(["--listen", "127.0.0.1:0", "--job-submitted", "0s", "--job-processing", "0s"]);
    command.args(["--admin-token", admin_token, "--secret", &canary("serversecretserversecret")]);
    command.args(["--privacy-empty-list", "200"]).env("RUST_LOG", "debug");
    command.arg("--database").arg(database);
    command
}

/// A signed assertion of the client that logs in.
fn assertion() -> String {
    let arguments = ["token", "--assertion", "--credential", "campaign-only"];
    let mut process = Process::spawn(command(PROGRAM).args(arguments));
    assert!(process.wait().success());
    process.stdout().trim_end().to_owned()
}

/// Calls the control API.
fn control(client: &mut Client, method: &str, path: &str, body: &Value) -> Answer {
    let token = canary("admintoken");
    let headers = [("X-Admin-Token", &*token), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    client.send(method, &format!("/__admin{path}"), &headers, &body).unwrap()
}

/// The first bytes of the stream. One who falls behind comes again.
fn watched(url: &str) -> Vec<u8> {
    let address = url.trim_start_matches("http://");
    let token = canary("admintoken");
    let mut watched = Vec::new();
    while let Some(left) = WATCHED.checked_sub(watched.len() as u64).filter(|left| *left > 0) {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let call = format!(
            "GET /__admin/requests/stream HTTP/1.1\r\nHost: {address}\r\nX-Admin-Token: {token}\r\n\r\n"
        );
        stream.write_all(call.as_bytes()).unwrap();
        stream.take(left).read_to_end(&mut watched).unwrap();
    }
    watched
}

/// What calls are made with.
struct Kit {
    key: String,
    token: String,
    ims_org: String,
    assertion: String,
}

impl Kit {
    fn call(&self, client: &Client, method: &str, path: &str, body: &str) -> Vec<u8> {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("X-Api-Key", &*self.key),
            ("Authorization", &bearer),
            ("x-gw-ims-org-id", &self.ims_org),
            ("X-Request-Id", PLAIN),
            ("Content-Type", "application/json"),
        ];
        client.request(method, path, &headers, body)
    }

    /// A form as the token service takes it.
    fn form(&self, client: &Client, path: &str, body: &str) -> Vec<u8> {
        let bearer = format!("Bearer {}", self.token);
        client.request("POST", path, &[FORM, ("Authorization", &bearer)], body)
    }
}

/// What a connection does next.
enum Step {
    /// A call that is the same every time, with the status it is answered if that is to be looked at.
    Call(Vec<u8>, Option<u16>),
    /// The same to the control API, whose calls are not in the journal.
    Control(Vec<u8>, u16),
    /// Opts the lane's profile out, or back in.
    OptOut,
    /// Creates a profile, or deletes the one that was created before.
    ComeOrGo,
    /// Logs in, or gives the token back.
    LogInOrOut,
}

/// A connection with its calls, one after another.
struct Lane {
    client: Client,
    kit: Arc<Kit>,
    steps: Vec<Step>,
    /// Which step comes when; the same step may come often.
    order: Vec<usize>,
    at: usize,
    profile: String,
    opted_out: bool,
    guest: Option<String>,
    token: Option<String>,
}

impl Lane {
    /// Connects, and makes a profile, which is its first call.
    fn new(number: usize, url: &str, kit: &Arc<Kit>) -> Self {
        let mut client = Client::connect(url).unwrap();
        let kit = Arc::clone(kit);
        let body = json!({"email": format!("{PLAIN}{number}@example.com"), "lastName": PLAIN});
        let created = client.exchange(&kit.call(&client, "POST", PROFILES, &body.to_string()));
        let profile = key_of(&created.unwrap());
        let weighed = steps(&client, &kit, &profile);
        let order = spread(&weighed.iter().map(|(times, _)| *times).collect::<Vec<_>>());
        // The lanes begin at different places, so that everything happens all the time.
        let at = order.len() * number / LANES;
        let steps = weighed.into_iter().map(|(_, step)| step).collect();
        Self { client, kit, steps, order, at, profile, opted_out: false, guest: None, token: None }
    }

    /// Makes so many calls on a new connection, for the last one may have been idle for too long; answers how
    /// many of them the journal has.
    fn run(&mut self, url: &str, calls: usize) -> usize {
        self.client = Client::connect(url).unwrap();
        (0..calls).map(|_| usize::from(self.step())).sum()
    }

    /// Makes a call; answers whether the journal has it.
    fn step(&mut self) -> bool {
        let step = self.order[self.at % self.order.len()];
        self.at += 1;
        match &self.steps[step] {
            Step::Call(request, status) => {
                let answer = self.client.exchange(request).unwrap();
                let fine = status.map_or(answer.status != 503, |status| answer.status == status);
                assert!(fine, "{}: {answer:?}", start(request));
            }
            Step::Control(request, status) => {
                let answer = self.client.exchange(request).unwrap();
                assert_eq!(answer.status, *status, "{}: {answer:?}", start(request));
                return false;
            }
            Step::OptOut => {
                self.opted_out = !self.opted_out;
                let body = json!({"ccpaOptOut": self.opted_out}).to_string();
                let path = format!("{PROFILES}/{}", self.profile);
                self.call("PATCH", &path, &body, 200);
            }
            Step::ComeOrGo => {
                if let Some(guest) = self.guest.take() {
                    self.call("DELETE", &format!("{PROFILES}/{guest}"), "", 200);
                } else {
                    let body = json!({"email": "guest@example.com"}).to_string();
                    self.guest = Some(key_of(&self.call("POST", PROFILES, &body, 201)));
                }
            }
            Step::LogInOrOut => self.log_in_or_out(),
        }
        true
    }

    fn log_in_or_out(&mut self) {
        let (id, secret) = CLIENT;
        let (path, body) = if let Some(token) = &self.token {
            ("/ims/invalidate_token/v2", format!("token={token}"))
        } else {
            let grant = "grant_type=client_credentials";
            ("/ims/token/v3", format!("{grant}&client_id={id}&client_secret={secret}"))
        };
        let answer = self.client.exchange(&self.kit.form(&self.client, path, &body)).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        self.token = match self.token {
            Some(_) => None,
            None => Some(answer.json()["access_token"].as_str().unwrap().to_owned()),
        };
    }

    fn call(&mut self, method: &str, path: &str, body: &str, status: u16) -> Answer {
        let request = self.kit.call(&self.client, method, path, body);
        let answer = self.client.exchange(&request).unwrap();
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        answer
    }
}

fn key_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["PKey"].as_str().unwrap().to_owned()
}

/// The first line of a request.
fn start(request: &[u8]) -> String {
    String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned()
}

/// The steps that come so often each, as far apart as they can.
fn spread(times: &[usize]) -> Vec<usize> {
    let places = times.iter().enumerate().flat_map(|(step, times)| {
        (0..*times).map(move |turn| ((2 * turn + 1) * 1_000_000 / (2 * times), step))
    });
    let mut places: Vec<_> = places.collect();
    places.sort_unstable();
    places.into_iter().map(|(_, step)| step).collect()
}

/// What a lane does, and how often in a round of some 300 calls.
fn steps(client: &Client, kit: &Kit, profile: &str) -> Vec<(usize, Step)> {
    let own = format!("{PROFILES}/{profile}");
    let call = |method: &str, path: &str, body: &str| kit.call(client, method, path, body);
    let fine = |request| Step::Call(request, Some(200));
    let rename = json!({"lastName": PLAIN}).to_string();
    let job = json!({
        "companyContexts": [{"namespace": "imsOrgID", "value": kit.ims_org}],
        "users": [{"key": PLAIN, "action": ["access"],
            "userIDs": [{"namespace": "email", "value": "none@example.com", "type": "standard"}]}],
        "include": ["Campaign"],
        "regulation": "ccpa",
    });
    let mut steps = vec![
        (90, fine(call("GET", &own, ""))),
        (30, fine(call("PATCH", &own, &rename))),
        (15, fine(call("GET", &format!("{PROFILES}?_lineCount=5&_order=lastName"), ""))),
        (5, fine(call("GET", &format!("{PROFILES}/byEmail?email={PLAIN}1@example.com"), ""))),
        (4, fine(call("GET", &format!("{JOBS}?regulation=ccpa&size=5"), ""))),
        (2, Step::Call(call("POST", JOBS, &job.to_string()), Some(202))),
        (2, Step::Call(call("OPTIONS", PROFILES, ""), Some(204))),
        (4, Step::Call(call("GET", &format!("/acme/campaign/{PLAIN}"), ""), None)),
        (1, Step::Call(call("POST", PROFILES, &canaries::large(LARGE)), None)),
        (4, Step::OptOut),
        (8, Step::ComeOrGo),
        (6, Step::LogInOrOut),
    ];
    let answered = canaries::queries().map(|query| {
        (1, fine(call("GET", &format!("{PROFILES}?{query}&_lineCount=1&__delay=1"), "")))
    });
    steps.extend(answered);
    steps.extend(canaries::calls(client).into_iter().map(|call| (1, Step::Call(call, None))));
    steps.extend(logins(client, kit).map(|call| (1, fine(call))));
    steps.extend(control_steps(client));
    steps
}

/// Ways to log in with an assertion, and to ask whether a token is good.
fn logins(client: &Client, kit: &Kit) -> [Vec<u8>; 5] {
    const EXCHANGE: &str = "/ims/exchange/jwt";
    let (id, secret) = CLIENT;
    let form = format!("client_id={id}&client_secret={secret}&jwt_token={}", kit.assertion);
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parts = [("client_id", id), ("client_secret", secret), ("jwt_token", &kit.assertion)];
    let parts = parts.map(|(name, value)| part(name, value)).concat() + "--b--\r\n";
    let multipart = [("Content-Type", "multipart/form-data; boundary=b")];
    let validate = format!("type=access_token&client_id={id}&token={}", kit.token);
    [
        kit.form(client, EXCHANGE, &form),
        kit.form(client, &format!("{EXCHANGE}?{form}"), ""),
        client.request("POST", EXCHANGE, &multipart, &parts),
        kit.form(client, "/ims/validate_token/v1", &validate),
        kit.call(client, "GET", "/ims/profile/v1", ""),
    ]
}

/// Calls of the control API, with its token and without.
fn control_steps(client: &Client) -> [(usize, Step); 4] {
    let path = |path: &str| format!("/__admin{path}");
    let [token, wrong] = [canary("admintoken"), canary("wrongtoken")];
    let right = [("X-Admin-Token", &*token), ("Content-Type", "application/json")];
    let bearer = format!("Bearer {wrong}");
    let wrong = [("Authorization", &*bearer)];
    [
        (4, Step::Control(client.request("GET", &path("/health"), &right, ""), 200)),
        (4, Step::Control(client.request("GET", &path("/requests?limit=2"), &right, ""), 200)),
        (2, Step::Control(client.request("POST", &path("/tokens"), &right, "{}"), 201)),
        (2, Step::Control(client.request("GET", &path("/orgs"), &wrong, ""), 401)),
    ]
}
