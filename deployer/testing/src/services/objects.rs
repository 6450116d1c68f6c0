//! S3.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use crate::account::{Account, Refusal, refuse};
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{
    AwsError, AwsErrorKind, BucketState, Cloud, Object, ObjectHead, ObjectSummary, ObjectVersion, Objects,
    PutCondition, PutObject, PutOutcome,
};

/// S3 in the home region.
#[derive(Debug)]
pub(crate) struct FakeObjects(pub(crate) FakeCloud);

fn bucket_exists(account: &Account, bucket: &str) -> Result<(), Refusal> {
    if account.storage.exists(bucket) {
        return Ok(());
    }
    refuse(AwsErrorKind::NotFound, "NoSuchBucket", "The specified bucket does not exist")
}

#[async_trait]
impl Objects for FakeObjects {
    async fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectHead>, AwsError> {
        let run = |account: &mut Account| {
            Ok(account.storage.current(bucket, key).map(|object| ObjectHead {
                etag: object.etag.clone(),
                size: object.body.len() as u64,
                sha256: Some(hex::encode(Sha256::digest(&object.body))),
                metadata: object.metadata.clone(),
            }))
        };
        self.0.call("s3:HeadObject", &format!("{bucket}/{key}"), Effect::Read, run).await
    }

    async fn get(&self, bucket: &str, key: &str) -> Result<Option<Object>, AwsError> {
        let run = |account: &mut Account| {
            bucket_exists(account, bucket)?;
            let object = account.storage.current(bucket, key);
            Ok(object.map(|object| Object { etag: object.etag.clone(), body: object.body.clone() }))
        };
        self.0.call("s3:GetObject", &format!("{bucket}/{key}"), Effect::Read, run).await
    }

    async fn put(&self, bucket: &str, object: PutObject) -> Result<PutOutcome, AwsError> {
        let run = |account: &mut Account| {
            bucket_exists(account, bucket)?;
            let present = account.storage.current(bucket, &object.key).map(|object| object.etag.clone());
            let holds = match &object.condition {
                PutCondition::Any => true,
                PutCondition::IfAbsent => present.is_none(),
                PutCondition::IfMatch(etag) => present.as_ref() == Some(etag),
            };
            if !holds {
                return Ok(PutOutcome::Refused);
            }
            let now = account.tick();
            Ok(PutOutcome::Stored { etag: account.storage.put(bucket, &object, now) })
        };
        self.0.call("s3:PutObject", &format!("{bucket}/{}", object.key), Effect::Write, run).await
    }

    async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectSummary>, AwsError> {
        let run = |account: &mut Account| {
            bucket_exists(account, bucket)?;
            let keys = account.storage.keys(bucket).into_iter().filter(|key| key.starts_with(prefix));
            let summary = |key: String| {
                let object = account.storage.current(bucket, &key)?;
                Some(ObjectSummary {
                    etag: object.etag.clone(),
                    size: object.body.len() as u64,
                    modified_at: object.modified.to_string(),
                    key,
                })
            };
            Ok(keys.filter_map(summary).collect())
        };
        self.0.call("s3:ListBucket", &format!("{bucket}/{prefix}"), Effect::Read, run).await
    }

    async fn versions(&self, bucket: &str) -> Result<Vec<ObjectVersion>, AwsError> {
        let run = |account: &mut Account| {
            bucket_exists(account, bucket)?;
            Ok(account.storage.versions(bucket))
        };
        self.0.call("s3:ListBucketVersions", bucket, Effect::Read, run).await
    }

    async fn get_version(&self, bucket: &str, key: &str, version: &str) -> Result<Option<Object>, AwsError> {
        let run = |account: &mut Account| {
            bucket_exists(account, bucket)?;
            let object = account.storage.version(bucket, key, version);
            Ok(object.map(|object| Object { etag: object.etag.clone(), body: object.body.clone() }))
        };
        self.0.call("s3:GetObjectVersion", &format!("{bucket}/{key}"), Effect::Read, run).await
    }

    async fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), AwsError> {
        let run = |account: &mut Account| {
            bucket_exists(account, bucket)?;
            for key in keys {
                account.storage.delete(bucket, key);
            }
            Ok(())
        };
        self.0.call("s3:DeleteObject", &format!("{bucket}/{}", keys.join(",")), Effect::Write, run).await
    }

    async fn delete_if(&self, bucket: &str, key: &str, etag: &str) -> Result<bool, AwsError> {
        let run = |account: &mut Account| {
            bucket_exists(account, bucket)?;
            let present = account.storage.current(bucket, key).map(|object| object.etag.clone());
            let ours = present.as_deref().is_none_or(|present| present == etag);
            if ours && present.is_some() {
                account.storage.delete(bucket, key);
            }
            Ok(ours)
        };
        self.0.call("s3:DeleteObject", &format!("{bucket}/{key}"), Effect::Write, run).await
    }

    async fn empty(&self, bucket: &str) -> Result<usize, AwsError> {
        let run = |account: &mut Account| Ok(account.storage.empty(bucket));
        self.0.call("s3:DeleteObjectVersion", bucket, Effect::Write, run).await
    }

    async fn bucket_state(&self, bucket: &str, _account: &str) -> Result<BucketState, AwsError> {
        let run = |account: &mut Account| {
            Ok(match bucket_exists(account, bucket) {
                _ if account.foreign_buckets.iter().any(|one| one == bucket) => BucketState::Foreign,
                Ok(()) => BucketState::Ours,
                Err(_) => BucketState::Gone,
            })
        };
        self.0.call("s3:ListBucket", bucket, Effect::Read, run).await
    }

    async fn buckets(&self, prefix: &str) -> Result<Vec<String>, AwsError> {
        let run = |account: &mut Account| Ok(account.storage.names(prefix));
        self.0.call("s3:ListAllMyBuckets", prefix, Effect::Read, run).await
    }

    async fn bucket_tags(&self, bucket: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let run = |account: &mut Account| {
            bucket_exists(account, bucket)?;
            Ok(account.bucket_tags.get(bucket).cloned().unwrap_or_default())
        };
        self.0.call("s3:GetBucketTagging", bucket, Effect::Read, run).await
    }

    async fn delete_bucket(&self, bucket: &str) -> Result<(), AwsError> {
        let run = |account: &mut Account| {
            if !account.storage.is_empty(bucket) {
                return refuse(AwsErrorKind::Conflict, "BucketNotEmpty", "The bucket you tried to delete is not empty");
            }
            account.storage.remove_bucket(bucket);
            Ok(())
        };
        self.0.call("s3:DeleteBucket", bucket, Effect::Write, run).await
    }

    fn template_url(&self, bucket: &str, key: &str) -> String {
        format!("https://{bucket}.s3.{}.amazonaws.com/{key}", self.0.home_region())
    }
}
