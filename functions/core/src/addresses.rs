//! Addresses of the services that the site asks, when nothing else is set, and headers that CloudFront sets for it.

/// TMDB's API.
pub const TMDB: &str = "https://api.themoviedb.org/3";

/// TMDB's posters.
pub const TMDB_IMAGES: &str = "https://image.tmdb.org/t/p";

/// TheTVDB's API.
pub const TVDB: &str = "https://api4.thetvdb.com/v4";

/// The header in which the viewer function names the viewer's IP address. `templates/main/viewer/viewer-headers.js` sets it.
pub const VIEWER_ADDRESS_HEADER: &str = "x-stellarr-address";

/// The header in which the viewer function names the host that the viewer asked for. The same file sets it.
pub const VIEWER_HOST_HEADER: &str = "x-stellarr-host";

/// The header with the value that only CloudFront knows. `templates/main/distribution.yaml` sets it.
pub const ORIGIN_VERIFY_HEADER: &str = "x-origin-verify";
