//! What the built site learns at deploy time, so that a name or locale needs no rebuild: `config.json`, and the name that an
//! installed app has on a phone.

use serde_json::Value;
use stellarr_core::site::{CONFIG_FILE, SiteConfig};

use crate::config::{Config, Upstreams};
use crate::site::manifest::Site;

/// Adds `config.json` to a built site, and names its web app manifest.
///
/// The version is stellarr's own: a hash of the files would make every change of one file a change of two.
#[must_use]
pub fn with_config(mut site: Site, config: &Config, upstreams: &Upstreams) -> Site {
    let locales: Vec<String> = config.locales.iter().map(|locale| locale.as_str().to_owned()).collect();
    let content = SiteConfig {
        app_name: config.app_name.clone(),
        default_locale: locales.first().cloned().unwrap_or_default(),
        locales,
        image_base: upstreams.image_base_url.clone(),
        push: true,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    site.add(CONFIG_FILE, content.to_json());
    if let Some(manifest) = named_manifest(&site, &config.app_name) {
        site.add(MANIFEST, manifest);
    }
    site
}

const MANIFEST: &str = "manifest.webmanifest";

/// The web app manifest with the site's own name, if the site has one that can be read.
fn named_manifest(site: &Site, app_name: &str) -> Option<String> {
    let mut manifest: Value = serde_json::from_slice(&site.body(MANIFEST).ok()?).ok()?;
    let fields = manifest.as_object_mut()?;
    fields.insert("name".to_owned(), app_name.into());
    fields.insert("short_name".to_owned(), app_name.into());
    Some(manifest.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_installed_app_is_called_what_the_site_is_called() {
        let mut site = Site::default();
        site.add(MANIFEST, r#"{"id":"/","name":"Stellarr","short_name":"Stellarr"}"#);
        let manifest: Value =
            serde_json::from_str(&named_manifest(&site, "Movie night").unwrap_or_default()).unwrap_or_default();
        assert_eq!(manifest, json!({"id": "/", "name": "Movie night", "short_name": "Movie night"}));
    }

    #[test]
    fn a_site_without_a_manifest_gets_none() {
        assert_eq!(named_manifest(&Site::default(), "Movie night"), None);
    }
}
