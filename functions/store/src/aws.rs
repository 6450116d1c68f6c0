//! How the AWS clients are configured inside a function.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::http_client;

/// Builds a configuration from the environment alone: `AWS_REGION`, the credentials that Lambda puts there, and
/// `AWS_ENDPOINT_URL` for the emulator.
///
/// The usual chain of profiles, containers and instance metadata is left out: a function needs none of it, and it
/// would double the binary. Makes no call.
#[must_use]
pub fn sdk_config() -> SdkConfig {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.unwrap_or_else(|| "us-east-1".to_owned())))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(http_client::shared())
        .retry_config(RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(50)))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(2))
                .operation_attempt_timeout(Duration::from_secs(4))
                .operation_timeout(Duration::from_secs(10))
                .build(),
        );
    builder.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
    builder.build()
}

/// Makes an S3 client from the environment.
#[cfg(feature = "s3")]
pub fn s3() -> std::future::Ready<aws_sdk_s3::Client> {
    // Path style: the emulator has no host names for buckets, and S3 takes both.
    let path_style = std::env::var_os("AWS_ENDPOINT_URL").is_some();
    let config = aws_sdk_s3::config::Builder::from(&sdk_config()).force_path_style(path_style).build();
    std::future::ready(aws_sdk_s3::Client::from_conf(config))
}

/// Makes a Secrets Manager client from the environment.
#[cfg(feature = "secrets-manager")]
pub fn secrets_manager() -> std::future::Ready<aws_sdk_secretsmanager::Client> {
    std::future::ready(aws_sdk_secretsmanager::Client::new(&sdk_config()))
}
