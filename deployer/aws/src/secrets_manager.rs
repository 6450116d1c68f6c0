//! Secrets Manager: the one secret.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;

use super::context::AdapterContext;
use super::{AwsError, AwsErrorKind, SecretText, SecretVersion, Secrets};

/// Label of a version that is not current yet; not the one that the deployed functions use.
const PENDING_LABEL: &str = "STELLARR_DEPLOYER_NEXT";
/// Label of the current version.
const CURRENT_LABEL: &str = "AWSCURRENT";

/// Secrets Manager in the home region.
#[derive(Debug)]
pub(super) struct SecretsManager {
    client: Client,
    context: AdapterContext,
}

impl SecretsManager {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn arn(&self, id: &str) -> Result<Option<String>, AwsError> {
        let call = self.context.reads("secretsmanager:DescribeSecret", id.to_owned());
        match self.client.describe_secret().secret_id(id).send().await {
            Ok(answer) => answer.arn.map(Some).ok_or_else(|| call.missing("ARN")),
            Err(error) => match call.failed(error) {
                failure if failure.kind == AwsErrorKind::NotFound => Ok(None),
                failure => Err(failure),
            },
        }
    }

    async fn get(&self, id: &str) -> Result<Option<SecretVersion>, AwsError> {
        let call = self.context.reads("secretsmanager:GetSecretValue", id.to_owned());
        match self.client.get_secret_value().secret_id(id).send().await {
            Ok(answer) => {
                match answer.secret_string {
                    Some(text) => {
                        let id = call.required(answer.version_id, "version")?;
                        let written_at = answer.created_date.map(|date| date.secs());
                        Ok(Some(SecretVersion { id, text: SecretText(text), written_at }))
                    }
                    None if answer.secret_binary.is_some() => Err(call
                        .error(AwsErrorKind::Conflict, "the secret holds binary data; somebody else has written it")),
                    // The emulator's answer for a secret that was made without a text.
                    None if answer.version_id.is_some() => Ok(None),
                    None => Err(call.missing("text")),
                }
            }
            Err(error) if lacks_a_version(&error) => Ok(None),
            Err(error) => Err(call.failed(error)),
        }
    }

    /// Secrets Manager has no conditional write, but it moves a label only from the version that the caller names: the new
    /// version is stored without being current, and the label is moved to it from the one that it was made of.
    async fn replace(&self, id: &str, of: Option<&str>, text: &SecretText, token: &str) -> Result<bool, AwsError> {
        let call = self.context.writes("secretsmanager:PutSecretValue", id.to_owned());
        let request = self.client.put_secret_value().secret_id(id).secret_string(&text.0).client_request_token(token);
        let request = if of.is_some() { request.version_stages(PENDING_LABEL) } else { request };
        let stored = request.send().await.map_err(|error| call.failed(error))?;
        let Some(of) = of else { return Ok(true) };
        let version = call.required(stored.version_id, "version")?;
        let call = self.context.writes("secretsmanager:UpdateSecretVersionStage", id.to_owned());
        let request = self.client.update_secret_version_stage().secret_id(id).version_stage(CURRENT_LABEL);
        match request.remove_from_version_id(of).move_to_version_id(version).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("InvalidParameterException") => Ok(false),
            Err(error) => Err(call.failed(error)),
        }
    }

    async fn delete(&self, id: &str, recovery_days: u32) -> Result<(), AwsError> {
        let call = self.context.writes("secretsmanager:DeleteSecret", id.to_owned());
        let request = self.client.delete_secret().secret_id(id);
        let request = if recovery_days == 0 {
            request.force_delete_without_recovery(true)
        } else {
            request.recovery_window_in_days(recovery_days.into())
        };
        match request.send().await.map_err(|error| call.failed(error)) {
            Err(failure) if failure.kind != AwsErrorKind::NotFound => Err(failure),
            _ => Ok(()),
        }
    }
}

/// Tells "no version yet" from "no such secret": both have the same code.
fn lacks_a_version<R>(error: &SdkError<GetSecretValueError, R>) -> bool {
    error.as_service_error().is_some_and(|error| {
        error.is_resource_not_found_exception()
            && error.message().is_some_and(|message| message.contains("secret value"))
    })
}
