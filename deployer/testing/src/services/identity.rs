//! STS and IAM.

use async_trait::async_trait;

use crate::account::Account;
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{AwsError, Caller, Identity, Permissions, Session};

/// Security Token Service.
#[derive(Debug)]
pub(crate) struct FakeIdentity(pub(crate) FakeCloud);

#[async_trait]
impl Identity for FakeIdentity {
    async fn caller(&self) -> Result<Caller, AwsError> {
        self.0.call("sts:GetCallerIdentity", "", Effect::Read, |account| Ok(account.caller.clone())).await
    }

    async fn session(&self) -> Result<Session, AwsError> {
        let run = |account: &mut Account| {
            Ok(Session {
                caller: account.caller.clone(),
                expires_at: account.expires_at,
                renewed: account.renewed,
                skew_seconds: account.skew_seconds,
            })
        };
        self.0.call("sts:GetCallerIdentity", "", Effect::Read, run).await
    }
}

/// IAM.
#[derive(Debug)]
pub(crate) struct FakePermissions(pub(crate) FakeCloud);

#[async_trait]
impl Permissions for FakePermissions {
    async fn denied(
        &self,
        principal: &str,
        actions: &[String],
        _resources: &[String],
    ) -> Result<Vec<String>, AwsError> {
        let run = |account: &mut Account| {
            Ok(actions.iter().filter(|action| account.denied.contains(action)).cloned().collect())
        };
        self.0.call("iam:SimulatePrincipalPolicy", principal, Effect::Read, run).await
    }
}
