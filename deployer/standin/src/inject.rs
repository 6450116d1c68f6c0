//! Makes an answer go wrong in the way that a fault asks for.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use serde_json::Value;

use crate::{answer, connection::Connection, faults::Action};

/// Answers as `action` says; `next` gives the usual answer.
pub(crate) async fn apply(action: Action, connection: &Connection, request: Request, next: Next) -> Response {
    match action {
        Action::Respond { status, headers, body } => {
            let mut response = match body {
                Value::Null => Response::new(Body::empty()),
                Value::String(text) => Response::new(Body::from(text)),
                body => answer::ok(&body),
            };
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Action::Delay { milliseconds } => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            next.run(request).await
        }
        Action::Hang => std::future::pending().await,
        Action::Drip { bytes_per_second } => drip(next.run(request).await, bytes_per_second).await,
        Action::Truncate { bytes } => truncate(next.run(request).await, bytes).await,
        Action::Empty => answer::ok(&serde_json::json!({})),
        Action::Html => {
            let page = "<!doctype html><title>Sign in</title><p>Sign in to use this network.</p>";
            let mut response = Response::new(Body::from(page));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            response
        }
        Action::Reset => {
            connection.reset();
            Response::new(Body::empty())
        }
        Action::Huge { bytes } => huge(bytes),
        Action::Merge { body } => merged(next.run(request).await, &body).await,
    }
}

/// Merges a JSON patch into the body of an answer.
async fn merged(response: Response, patch: &Value) -> Response {
    let (mut parts, bytes) = whole(response).await;
    let mut value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    merge(&mut value, patch);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string()))
}

/// Merges as RFC 7396 says: objects key by key, null removes, everything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.shift_remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

async fn whole(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    // The stand-in's own answers are in memory already.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    (parts, bytes)
}

async fn drip(response: Response, bytes_per_second: u64) -> Response {
    let (mut parts, bytes) = whole(response).await;
    let length = HeaderValue::from(bytes.len());
    parts.headers.insert(header::CONTENT_LENGTH, length);
    let pause = Duration::from_secs(1) / u32::try_from(bytes_per_second.max(1)).unwrap_or(u32::MAX);
    let body = futures::stream::unfold((bytes, 0), move |(bytes, at)| async move {
        if at >= bytes.len() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let byte = bytes.slice(at..=at);
        Some((Ok::<_, io::Error>(byte), (bytes, at + 1)))
    });
    Response::from_parts(parts, Body::from_stream(body))
}

async fn truncate(response: Response, keep: Option<u64>) -> Response {
    let (mut parts, bytes) = whole(response).await;
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.len() / 2;
    let keep = keep.map_or(half, |keep| usize::try_from(keep).unwrap_or(usize::MAX));
    let kept = bytes.slice(..keep.min(bytes.len()));
    // Two steps, so that the kept bytes are written before the error closes the connection.
    let body = futures::stream::unfold(Some(kept), |kept| async move {
        match kept {
            Some(kept) => Some((Ok(kept), None)),
            None => {
                tokio::task::yield_now().await;
                Some((Err(io::Error::from(io::ErrorKind::UnexpectedEof)), None))
            }
        }
    });
    Response::from_parts(parts, Body::from_stream(body))
}

fn huge(bytes: u64) -> Response {
    const CHUNK: usize = 64 * 1024;
    let start = Bytes::from_static(b"{\"results\":[\"");
    let chunk = Bytes::from(vec![b'a'; CHUNK]);
    let body = futures::stream::unfold((0, start), move |(sent, next)| {
        let chunk = chunk.clone();
        async move {
            if sent >= bytes {
                return None;
            }
            let left = usize::try_from(bytes - sent).unwrap_or(usize::MAX);
            let now = next.slice(..next.len().min(left));
            let sent = sent + now.len() as u64;
            Some((Ok::<_, io::Error>(now), (sent, chunk)))
        }
    });
    let mut response = Response::new(Body::from_stream(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    response
}
