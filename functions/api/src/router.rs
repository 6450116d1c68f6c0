//! The routes, and the layers around them.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;

use crate::error::ApiError;
use crate::state::Api;
use crate::{origin, routes};

/// Builds the whole API.
pub fn app(api: Api) -> Router {
    Router::new()
        .route("/api/health", get(routes::health::health))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(api.clone(), origin::check))
        .with_state(api)
}

async fn not_found() -> Response {
    ApiError::new(StatusCode::NOT_FOUND, "Not Found").into_response()
}

async fn method_not_allowed() -> Response {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed").into_response()
}
