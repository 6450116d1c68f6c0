//! Security Token Service: who is calling, until when, and what time AWS has.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::Client;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::classify::skew_seconds;
use super::context::{Clock, Context};
use super::{AwsError, Caller, Identity, Session};

/// STS in the home region.
#[derive(Debug)]
pub(super) struct SecurityTokens {
    client: Client,
    context: Context,
    credentials: Option<SharedCredentialsProvider>,
}

impl SecurityTokens {
    pub(super) fn new(config: &SdkConfig, context: Context) -> Self {
        Self { client: Client::new(config), context, credentials: config.credentials_provider() }
    }

    async fn ask(&self, watch: Option<ClockWatch>) -> Result<Caller, AwsError> {
        let call = self.context.reads("sts:GetCallerIdentity", None);
        let request = self.client.get_caller_identity();
        let answer = match watch {
            Some(watch) => request.customize().interceptor(watch).send().await,
            None => request.send().await,
        };
        let answer = answer.map_err(|error| call.failed(error))?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Ok(Caller { account, arn }),
            _ => Err(call.missing("account and principal")),
        }
    }
}

#[async_trait]
impl Identity for SecurityTokens {
    async fn caller(&self) -> Result<Caller, AwsError> {
        self.ask(None).await
    }

    async fn session(&self) -> Result<Session, AwsError> {
        let watch = ClockWatch { clock: self.context.clock.clone(), skew: Arc::default() };
        let caller = self.ask(Some(watch.clone())).await?;
        let expiry = match &self.credentials {
            // They are known by now: nothing is asked for a second time.
            Some(provider) => provider.provide_credentials().await.ok().and_then(|credentials| credentials.expiry()),
            None => None,
        };
        let expires_at = expiry.and_then(|time| jiff::Timestamp::try_from(time).ok());
        let skew_seconds = *watch.skew.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Session { caller, expires_at, skew_seconds })
    }
}

/// Reads the time that an answer was given at.
#[derive(Clone, Debug)]
struct ClockWatch {
    clock: Clock,
    skew: Arc<Mutex<Option<i64>>>,
}

#[dyn_dispatch_hint]
impl Intercept for ClockWatch {
    fn name(&self) -> &'static str {
        "ClockWatch"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let skew = skew_seconds(context.response(), self.clock.now());
        *self.skew.lock().unwrap_or_else(PoisonError::into_inner) = skew;
        Ok(())
    }
}
