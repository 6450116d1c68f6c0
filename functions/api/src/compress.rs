//! Compression of our own answers: the CDN compresses only what it caches.

use std::io::Write as _;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::response::Response;
use brotlic::{BrotliEncoder, BrotliEncoderOptions, CompressorWriter, Quality, WindowSize};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, header};

/// Answers of fewer bytes gain nothing.
pub const MIN_COMPRESSED_BYTES: usize = 1_024;

/// Answers larger than this are not read into memory to be compressed.
const MAX_COMPRESSED_BYTES: u64 = 32 * 1024 * 1024;

/// Names a compression that both sides know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Smaller.
    Brotli,
    /// Known to everybody.
    Gzip,
}

impl Encoding {
    /// Returns the encoding's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Picks the best encoding that the client takes.
    #[must_use]
    pub fn best(headers: &HeaderMap) -> Option<Self> {
        let accepted = |name: &str| {
            headers
                .get_all(header::ACCEPT_ENCODING)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|list| list.split(','))
                .any(|entry| {
                    let mut parts = entry.split(';').map(str::trim);
                    let named = parts.next().is_some_and(|found| found.eq_ignore_ascii_case(name));
                    named && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
                })
        };
        [Self::Brotli, Self::Gzip].into_iter().find(|encoding| accepted(encoding.name()))
    }
}

/// Compresses a body, quickly rather than to the last byte.
#[must_use]
pub fn compress(encoding: Encoding, plain: &[u8]) -> Vec<u8> {
    let compressed = Vec::with_capacity(plain.len() / 4 + 64);
    // Writing to memory does not fail.
    match encoding {
        Encoding::Gzip => {
            let mut encoder = GzEncoder::new(compressed, Compression::new(5));
            let _ = encoder.write_all(plain);
            encoder.finish().unwrap_or_default()
        }
        Encoding::Brotli => {
            let mut encoder = CompressorWriter::with_encoder(brotli_encoder(), compressed);
            let _ = encoder.write_all(plain);
            encoder.into_inner().unwrap_or_default()
        }
    }
}

/// As quick as gzip's middle levels, on windows of a megabyte.
fn brotli_encoder() -> BrotliEncoder {
    let mut options = BrotliEncoderOptions::new();
    if let (Ok(quality), Ok(window)) = (Quality::new(4), WindowSize::new(20)) {
        options.quality(quality).window_size(window);
    }
    options.build().unwrap_or_default()
}

/// Compresses answers that are large enough, unless they are already.
pub(crate) async fn answer<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let encoding = Encoding::best(request.headers());
    let mut response = next(request).await;
    let size = response.body().size_hint();
    let fits =
        size.lower() >= MIN_COMPRESSED_BYTES as u64 && size.upper().is_some_and(|upper| upper <= MAX_COMPRESSED_BYTES);
    if !fits || response.headers().contains_key(header::CONTENT_ENCODING) || !is_text(response.headers()) {
        return response;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    let Some(encoding) = encoding else { return response };
    let (mut parts, body) = response.into_parts();
    let plain: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    Response::from_parts(parts, Body::from(compress(encoding, &plain)))
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/") || kind.contains("json") || kind.contains("xml") || kind.contains("javascript")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn best(accept: &str) -> Option<Encoding> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
        Encoding::best(&headers)
    }

    #[test]
    fn the_client_decides() {
        assert_eq!(best("gzip, deflate, br, zstd"), Some(Encoding::Brotli));
        assert_eq!(best("gzip;q=1.0, br;q=0"), Some(Encoding::Gzip));
        assert_eq!(best("GZIP"), Some(Encoding::Gzip));
        assert_eq!(best("identity"), None);
    }

    #[test]
    fn what_was_compressed_comes_back() {
        let plain = "stellarr ".repeat(10_000).into_bytes();
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&compress(Encoding::Gzip, &plain)[..]).read_to_end(&mut back).unwrap();
        assert_eq!(back, plain);
        let mut back = Vec::new();
        brotlic::DecompressorReader::new(&compress(Encoding::Brotli, &plain)[..]).read_to_end(&mut back).unwrap();
        assert_eq!(back, plain);
    }
}
