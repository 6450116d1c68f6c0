//! A Plex server's own HTTP interface.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::library::{Holdings, LibraryEntry};
use super::retry::{self, Failure};
use crate::base::clock::Clock;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use stellarr_aws::SecretText;
use stellarr_core::media::MediaType;

/// How long one call may take; large sections of slow servers need some time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Entries of one page.
const PAGE: usize = 500;

/// A Plex server.
pub struct PlexServer<'a> {
    http: reqwest::Client,
    address: Url,
    token: HeaderValue,
    clock: &'a dyn Clock,
}

/// A section of the library, which Plex calls a library.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Section {
    /// Plex's number for it.
    pub key: String,
    /// Its name.
    pub title: String,
    /// `movie`, `show`, `artist`, …
    #[serde(rename = "type")]
    pub section_type: String,
}

#[derive(Deserialize)]
struct Answer<T> {
    #[serde(rename = "MediaContainer")]
    container: T,
}

#[derive(Deserialize)]
struct Sections {
    #[serde(default, rename = "Directory")]
    sections: Vec<Section>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default, rename = "totalSize")]
    total: usize,
    #[serde(default, rename = "Metadata")]
    entries: Vec<LibraryEntry>,
}

impl<'a> PlexServer<'a> {
    /// Takes a server's address and token; sends nothing.
    ///
    /// # Errors
    /// When the address or the token cannot be one.
    pub fn new(address: &str, token: &SecretText, clock: &'a dyn Clock) -> Result<Self, CommandError> {
        let url = super::site::address(address)?;
        let mut token = HeaderValue::from_str(&token.0)
            .map_err(|_| CommandError::usage("the Plex token holds characters that no token has"))?;
        token.set_sensitive(true);
        Ok(Self { http: super::site::client(REQUEST_TIMEOUT)?, address: url, token, clock })
    }

    /// The sections, of every type.
    ///
    /// # Errors
    /// The server's.
    pub async fn sections(&self) -> Result<Vec<Section>, CommandError> {
        Ok(self.get::<Sections>("library/sections", &[], 0).await?.sections)
    }

    /// Reads a section into `holdings`, page by page; `seen` is told how many entries of how many were read.
    ///
    /// # Errors
    /// The server's.
    pub async fn read(
        &self,
        section: &Section,
        media_type: MediaType,
        holdings: &mut Holdings,
        seen: impl Fn(usize, usize),
    ) -> Result<(), CommandError> {
        let kind_number = match media_type {
            MediaType::Movie => "1",
            MediaType::Tv => "2",
        };
        let path = format!("library/sections/{}/all", section.key);
        let mut start = 0;
        loop {
            let page: Page = self.get(&path, &[("includeGuids", "1"), ("type", kind_number)], start).await?;
            let count = page.entries.len();
            page.entries.into_iter().for_each(|entry| holdings.add(media_type, entry));
            start += count;
            seen(start, page.total.max(start));
            // A server that does not page answers with everything at once, and without a total.
            if start >= page.total {
                return Ok(());
            }
            if count == 0 {
                // What was not read would be removed from the site.
                let message = format!("the Plex server tells {start} of {} entries of {}", page.total, section.title);
                return Err(CommandError::failed(message)
                    .hint("wait until the server has scanned its library, then run the command again"));
            }
        }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        start: usize,
    ) -> Result<T, CommandError> {
        let mut url = self.address.clone();
        url.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
        url.query_pairs_mut().extend_pairs(query);
        let make = || {
            self.http
                .get(url.clone())
                .header(ACCEPT, "application/json")
                .header("X-Plex-Token", self.token.clone())
                .header("X-Plex-Container-Start", start)
                .header("X-Plex-Container-Size", PAGE)
        };
        let body = retry::send(make, self.clock).await.map_err(|failure| self.failed(failure))?;
        let answer: Answer<T> = serde_json::from_str(&body).map_err(|error| {
            CommandError::failed(format!("{} does not answer as a Plex server: {error}", self.address))
                .hint("give the server's own address, such as http://192.168.1.10:32400")
        })?;
        Ok(answer.container)
    }

    fn failed(&self, failure: Failure) -> CommandError {
        match failure {
            Failure::Unreachable(words) => {
                CommandError::failed(format!("the Plex server at {} does not answer: {words}", self.address))
                    .hint("check --plex-url, and that this computer can reach the server")
            }
            Failure::Refused(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                CommandError::new(ExitKind::Access, "the Plex server refuses the token").hint(
                    "https://support.plex.tv/articles/204059436 shows where to find it; set PLEX_TOKEN or \
                     --plex-token-file",
                )
            }
            Failure::Refused(status, _) => {
                CommandError::failed(format!("the Plex server at {} answered {status}", self.address))
                    .hint("look at the server's own log, then run the command again")
            }
        }
    }
}
