//! The TMDB client of a process whose key may change.

use tokio::sync::Mutex;

use crate::http;
use crate::tmdb::{Credential, TmdbClient, TmdbSettings};

/// Makes the TMDB client when it is first needed, and again when the key has changed.
#[derive(Debug)]
pub struct TmdbSource {
    settings: TmdbSettings,
    held: Mutex<Option<(Credential, TmdbClient)>>,
}

/// Says why no client could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoClient {
    /// The base address is wrong.
    #[error(transparent)]
    BaseUrl(#[from] crate::tmdb::InvalidBaseUrl),
    /// The connection pool could not be made.
    #[error(transparent)]
    Http(#[from] http::HttpError),
}

impl TmdbSource {
    /// Takes settings whose credential is replaced by the one of each call.
    #[must_use]
    pub fn new(settings: TmdbSettings) -> Self {
        Self { settings, held: Mutex::new(None) }
    }

    /// Returns the client that asks with `key`. One key has one client, and so one limiter and one connection pool.
    ///
    /// # Errors
    /// When the base address is wrong or TLS can't start.
    pub async fn client(&self, key: &str) -> Result<TmdbClient, NoClient> {
        let credential = Credential::new(key);
        let mut held = self.held.lock().await;
        if let Some((of, client)) = held.as_ref()
            && *of == credential
        {
            return Ok(client.clone());
        }
        let settings = TmdbSettings { credential: credential.clone(), ..self.settings.clone() };
        let client = TmdbClient::new(http::client()?, settings)?;
        *held = Some((credential, client.clone()));
        Ok(client)
    }
}
