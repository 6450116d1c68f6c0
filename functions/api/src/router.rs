//! The routes, and the layers around them.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::StatusCode;

use crate::error::ApiError;
use crate::state::Api;
use crate::{compress, cors, log, openapi, origin, routes};

/// Builds the whole API. GET routes answer HEAD too.
pub fn app(api: Api) -> Router {
    routes::router()
        .route("/api/openapi.json", get(openapi::serve))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(api.clone(), around))
        .with_state(api)
}

/// What every request passes, the last of these first. As one layer: each of its own would cost more than what it does.
async fn around(State(api): State<Api>, request: Request, next: Next) -> Response {
    let compressed = |request| compress::answer(request, |request| next.run(request));
    let readable = |request| cors::answer(&api, request, compressed);
    let checked = |request| origin::answer(&api.settings.origin_check, request, readable);
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
