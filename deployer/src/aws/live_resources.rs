//! What resources that something else made are like now, as CloudFormation's properties.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client as LogsClient;
use aws_sdk_dynamodb::Client as TablesClient;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    GlobalSecondaryIndexDescription, KeySchemaElement, PointInTimeRecoveryStatus, ProjectionType, TableDescription,
    TimeToLiveStatus,
};
use aws_sdk_s3::Client as BucketsClient;
use aws_sdk_secretsmanager::Client as SecretsClient;
use serde_json::{Map, Value, json};

use super::context::Context;
use super::{AwsError, AwsErrorKind, LiveResources};

/// The services that hold what can be adopted.
pub(super) struct Inventory {
    tables: TablesClient,
    buckets: BucketsClient,
    logs: LogsClient,
    secrets: SecretsClient,
    context: Context,
}

impl Inventory {
    pub(super) fn new(config: &SdkConfig, context: Context) -> Self {
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
        let mut properties = table_properties(name, &table);
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
impl LiveResources for Inventory {
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

fn table_properties(name: &str, table: &TableDescription) -> Map<String, Value> {
    let attributes: Vec<Value> = table
        .attribute_definitions()
        .iter()
        .map(|one| json!({"AttributeName": one.attribute_name, "AttributeType": one.attribute_type.as_str()}))
        .collect();
    let indexes: Vec<Value> = table.global_secondary_indexes().iter().map(index_properties).collect();
    let billing = table.billing_mode_summary().and_then(|summary| summary.billing_mode());
    let mut properties = Map::new();
    properties.insert("TableName".to_owned(), json!(name));
    properties.insert("BillingMode".to_owned(), json!(billing.map_or("PROVISIONED", |mode| mode.as_str())));
    properties.insert("AttributeDefinitions".to_owned(), json!(attributes));
    properties.insert("KeySchema".to_owned(), json!(keys(table.key_schema())));
    if !indexes.is_empty() {
        properties.insert("GlobalSecondaryIndexes".to_owned(), json!(indexes));
    }
    if let Some(protected) = table.deletion_protection_enabled {
        properties.insert("DeletionProtectionEnabled".to_owned(), json!(protected));
    }
    properties
}

fn index_properties(index: &GlobalSecondaryIndexDescription) -> Value {
    let mut projection = Map::new();
    if let Some(projected) = index.projection() {
        let kind = projected.projection_type().map_or("ALL", ProjectionType::as_str);
        projection.insert("ProjectionType".to_owned(), json!(kind));
        if !projected.non_key_attributes().is_empty() {
            projection.insert("NonKeyAttributes".to_owned(), json!(projected.non_key_attributes()));
        }
    }
    json!({
        "IndexName": index.index_name().unwrap_or_default(),
        "KeySchema": keys(index.key_schema()),
        "Projection": projection,
    })
}

fn keys(schema: &[KeySchemaElement]) -> Vec<Value> {
    let one = |key: &KeySchemaElement| json!({"AttributeName": key.attribute_name, "KeyType": key.key_type.as_str()});
    schema.iter().map(one).collect()
}

fn none_if_absent(failure: AwsError) -> Result<Option<Value>, AwsError> {
    if failure.kind == AwsErrorKind::NotFound { Ok(None) } else { Err(failure) }
}
