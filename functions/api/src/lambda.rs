//! Lambda's events to the router, and its answers back.

use axum::Router;
use axum::body::Bytes;
use http::Response;
use http::header::CONTENT_ENCODING;
use http_body_util::BodyExt as _;
use lambda_http::tower::Service as _;
use lambda_http::{Body, Error, IntoResponse, Request, service_fn};

/// Answers one event after the other, until Lambda ends the process.
///
/// # Errors
/// When the Runtime API is not there.
pub async fn run(app: Router) -> Result<(), Error> {
    lambda_http::run(service_fn(move |request: Request| {
        let mut app = app.clone();
        async move { app.call(request).await.map(Answer) }
    }))
    .await
}

/// An answer of ours: its text is always UTF-8, so the tables of older encodings are not needed.
struct Answer(Response<axum::body::Body>);

impl IntoResponse for Answer {
    fn into_response(self) -> std::pin::Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(async {
            let (parts, body) = self.0.into_parts();
            let packed = parts.headers.contains_key(CONTENT_ENCODING);
            let body = match body.collect().await {
                Ok(body) => as_event(packed, &body.to_bytes()),
                Err(error) => {
                    tracing::error!(event = "body.broken", error = %error);
                    return broken();
                }
            };
            Response::from_parts(parts, body)
        })
    }
}

/// Text goes as it is; what is no text, in base64.
fn as_event(packed: bool, bytes: &Bytes) -> Body {
    match std::str::from_utf8(bytes) {
        Ok("") => Body::Empty,
        Ok(text) if !packed => Body::Text(text.to_owned()),
        _ => Body::Binary(bytes.to_vec()),
    }
}

fn broken() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    response
}
