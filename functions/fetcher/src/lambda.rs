//! The fetcher as a Lambda function.

use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use stellarr_core::metrics;
use stellarr_core::reports::FetchReport;
use stellarr_core::scheduled::{self, InvalidSettings};
use stellarr_core::secrets::SecretSource;
use stellarr_core::time::since_epoch;
use stellarr_store::catalogue::dynamodb::DynamoCatalogue;
use stellarr_store::dynamodb::DynamoStore;
use stellarr_store::secrets::SecretsManager;
use stellarr_upstream::tmdb_source::{NoClient, TmdbSource};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::event::schedule_type;
use crate::fetcher::{Fetcher, LIBRARY_TITLES};
use crate::settings::Settings;

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

type Failure = scheduled::Failure<FetchReport>;

impl Function {
    /// Takes the settings, right or wrong: an invocation says what is wrong with them.
    #[must_use]
    pub fn new(settings: Result<Settings, InvalidSettings>) -> Self {
        Self { settings, clients: OnceCell::new() }
    }

    /// Answers one invocation.
    ///
    /// # Errors
    /// [`scheduled::Failure::Partial`] after everything that could be fetched is stored; others before anything is.
    pub async fn invoke(&self, event: LambdaEvent<Value>) -> Result<FetchReport, Diagnostic> {
        self.run(event).await.map_err(|failure| Diagnostic {
            error_type: failure.error_type().to_owned(),
            error_message: failure.to_string(),
        })
    }

    async fn run(&self, event: LambdaEvent<Value>) -> Result<FetchReport, Failure> {
        let settings = self.settings.as_ref().map_err(Clone::clone)?;
        let deadline = Instant::now() + settings.run_timeout;
        let schedule_type = schedule_type(&event.payload).map_err(|error| Failure::Event(error.to_string()))?;
        let clients = self.clients(settings).await;
        let secrets = clients.secrets.secrets().await?;
        let tmdb = clients.tmdb.client(secrets.tmdb_api_key()?).await.map_err(unmade)?.until(deadline);
        let fetcher = Fetcher {
            tmdb: &tmdb,
            catalogue: &clients.catalogue,
            store: &clients.store,
            audience: settings.audience.clone(),
            library_titles: LIBRARY_TITLES,
            scheduled_at: scheduled::scheduled_at(&event.payload),
            deadline,
            now: &|| since_epoch().as_secs(),
        };
        let report = fetcher.run(schedule_type).await;
        tracing::info!(
            schedule = %schedule_type,
            fetched = report.items_fetched,
            written = report.items_written,
            failures = report.failed,
            duration_ms = report.duration_ms,
            "fetched"
        );
        let at = u64::try_from(since_epoch().as_millis()).unwrap_or_default();
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

fn unmade(error: NoClient) -> Failure {
    Failure::Client(error.to_string())
}
