//! Says that the process answers.

use axum::response::{IntoResponse, Response};
use http::header;

/// Answers at once and asks nothing of any other service.
pub(crate) async fn health() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], r#"{"status":"healthy","service":"stellarr"}"#).into_response()
}
