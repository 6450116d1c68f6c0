//! Security Token Service: who is calling.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sts::Client;

use super::context::Context;
use super::{AwsError, Caller, Identity};

/// STS in the home region.
#[derive(Debug)]
pub(super) struct SecurityTokens {
    client: Client,
    context: Context,
}

impl SecurityTokens {
    pub(super) fn new(config: &SdkConfig, context: Context) -> Self {
        Self { client: Client::new(config), context }
    }
}

#[async_trait]
impl Identity for SecurityTokens {
    async fn caller(&self) -> Result<Caller, AwsError> {
        let call = self.context.reads("sts:GetCallerIdentity", None);
        let answer = self.client.get_caller_identity().send().await.map_err(|error| call.failed(error))?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Ok(Caller { account, arn }),
            _ => Err(call.missing("account and principal")),
        }
    }
}
