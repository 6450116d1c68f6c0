//! Secrets Manager.

use async_trait::async_trait;

use crate::account::{Account, FakeSecret, Refusal, refuse};
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{AwsError, AwsErrorKind, SecretText, SecretVersion, Secrets};

/// Secrets Manager.
#[derive(Debug)]
pub(crate) struct FakeSecrets(pub(crate) FakeCloud);

/// A secret that can be used.
fn usable_secret<'a>(account: &'a mut Account, id: &str) -> Result<&'a mut FakeSecret, Refusal> {
    match account.secret_mut(id) {
        None => {
            let words = "Secrets Manager can't find the specified secret.";
            refuse(AwsErrorKind::NotFound, "ResourceNotFoundException", words)
        }
        Some(secret) if secret.deleted => refuse(
            AwsErrorKind::Conflict,
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        ),
        Some(secret) => Ok(secret),
    }
}

#[async_trait]
impl Secrets for FakeSecrets {
    async fn arn(&self, id: &str) -> Result<Option<String>, AwsError> {
        let run = |account: &mut Account| Ok(account.secret(id).map(|secret| secret.arn.clone()));
        self.0.call("secretsmanager:DescribeSecret", id, Effect::Read, run).await
    }

    async fn get(&self, id: &str) -> Result<Option<SecretVersion>, AwsError> {
        let run = |account: &mut Account| Ok(usable_secret(account, id)?.version());
        self.0.call("secretsmanager:GetSecretValue", id, Effect::Read, run).await
    }

    async fn replace(&self, id: &str, of: Option<&str>, text: &SecretText, token: &str) -> Result<bool, AwsError> {
        let store = |account: &mut Account| {
            if !(32..=64).contains(&token.len()) {
                let words = "Invalid ClientRequestToken: it must have 32 to 64 characters.";
                return refuse(AwsErrorKind::Validation, "InvalidParameterException", words);
            }
            let secret = usable_secret(account, id)?;
            match secret.versions.get(token) {
                Some(stored) if stored == text => return Ok(()),
                Some(_) => {
                    let words = "You can't use the same ClientRequestToken for another value.";
                    return refuse(AwsErrorKind::AlreadyExists, "ResourceExistsException", words);
                }
                None => {}
            }
            secret.versions.insert(token.to_owned(), text.clone());
            // The first version counts in any case; a later one when no label is given for it.
            if of.is_none() || secret.current.is_none() {
                secret.current = Some(token.to_owned());
            }
            Ok(())
        };
        self.0.call("secretsmanager:PutSecretValue", id, Effect::Write, store).await?;
        let Some(of) = of else { return Ok(true) };
        let make_current = |account: &mut Account| {
            let secret = usable_secret(account, id)?;
            let moves = secret.current.as_deref() == Some(of);
            if moves {
                secret.current = Some(token.to_owned());
            }
            Ok(moves)
        };
        self.0.call("secretsmanager:UpdateSecretVersionStage", id, Effect::Write, make_current).await
    }

    async fn delete(&self, id: &str, recovery_days: u32) -> Result<(), AwsError> {
        let run = |account: &mut Account| {
            if recovery_days == 0 {
                let names: Vec<String> = account.secret(id).map(|secret| secret.name.clone()).into_iter().collect();
                account.secrets.retain(|secret| !names.contains(&secret.name));
                for name in names {
                    account.named.remove(&("AWS::SecretsManager::Secret".to_owned(), name));
                }
            } else if !(7..=30).contains(&recovery_days) {
                let words = "RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
                return refuse(AwsErrorKind::Validation, "InvalidParameterException", words);
            } else if let Some(secret) = account.secret_mut(id) {
                secret.deleted = true;
            }
            Ok(())
        };
        self.0.call("secretsmanager:DeleteSecret", id, Effect::Write, run).await
    }
}
