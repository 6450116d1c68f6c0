//! The site's files: what they are, and how they reach the bucket and the caches.

pub mod invalidate;
pub mod manifest;
pub mod site_config;
pub mod sync;
pub mod verify;

/// Uploads at a time.
pub const UPLOADS_AT_ONCE: usize = 8;
