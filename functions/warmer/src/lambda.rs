//! The warmer as a Lambda function.

use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use stellarr_core::metrics;
use stellarr_core::reports::WarmReport;
use stellarr_core::scheduled::{self, InvalidSettings};
use stellarr_core::secrets::SecretSource;
use stellarr_core::time::since_epoch;
use stellarr_store::objects::s3::S3Objects;
use stellarr_store::secrets::SecretsManager;
use stellarr_upstream::tmdb_source::{NoClient, TmdbSource};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::event;
use crate::run::Warmer;
use crate::settings::Settings;

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

type Failure = scheduled::Failure<WarmReport>;

impl Function {
    /// Takes the settings, right or wrong: an invocation says what is wrong with them.
    #[must_use]
    pub fn new(settings: Result<Settings, InvalidSettings>) -> Self {
        Self { settings, clients: OnceCell::new() }
    }

    /// Answers one invocation.
    ///
    /// # Errors
    /// [`scheduled::Failure::Partial`] after the good files are written; others before anything is.
    pub async fn invoke(&self, event: LambdaEvent<Value>) -> Result<WarmReport, Diagnostic> {
        self.run(event).await.map_err(|failure| Diagnostic {
            error_type: failure.error_type().to_owned(),
            error_message: failure.to_string(),
        })
    }

    async fn run(&self, event: LambdaEvent<Value>) -> Result<WarmReport, Failure> {
        let settings = self.settings.as_ref().map_err(Clone::clone)?;
        let deadline = Instant::now() + settings.run_timeout;
        let locales =
            event::locales(&event.payload, &settings.locales).map_err(|error| Failure::Event(error.to_string()))?;
        let clients = self.clients(settings).await;
        let secrets = clients.secrets.secrets().await?;
        let tmdb = clients.tmdb.client(secrets.tmdb_api_key()?).await.map_err(unmade)?.until(deadline);
        let warmer = Warmer {
            tmdb: &tmdb,
            objects: &clients.objects,
            served: &settings.locales,
            scheduled_at: scheduled::scheduled_at(&event.payload),
            deadline,
            now: &|| since_epoch().as_secs(),
        };
        let report = warmer.run(&locales).await;
        let (fresh, failed) = report.counts();
        tracing::info!(fresh, failed, duration_ms = report.duration_ms, "warmed");
        let at = u64::try_from(since_epoch().as_millis()).unwrap_or_default();
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

fn unmade(error: NoClient) -> Failure {
    Failure::Client(error.to_string())
}
