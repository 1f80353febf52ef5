//! The composition root: store, services, worker and HTTP server, brought up in that order and down
//! in the other.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_http::{HttpService, Protocol};
use actix_rt::net::TcpStream;
use actix_server::Server;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::AppConfig;
use log::{debug, info};
use tokio::net::TcpSocket;
use tokio::sync::mpsc;

use crate::announcement::{Announcement, Example};
use crate::auth::{Gatekeeper, Login, Minting, SeatPasses, TokenIssuer};
use crate::clock::Clock;
use crate::config::{AdminToken, Settings};
use crate::domain::{Error, InstallKey, Query, Scopes, Timestamp};
use crate::http::{
    ApiSettings, AppState, ControlAccess, Cors, Dialect, ExplainedStream, Hosts, ServerInfo,
    ServerState, on_connect, routes,
};
use crate::interfaces;
use crate::io_message::io_message;
use crate::journal::Journal;
use crate::kept_secret;
use crate::random::Random;
use crate::seed::{SamplePeopleSettings, Seed, SeedError};
use crate::service::{Equipment, ProgressReporter, Services, Shared};
use crate::store::{OpenError, Store};
use crate::webhooks::Webhooks;
use crate::worker;

/// How long calls under way may take once the server is told to stop; with what follows it stays
/// below five seconds.
const GRACE_SECONDS: u64 = 3;

/// New databases seal their `PKey`s with this key unless `--rng-seed` is given, so that a fixture has
/// the same `PKey` on every machine. It keeps tenants apart; it is not a secret.
const INSTALL_KEY: [u8; 32] = *b"campaign-mock/PKey/install-key/1";

/// Why the server did not start, or stopped by itself. The text is one line.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A setting has to change.
    #[error("{0}")]
    Configuration(String),
    /// The seed cannot be used.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// Why, as a phrase.
        reason: String,
    },
    /// The port file cannot be written.
    #[error("cannot write the port file {path}: {reason}", path = .path.display())]
    PortFile {
        /// As configured.
        path: PathBuf,
        /// Why, as a phrase.
        reason: String,
    },
    /// A part of the server that should run until the end has stopped.
    #[error("{0}")]
    Stopped(String),
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self::Stopped(match error {
            Error::Internal(cause) => format!("the database failed: {cause:#}"),
            other => other.to_string(),
        })
    }
}

impl AppError {
    /// The exit code of the process: 2 when a setting or the seed has to change, else 1.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Configuration(_) | Self::Seed(_) => 2,
            _ => 1,
        }
    }
}

/// How the server's clock moves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ClockMode {
    /// By itself; the worker runs in the background.
    Running,
    /// From this time, only when [`Services::change_clock`] is called, which also does the worker's work.
    Frozen(Timestamp),
}

/// Something to be done with the services, on their thread.
pub(crate) type Doing =
    Box<dyn for<'a> FnOnce(&'a Services) -> Pin<Box<dyn Future<Output = ()> + 'a>> + Send>;

/// What a running application can be asked for from within the process.
pub(crate) enum Order {
    /// Do this with the services.
    Do(Doing),
    /// Stop.
    Stop,
}

/// A server that is up.
pub(crate) struct Application {
    server: Server,
    store: Store,
    services: Services,
    clock_mode: ClockMode,
    ready: Arc<AtomicBool>,
    announcement: Announcement,
}

impl Application {
    /// Brings everything up: when this returns, calls are answered. `progress` is told how many of the
    /// sample people are made.
    ///
    /// # Errors
    /// See [`AppError`].
    pub(crate) async fn start(
        settings: &Settings,
        clock_mode: ClockMode,
        progress: Option<ProgressReporter>,
    ) -> Result<Self, AppError> {
        settings.check().map_err(AppError::Configuration)?;
        let mut seed = settings.identity.seed.load()?;
        seed.sample_people = sample_people(settings);
        // First, so that a server that cannot be reached leaves no trace.
        let mut listeners = bind(settings.address())?;
        let settings = &with_secret(settings).map_err(AppError::Configuration)?;
        if settings.publishes_demo() {
            seed.replace_secrets(|api_key| settings.identity.secret.derive(api_key));
        }
        if settings.dialect == Dialect::V8 {
            seed.turn_into_v8();
        }
        let address = listeners.first().and_then(|first| first.local_addr().ok());
        let mut admin = admin_access(settings)?;
        let mut admin_address = None;
        if let Some(port) = settings.admin_port.filter(|_| !settings.no_admin) {
            let more = bind(SocketAddr::new(settings.listen.ip(), port))?;
            admin_address = more.first().and_then(|first| first.local_addr().ok());
            admin.port = admin_address.map(|address| address.port());
            listeners.extend(more);
        }
        let clock = match clock_mode {
            ClockMode::Running => Clock::running(settings.identity.now),
            ClockMode::Frozen(now) => Clock::frozen_at(now),
        };
        let random = Random::new(settings.rng_seed);
        let store = Store::open(&settings.location(), &install_key(settings.rng_seed))?;
        let rules = settings.job_rules();
        let journal = Journal::new(settings.journal_entries, settings.journal_bytes);
        let webhooks = Webhooks::new(&settings.events_to).map_err(AppError::Configuration)?;
        let equipment = Equipment { clock: clock.clone(), random, journal, webhooks };
        let shared = Shared::start(&store, seed.clone(), rules, equipment, progress).await?;
        let services = shared.services(store.reader()?);
        services.queue_changes_of_earlier_versions().await?;
        services.recover_jobs().await?;

        let address = address.unwrap_or(settings.address());
        let mut announcement = announce(settings, &seed, &services, &clock, address).await?;
        let reachable = interfaces::reachable(admin_address.unwrap_or(address));
        announcement.add_control_api(&admin, admin_address);
        announcement.add_console(settings, &admin, &reachable);
        let state = server_state(settings, admin, &reachable);
        let ready = Arc::clone(&state.ready);
        let server = serve(listeners, settings, &seed, &shared, &store, state)?;
        if let Some(path) = &settings.port_file
            && let Err(cause) = write_port(path, address.port())
        {
            let stop = server.handle().stop(false);
            // The server stops only while it is polled.
            let _ = tokio::join!(server, stop);
            return Err(AppError::PortFile { path: path.clone(), reason: io_message(&cause) });
        }
        ready.store(true, Ordering::Relaxed);
        Ok(Self { server, store, services, clock_mode, ready, announcement })
    }

    /// What the server tells its users.
    #[must_use]
    pub(crate) const fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// The journal of the last requests.
    pub(crate) fn journal(&self) -> Arc<Journal> {
        self.services.shared_journal()
    }

    /// Serves until `stop` is done or a part fails, then takes everything down in order.
    ///
    /// # Errors
    /// [`AppError::Stopped`] when a part that should run for ever has ended.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) -> Result<(), AppError> {
        let (_orders, none) = mpsc::unbounded_channel();
        self.run_with_orders(stop, none).await
    }

    pub(crate) async fn run_with_orders(
        mut self,
        stop: impl Future<Output = ()>,
        mut orders: mpsc::UnboundedReceiver<Order>,
    ) -> Result<(), AppError> {
        let handle = self.server.handle();
        let mut server = actix_rt::spawn(self.server);
        let stopped = |what: &str| Err(AppError::Stopped(what.to_owned()));
        let outcome = tokio::select! {
            () = stop => Ok(()),
            () = obey(&mut orders, &self.services) => Ok(()),
            never = work(&self.services, self.clock_mode) => match never {},
            _ = self.store.ended() => stopped(
                "the database cannot confirm writes any more: fix the problem that the log names, then start again"
            ),
            _ = &mut server => stopped("the HTTP server stopped unexpectedly"),
        };
        self.ready.store(false, Ordering::Relaxed);
        info!("stopping the server");
        // Calls under way are finished, up to the grace period.
        handle.stop(true).await;
        drop(self.services);
        self.store.close();
        outcome
    }
}

/// The worker; it moves no job where time does not pass by itself, but what jobs tell is delivered in any case.
async fn work(services: &Services, clock_mode: ClockMode) -> std::convert::Infallible {
    match clock_mode {
        ClockMode::Running => tokio::select! {
            never = worker::run(services) => never,
            never = worker::clear(services) => never,
            never = worker::deliver(services) => never,
            never = worker::look(services) => never,
        },
        ClockMode::Frozen(_) => tokio::select! {
            never = worker::clear(services) => never,
            never = worker::deliver(services) => never,
            never = worker::look(services) => never,
        },
    }
}

/// Takes orders until told to stop. Without anybody to give them it waits for ever.
async fn obey(orders: &mut mpsc::UnboundedReceiver<Order>, services: &Services) {
    loop {
        match orders.recv().await {
            Some(Order::Do(doing)) => doing(services).await,
            Some(Order::Stop) => return,
            None => std::future::pending().await,
        }
    }
}

/// Takes the address, and the same port on `::1` where it is `127.0.0.1`: some clients take
/// `localhost` for nothing else. A machine without IPv6 does without.
fn bind(address: SocketAddr) -> Result<Vec<TcpListener>, AppError> {
    let first = listen_on(address).map_err(|cause| {
        let hint = match cause.kind() {
            ErrorKind::AddrInUse => {
                ": stop the program that uses it, or choose another port (0 picks a free one)"
            }
            ErrorKind::PermissionDenied => ": choose a port above 1023",
            _ => "",
        };
        AppError::Listen { address, reason: io_message(&cause) + hint }
    })?;
    let port = first.local_addr().map_or(address.port(), |address| address.port());
    let twin = (address.ip() == Ipv4Addr::LOCALHOST)
        .then_some(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port));
    let twin = twin.and_then(|twin| {
        listen_on(twin).inspect_err(|cause| debug!("not listening on {twin}: {cause}")).ok()
    });
    Ok(std::iter::once(first).chain(twin).collect())
}

fn listen_on(address: SocketAddr) -> std::io::Result<TcpListener> {
    /// Connections that may wait to be accepted.
    const BACKLOG: u32 = 1024;
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart need not wait for the old connections to fade; not on Windows, where it means more.
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Starts serving on the listeners.
fn serve(
    listeners: Vec<TcpListener>,
    settings: &Settings,
    seed: &Seed,
    shared: &Shared,
    store: &Store,
    state: ServerState,
) -> Result<Server, AppError> {
    let workers = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(2));
    // Opened here, so that a failure stops the start and not a thread. actix builds the app once per
    // worker and listener.
    let apps = workers * listeners.len();
    let readers = (0..apps).map(|_| store.reader()).collect::<Result<Vec<_>, _>>()?;
    let readers = Mutex::new(readers);
    let (shared, seed) = (shared.clone(), seed.clone());
    let (auth, secret) = (settings.auth, settings.identity.secret.clone());
    let build = Arc::new(move || {
        #[expect(clippy::expect_used, reason = "a start-up invariant: one reader per app")]
        let reader = readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .expect("a reader per worker and listener");
        let gatekeeper = Gatekeeper::new(auth, &seed, &secret, shared.revoked_tokens());
        let (login, passes) = (Login::new(&seed, &secret), SeatPasses::new(&secret));
        let (services, state) = (shared.services(reader), state.clone());
        routes(Rc::new(AppState::new(services, gatekeeper, login, passes, state)))
    });
    let mut server = Server::build()
        .workers(workers)
        .max_concurrent_connections(1000)
        .shutdown_timeout(GRACE_SECONDS)
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let connected = Arc::new(on_connect());
    for listener in listeners {
        let (build, stopping) = (Arc::clone(&build), stopping.clone());
        let connected = Arc::clone(&connected);
        let service = move || {
            let (stopping, connected) = (stopping.clone(), Arc::clone(&connected));
            let app = build().into_factory().map_err(|fault| fault.error_response());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(Duration::from_secs(15))
                .client_request_timeout(Duration::from_secs(5))
                .client_disconnect_timeout(Duration::from_secs(2))
                .on_connect_ext(move |stream: &ExplainedStream, data| {
                    connected(stream.connection(), data);
                })
                .finish(map_config(app, |()| AppConfig::default()));
            fn_service(async |stream: TcpStream| {
                let peer = stream.peer_addr().ok();
                Ok((ExplainedStream::new(stream), Protocol::Http1, peer))
            })
            .and_then(http)
        };
        server = server.listen("http", listener, service).map_err(|cause| AppError::Listen {
            address: settings.address(),
            reason: io_message(&cause),
        })?;
    }
    Ok(server.run())
}

/// What the handlers of all threads share.
fn server_state(
    settings: &Settings,
    control: ControlAccess,
    reachable: &[SocketAddr],
) -> ServerState {
    let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    let info = ServerInfo {
        started: Instant::now(),
        reachable: reachable.iter().map(|address| format!("http://{address}")).collect(),
        seed: settings.identity.seed.to_string(),
        database: settings.location().to_string(),
        dialect: word(&settings.dialect),
        auth: word(&settings.auth),
        relaxed: settings.relaxed(),
        settings: settings.in_force.clone(),
    };
    let api = ApiSettings {
        hosts: Hosts::new(settings.listen, &allowed_hosts(settings)),
        public_url: settings.public_url.clone(),
        patch_returns: settings.patch_returns,
        long_texts: settings.long_texts,
        dialect: settings.dialect,
        error_body: settings.error_body,
        privacy: settings.privacy_behavior(),
        ims_bad_secret: settings.ims_bad_secret,
        control,
        prefer: !settings.no_prefer,
        cors: Cors { origins: settings.cors_origins.clone(), dev: settings.cors_dev },
    };
    ServerState {
        settings: api,
        info: Arc::new(info),
        metrics: settings.metrics.then(Arc::default),
        ready: Arc::new(AtomicBool::new(false)),
    }
}

/// The settings with the secret that is kept beside the database, where none is given. It is made at the first start
/// of a server that others can reach, or that has a token of its own.
fn with_secret(settings: &Settings) -> Result<Settings, String> {
    let mut settings = settings.clone();
    let Some(database) =
        settings.database.as_deref().filter(|_| settings.identity.secret.is_demo())
    else {
        return Ok(settings);
    };
    let shared = !settings.listen.ip().is_loopback() || settings.admin_token.is_some();
    let kept = match kept_secret::read(database)? {
        None if shared => Some(kept_secret::make(database)?),
        kept => kept,
    };
    if let Some(secret) = kept {
        settings.identity.secret = secret;
    }
    Ok(settings)
}

/// Who may call the control API: anybody on this machine, or whoever has the token, which is made up
/// where others can call and none was given.
fn admin_access(settings: &Settings) -> Result<ControlAccess, AppError> {
    let given = settings.admin_token.clone();
    let open = !settings.listen.ip().is_loopback();
    let token = match given {
        None if open => Some(AdminToken::random().ok_or_else(|| {
            AppError::Configuration(
                "cannot make a random admin token: give one with --admin-token".to_owned(),
            )
        })?),
        given => given,
    };
    let token = token.map(|token| token.as_str().to_owned());
    Ok(ControlAccess { off: settings.no_admin, token, port: None })
}

fn allowed_hosts(settings: &Settings) -> Vec<String> {
    let public = settings.public_url.as_deref().and_then(|url| url.split_once("://"));
    let public = public.map(|(_, host)| host.to_owned());
    settings.allowed_hosts.iter().cloned().chain(public).collect()
}

/// The sample people that the settings ask for.
fn sample_people(settings: &Settings) -> Option<SamplePeopleSettings> {
    let rng_seed = settings.rng_seed.unwrap_or_default();
    let count = settings.profiles;
    (count > 0).then_some(SamplePeopleSettings { count, rng_seed })
}

fn install_key(rng_seed: Option<u64>) -> InstallKey {
    let mut key = INSTALL_KEY;
    let seed = rng_seed.unwrap_or_default().to_be_bytes();
    key.iter_mut().zip(seed).for_each(|(key, seed)| *key ^= seed);
    InstallKey::new(key)
}

/// Writes the port so that a reader sees all of it or nothing.
fn write_port(path: &PathBuf, port: u16) -> std::io::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, format!("{port}\n"))?;
    std::fs::rename(&partial, path)
}

async fn announce(
    settings: &Settings,
    seed: &Seed,
    services: &Services,
    clock: &Clock,
    address: SocketAddr,
) -> Result<Announcement, AppError> {
    let tenant = services.default_tenant().await?;
    let customer = seed
        .customer_of(&tenant.name)
        .ok_or_else(|| AppError::Configuration("the seed has no customer".to_owned()))?;
    let token = TokenIssuer::new(&settings.identity.secret).mint(&Minting {
        org: &tenant.name,
        credential: &customer.credential,
        scopes: &Scopes::of(&customer.credential.apis),
        now: clock.now(),
        lifetime: Login::TOKEN_LIFE,
        // Not the server's own numbers: those that calls draw stay the same, whatever is announced.
        id: Random::new(settings.rng_seed).uuid(),
    })?;
    let profiles = services.count_records(&tenant, tenant.model.profile(), &[])?;
    let first = Query { lines: 1, ..Query::default() };
    let first = services.records(&tenant, tenant.model.profile(), &first)?;
    let example = match first.content.first() {
        Some(first) => Example::Profile(tenant.profile_key(first.number)),
        None => Example::List,
    };
    Ok(Announcement::new(
        settings,
        address,
        &tenant,
        &customer.credential,
        token,
        profiles,
        example,
    ))
}
