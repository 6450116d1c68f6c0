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
use jiff::Timestamp;

use super::classify::skew_seconds;
use super::clock::SdkClock;
use super::context::AdapterContext;
use super::{AwsError, Caller, Identity, Session};

/// STS in the home region.
#[derive(Debug)]
pub(super) struct Sts {
    client: Client,
    context: AdapterContext,
    credentials: Option<SharedCredentialsProvider>,
}

impl Sts {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
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
impl Identity for Sts {
    async fn caller(&self) -> Result<Caller, AwsError> {
        self.ask(None).await
    }

    async fn session(&self) -> Result<Session, AwsError> {
        let watch = ClockWatch { clock: self.context.clock.clone(), skew: Arc::default() };
        let caller = self.ask(Some(watch.clone())).await?;
        let expiry = match &self.credentials {
            // The call has just used them: what is kept answers, not the source.
            Some(provider) => provider.provide_credentials().await.ok().and_then(|credentials| credentials.expiry()),
            None => None,
        };
        let expiry = expiry.and_then(|time| Timestamp::try_from(time).ok());
        let now = Timestamp::try_from(self.context.clock.now()).unwrap_or_default();
        let (expires_at, renewed) = lifetime(expiry, self.context.source.session_end(now));
        let skew_seconds = *watch.skew.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Session { caller, expires_at, renewed, skew_seconds })
    }
}

/// When a person has to sign in again, and whether the source renews the credentials until then or for good.
///
/// The credentials' own expiry does not matter while their source renews them. Once the source can't, the credentials
/// in use still last until their own expiry.
fn lifetime(credentials: Option<Timestamp>, session: Option<Timestamp>) -> (Option<Timestamp>, bool) {
    match (credentials, session) {
        (Some(credentials), Some(session)) => (Some(credentials.max(session)), false),
        (None, session) => (session, false),
        (Some(_), None) => (None, true),
    }
}

/// Reads the time that an answer was given at.
#[derive(Clone, Debug)]
struct ClockWatch {
    clock: SdkClock,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_16_the_session_counts_and_not_the_credentials_that_it_renews() {
        let at = |minutes: i64| Some(Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_mins(minutes));
        assert_eq!(lifetime(at(14), None), (None, true), "renewed for an unknown time");
        assert_eq!(lifetime(at(14), at(10)), (at(14), false), "what is held outlives the session");
        assert_eq!(lifetime(at(14), at(500)), (at(500), false));
        assert_eq!(lifetime(None, at(10)), (at(10), false));
        assert_eq!(lifetime(None, None), (None, false));
    }
}
