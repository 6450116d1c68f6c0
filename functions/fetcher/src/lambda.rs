//! The fetcher as a Lambda function.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use stellarr_core::metrics;
use stellarr_core::secrets::{BadSecret, SecretSource, SecretsError};
use stellarr_store::catalogue::dynamodb::DynamoCatalogue;
use stellarr_store::dynamodb::DynamoStore;
use stellarr_store::secrets::SecretsManager;
use stellarr_upstream::tmdb_source::{NoClient, TmdbSource};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::event::{InvalidEvent, schedule_type};
use crate::report::Report;
use crate::run::{Fetcher, LIBRARY_TITLES};
use crate::settings::{InvalidSettings, Settings};

/// The function between two invocations. Clients are made by the first.
pub struct Function {
    settings: Result<Settings, InvalidSettings>,
    clients: OnceCell<Clients>,
}

struct Clients {
    catalogue: DynamoCatalogue,
    store: DynamoStore,
    secrets: SecretsManager,
    tmdb: TmdbSource,
}

/// Says why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something was not fetched or not stored; the text is the report's JSON.
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
    /// [`Failure::Partial`] after everything that could be fetched is stored; others before anything is.
    pub async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Report, Failure> {
        let settings = self.settings.as_ref().map_err(Clone::clone)?;
        let deadline = Instant::now() + settings.deadline;
        let schedule_type = schedule_type(&event.payload)?;
        let clients = self.clients(settings).await;
        let secrets = clients.secrets.secrets().await?;
        let tmdb = clients.tmdb.client(secrets.tmdb_api_key()?).await?.until(deadline);
        let fetcher = Fetcher {
            tmdb: &tmdb,
            catalogue: &clients.catalogue,
            store: &clients.store,
            audience: settings.audience.clone(),
            library_titles: LIBRARY_TITLES,
            deadline,
            now: &|| now().as_secs(),
        };
        let report = fetcher.run(schedule_type).await;
        tracing::info!(
            schedule = %schedule_type,
            fetched = report.items_fetched,
            written = report.items_written,
            failures = report.failures.len(),
            duration_ms = report.duration_ms,
            "fetched"
        );
        let at = u64::try_from(now().as_millis()).unwrap_or_default();
        println!("{}", metrics::line(&settings.metrics_namespace, at, &report.metrics()));
        if report.success { Ok(report) } else { Err(Failure::Partial(Box::new(report))) }
    }

    async fn clients(&self, settings: &Settings) -> &Clients {
        let make = || async {
            Clients {
                catalogue: DynamoCatalogue::lazy(&settings.catalogue_table),
                store: DynamoStore::lazy(&settings.requests_table),
                secrets: SecretsManager::new(stellarr_store::aws::secrets_manager().await, &settings.secret),
                tmdb: TmdbSource::new(settings.tmdb.clone()),
            }
        };
        self.clients.get_or_init(make).await
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
