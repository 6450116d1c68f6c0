//! Lambda's events to the router, and its answers back.

use axum::Router;
use axum::body::Bytes;
use http::Response;
use http::header::{CONTENT_ENCODING, HOST};
use http_body_util::BodyExt as _;
use lambda_http::request::LambdaRequest;
use lambda_http::tower::Service;
use lambda_http::{Adapter, Body, Error, IntoResponse, LambdaEvent, Request, lambda_runtime, service_fn};

/// Answers one event after the other, until Lambda ends the process.
///
/// # Errors
/// When the Runtime API is not there.
pub async fn run(app: Router) -> Result<(), Error> {
    let mut adapter = Adapter::from(service_fn(move |request: Request| {
        let mut app = app.clone();
        async move { app.call(request).await.map(Answer) }
    }));
    lambda_runtime::run(service_fn(move |mut event: LambdaEvent<LambdaRequest>| {
        mend(&mut event.payload);
        adapter.call(event)
    }))
    .await
}

/// Longest path or query, in bytes; the CDN lets no longer address pass.
const MAX_TARGET_BYTES: usize = 8_192;

/// Rewrites what the adapter would panic over, and so end the process, because it is no URI: a Function URL passes on
/// whatever a client sends.
fn mend(event: &mut LambdaRequest) {
    let LambdaRequest::ApiGatewayV2(event) = event else { return };
    let path = event.raw_path.as_deref().map(|path| encoded(path, b"")).unwrap_or_default();
    let query = event.raw_query_string.as_deref().map(|query| encoded(query, b"?")).unwrap_or_default();
    let (path, query) = if path.starts_with('/') && path.len() <= MAX_TARGET_BYTES && query.len() <= MAX_TARGET_BYTES {
        (path, query)
    } else {
        ("/".to_owned(), String::new())
    };
    (event.raw_path, event.raw_query_string) = (Some(path), Some(query));
    // Without a host, the adapter makes a URI of path and query alone; nobody else asks for these.
    event.headers.remove(HOST);
    event.headers.remove("x-forwarded-proto");
    event.request_context.domain_name = None;
}

/// Percent-encodes everything that has no place in a path, but for some more characters.
fn encoded(text: &str, more: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"%/-._~!$&'()*+,;=:@".contains(&byte) || more.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex::encode_upper([byte]));
        }
    }
    encoded
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
