//! The API as a Lambda function.

use std::sync::Arc;

use stellarr_api::settings::{Host, Settings};
use stellarr_api::state::Collaborators;
use stellarr_api::{Api, app, lambda, log};
use stellarr_core::catalogue::KeptCatalogue;
use stellarr_core::metrics::namespace;
use stellarr_core::scheduled::Environment;
use stellarr_core::time::machine_clock;
use stellarr_store::catalogue::dynamodb::DynamoCatalogue;
use stellarr_store::dynamodb::DynamoStore;
use stellarr_store::secrets::SecretsManager;

/// Starts without a call to any service: every client is made when it is first needed.
fn main() -> Result<(), lambda_http::Error> {
    log::start();
    let variable = |name: &str| std::env::var(name).ok();
    let settings = Settings::read(Host::Lambda, variable)?;
    let store = DynamoStore::lazy(variable("DYNAMODB_TABLE").unwrap_or_default());
    let secrets = SecretsManager::lazy(variable("APP_SECRET_ARN").unwrap_or_default());
    let mut parts = Collaborators::new(settings, Arc::new(store), Arc::new(secrets), machine_clock());
    let catalogue = DynamoCatalogue::lazy(variable("CATALOGUE_TABLE").unwrap_or_default());
    parts.catalogue = Arc::new(KeptCatalogue::new(Arc::new(catalogue)));
    parts.audience = Environment(variable).audience()?;
    parts.metrics_namespace =
        variable("METRICS_NAMESPACE").or_else(|| Some(namespace(&variable("AWS_LAMBDA_FUNCTION_NAME")?)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda::run(app(Api::new(parts))))
}
