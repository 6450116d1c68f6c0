//! The routes, and the layers around them.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{delete, get, post};
use http::StatusCode;

use crate::error::ApiError;
use crate::state::Api;
use crate::{compress, cors, log, openapi, origin, routes};

/// Builds the whole API. GET routes answer HEAD too.
pub fn app(api: Api) -> Router {
    Router::new()
        .route("/api/health", get(routes::health::health))
        .route("/api/openapi.json", get(openapi::serve))
        .route("/api/auth/params", get(routes::auth::params))
        .route("/api/auth/verify", post(routes::auth::verify))
        .route("/api/auth/sign-out-everywhere", post(routes::auth::sign_out_everywhere))
        .route("/api/search", post(routes::search::search))
        .route("/api/request", post(routes::requests::create))
        .route("/api/request/{media_type}/{tmdb_id}", delete(routes::requests::remove))
        .route("/api/requests", get(routes::requests::list))
        .route("/api/title/{media_type}/{tmdb_id}", get(routes::title::title))
        .route("/api/library-status", get(routes::library::status))
        .route("/api/recommendations", get(routes::recommendations::recommendations))
        .route("/api/feeds", get(routes::feeds::describe))
        .route("/api/push/vapid-public-key", get(routes::push::vapid_public_key))
        .route("/api/push/subscribe", post(routes::push::subscribe).delete(routes::push::unsubscribe))
        .route("/api/push/status", get(routes::push::status))
        .route("/list/radarr", get(routes::feeds::list_radarr))
        .route("/list/sonarr", get(routes::feeds::list_sonarr))
        .route("/rss/movies", get(routes::feeds::rss_movies))
        .route("/rss/tv", get(routes::feeds::rss_tv))
        .route("/rss/all", get(routes::feeds::rss_all))
        .route("/webhook/plex", post(routes::plex::webhook))
        .route("/sync/library", post(routes::sync::library))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(api.clone(), around))
        .with_state(api)
}

/// What every request passes, the last of these first. As one layer: each of its own would cost more than what it does.
async fn around(State(api): State<Api>, request: Request, next: Next) -> Response {
    let compressed = |request| compress::answer(request, |request| next.run(request));
    let readable = |request| cors::answer(&api, request, compressed);
    let checked = |request| origin::answer(&api, request, readable);
    log::answer(request, checked).await
}

/// Answers 404, or sends a path with a slash too many to the one without.
async fn not_found(request: Request) -> Response {
    let uri = request.uri();
    let trimmed = uri.path().trim_end_matches('/');
    if trimmed.len() > 1 && trimmed.len() < uri.path().len() && !trimmed.starts_with("//") {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        return Redirect::temporary(&format!("{trimmed}{query}")).into_response();
    }
    ApiError::new(StatusCode::NOT_FOUND, "Not Found").into_response()
}

async fn method_not_allowed() -> Response {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed").into_response()
}
