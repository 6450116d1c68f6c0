//! Resources that exist already, as an import sees them.

use async_trait::async_trait;
use serde_json::Value;

use crate::account::Account;
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{AwsError, LiveResources};

/// Resources as they are now.
#[derive(Debug)]
pub(crate) struct FakeLiveResources(pub(crate) FakeCloud);

#[async_trait]
impl LiveResources for FakeLiveResources {
    async fn properties(&self, resource_type: &str, id: &str) -> Result<Option<Value>, AwsError> {
        let key = (resource_type.to_owned(), id.to_owned());
        let run = |account: &mut Account| {
            let is_there = match resource_type {
                "AWS::S3::Bucket" => account.storage.exists(id),
                "AWS::SecretsManager::Secret" => account.secret(id).is_some_and(|secret| !secret.deleted),
                _ => true,
            };
            Ok(account.live.get(&key).filter(|_| is_there).cloned())
        };
        self.0.call("cloudcontrol:GetResource", &format!("{resource_type} {id}"), Effect::Read, run).await
    }
}

impl FakeCloud {
    /// Adds a resource that something else made, with its properties.
    pub fn add_resource(&self, resource_type: &str, id: &str, properties: Value) -> &Self {
        let mut account = self.account();
        if resource_type == "AWS::S3::Bucket" {
            account.storage.create(id);
        } else {
            account.named.insert((resource_type.to_owned(), id.to_owned()), false);
        }
        account.live.insert((resource_type.to_owned(), id.to_owned()), properties);
        drop(account);
        self
    }
}
