//! A webhook for tests: a server on a free port that remembers what it was sent and answers as it is told. The tests of
//! the process use this file too.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "two programs of tests use it, each a part; a test without its webhook has failed"
)]

use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::Value;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The status that it was answered with; 0 for none.
    pub status: u16,
}

impl Seen {
    /// A header's value, by name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The last word of the event's type, and its message.
    pub fn told(&self) -> String {
        let event = self.event();
        let kind = event["type"].as_str().unwrap().rsplit('.').next().unwrap().to_owned();
        format!("{kind} {}", event["data"]["value"]["message"].as_str().unwrap())
    }

    /// The job that the event tells of.
    pub fn job(&self) -> String {
        self.event()["data"]["value"]["jobId"].as_str().unwrap().to_owned()
    }
}

/// What a webhook does with a request.
#[derive(Debug, Clone)]
pub enum Reaction {
    /// Answers with that status; a challenge with its text as well.
    Status(u16),
    /// Answers with status, type and body, whatever is asked.
    Text(u16, &'static str, String),
    /// Answers nothing.
    Silence,
    /// Sends the caller elsewhere.
    Redirect(String),
}

type Script = Box<dyn Fn(&Seen) -> Reaction + Send>;

struct Shared {
    seen: Mutex<Vec<Seen>>,
    script: Mutex<Script>,
    count: AtomicU64,
}

/// A webhook that listens.
pub struct Receiver {
    pub port: u16,
    shared: Arc<Shared>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Receiver {
    /// One that takes everything.
    pub fn start() -> Self {
        Self::start_on(0)
    }

    /// The same on that port.
    pub fn start_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            script: Mutex::new(Box::new(|_| Reaction::Status(200))),
            count: AtomicU64::new(0),
        });
        let (tell, told) = std::sync::mpsc::channel();
        let data = web::Data::from(Arc::clone(&shared));
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app =
                    move || App::new().app_data(data.clone()).default_service(web::to(receive));
                let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0);
                let server = server.listen(listener).unwrap().run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { port, shared, handle: told.recv().unwrap(), thread: Some(thread) }
    }

    /// Its address, as it is registered.
    pub fn url(&self) -> String {
        format!("http://localhost:{}/events", self.port)
    }

    /// Has it react in that way from now on.
    pub fn reacts(&self, script: impl Fn(&Seen) -> Reaction + Send + 'static) {
        *self.shared.script.lock().unwrap() = Box::new(script);
    }

    /// What came, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// How much came.
    pub fn count(&self) -> u64 {
        self.shared.count.load(Ordering::Relaxed)
    }

    /// The events that came, in order.
    pub fn events(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.method == "POST").collect()
    }

    /// The same once there are so many.
    pub fn wait_for(&self, count: usize) -> Vec<Seen> {
        let start = Instant::now();
        loop {
            let events = self.events();
            if events.len() >= count {
                return events;
            }
            assert!(start.elapsed() < PATIENCE, "{} of {count} came: {events:#?}", events.len());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // It stops without anybody who polls for it. Until its thread has ended, its port still takes connections.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

async fn receive(shared: web::Data<Shared>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    let mut seen = Seen {
        method: request.method().to_string(),
        target: request.uri().to_string(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        status: 0,
    };
    let reaction = (shared.script.lock().unwrap())(&seen);
    seen.status = match &reaction {
        Reaction::Status(status) | Reaction::Text(status, ..) => *status,
        Reaction::Silence => 0,
        Reaction::Redirect(_) => 302,
    };
    let challenge = seen.target.split("challenge=").nth(1).unwrap_or_default().to_owned();
    shared.seen.lock().unwrap().push(seen);
    shared.count.fetch_add(1, Ordering::Relaxed);
    let with = |status| HttpResponse::build(StatusCode::from_u16(status).unwrap());
    match reaction {
        Reaction::Status(status) => with(status).content_type("text/plain").body(challenge),
        Reaction::Text(status, kind, text) => with(status).content_type(kind).body(text),
        Reaction::Silence => std::future::pending().await,
        Reaction::Redirect(to) => with(302).insert_header(("Location", to)).finish(),
    }
}
