//! The fetcher as a Lambda function.

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use stellarr_fetcher::event::schedule_type;
use stellarr_fetcher::report::{CacheStats, Report};

/// Starts without a call to any service.
fn main() -> Result<(), lambda_runtime::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let schedule_type = schedule_type(&event.payload)?;
        Ok::<_, lambda_runtime::Error>(Report {
            success: false,
            schedule_type,
            items_fetched: 0,
            items_written: 0,
            duration_ms: 0,
            failures: vec!["fetching is not there yet".to_owned()],
            cache_stats: CacheStats::default(),
        })
    })))
}
