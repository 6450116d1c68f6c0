//! Compresses what CloudFront compresses.
//!
//! The conditions are those of the Developer Guide, "Serve compressed files".

use std::io::Write;

use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, StatusCode};

/// Bodies shorter than this are not compressed.
const MIN_COMPRESSED_BYTES: u64 = 1_000;
/// Bodies longer than this are not compressed.
const MAX_COMPRESSED_BYTES: u64 = 10_000_000;
/// Quick enough to do it anew for every answer, as there is no cache.
const BROTLI_QUALITY: u32 = 5;

/// The media types that CloudFront compresses, as far as a site has them.
const TYPES: [&str; 22] = [
    "application/eot",
    "application/javascript",
    "application/json",
    "application/opentype",
    "application/otf",
    "application/pdf",
    "application/rss+xml",
    "application/ttf",
    "application/vnd.ms-fontobject",
    "application/wasm",
    "application/x-javascript",
    "application/xhtml+xml",
    "application/xml",
    "font/otf",
    "font/ttf",
    "image/svg+xml",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/plain",
    "text/xml",
];

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Compresses a body.
    pub(super) fn encode(self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Brotli => {
                let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, BROTLI_QUALITY, 22);
                writer.write_all(bytes)?;
                writer.flush()?;
                Ok(writer.into_inner())
            }
            Self::Gzip => {
                let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                writer.write_all(bytes)?;
                writer.finish()
            }
        }
    }
}

/// Decides whether an answer is compressed, and how.
pub(super) fn coding(
    method: &Method,
    accepted: Option<Coding>,
    status: StatusCode,
    headers: &HeaderMap,
    length: Option<u64>,
) -> Option<Coding> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let kind = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let compressible = matches!(*method, Method::GET)
        && matches!(status, StatusCode::OK | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
        && length.is_some_and(|length| (MIN_COMPRESSED_BYTES..=MAX_COMPRESSED_BYTES).contains(&length))
        && !headers.contains_key(header::CONTENT_ENCODING)
        // CloudFront compresses only what it may cache.
        && !text(header::CACHE_CONTROL).to_ascii_lowercase().contains("no-store")
        && TYPES.contains(&kind.as_str());
    accepted.filter(|_| compressible)
}

/// Reads `Accept-Encoding`: brotli before gzip, as CloudFront prefers it; a coding with `q=0` is refused.
pub(super) fn accepted(headers: &HeaderMap) -> Option<Coding> {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let accepted: Vec<&str> = values
        .flat_map(|value| value.split(','))
        .filter_map(|part| {
            let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
            let weight = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
            weight.is_ok_and(|weight| weight > 0.0).then(|| name.trim())
        })
        .collect();
    [Coding::Brotli, Coding::Gzip]
        .into_iter()
        .find(|coding| accepted.iter().any(|name| name.eq_ignore_ascii_case(coding.name())))
}

/// Changes the headers of an answer that was compressed.
pub(super) fn mark(headers: &mut HeaderMap, coding: Coding) {
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::ACCEPT_RANGES);
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    let varies = headers
        .get_all(header::VARY)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains("accept-encoding")));
    if !varies {
        headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    // The bytes are others, so the tag is weak from here on.
    let weak = headers
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok())
        .filter(|tag| !tag.starts_with("W/"))
        .and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok());
    if let Some(weak) = weak {
        headers.insert(header::ETAG, weak);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn accepts(value: &'static str) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        accepted(&headers)
    }

    #[test]
    fn the_viewer_s_wish_decides() {
        assert_eq!(accepts("gzip, deflate, br, zstd"), Some(Coding::Brotli));
        assert_eq!(accepts("gzip;q=0.5"), Some(Coding::Gzip));
        assert_eq!(accepts("br;q=0, gzip"), Some(Coding::Gzip));
        assert_eq!(accepts("identity"), None);
        assert_eq!(accepted(&HeaderMap::new()), None);
    }

    #[test]
    fn only_what_cloudfront_compresses_is_compressed() {
        let headers = |kind: &'static str, cache: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            headers
        };
        let decide = |method, status, headers: &HeaderMap, length| {
            coding(&method, Some(Coding::Gzip), status, headers, length).is_some()
        };
        let script = headers("text/javascript; charset=utf-8", "max-age=60");
        assert!(decide(Method::GET, StatusCode::OK, &script, Some(1_000)));
        assert!(decide(Method::GET, StatusCode::NOT_FOUND, &script, Some(10_000_000)));
        assert!(!decide(Method::HEAD, StatusCode::OK, &script, Some(1_000)));
        assert!(!decide(Method::GET, StatusCode::PARTIAL_CONTENT, &script, Some(1_000)));
        assert!(!decide(Method::GET, StatusCode::OK, &script, Some(999)));
        assert!(!decide(Method::GET, StatusCode::OK, &script, Some(10_000_001)));
        assert!(!decide(Method::GET, StatusCode::OK, &script, None));
        assert!(!decide(Method::GET, StatusCode::OK, &headers("image/png", ""), Some(5_000)));
        assert!(!decide(Method::GET, StatusCode::OK, &headers("application/json", "no-store"), Some(5_000)));
        let mut encoded = script.clone();
        encoded.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        assert!(!decide(Method::GET, StatusCode::OK, &encoded, Some(5_000)));
    }

    #[test]
    fn bodies_come_back_whole() {
        let text = "All work and no play. ".repeat(500).into_bytes();
        let packed = Coding::Gzip.encode(&text).unwrap();
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        let packed = Coding::Brotli.encode(&text).unwrap();
        assert!(packed.len() < 200);
        let mut unpacked = Vec::new();
        brotli::Decompressor::new(&packed[..], 4096).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
    }

    #[test]
    fn a_compressed_answer_says_so() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, HeaderValue::from_static("\"a\""));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("5000"));
        mark(&mut headers, Coding::Brotli);
        assert_eq!(headers[header::ETAG], "W/\"a\"");
        assert_eq!(headers[header::VARY], "Accept-Encoding");
        assert_eq!(headers[header::CONTENT_ENCODING], "br");
        assert!(!headers.contains_key(header::CONTENT_LENGTH));
    }
}
