//! Answers that many ask for, encoded and compressed once.
//!
//! Kept until the store tells of a write ([`Store::version`]).
//!
//! [`Store::version`]: stellarr_core::store::Store::version

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::compress::{Encoding, MIN_COMPRESSED_BYTES, compress};

/// Holds one answer in every encoding that was asked for so far.
pub struct Encoded {
    content_type: &'static str,
    etag: HeaderValue,
    plain: Bytes,
    gzip: OnceLock<Bytes>,
    brotli: OnceLock<Bytes>,
}

impl Encoded {
    /// Takes a body.
    #[must_use]
    pub fn new(content_type: &'static str, body: Vec<u8>) -> Self {
        let digest = hex::encode(&Sha256::digest(&body)[..12]);
        // Weak: the same content may come compressed or not.
        let etag = HeaderValue::from_str(&format!("W/\"{digest}\"")).unwrap_or(HeaderValue::from_static("W/\"0\""));
        let (gzip, brotli) = (OnceLock::new(), OnceLock::new());
        Self { content_type, etag, plain: body.into(), gzip, brotli }
    }

    /// Answers a request: 304 when the client has this very content, else in an encoding that it takes.
    ///
    /// Compresses here only if the answer is kept; else the router's layer does.
    #[must_use]
    pub fn respond(&self, headers: &HeaderMap, kept: bool) -> Response {
        let mut response = Response::new(Body::empty());
        let answer = response.headers_mut();
        answer.insert(header::ETAG, self.etag.clone());
        if matches(headers, &self.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let mut body = self.plain.clone();
        if kept && self.plain.len() >= MIN_COMPRESSED_BYTES {
            answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            if let Some(encoding) = Encoding::best(headers) {
                let cell = match encoding {
                    Encoding::Gzip => &self.gzip,
                    Encoding::Brotli => &self.brotli,
                };
                body = cell.get_or_init(|| compress(encoding, &self.plain).into()).clone();
                answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
            }
        }
        *response.body_mut() = Body::from(body);
        response
    }
}

fn matches(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let own = opaque(etag.to_str().unwrap_or_default());
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|tag| tag.trim() == "*" || opaque(tag) == own)
}

/// Names an answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name(pub &'static str, pub String);

/// What an answer was made from: the store's version, and a time if it ages.
pub type Version = (u64, i64);

/// Keeps answers until the store changes.
#[derive(Default)]
pub struct BodyCache(Mutex<HashMap<Name, (Version, Arc<Encoded>)>>);

/// More addresses than these are no real site's.
const MAX_BODIES: usize = 32;

impl BodyCache {
    /// Returns an answer that was kept at this version.
    #[must_use]
    pub fn get(&self, name: &Name, version: Version) -> Option<Arc<Encoded>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(name).filter(|(at, _)| *at == version).map(|(_, body)| Arc::clone(body))
    }

    /// Counts the answers that are kept.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Keeps an answer that was made from what the store held at this version.
    pub fn put(&self, name: Name, version: Version, body: Arc<Encoded>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_BODIES {
            kept.clear();
        }
        kept.insert(name, (version, body));
    }
}
