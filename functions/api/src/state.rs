//! Everything that a handler may use.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use stellarr_core::catalogue::Catalogue;
use stellarr_core::push::PushSender;
use stellarr_core::secrets::{SecretSource, Secrets};
use stellarr_core::store::{Store, StoreError};
use stellarr_core::time::{TimeSource, Timestamp};
use stellarr_core::tmdb::{Audience, Tmdb, TmdbError};
use stellarr_store::catalogue::memory::MemoryCatalogue;
use stellarr_upstream::limiter::Limits;
use stellarr_upstream::push::PushClient;
use stellarr_upstream::tmdb::{Credential, TmdbSettings};
use stellarr_upstream::tmdb_source::TmdbSource;
use stellarr_upstream::tvdb::TvdbClient;

use crate::body_cache::BodyCache;
use crate::error::ApiError;
use crate::household::HouseholdCache;
use crate::key_cache::KeyCache;
use crate::settings::Settings;

/// Holds what the API is made of. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Collaborators>);

/// The parts; whoever hosts the API puts them together.
pub struct Collaborators {
    /// What the environment decides.
    pub settings: Settings,
    /// Tells the time.
    pub clock: TimeSource,
    /// Keeps everything.
    pub store: Arc<dyn Store>,
    /// Keeps the catalogue that recommendations are served from.
    pub catalogue: Arc<dyn Catalogue>,
    /// In which words, and for which country, recommendations ask TMDB for what the catalogue lacks.
    pub audience: Audience,
    /// Where metrics go; none writes none.
    pub metrics_namespace: Option<String>,
    /// Writes a line of metrics: to standard output, where CloudWatch reads it.
    pub write_metrics: Box<dyn Fn(&str) + Send + Sync>,
    /// Gives the secret.
    pub secrets: Arc<dyn SecretSource>,
    /// Gives TMDB's client.
    pub tmdb: Arc<dyn TmdbWithKey>,
    /// Asks TheTVDB.
    pub tvdb: TvdbClient,
    /// Sends notifications.
    pub push: Arc<dyn PushSender>,
    /// Keeps derived keys.
    pub keys: KeyCache,
    /// Keeps answers that many ask for.
    pub bodies: BodyCache,
    /// Keeps what is known of the household.
    pub household: HouseholdCache,
}

/// Gives a client that asks TMDB with a key, until a moment.
#[async_trait]
pub trait TmdbWithKey: Send + Sync {
    /// Returns the client.
    async fn tmdb(&self, key: &str, deadline: Instant) -> Result<Box<dyn Tmdb>, TmdbError>;
}

#[async_trait]
impl TmdbWithKey for TmdbSource {
    async fn tmdb(&self, key: &str, deadline: Instant) -> Result<Box<dyn Tmdb>, TmdbError> {
        let client = self.client(key).await.map_err(|error| TmdbError::Malformed { reason: error.to_string() })?;
        Ok(Box::new(client.until(deadline.into())))
    }
}

impl Collaborators {
    /// Puts the parts together from settings, a store and a secret; every client is made when it is first needed.
    ///
    /// The catalogue is empty, so that recommendations ask TMDB, until the host puts its own in place.
    #[must_use]
    pub fn new(settings: Settings, store: Arc<dyn Store>, secrets: Arc<dyn SecretSource>, clock: TimeSource) -> Self {
        let tmdb = TmdbSource::new(TmdbSettings {
            base_url: settings.tmdb_base.clone(),
            credential: Credential::new(""),
            // TMDB's soft ceiling is some 40 to 50 requests a second.
            limits: Limits::per_second(20, 40),
            request_timeout: Duration::from_secs(6),
            attempts: 3,
        });
        let push = PushClient::new(settings.push_hosts.clone(), Arc::clone(&clock));
        Self {
            tvdb: TvdbClient::new(&settings.tvdb_base),
            settings,
            clock,
            store,
            catalogue: Arc::new(MemoryCatalogue::default()),
            audience: Audience::default(),
            metrics_namespace: None,
            write_metrics: Box::new(|line| println!("{line}")),
            secrets,
            tmdb: Arc::new(tmdb),
            push: Arc::new(push),
            keys: KeyCache::default(),
            bodies: BodyCache::default(),
            household: HouseholdCache::default(),
        }
    }

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Returns the secret, or answers 503 until it can be had.
    pub async fn secret(&self) -> Result<Arc<Secrets>, ApiError> {
        self.secrets.secrets().await.map_err(|error| {
            tracing::error!(event = "secrets.unavailable", error = %error);
            ApiError::unavailable("The site is not configured yet")
        })
    }

    /// Returns the secret, or answers 503 until what the site needs of it is fit for use: a token that is not there yet is
    /// not one that is not asked for.
    pub async fn whole_secret(&self) -> Result<Arc<Secrets>, ApiError> {
        let secrets = self.secret().await?;
        let problem = secrets.problems().into_iter().find(|problem| problem.0.stops_the_site());
        Self::required(problem.map_or(Ok(()), Err))?;
        Ok(secrets)
    }

    /// Takes a required value out of the secret, or answers 503 until it is there.
    pub fn required<T>(value: Result<T, stellarr_core::secrets::BadSecret>) -> Result<T, ApiError> {
        value.map_err(|error| {
            tracing::error!(event = "secrets.unfit", error = %error);
            ApiError::unavailable("The site is not configured yet")
        })
    }
}

impl Api {
    /// Takes the parts.
    #[must_use]
    pub fn new(parts: Collaborators) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Api {
    type Target = Collaborators;

    fn deref(&self) -> &Collaborators {
        &self.0
    }
}

/// The store failed: logged here, once, and 503 for the client. Never an empty answer: Radarr would delete what it no
/// longer finds.
impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(event = "store.failed", error = %error);
        Self::unavailable("Storage is unavailable")
    }
}

/// TMDB failed: its own words stay here.
impl From<TmdbError> for ApiError {
    fn from(error: TmdbError) -> Self {
        tracing::warn!(event = "tmdb.failed", error = %error);
        match error {
            TmdbError::NotFound => Self::new(http::StatusCode::NOT_FOUND, "TMDB does not know this title"),
            TmdbError::Unauthorized => Self::unavailable("TMDB refuses this site's key"),
            TmdbError::RateLimited { retry_after } => Self::unavailable("TMDB is busy; try again in a moment")
                .retry_after(retry_after.map_or(5, |wait| wait.as_secs().clamp(1, 60))),
            TmdbError::Timeout => Self::new(http::StatusCode::GATEWAY_TIMEOUT, "TMDB did not answer in time"),
            _ => Self::new(http::StatusCode::BAD_GATEWAY, "TMDB gave no usable answer"),
        }
    }
}
