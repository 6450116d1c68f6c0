//! Finds the distribution that the CDN proxy serves.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Request;
use serde::{Deserialize, Serialize};

use crate::sandbox::error::SandboxError;
use crate::sandbox::http;
use crate::sandbox::layout::{Layout, write_atomically};
use crate::sandbox::state::Keys;

/// How long a distribution's domain is taken for granted.
const CACHED_FOR: Duration = Duration::from_secs(2);
/// How long the emulator may take to name it.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// What the CDN proxy is told to serve, in `site.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Site {
    /// The distribution's id.
    pub(in crate::sandbox) distribution: String,
}

impl Site {
    /// Reads which distribution is served; none before a deploy says so.
    pub(in crate::sandbox) fn read(layout: &Layout) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(layout.site()).ok()?).ok()
    }

    /// Says which distribution is served from now on.
    pub(in crate::sandbox) fn write(&self, layout: &Layout) -> Result<(), SandboxError> {
        // A string always serialises.
        write_atomically(&layout.site(), &serde_json::to_string(self).unwrap_or_default())
    }
}

/// Finds the domain of the distribution to serve, and remembers it for a moment.
pub(super) struct Targets {
    site: PathBuf,
    emulator: u16,
    keys: Keys,
    known: Mutex<Option<Known>>,
}

struct Known {
    /// The text of `site.json` that it was found for.
    site: String,
    since: Instant,
    domain: Option<String>,
}

impl Targets {
    pub(super) fn new(layout: &Layout, emulator: u16, keys: Keys) -> Self {
        Self { site: layout.site(), emulator, keys, known: Mutex::new(None) }
    }

    /// Returns the distribution's domain; none when nothing is deployed.
    ///
    /// Until a deploy names a distribution, the last one that the emulator lists is served.
    pub(super) async fn domain(&self) -> std::io::Result<Option<String>> {
        let site = fs::read_to_string(&self.site).unwrap_or_default();
        if let Ok(known) = self.known.lock()
            && let Some(known) = known.as_ref()
            && known.site == site
            && known.since.elapsed() < CACHED_FOR
        {
            return Ok(known.domain.clone());
        }
        let domain = self.ask(serde_json::from_str(&site).ok()).await?;
        if let Ok(mut known) = self.known.lock() {
            *known = Some(Known { site, since: Instant::now(), domain: domain.clone() });
        }
        Ok(domain)
    }

    async fn ask(&self, site: Option<Site>) -> std::io::Result<Option<String>> {
        let path = match &site {
            Some(Site { distribution }) => format!("/2020-05-31/distribution/{distribution}"),
            None => "/2020-05-31/distribution".to_owned(),
        };
        let authorization = self.keys.authorization("cloudfront", "us-east-1");
        let request = Request::get(&path).header("authorization", authorization);
        let (status, body) = http::exchange(self.emulator, request, Bytes::new(), LOOKUP_TIMEOUT).await?;
        let text = String::from_utf8_lossy(&body);
        match status {
            200 => Ok(last_domain(&text)),
            404 => Ok(None),
            status => Err(std::io::Error::other(format!("the emulator answers {status} for {path}"))),
        }
    }
}

/// Returns the last distribution's domain in CloudFront's XML. Origins have a `DomainName`, too, so the suffix decides.
fn last_domain(xml: &str) -> Option<String> {
    xml.split("<DomainName>")
        .filter_map(|part| part.split_once("</DomainName>"))
        .map(|(domain, _)| domain.trim())
        .filter(|domain| domain.ends_with(".cloudfront.net"))
        .last()
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_told_from_an_origin_s() {
        let xml = "<Distribution><DomainName>d1.cloudfront.net</DomainName><Origins><Origin>\
                   <DomainName>b.s3.amazonaws.com</DomainName></Origin></Origins></Distribution>";
        assert_eq!(last_domain(xml).as_deref(), Some("d1.cloudfront.net"));
        assert_eq!(last_domain("<DistributionList/>"), None);
    }
}
