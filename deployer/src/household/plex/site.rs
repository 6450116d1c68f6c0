//! The site's library, as it is told from outside.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use super::library::Title;
use super::retry::{self, Failure};
use crate::base::clock::Clock;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use stellarr_aws::SecretText;
use stellarr_core::media::MediaType;

/// How long one call may take: closing removes what was not sent, title by title.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A site whose library is told.
pub struct SiteLibrary<'a> {
    http: reqwest::Client,
    address: Url,
    token: SecretText,
    clock: &'a dyn Clock,
}

/// What telling did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Titles that are in the library now.
    pub synced: u64,
    /// Requests that were marked as arrived.
    pub arrived: u64,
    /// Titles that are no longer in the library.
    pub removed: u64,
}

#[derive(Deserialize)]
struct Outcome {
    synced: u64,
    marked_as_added: u64,
    /// The system that stellarr replaces does not tell.
    #[serde(default)]
    removed: u64,
}

impl<'a> SiteLibrary<'a> {
    /// Takes a site's address and its sync token; sends nothing.
    ///
    /// # Errors
    /// When the address cannot be one.
    pub fn new(address: &str, token: SecretText, clock: &'a dyn Clock) -> Result<Self, CommandError> {
        Ok(Self { http: client(REQUEST_TIMEOUT)?, address: self::address(address)?, token, clock })
    }

    /// Opens a replacement of a kind: what is in the library before, and is not told from now on, is what
    /// [`send`](Self::send) removes. To be done before the titles are read: what arrives meanwhile stays.
    ///
    /// # Errors
    /// The site's.
    pub async fn open(&self, media_type: MediaType) -> Result<(), CommandError> {
        self.call(media_type, &[], Some("clear")).await.map(drop)
    }

    /// Tells all titles of a kind in batches; with `replace`, which was [opened](Self::open) before, what is not among
    /// them is removed, at the very end.
    ///
    /// # Errors
    /// The site's; nothing was removed then.
    pub async fn send(
        &self,
        media_type: MediaType,
        titles: &[Title],
        batch: usize,
        replace: bool,
        sent: impl Fn(usize),
    ) -> Result<Sent, CommandError> {
        let mut total = Sent::default();
        for titles in titles.chunks(batch.max(1)) {
            let outcome = self.call(media_type, titles, None).await?;
            total.synced += outcome.synced;
            total.arrived += outcome.marked_as_added;
            sent(titles.len());
        }
        if replace {
            total.removed = self.call(media_type, &[], Some("final")).await?.removed;
        }
        Ok(total)
    }

    async fn call(&self, media_type: MediaType, titles: &[Title], flag: Option<&str>) -> Result<Outcome, CommandError> {
        let mut url = self.address.clone();
        url.set_path("/sync/library");
        url.query_pairs_mut().append_pair("media_type", media_type.as_str()).append_pair("token", &self.token.0);
        if let Some(flag) = flag {
            url.query_pairs_mut().append_pair(flag, "true");
        }
        let make = || self.http.post(url.clone()).json(titles);
        let body = retry::send(make, self.clock).await.map_err(|failure| self.failed(failure))?;
        serde_json::from_str(&body).map_err(|_| {
            CommandError::failed(format!("{} does not answer as a stellarr site", self.address))
                .hint("check --stellarr-url: it is the address that opens the site in a browser")
        })
    }

    fn failed(&self, failure: Failure) -> CommandError {
        let again = "run the command again: the site keeps what it had, and removes nothing before all is sent";
        match failure {
            Failure::Unreachable(words) => {
                CommandError::failed(format!("{} does not answer: {words}", self.address)).hint(again)
            }
            Failure::Refused(StatusCode::UNAUTHORIZED, _) => {
                CommandError::new(ExitKind::Access, "the site refuses the sync token").hint(
                    "it is PLEX_WEBHOOK_TOKEN of the site's secret; `stellarr secrets set PLEX_WEBHOOK_TOKEN` sets it",
                )
            }
            Failure::Refused(StatusCode::PAYLOAD_TOO_LARGE, _) => {
                CommandError::failed("a batch is too large for the site").hint("use a smaller --batch-size")
            }
            Failure::Refused(status, body) => {
                let said = serde_json::from_str::<serde_json::Value>(&body).ok();
                let said = said.and_then(|body| Some(format!(" ({})", body.get("detail")?.as_str()?)));
                let said = said.unwrap_or_default();
                CommandError::failed(format!("{} answered {status}{said}", self.address)).hint(again)
            }
        }
    }
}

/// Reads an address that HTTP can be spoken to.
pub(super) fn address(text: &str) -> Result<Url, CommandError> {
    let wrong =
        || CommandError::usage(format!("{text} is not an address")).hint("write it like https://requests.example.org");
    let url = Url::parse(text).map_err(|_| wrong())?;
    if matches!(url.scheme(), "http" | "https") && url.host().is_some() { Ok(url) } else { Err(wrong()) }
}

/// Makes a client. Redirects are not followed: they would take the token elsewhere.
pub(super) fn client(patience: Duration) -> Result<reqwest::Client, CommandError> {
    reqwest::Client::builder()
        .timeout(patience)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| CommandError::failed(format!("the HTTP client does not start: {error}")))
}
