//! The names of the secret's keys: in its JSON object, and as environment variables.

pub use stellarr_core::secrets::{NOT_BEFORE, PASSWORD, PASSWORD_MARK, SIGNING_KEY};

/// The key of TMDB's API.
pub const TMDB_KEY: &str = "TMDB_API_KEY";
/// The key of TheTVDB's API.
pub const TVDB_KEY: &str = "TVDB_API_KEY";
/// The key that notifications are signed with.
pub const VAPID_KEY: &str = "VAPID_PRIVATE_KEY";
/// The one Plex server whose reports count.
pub const PLEX_SERVER_NAME: &str = "PLEX_SERVER_NAME";
/// The key that the lists ask for.
pub const FEED_TOKEN: &str = "FEED_TOKEN";
/// The key that Plex's reports carry.
pub const PLEX_WEBHOOK_TOKEN: &str = "PLEX_WEBHOOK_TOKEN";
