//! What the site and whoever serves it agree on.

use serde::Serialize;

/// Name of the file that tells the site about its deployment.
pub const CONFIG_FILE: &str = "config.json";

/// Tells the site about its deployment: the content of [`CONFIG_FILE`].
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

impl SiteConfig {
    /// Returns the content of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Returns the content type of one of the site's files by its extension.
#[must_use]
pub fn content_type(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "txt" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}
