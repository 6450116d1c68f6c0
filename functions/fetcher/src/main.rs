//! The fetcher as a Lambda function.

use lambda_runtime::service_fn;
use stellarr_fetcher::lambda::Function;
use stellarr_fetcher::settings::Settings;
use tracing_subscriber::EnvFilter;

/// Starts without a call to any service: every client is made when it is first needed.
fn main() -> Result<(), lambda_runtime::Error> {
    let filter = EnvFilter::try_from_env("LOG_LEVEL").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).without_time().init();
    let function = Function::new(Settings::read(|name| std::env::var(name).ok()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(|event| function.invoke(event))))
}
