//! What the site and whoever serves it agree on.

use serde::Serialize;

/// Tells the site about its deployment: the content of its `config.json`.
#[derive(Clone, Debug, Serialize)]
pub struct SiteConfig {
    /// Name of the site.
    pub app_name: String,
    /// Languages that have trending files.
    pub locales: Vec<String>,
    /// The site's own language.
    pub default_locale: String,
    /// Where posters are.
    pub image_base: String,
    /// Whether notifications are configured.
    pub push: bool,
    /// Version of the program.
    pub version: String,
}

/// Returns the content type of one of the site's files by its extension.
#[must_use]
pub fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
