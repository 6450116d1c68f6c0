//! Shapes answers: JSON, and the errors of TMDB and TVDB.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

/// Answers `value` with `status`, as UTF-8 JSON.
pub(crate) fn json_with(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    response
}

/// Answers `value` with status 200.
pub(crate) fn ok(value: &Value) -> Response {
    json_with(StatusCode::OK, value)
}

/// The errors of TMDB that the stand-in gives of its own accord.
///
/// Codes: <https://developer.themoviedb.org/docs/errors>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TmdbError {
    /// Code 7: no key, or one that is not known.
    InvalidKey,
    /// Code 34: no such path or title.
    NotFound,
    /// Code 22: the page is not between 1 and 500.
    InvalidPage,
}

impl TmdbError {
    /// Answers this error in TMDB's shape.
    pub(crate) fn response(self) -> Response {
        let (status, code, message) = match self {
            Self::InvalidKey => (StatusCode::UNAUTHORIZED, 7, "Invalid API key: You must be granted a valid key."),
            Self::NotFound => (StatusCode::NOT_FOUND, 34, "The resource you requested could not be found."),
            Self::InvalidPage => (
                StatusCode::BAD_REQUEST,
                22,
                "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.",
            ),
        };
        json_with(status, &json!({"success": false, "status_code": code, "status_message": message}))
    }
}

/// Answers a TVDB v4 error.
pub(crate) fn tvdb_error(status: StatusCode, message: &str) -> Response {
    json_with(status, &json!({"status": "failure", "message": message, "data": null}))
}
