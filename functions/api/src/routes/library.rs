//! What is there and what is awaited.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use crate::body_cache::{Encoded, Name};
use crate::contract::{ErrorBody, LibraryStatus};
use crate::error::ApiError;
use crate::session::Session;
use crate::state::Api;

endpoints! {
    get "/api/library-status" => status,
}

/// Lists the ids in the library and the requests that wait; clients keep the answer to draw badges.
#[utoipa::path(get, path = "/api/library-status", tag = "media", security(("session" = [])), responses(
    (status = 200, body = LibraryStatus),
    (status = 304, description = "`If-None-Match` names what the client has"),
    (status = 401, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn status(
    State(api): State<Api>,
    _session: Session,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let name = Name("library-status", String::new());
    // An open generation ages, so an answer is kept for an hour at most.
    let hour = api.now().as_second() / 3_600;
    let version = api.store.version().await?.map(|version| (version, hour));
    if let Some(kept) = version.and_then(|version| api.bodies.get(&name, version)) {
        return Ok(kept.respond(&headers, true));
    }
    let (library, requests) = tokio::try_join!(api.store.library(api.now()), api.store.requests(None))?;
    let requests = requests.into_iter().filter(|request| request.is_pending()).collect();
    let body = serde_json::to_vec(&LibraryStatus { library, requests }).unwrap_or_default();
    let body = Arc::new(Encoded::new("application/json", body));
    if let Some(version) = version {
        api.bodies.put(name, version, Arc::clone(&body));
    }
    Ok(body.respond(&headers, version.is_some()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use stellarr_core::secrets::Secrets;
    use stellarr_core::time::{TimeSource, Timestamp};
    use stellarr_store::memory::MemoryStore;

    use super::*;
    use crate::settings::{Host, Settings};
    use crate::state::Collaborators;

    #[tokio::test]
    async fn an_hour_that_is_over_leaves_nothing_behind() {
        let settings = Settings::read(Host::SelfHosted, |_| None).unwrap();
        let hours = Arc::new(AtomicI64::new(0));
        let seen = Arc::clone(&hours);
        let clock: TimeSource = Arc::new(move || Timestamp::from_second(seen.load(Ordering::Relaxed) * 3_600).unwrap());
        let secrets = Arc::new(Arc::new(Secrets::default()));
        let api = Api::new(Collaborators::new(settings, Arc::new(MemoryStore::default()), secrets, clock));
        let session = Session(stellarr_core::auth::Session { name: None, issued_at: 0 });
        for _ in 0..5 {
            status(State(api.clone()), session.clone(), HeaderMap::new()).await.unwrap();
            assert_eq!(api.bodies.kept(), 1);
            hours.fetch_add(1, Ordering::Relaxed);
        }
    }
}
