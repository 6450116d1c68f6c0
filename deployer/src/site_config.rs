//! `config.json`: what the built site learns at start, so that a name or locale needs no rebuild.

use serde_json::json;

use crate::config::{Config, Locale};
use crate::deployment::Upstreams;
use crate::manifest::Site;

/// Adds `config.json` to a built site.
///
/// The version is a hash of the site's own files: it changes when they do, and only then.
#[must_use]
pub fn with_config(mut site: Site, config: &Config, upstreams: &Upstreams) -> Site {
    let version = site.manifest.sha256()[..12].to_owned();
    let text = json!({
        "app_name": config.app_name,
        "locales": config.locales.iter().map(Locale::as_str).collect::<Vec<_>>(),
        "default_locale": config.locales.first().map(Locale::as_str),
        "image_base": upstreams.image_base_url,
        "push": true,
        "version": version,
    });
    site.add("config.json", text.to_string());
    site
}
