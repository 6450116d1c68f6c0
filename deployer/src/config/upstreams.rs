//! Where the services are that the site asks.

use serde::Serialize;
use stellarr_core::addresses;

use super::Config;

/// Where upstream services are, when not at their own addresses: the sandbox's stand-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Upstreams {
    /// The site's public address, when the distribution's own is not it.
    pub base_url: String,
    /// Base of poster addresses.
    pub image_base_url: String,
    /// Base of TMDB's API.
    pub tmdb_base_url: String,
    /// Base of TVDB's API.
    pub tvdb_base_url: String,
    /// Push hosts allowed besides the known ones.
    pub push_allowed_hosts: String,
}

impl Upstreams {
    /// The services' own addresses, and the site's domain.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            base_url: config.domain.as_ref().map(|domain| format!("https://{domain}")).unwrap_or_default(),
            image_base_url: addresses::TMDB_IMAGES.to_owned(),
            tmdb_base_url: addresses::TMDB.to_owned(),
            tvdb_base_url: addresses::TVDB.to_owned(),
            push_allowed_hosts: String::new(),
        }
    }

    /// Returns the value of the main stack's parameter that holds one of the addresses.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        match name {
            "BaseUrl" => Some(&self.base_url),
            "ImageBaseUrl" => Some(&self.image_base_url),
            "TmdbBaseUrl" => Some(&self.tmdb_base_url),
            "TvdbBaseUrl" => Some(&self.tvdb_base_url),
            "PushAllowedHosts" => Some(&self.push_allowed_hosts),
            _ => None,
        }
    }
}
