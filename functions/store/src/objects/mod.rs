//! Where trending files lie.
//!
//! Objects are stored as they are, uncompressed: the CDN compresses JSON of this size itself, in the encoding that each
//! browser asks for, and a stored gzip would take that choice away.

#[cfg(feature = "files")]
pub mod files;
pub mod memory;
#[cfg(feature = "s3")]
pub mod s3;

/// Media type of every trending object.
pub const CONTENT_TYPE: &str = "application/json";

/// How long browsers and the CDN keep a trending object.
pub const CACHE_CONTROL: &str = "public, max-age=3600";
