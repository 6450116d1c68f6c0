//! Secrets out of the environment.

use stellarr_core::secrets::Secrets;

/// Every secret value, with what it is for.
pub const SECRETS: &[(&str, &str)] = &[
    ("APP_SECRET_KEY", "Signs sessions. 64 random letters and digits. Required."),
    ("PRESHARED_PASSWORD", "The password that everybody signs in with. Required."),
    ("TMDB_API_KEY", "TMDB's v3 key or v4 read access token. Required."),
    ("FEED_TOKEN", "What the feeds ask for; not set, they are open to all."),
    ("PLEX_WEBHOOK_TOKEN", "What Plex and the sync client send; not set, neither is heard."),
    ("PLEX_SERVER_NAME", "The one Plex server whose webhooks count; not set, all do."),
    ("TVDB_API_KEY", "TheTVDB's key, to find the series of an episode."),
    ("VAPID_PRIVATE_KEY", "Signs notifications: a P-256 key, 32 bytes in base64url; not set, there are none."),
    ("NOT_BEFORE", "Unix second; sessions that began before it end."),
];

/// Takes the secrets out of variables.
pub fn read(variable: impl Fn(&str) -> Option<String>) -> Secrets {
    Secrets::new(SECRETS.iter().filter_map(|(name, _)| Some((*name, variable(name)?))))
}
