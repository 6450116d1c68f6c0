//! Lambda: invoking functions and reading their code hashes.

use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::Builder as ConfigBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, LogType};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::context::{AdapterContext, Call};
use super::{AwsError, AwsErrorKind, FunctionLimits, FunctionState, Functions, Invocation};

/// The longest that Lambda lets a function run.
const MAX_RUN_TIME: Duration = Duration::from_secs(900);
/// Time for a cold start and the way there and back.
const COLD_START_ALLOWANCE: Duration = Duration::from_secs(20);
/// Tries of an invocation: its function may have run although the answer was lost, so not many.
const INVOKE_ATTEMPTS: u32 = 3;

/// Lambda in the home region.
#[derive(Debug)]
pub(super) struct Lambda {
    client: Client,
    context: AdapterContext,
}

impl Lambda {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }

    /// How long a function may run; the longest possible when that can't be read.
    async fn run_limit(&self, function: &str) -> Duration {
        let answer = self.client.get_function_configuration().function_name(function).send().await;
        answer
            .ok()
            .and_then(|configuration| configuration.timeout)
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(MAX_RUN_TIME, Duration::from_secs)
    }
}

#[async_trait]
impl Functions for Lambda {
    async fn invoke(&self, function: &str, payload: Bytes) -> Result<Invocation, AwsError> {
        let limit = self.run_limit(function).await + COLD_START_ALLOWANCE;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(self.context.timeouts.connect)
            .operation_attempt_timeout(limit)
            .operation_timeout(limit * INVOKE_ATTEMPTS)
            .build();
        let retry = RetryConfig::standard().with_max_attempts(INVOKE_ATTEMPTS);
        let call = self.context.writes("lambda:InvokeFunction", function.to_owned());
        let answer = self
            .client
            .invoke()
            .function_name(function)
            .log_type(LogType::Tail)
            .payload(Blob::new(payload))
            .customize()
            .config_override(ConfigBuilder::new().timeout_config(timeouts).retry_config(retry))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        Ok(Invocation {
            payload: answer.payload.map(|blob| Bytes::from(blob.into_inner())).unwrap_or_default(),
            function_error: answer.function_error,
            log_tail: answer
                .log_result
                .and_then(|text| STANDARD.decode(text).ok())
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        })
    }

    async fn start(&self, function: &str, payload: Bytes) -> Result<(), AwsError> {
        let call = self.context.writes("lambda:InvokeFunction", function.to_owned());
        let request = self.client.invoke().function_name(function).invocation_type(InvocationType::Event);
        request.payload(Blob::new(payload)).send().await.map_err(|error| call.failed(error))?;
        Ok(())
    }

    async fn set_code(&self, function: &str, bucket: &str, key: &str) -> Result<String, AwsError> {
        let call = self.context.writes("lambda:UpdateFunctionCode", function.to_owned());
        let request = self.client.update_function_code().function_name(function).s3_bucket(bucket).s3_key(key);
        let answer = request.send().await.map_err(|error| call.failed(error))?;
        answer.code_sha256.ok_or_else(|| call.missing("code hash"))
    }

    async fn describe(&self, function: &str) -> Result<Option<FunctionState>, AwsError> {
        let call = self.context.reads("lambda:GetFunctionConfiguration", function.to_owned());
        match self.client.get_function_configuration().function_name(function).send().await {
            Ok(answer) => state(&call, answer).map(Some),
            Err(error) => match call.failed(error) {
                failure if failure.kind == AwsErrorKind::NotFound => Ok(None),
                failure => Err(failure),
            },
        }
    }

    async fn limits(&self) -> Result<FunctionLimits, AwsError> {
        let call = self.context.reads("lambda:GetAccountSettings", None);
        let answer = self.client.get_account_settings().send().await.map_err(|error| call.failed(error))?;
        let limit = answer.account_limit.ok_or_else(|| call.missing("limits"))?;
        let concurrent = u32::try_from(limit.concurrent_executions).unwrap_or_default();
        let unreserved = limit.unreserved_concurrent_executions.and_then(|number| u32::try_from(number).ok());
        Ok(FunctionLimits { concurrent, unreserved: unreserved.unwrap_or(concurrent) })
    }
}

fn state(
    call: &Call<'_>,
    answer: aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput,
) -> Result<FunctionState, AwsError> {
    Ok(FunctionState {
        code_sha256: answer.code_sha256.ok_or_else(|| call.missing("code hash"))?,
        // Answers for functions of before 2020 have no state; they are active.
        state: answer.state.map_or_else(|| "Active".to_owned(), |state| state.as_str().to_owned()),
        modified_at: answer.last_modified.unwrap_or_default(),
    })
}
