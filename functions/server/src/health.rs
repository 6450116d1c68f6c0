//! Whether the database can be read, for `GET /api/health`.

use std::time::{Duration, Instant};

use axum::response::{IntoResponse as _, Response};
use futures::future::BoxFuture;
use http::{StatusCode, header};
use serde_json::json;
use stellarr_store::sqlite::{Fault, SqliteStore};
use tokio::sync::Mutex;

/// The path that it answers.
pub const PATH: &str = "/api/health";

/// How long a verdict counts, at least.
const VALID_FOR: Duration = Duration::from_secs(2);

/// Share of the time that checks may take: one part of so many. A large database is checked less often.
const PAUSE_FACTOR: u32 = 100;

/// How long a check may take.
const TIMEOUT: Duration = Duration::from_secs(30);

type Check = Box<dyn Fn() -> BoxFuture<'static, Result<(), Fault>> + Send + Sync>;

/// Checks the database when asked, but not at each request.
pub struct Health {
    check: Check,
    verdict: Mutex<Verdict>,
}

struct Verdict {
    fault: Option<Fault>,
    valid_until: Option<Instant>,
}

impl Health {
    /// Uses a check; it is first done when the first request comes.
    pub fn new(check: impl Fn() -> BoxFuture<'static, Result<(), Fault>> + Send + Sync + 'static) -> Self {
        Self { check: Box::new(check), verdict: Mutex::new(Verdict { fault: None, valid_until: None }) }
    }

    /// Checks a store.
    #[must_use]
    pub fn of(store: &SqliteStore) -> Self {
        let store = store.clone();
        Self::new(move || {
            let store = store.clone();
            Box::pin(async move { store.check().await })
        })
    }

    /// Returns the answer when something is wrong.
    pub(crate) async fn failure(&self) -> Option<Response> {
        self.fault().await.as_ref().map(answer)
    }

    async fn fault(&self) -> Option<Fault> {
        // Those who come while a check is under way wait for it, so that there is only one at a time.
        let mut verdict = self.verdict.lock().await;
        let now = Instant::now();
        if verdict.valid_until.is_some_and(|until| now < until) {
            return verdict.fault.clone();
        }
        let late = || Err(Fault::Unreadable(format!("it was not read within {} seconds", TIMEOUT.as_secs())));
        let fault = tokio::time::timeout(TIMEOUT, (self.check)()).await.unwrap_or_else(|_| late()).err();
        if fault != verdict.fault {
            match &fault {
                Some(fault) => tracing::error!(
                    event = "database.failed",
                    error = %fault,
                    cause = fault.cause(),
                    remedy = fault.remedy(),
                ),
                None => tracing::info!(event = "database.recovered"),
            }
        }
        let done = Instant::now();
        let pause = VALID_FOR.max((done - now) * PAUSE_FACTOR);
        *verdict = Verdict { fault: fault.clone(), valid_until: Some(done + pause) };
        fault
    }
}

/// Reveals neither a path nor what SQLite reported.
fn answer(fault: &Fault) -> Response {
    let body = json!({
        "status": "failing",
        "service": "stellarr",
        "cause": fault.to_string(),
        "remedy": fault.remedy(),
    });
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_requests_share_one_check() {
        let checks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&checks);
        let health = Health::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(Fault::Replaced)
            })
        });
        let all = futures::future::join_all((0..100).map(|_| health.failure())).await;
        assert!(all.iter().all(|answer| answer.as_ref().is_some_and(|answer| answer.status() == 503)));
        assert_eq!(checks.load(Ordering::SeqCst), 1);
        // A hundred times what it took.
        let verdict = health.verdict.lock().await;
        let rest = verdict.valid_until.unwrap() - Instant::now();
        assert!(rest > Duration::from_secs(4), "{rest:?}");
    }

    #[tokio::test]
    async fn a_verdict_ends() {
        let faults = Arc::new(AtomicUsize::new(1));
        let left = Arc::clone(&faults);
        let health = Health::new(move || {
            let broken = left.swap(0, Ordering::SeqCst) > 0;
            Box::pin(async move { if broken { Err(Fault::Replaced) } else { Ok(()) } })
        });
        assert_eq!(health.fault().await, Some(Fault::Replaced));
        assert_eq!(health.fault().await, Some(Fault::Replaced), "it is still the first verdict");
        health.verdict.lock().await.valid_until = Some(Instant::now());
        assert_eq!(health.fault().await, None);
    }
}
