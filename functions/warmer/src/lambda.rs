//! The warmer as a Lambda function.

use std::time::{SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use stellarr_core::metrics;
use stellarr_core::secrets::{BadSecret, SecretSource, SecretsError};
use stellarr_store::objects::s3::S3Objects;
use stellarr_store::secrets::SecretsManager;
use stellarr_upstream::tmdb_source::{NoClient, TmdbSource};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::event::{self, InvalidEvent};
use crate::report::Report;
use crate::run::Warmer;
use crate::settings::{InvalidSettings, Settings};

/// The function between two invocations. Clients are made by the first.
pub struct Function {
    settings: Result<Settings, InvalidSettings>,
    clients: OnceCell<Clients>,
}

struct Clients {
    objects: S3Objects,
    secrets: SecretsManager,
    tmdb: TmdbSource,
}

/// Says why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Some files are not fresh; the text is the report's JSON.
    #[error("{}", serde_json::to_string(.0).unwrap_or_default())]
    Partial(Box<Report>),
    /// The environment is wrong.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    /// The event is wrong.
    #[error(transparent)]
    Event(#[from] InvalidEvent),
    /// The secret can't be read.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The secret holds no usable TMDB key.
    #[error(transparent)]
    Key(#[from] BadSecret),
    /// TMDB's address is wrong or TLS can't start.
    #[error(transparent)]
    Client(#[from] NoClient),
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        let error_type = match &failure {
            Failure::Partial(_) => "PartialFailure",
            Failure::Settings(_) => "InvalidSettings",
            Failure::Event(_) => "InvalidEvent",
            Failure::Secrets(_) | Failure::Key(_) => "Secret",
            Failure::Client(_) => "Client",
        };
        Self { error_type: error_type.to_owned(), error_message: failure.to_string() }
    }
}

impl Function {
    /// Takes the settings, right or wrong: an invocation says what is wrong with them.
    #[must_use]
    pub fn new(settings: Result<Settings, InvalidSettings>) -> Self {
        Self { settings, clients: OnceCell::new() }
    }

    /// Answers one invocation.
    ///
    /// # Errors
    /// [`Failure::Partial`] after the good files are written; others before anything is.
    pub async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Report, Failure> {
        let settings = self.settings.as_ref().map_err(Clone::clone)?;
        let deadline = Instant::now() + settings.deadline;
        let locales = event::locales(&event.payload, &settings.locales)?;
        let clients = self.clients(settings).await;
        let secrets = clients.secrets.secrets().await?;
        let tmdb = clients.tmdb.client(secrets.tmdb_api_key()?).await?.until(deadline);
        let warmer = Warmer {
            tmdb: &tmdb,
            objects: &clients.objects,
            served: &settings.locales,
            deadline,
            now: &|| now().as_secs(),
        };
        let report = warmer.run(&locales).await;
        let (fresh, failed) = report.counts();
        tracing::info!(fresh, failed, duration_ms = report.duration_ms, "warmed");
        let at = u64::try_from(now().as_millis()).unwrap_or_default();
        println!("{}", metrics::line(&settings.metrics_namespace, at, &report.metrics()));
        if report.success { Ok(report) } else { Err(Failure::Partial(Box::new(report))) }
    }

    async fn clients(&self, settings: &Settings) -> &Clients {
        let make = || async {
            Clients {
                objects: S3Objects::new(stellarr_store::aws::s3().await, &settings.bucket),
                secrets: SecretsManager::new(stellarr_store::aws::secrets_manager().await, &settings.secret),
                tmdb: TmdbSource::new(settings.tmdb.clone()),
            }
        };
        self.clients.get_or_init(make).await
    }
}

fn now() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
