//! Where trending files lie.
//!
//! Objects are stored as they are, uncompressed: the CDN compresses JSON of this size itself, in the encoding that each
//! browser asks for, and a stored gzip would take that choice away.

#[cfg(feature = "files")]
pub mod files;
pub mod memory;
#[cfg(feature = "s3")]
pub mod s3;

use sha2::{Digest, Sha256};
use stellarr_core::trending::Object;

/// Media type of every trending object.
pub const CONTENT_TYPE: &str = "application/json";

/// How long browsers and the CDN keep a trending object.
pub const CACHE_CONTROL: &str = "public, max-age=3600";

/// Makes an object of content that no store has given a version: its digest is one.
fn object(body: Vec<u8>) -> Object {
    Object { version: hex::encode(Sha256::digest(&body)), body }
}
