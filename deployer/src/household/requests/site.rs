//! Requests at a running site, over the same calls that its pages make.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::table::written_at;
use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use stellarr_aws::SecretText;
use stellarr_core::auth::DerivedKey;
use stellarr_core::export::{ExportDocument, Imported, LibraryRow};
use stellarr_core::library::{LibraryIds, LibraryItem};
use stellarr_core::media::MediaType;
use stellarr_core::request::MediaRequest;

/// How long one call may take; a cold start is part of it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Who signs in.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name that requests are shown with.
    pub name: String,
    /// The household's password.
    pub password: SecretText,
}

/// A site that somebody signed in to.
pub struct Site {
    http: reqwest::Client,
    address: Url,
    token: SecretText,
}

#[derive(Deserialize)]
struct AuthParams {
    iterations: NonZeroU32,
}

#[derive(Deserialize)]
struct Verified {
    token: String,
}

#[derive(Deserialize)]
struct Requests {
    requests: Vec<MediaRequest>,
}

#[derive(Deserialize)]
struct Status {
    library: LibraryIds,
}

#[derive(Deserialize)]
struct Asked {
    success: bool,
}

impl Site {
    /// Signs in: answers the site's challenge, so that the password itself is not sent.
    ///
    /// # Errors
    /// When the address is none, nobody answers, or the password is wrong.
    pub async fn sign_in(address: &str, login: &Login, now: Timestamp) -> Result<Self, CommandError> {
        let address = parse(address)?;
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(|error| CommandError::failed(format!("the HTTP client does not start: {error}")))?;
        let mut site = Self { http, address, token: SecretText(String::new()) };
        let params: AuthParams = site.call(Method::GET, "/api/auth/params", None).await?;
        let origin = site.address.origin().ascii_serialization();
        let key = DerivedKey::derive(&login.password.0, &origin, params.iterations.get());
        let body = json!({
            "origin": origin,
            "timestamp": now.as_second(),
            "hash": key.response(now.as_second()),
            "name": login.name,
        });
        let verified: Verified = site.call(Method::POST, "/api/auth/verify", Some(body)).await?;
        site.token = SecretText(verified.token);
        Ok(site)
    }

    /// All requests, newest first.
    ///
    /// # Errors
    /// The site's.
    pub async fn requests(&self) -> Result<Vec<MediaRequest>, CommandError> {
        let answer: Requests = self.call(Method::GET, "/api/requests", None).await?;
        Ok(answer.requests)
    }

    /// Everything that the site tells; of the library it tells the ids only.
    ///
    /// # Errors
    /// The site's.
    pub async fn export(&self, now: Timestamp) -> Result<ExportDocument, CommandError> {
        let requests = self.requests().await?;
        let status: Status = self.call(Method::GET, "/api/library-status", None).await?;
        let exported_at = written_at(now);
        let of_type = |media_type, ids: BTreeSet<u64>| {
            let synced_at = exported_at.clone();
            ids.into_iter().map(move |tmdb_id| LibraryRow {
                item: LibraryItem { media_type, tmdb_id, tvdb_id: None, title: None },
                synced_at: synced_at.clone(),
            })
        };
        let LibraryIds { movie, tv } = status.library;
        let library = of_type(MediaType::Movie, movie).chain(of_type(MediaType::Tv, tv)).collect();
        Ok(ExportDocument::new(requests, library, exported_at))
    }

    /// Asks for each request of a document that has not arrived; one that the site has already is left alone.
    ///
    /// # Errors
    /// The site's; what was asked for until then stays.
    pub async fn import(&self, document: &ExportDocument) -> Result<Imported, CommandError> {
        let mut imported = Imported::default();
        // The oldest first, so that the site lists them in the order in which they were asked for.
        for request in document.requests.iter().rev().filter(|request| request.added_at.is_none()) {
            let body = json!({"tmdb_id": request.tmdb_id, "media_type": request.media_type});
            let asked: Asked = self.call(Method::POST, "/api/request", Some(body)).await?;
            imported.requests.count(asked.success);
        }
        Ok(imported)
    }

    async fn call<T: for<'de> Deserialize<'de>>(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<T, CommandError> {
        let url = self.address.join(path).map_err(|error| CommandError::usage(format!("{path}: {error}")))?;
        let mut request = self.http.request(method, url);
        if !self.token.0.is_empty() {
            request = request.bearer_auth(&self.token.0);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        if !status.is_success() {
            return Err(refused(path, status, &text));
        }
        serde_json::from_str(&text).map_err(|_| {
            CommandError::failed(format!("{} answered {path} with something else than stellarr's JSON", self.address))
                .hint("check the address; it is the one that opens the site in a browser")
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> CommandError {
        let what = if error.is_timeout() { "did not answer in time" } else { "could not be reached" };
        CommandError::failed(format!("{} {what}", self.address))
            .details(error.to_string())
            .hint("check the address and the connection, then run the command again")
    }
}

fn parse(address: &str) -> Result<Url, CommandError> {
    let wrong = |what: &str| {
        CommandError::usage(format!("{address} {what}")).hint("write it like https://requests.example.org")
    };
    let url = Url::parse(address).map_err(|_| wrong("is not an address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("is not the address of a site"));
    }
    Ok(url)
}

fn refused(path: &str, status: StatusCode, body: &str) -> CommandError {
    let said = serde_json::from_str::<Value>(body).ok().and_then(|body| Some(body.get("detail")?.as_str()?.to_owned()));
    let said = said.unwrap_or_else(|| format!("status {status}"));
    let error = |kind| CommandError::new(kind, format!("the site refuses {path}: {said}"));
    match status {
        StatusCode::UNAUTHORIZED => error(ExitKind::Access).hint("check the password, and the clock of this computer"),
        StatusCode::TOO_MANY_REQUESTS => error(ExitKind::Failed).hint("wait a quarter of an hour, then try again"),
        _ => error(ExitKind::Failed).hint("look at the site's log with `stellarr logs api`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_sites_are_taken() {
        assert!(parse("https://requests.example.org").is_ok());
        for wrong in ["requests.example.org", "ftp://example.org", "file:///etc"] {
            assert_eq!(parse(wrong).unwrap_err().kind, ExitKind::Usage, "{wrong}");
        }
    }
}
