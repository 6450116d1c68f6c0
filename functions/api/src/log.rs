//! One line of JSON a request: what one can filter on, and nothing that is secret.
//!
//! The route's template is logged and not its path, and nothing of the query: tokens travel there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::HeaderMap;
use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;

/// Logs a request when it has been answered.
pub(crate) async fn answer<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let id = request_id(request.headers());
    let response = next(request).await;
    let duration_ms = started.elapsed().as_secs_f64() * 1_000.0;
    tracing::info!(
        event = "request",
        request_id = id,
        method = method.as_str(),
        route = route.as_ref().map_or("-", MatchedPath::as_str),
        status = response.status().as_u16(),
        duration_ms,
    );
    response
}

/// Takes over the id that the platform gave; else counts.
fn request_id(headers: &HeaderMap) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let given = ["x-amz-cf-id", "x-amzn-trace-id", "x-request-id"]
        .into_iter()
        .find_map(|name| headers.get(name)?.to_str().ok())
        .filter(|id| id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic()));
    match given {
        Some(id) => id.to_owned(),
        None => COUNT.fetch_add(1, Ordering::Relaxed).to_string(),
    }
}

/// Writes log lines as JSON to standard output, from now on.
pub fn start() {
    // A test may have set its own already.
    let _ = tracing::subscriber::set_global_default(lines(std::io::stdout));
}

/// Makes what writes each event as a line of JSON.
pub fn lines<W>(writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(writer)
        .finish()
}
