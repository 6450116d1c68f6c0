//! The API as a Lambda function.

use stellarr_api::settings::Settings;
use stellarr_api::state::Parts;
use stellarr_api::{Api, app};

/// Starts without a call to any service: every client is made when it is first needed.
fn main() -> Result<(), lambda_http::Error> {
    let settings = Settings::lambda(|name| std::env::var(name).ok());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_http::run(app(Api::new(Parts { settings }))))
}
