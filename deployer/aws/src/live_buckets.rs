//! How a bucket encrypts and forgets, as CloudFormation's properties.

use aws_sdk_s3::types::{LifecycleRule, ServerSideEncryptionRule};
use serde_json::{Map, Value, json};

/// Mirrors what objects are encrypted with.
pub(super) fn encryption(rules: &[ServerSideEncryptionRule]) -> Value {
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let mut mirrored = Map::new();
            if let Some(by_default) = rule.apply_server_side_encryption_by_default() {
                let mut with = json!({"SSEAlgorithm": by_default.sse_algorithm().as_str()});
                if let Some(key) = by_default.kms_master_key_id() {
                    with["KMSMasterKeyID"] = json!(key);
                }
                mirrored.insert("ServerSideEncryptionByDefault".to_owned(), with);
            }
            if let Some(enabled) = rule.bucket_key_enabled() {
                mirrored.insert("BucketKeyEnabled".to_owned(), json!(enabled));
            }
            Value::Object(mirrored)
        })
        .collect();
    json!({"ServerSideEncryptionConfiguration": rules})
}

/// Mirrors when objects go.
///
/// # Errors
/// What a rule does that is not mirrored, in words.
pub(super) fn lifecycle(rules: &[LifecycleRule]) -> Result<Value, String> {
    let rules: Result<Vec<Value>, String> = rules.iter().map(lifecycle_rule).collect();
    Ok(json!({"Rules": rules?}))
}

fn lifecycle_rule(rule: &LifecycleRule) -> Result<Value, String> {
    let name = rule.id().unwrap_or("without a name");
    let refuse = |what: &str| Err(format!("the lifecycle rule {name} {what}"));
    if !rule.transitions().is_empty() || !rule.noncurrent_version_transitions().is_empty() {
        return refuse("moves objects into another storage class");
    }
    let mut mirrored = json!({"Status": rule.status().as_str()});
    if let Some(id) = rule.id() {
        mirrored["Id"] = json!(id);
    }
    if let Some(filter) = rule.filter() {
        let is_plain = filter.tag().is_none()
            && filter.and().is_none()
            && filter.object_size_greater_than().is_none()
            && filter.object_size_less_than().is_none();
        if !is_plain {
            return refuse("picks objects by tag or size");
        }
    }
    #[expect(deprecated, reason = "older rules have their prefix there")]
    let prefix = rule.filter().and_then(|filter| filter.prefix()).or_else(|| rule.prefix());
    if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) {
        mirrored["Prefix"] = json!(prefix);
    }
    if let Some(expiration) = rule.expiration() {
        if expiration.date().is_some() {
            return refuse("deletes objects on a certain day");
        }
        if let Some(days) = expiration.days() {
            mirrored["ExpirationInDays"] = json!(days);
        }
        if let Some(marker) = expiration.expired_object_delete_marker().filter(|_| expiration.days().is_none()) {
            mirrored["ExpiredObjectDeleteMarker"] = json!(marker);
        }
    }
    if let Some(old) = rule.noncurrent_version_expiration() {
        let mut expiration = json!({"NoncurrentDays": old.noncurrent_days().unwrap_or(1)});
        if let Some(kept) = old.newer_noncurrent_versions() {
            expiration["NewerNoncurrentVersions"] = json!(kept);
        }
        mirrored["NoncurrentVersionExpiration"] = expiration;
    }
    if let Some(abort) = rule.abort_incomplete_multipart_upload() {
        mirrored["AbortIncompleteMultipartUpload"] =
            json!({"DaysAfterInitiation": abort.days_after_initiation().unwrap_or(1)});
    }
    Ok(mirrored)
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{
        ExpirationStatus, LifecycleExpiration, LifecycleRuleFilter, NoncurrentVersionExpiration, ServerSideEncryption,
        ServerSideEncryptionByDefault, Transition,
    };

    use super::*;

    #[test]
    fn encryption_is_mirrored_with_its_key() {
        let by_default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::AwsKms)
            .kms_master_key_id("arn:key")
            .build()
            .unwrap();
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(by_default)
            .bucket_key_enabled(true)
            .build();
        assert_eq!(
            encryption(&[rule]),
            json!({"ServerSideEncryptionConfiguration": [{
                "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:key"},
                "BucketKeyEnabled": true,
            }]})
        );
    }

    #[test]
    fn rules_that_delete_are_mirrored_and_others_are_named() {
        let rule = LifecycleRule::builder().id("old").status(ExpirationStatus::Enabled);
        let deleting = rule
            .clone()
            .filter(LifecycleRuleFilter::builder().prefix("lambda/").build())
            .expiration(LifecycleExpiration::builder().days(90).build())
            .noncurrent_version_expiration(NoncurrentVersionExpiration::builder().noncurrent_days(30).build());
        assert_eq!(
            lifecycle(&[deleting.build().unwrap()]).unwrap(),
            json!({"Rules": [{
                "Id": "old",
                "Status": "Enabled",
                "Prefix": "lambda/",
                "ExpirationInDays": 90,
                "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            }]})
        );
        let moving = rule.transitions(Transition::builder().days(3).build()).build().unwrap();
        let problem = lifecycle(&[moving]).unwrap_err();
        assert_eq!(problem, "the lifecycle rule old moves objects into another storage class");
    }
}
