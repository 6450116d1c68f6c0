//! Sends a call again when what kept it from succeeding may pass.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, Response, StatusCode};

use crate::base::clock::Clock;

/// Pauses between tries; there is one try more than there are pauses.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(15)];

/// The longest pause that is taken because the other side asks for it.
const MAX_RETRY_PAUSE: Duration = Duration::from_secs(60);

/// What a call came to, after all tries.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nobody answered.
    Unreachable(String),
    /// The other side refused, or failed for good.
    Refused(StatusCode, String),
}

/// Sends the call that `make` makes until it succeeds, is refused, or has been tried often enough.
pub(super) async fn send(make: impl Fn() -> RequestBuilder, clock: &dyn Clock) -> Result<String, Failure> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let (failure, asked) = match once(make()).await {
            Ok(body) => return Ok(body),
            Err(failed) => failed,
        };
        let passing = match &failure {
            Failure::Unreachable(_) => true,
            Failure::Refused(status, _) => *status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error(),
        };
        match pauses.next() {
            Some(pause) if passing => clock.sleep(asked.unwrap_or(pause).min(MAX_RETRY_PAUSE)).await,
            _ => return Err(failure),
        }
    }
}

async fn once(request: RequestBuilder) -> Result<String, (Failure, Option<Duration>)> {
    let unreachable = |error: reqwest::Error| (Failure::Unreachable(words(error)), None);
    let answer = request.send().await.map_err(unreachable)?;
    let (status, asked) = (answer.status(), pause_asked_for(&answer));
    let body = answer.text().await.map_err(unreachable)?;
    if status.is_success() { Ok(body) } else { Err((Failure::Refused(status, body), asked)) }
}

fn pause_asked_for(answer: &Response) -> Option<Duration> {
    answer.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// The error and its causes; never the address, whose query may hold a token.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(one) = cause {
        text.push_str(&format!(": {one}"));
        cause = one.source();
    }
    text
}
