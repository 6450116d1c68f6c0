//! What resources that something else made are like now, as CloudFormation's properties.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client as LogsClient;
use aws_sdk_dynamodb::Client as TablesClient;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{PointInTimeRecoveryStatus, TimeToLiveStatus};
use aws_sdk_s3::Client as BucketsClient;
use aws_sdk_secretsmanager::Client as SecretsClient;
use serde_json::{Map, Value, json};

use super::context::AdapterContext;
use super::{AwsError, AwsErrorKind, LiveResources, live_buckets, live_tables};

/// The services that hold what can be adopted.
pub(super) struct LiveResourceReader {
    tables: TablesClient,
    buckets: BucketsClient,
    logs: LogsClient,
    secrets: SecretsClient,
    context: AdapterContext,
}

impl LiveResourceReader {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self {
            tables: TablesClient::new(config),
            buckets: BucketsClient::new(config),
            logs: LogsClient::new(config),
            secrets: SecretsClient::new(config),
            context,
        }
    }

    async fn table(&self, name: &str) -> Result<Option<Value>, AwsError> {
        let call = self.context.reads("dynamodb:DescribeTable", name.to_owned());
        let table = match self.tables.describe_table().table_name(name).send().await {
            Ok(answer) => answer.table.ok_or_else(|| call.missing("table"))?,
            Err(error) => return none_if_absent(call.failed(error)),
        };
        let mut properties = live_tables::properties(name, &table).map_err(not_mirrored)?;
        let call = self.context.reads("dynamodb:DescribeTimeToLive", name.to_owned());
        let ttl = self.tables.describe_time_to_live().table_name(name).send().await;
        let ttl = ttl.map_err(|error| call.failed(error))?.time_to_live_description;
        if let Some(ttl) = ttl.filter(|ttl| ttl.time_to_live_status == Some(TimeToLiveStatus::Enabled)) {
            let attribute = ttl.attribute_name.unwrap_or_default();
            properties
                .insert("TimeToLiveSpecification".to_owned(), json!({"AttributeName": attribute, "Enabled": true}));
        }
        let call = self.context.reads("dynamodb:DescribeContinuousBackups", name.to_owned());
        let backups = self.tables.describe_continuous_backups().table_name(name).send().await;
        let backups = backups.map_err(|error| call.failed(error))?.continuous_backups_description;
        let recovery = backups.and_then(|backups| backups.point_in_time_recovery_description);
        let recovers = recovery.and_then(|recovery| recovery.point_in_time_recovery_status)
            == Some(PointInTimeRecoveryStatus::Enabled);
        properties
            .insert("PointInTimeRecoverySpecification".to_owned(), json!({"PointInTimeRecoveryEnabled": recovers}));
        Ok(Some(Value::Object(properties)))
    }

    async fn bucket(&self, name: &str) -> Result<Option<Value>, AwsError> {
        let call = self.context.reads("s3:GetBucketVersioning", name.to_owned());
        let mut properties = Map::new();
        match self.buckets.get_bucket_versioning().bucket(name).send().await {
            Ok(answer) => {
                if let Some(status) = answer.status {
                    properties.insert("VersioningConfiguration".to_owned(), json!({"Status": status.as_str()}));
                }
            }
            Err(error) => return none_if_absent(call.failed(error)),
        }
        let call = self.context.reads("s3:GetBucketPublicAccessBlock", name.to_owned());
        match self.buckets.get_public_access_block().bucket(name).send().await {
            Ok(answer) => {
                if let Some(block) = answer.public_access_block_configuration {
                    let on = |flag: Option<bool>| flag.unwrap_or_default();
                    properties.insert(
                        "PublicAccessBlockConfiguration".to_owned(),
                        json!({
                            "BlockPublicAcls": on(block.block_public_acls),
                            "BlockPublicPolicy": on(block.block_public_policy),
                            "IgnorePublicAcls": on(block.ignore_public_acls),
                            "RestrictPublicBuckets": on(block.restrict_public_buckets),
                        }),
                    );
                }
            }
            Err(error) if error.code() == Some("NoSuchPublicAccessBlockConfiguration") => {}
            Err(error) => return Err(call.failed(error)),
        }
        let call = self.context.reads("s3:GetEncryptionConfiguration", name.to_owned());
        match self.buckets.get_bucket_encryption().bucket(name).send().await {
            Ok(answer) => {
                if let Some(configuration) = answer.server_side_encryption_configuration {
                    properties.insert("BucketEncryption".to_owned(), live_buckets::encryption(configuration.rules()));
                }
            }
            Err(error) if error.code() == Some("ServerSideEncryptionConfigurationNotFoundError") => {}
            Err(error) => return Err(call.failed(error)),
        }
        let call = self.context.reads("s3:GetLifecycleConfiguration", name.to_owned());
        match self.buckets.get_bucket_lifecycle_configuration().bucket(name).send().await {
            Ok(answer) => {
                let rules = live_buckets::lifecycle(answer.rules());
                let rules = rules.map_err(|problem| not_mirrored(format!("the bucket {name}: {problem}")))?;
                properties.insert("LifecycleConfiguration".to_owned(), rules);
            }
            Err(error) if error.code() == Some("NoSuchLifecycleConfiguration") => {}
            Err(error) => return Err(call.failed(error)),
        }
        Ok(Some(Value::Object(properties)))
    }

    async fn log_group(&self, name: &str) -> Result<Option<Value>, AwsError> {
        let call = self.context.reads("logs:DescribeLogGroups", name.to_owned());
        let answer = self.logs.describe_log_groups().log_group_name_prefix(name).send().await;
        let groups = answer.map_err(|error| call.failed(error))?.log_groups.unwrap_or_default();
        let Some(group) = groups.into_iter().find(|group| group.log_group_name.as_deref() == Some(name)) else {
            return Ok(None);
        };
        let mut properties = json!({"LogGroupName": name});
        if let Some(days) = group.retention_in_days {
            properties["RetentionInDays"] = json!(days);
        }
        Ok(Some(properties))
    }

    async fn secret(&self, id: &str) -> Result<Option<Value>, AwsError> {
        let call = self.context.reads("secretsmanager:DescribeSecret", id.to_owned());
        match self.secrets.describe_secret().secret_id(id).send().await {
            // One that waits for its end can't be used, let alone adopted.
            Ok(answer) if answer.deleted_date.is_some() => Ok(None),
            Ok(answer) => {
                let mut properties = json!({"Name": answer.name.unwrap_or_default()});
                if let Some(description) = answer.description.filter(|text| !text.is_empty()) {
                    properties["Description"] = json!(description);
                }
                Ok(Some(properties))
            }
            Err(error) => none_if_absent(call.failed(error)),
        }
    }
}

#[async_trait]
impl LiveResources for LiveResourceReader {
    async fn properties(&self, resource_type: &str, id: &str) -> Result<Option<Value>, AwsError> {
        match resource_type {
            "AWS::DynamoDB::Table" => self.table(id).await,
            "AWS::S3::Bucket" => self.bucket(id).await,
            "AWS::Logs::LogGroup" => self.log_group(id).await,
            "AWS::SecretsManager::Secret" => self.secret(id).await,
            other => {
                Err(AwsError::new("describe", AwsErrorKind::Other, format!("{other} is no type that can be adopted")))
            }
        }
    }
}

/// What an import would lose: better no import.
fn not_mirrored(what: String) -> AwsError {
    AwsError::new(
        "import",
        AwsErrorKind::Validation,
        format!("{what}, which an import can't take over as it is; take that away first, then run the command again"),
    )
}

fn none_if_absent(failure: AwsError) -> Result<Option<Value>, AwsError> {
    if failure.kind == AwsErrorKind::NotFound { Ok(None) } else { Err(failure) }
}
