//! Bounded requests: every one has a time limit and a size limit, and no error of one shows an address.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, StatusCode};
use tokio::time::timeout;

/// Names stellarr to upstreams.
pub const USER_AGENT: &str = concat!("stellarr/", env!("CARGO_PKG_VERSION"));

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// How long the upstream asks to wait.
    pub retry_after: Option<Duration>,
    /// The decoded body.
    pub body: Vec<u8>,
}

/// Says why there is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Not complete in time, however many bytes had come.
    #[error("no complete answer in time")]
    Timeout,
    /// More bytes than allowed.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The connection failed.
    #[error("{reason}")]
    Connection {
        /// What failed.
        reason: &'static str,
    },
}

/// How long and how large an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// From the start of the request to the last byte of its answer.
    pub time: Duration,
    /// Bytes of the decoded body.
    pub size: usize,
}

/// Makes the one connection pool of a process. Redirects are not followed: no upstream of ours sends any.
///
/// # Errors
/// When the TLS backend can't start.
pub fn client() -> Result<reqwest::Client, HttpError> {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .pool_idle_timeout(Duration::from_secs(60))
        .build()
        .map_err(|_| HttpError::Connection { reason: "the TLS backend did not start" })
}

/// Sends a request and reads its whole answer within the bounds.
///
/// # Errors
/// See [`HttpError`]; a status is never an error here.
pub async fn send(request: RequestBuilder, bounds: Bounds) -> Result<Answer, HttpError> {
    timeout(bounds.time, read(request, bounds.size)).await.unwrap_or(Err(HttpError::Timeout))
}

async fn read(request: RequestBuilder, limit: usize) -> Result<Answer, HttpError> {
    let mut response = request.send().await.map_err(|error| connection(&error))?;
    let (status, retry_after) = (response.status(), retry_after(response.headers()));
    let announced = response.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(HttpError::TooLarge { limit });
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(|error| connection(&error))? {
        if body.len() + chunk.len() > limit {
            return Err(HttpError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, retry_after, body })
}

/// Reads the seconds form; the date form is not in use at our upstreams.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Reduces an error to words of ours: its own text holds the address, and an address may hold a key.
fn connection(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() {
        return HttpError::Timeout;
    }
    let reason = if error.is_connect() {
        "the connection was refused or its name or certificate is wrong"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection broke"
    };
    HttpError::Connection { reason }
}
