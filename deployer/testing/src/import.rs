//! Imports, and resources as they are now.

use async_trait::async_trait;
use serde_json::Value;

use super::account::Account;
use super::cloud::{Effect, FakeCloud, Refusal, refuse};
use super::evaluate::Evaluated;
use stellarr_aws::{AwsError, AwsErrorKind, ChangeSetRequest, LiveResources, ResourceChange};

impl Account {
    /// Refuses what CloudFormation refuses of an import.
    pub(super) fn check_imports(
        &self,
        request: &ChangeSetRequest,
        changes: &[ResourceChange],
        evaluated: &Evaluated,
    ) -> Result<(), Refusal> {
        let invalid = |words: String| refuse(AwsErrorKind::Validation, "ValidationError", words);
        for change in changes {
            let id = &change.logical_id;
            let Some(import) = request.imports.iter().find(|one| one.logical_id == *id) else {
                return invalid(format!("As part of the import operation, you cannot modify or add [{id}]"));
            };
            let retained = evaluated.resources.get(id).is_some_and(super::evaluate::Resource::is_retained);
            if !retained {
                return invalid(format!(
                    "Resources [{id}] is missing from ResourceToImport list or DeletionPolicy is not specified"
                ));
            }
            let physical = import.identifier.values().next().cloned().unwrap_or_default();
            if !self.live.contains_key(&(import.resource_type.clone(), physical.clone())) {
                return invalid(format!("Resource {physical} of type {} does not exist", import.resource_type));
            }
        }
        Ok(())
    }
}

/// Resources as they are now.
#[derive(Debug)]
pub(super) struct FakeLiveResources(pub(super) FakeCloud);

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
