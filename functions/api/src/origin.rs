//! The check that a request came through our CDN.
//!
//! A Function URL is public. The CDN adds a secret header to every request, and whatever comes without it is refused
//! before any other work: the environment holds hashes only, so the check costs no call.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use sha2::{Digest, Sha256};
use stellarr_core::addresses::ORIGIN_VERIFY_HEADER;
use subtle::ConstantTimeEq;

use crate::error::ApiError;

/// Says which values of the secret header are accepted.
#[derive(Clone, Debug)]
pub enum OriginCheck {
    /// No CDN stands before this process.
    Off,
    /// The SHA-256s of the current and the previous value. None at all refuses everything.
    Digests(Vec<[u8; 32]>),
}

impl OriginCheck {
    /// Reads a comma-separated list of hexadecimal SHA-256s; what is not one is left out.
    #[must_use]
    pub fn from_list(list: &str) -> Self {
        let digest = |text: &str| -> Option<[u8; 32]> { hex::decode(text.trim()).ok()?.try_into().ok() };
        Self::Digests(list.split(',').filter_map(digest).collect())
    }

    /// Tells whether a request with this header value may pass.
    #[must_use]
    pub fn accepts(&self, value: Option<&[u8]>) -> bool {
        match (self, value) {
            (Self::Off, _) => true,
            (Self::Digests(_), None) => false,
            (Self::Digests(digests), Some(value)) => {
                let found: [u8; 32] = Sha256::digest(value).into();
                digests.iter().fold(false, |passed, digest| passed | bool::from(digest.ct_eq(&found)))
            }
        }
    }
}

/// Refuses whatever did not come through the CDN.
pub(crate) async fn answer<F: Future<Output = Response>>(
    check: &OriginCheck,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let value = request.headers().get(ORIGIN_VERIFY_HEADER).map(http::HeaderValue::as_bytes);
    if check.accepts(value) {
        next(request).await
    } else {
        ApiError::new(StatusCode::FORBIDDEN, "Forbidden").into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn current_and_previous_values_pass() {
        let list = ["new", "old"].map(|value| hex::encode(Sha256::digest(value))).join(", ");
        let check = OriginCheck::from_list(&list);
        assert!(check.accepts(Some(b"new")) && check.accepts(Some(b"old")));
        assert!(!check.accepts(Some(b"other")) && !check.accepts(Some(b"")) && !check.accepts(None));
    }

    #[test]
    fn no_digest_refuses_everything() {
        for list in ["", "not hex", "abcd"] {
            assert!(!OriginCheck::from_list(list).accepts(Some(b"")), "{list:?}");
        }
    }
}
