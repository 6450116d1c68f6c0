//! Starts and stops the stand-in, and sends each request through log, faults and routes.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::sync::watch;

use crate::{
    answer::TmdbError,
    connection::{Connection, Connections},
    control,
    faults::{FaultRule, RequestParts},
    inject,
    log::{Delivery, LoggedRequest, RequestLog},
    poster, push, request_guard,
    state::{Options, Shared},
    tmdb, tvdb,
};

/// A running stand-in; it stops when this is dropped.
#[derive(Debug)]
pub struct Standin {
    /// The address it listens on.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Standin {
    /// Starts a stand-in at `address`; port 0 means any free one.
    ///
    /// # Errors
    ///
    /// When the address can't be bound, or a thread can't be started.
    pub fn start(address: SocketAddr, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared::new(options, addr));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let app = app(Arc::clone(&shared));
        let thread = thread::Builder::new().name("stellarr-standin".to_owned()).spawn(move || {
            runtime.block_on(serve(listener, app, stopped));
            // Connections that hang are not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { addr, shared, stop, thread: Some(thread) })
    }

    /// Starts a stand-in with the default options at any free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// As [`Standin::start`].
    pub fn local() -> io::Result<Self> {
        Self::start(([127, 0, 0, 1], 0).into(), Options::default())
    }

    /// Returns `http://address`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Returns the base URL for TMDB clients, `…/3`.
    #[must_use]
    pub fn tmdb_base_url(&self) -> String {
        format!("{}/3", self.url())
    }

    /// Returns the base URL for TVDB clients, `…/v4`.
    #[must_use]
    pub fn tvdb_base_url(&self) -> String {
        format!("{}/v4", self.url())
    }

    /// Returns the base URL of images, `…/t/p`; a size and a file follow.
    #[must_use]
    pub fn image_base_url(&self) -> String {
        format!("{}/t/p", self.url())
    }

    /// Returns the endpoint of a push subscription.
    #[must_use]
    pub fn push_url(&self, id: &str) -> String {
        format!("{}/push/{id}", self.url())
    }

    /// Adds a fault and returns the name under which the log counts its hits.
    pub fn add_fault(&self, rule: FaultRule) -> String {
        self.shared.faults().add(rule)
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Returns what was asked so far.
    #[must_use]
    pub fn log(&self) -> RequestLog {
        self.shared.snapshot()
    }

    /// Forgets what was asked so far; faults and their hits stay.
    pub fn clear_log(&self) {
        self.shared.log().clear();
    }

    /// Returns the pushes delivered so far.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.deliveries().clone()
    }

    /// Makes every TVDB token given so far invalid.
    pub fn expire_tvdb_tokens(&self) {
        self.shared.tokens().expire();
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn app(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(tmdb::routes(&shared))
        .merge(tvdb::routes())
        .merge(control::routes())
        .route("/t/p/{size}/{file}", get(poster::image))
        .route("/push/{id}", post(push::deliver))
        .fallback(|| async { TmdbError::NotFound.response() })
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), intercept))
        .with_state(shared)
}

async fn serve(listener: TcpListener, app: Router, mut stopped: watch::Receiver<bool>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let service = app.into_make_service_with_connect_info::<Connection>();
    let server = axum::serve(Connections(listener), service);
    // Not a graceful shutdown: that would wait for answers that never end.
    tokio::select! {
        _ = async { server.await } => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}

/// Logs the request, applies the first fault that hits it, and lets it through otherwise.
async fn intercept(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(site) = shared.options.site
        && let Some(reason) = request_guard::refusal(request.headers(), shared.port, &[site, shared.port])
    {
        return (StatusCode::FORBIDDEN, format!("The sandbox refused this request: {reason}.\n")).into_response();
    }
    // Who may ask, and only that, may read.
    let reader = match shared.options.site {
        Some(_) => request.headers().get(header::ORIGIN).cloned(),
        None => Some(HeaderValue::from_static("*")),
    };
    let path = request.uri().path().to_owned();
    if path.starts_with(control::PREFIX) {
        return next.run(request).await;
    }
    let query = tmdb::parse_query(request.uri().query().unwrap_or_default());
    let fault = shared.faults().hit(&RequestParts { method: request.method().as_str(), path: &path, query: &query });
    let _in_flight = InFlight::begin(
        &shared,
        LoggedRequest {
            method: request.method().to_string(),
            path,
            query: redacted(&query),
            user_agent: text(request.headers(), &header::USER_AGENT),
            at: u64::try_from(shared.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            fault: fault.as_ref().map(|rule| rule.id.clone()),
        },
    );
    if !shared.options.latency.is_zero() {
        tokio::time::sleep(shared.options.latency).await;
    }
    let mut response = match fault {
        None => next.run(request).await,
        Some(rule) => inject::apply(rule.action, &connection, request, next).await,
    };
    if let Some(reader) = reader {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, reader);
    }
    response
}

/// Counts a request as running until it is answered, or its client goes away.
struct InFlight<'a>(&'a Shared);

impl<'a> InFlight<'a> {
    fn begin(shared: &'a Shared, entry: LoggedRequest) -> Self {
        shared.log().begin(entry);
        Self(shared)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.log().end();
    }
}

/// Writes a query down without the key.
fn redacted(query: &[(String, String)]) -> String {
    let parts: Vec<String> = query
        .iter()
        .map(|(name, value)| match name.as_str() {
            "api_key" => "api_key=…".to_owned(),
            _ => format!("{name}={value}"),
        })
        .collect();
    parts.join("&")
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map_or_else(String::new, |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
