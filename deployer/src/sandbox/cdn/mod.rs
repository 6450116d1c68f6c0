//! Serves the site at `http://localhost:PORT` as CloudFront would: through the emulated distribution.
//!
//! The emulator finds a distribution by the request's Host. A browser can't send that, so the CDN proxy does, and adds what
//! the emulator's CDN lacks:
//!
//! - compression of what CloudFront compresses, when the viewer accepts it;
//! - the viewer's own loopback address, so that `event.viewer.ip` is right;
//! - weak comparison of ETags, which CloudFront's cache does;
//! - paths such as `/health` that the emulator keeps for itself.

mod compress;
mod headers;
mod proxy;
mod target;

pub(super) use proxy::{CdnProxy, HEALTH};
pub(super) use target::Site;
