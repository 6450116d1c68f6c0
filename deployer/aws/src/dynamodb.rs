//! DynamoDB: reading partitions and adding items.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Select};

use super::context::AdapterContext;
use super::{AwsError, AwsErrorKind, TableItem, TableQuery, TableValue, Tables};

/// Keys that one `BatchGetItem` takes.
const MAX_KEYS_PER_REQUEST: usize = 100;

/// Pauses before keys that were left out are asked for again; their number is that of the tries.
const RETRY_PAUSES: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1_600),
];

/// DynamoDB in the home region.
#[derive(Debug)]
pub(super) struct DynamoDb {
    client: Client,
    context: AdapterContext,
}

impl DynamoDb {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }

    fn request(&self, table: &str, query: &TableQuery) -> QueryFluentBuilder {
        let mut request = self
            .client
            .query()
            .table_name(table)
            .set_index_name(query.index.clone())
            .scan_index_forward(!query.descending)
            .key_condition_expression("#partition = :partition")
            .expression_attribute_names("#partition", &query.partition.0)
            .expression_attribute_values(":partition", AttributeValue::S(query.partition.1.clone()));
        if let Some((name, least)) = &query.above {
            request = request
                .filter_expression("#above > :least")
                .expression_attribute_names("#above", name)
                .expression_attribute_values(":least", AttributeValue::N(least.to_string()));
        }
        request
    }
}

#[async_trait]
impl Tables for DynamoDb {
    async fn query(&self, table: &str, query: &TableQuery) -> Result<Vec<TableItem>, AwsError> {
        let call = self.context.reads("dynamodb:Query", table.to_owned());
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let left = query.limit.map(|limit| i32::try_from(limit - items.len()).unwrap_or(i32::MAX));
            let request = self.request(table, query).set_limit(left).set_exclusive_start_key(start.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            items.extend(page.items.unwrap_or_default().into_iter().map(item_from_sdk));
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || query.limit.is_some_and(|limit| items.len() >= limit) {
                return Ok(items);
            }
        }
    }

    async fn count(&self, table: &str, query: &TableQuery) -> Result<u64, AwsError> {
        let call = self.context.reads("dynamodb:Query", table.to_owned());
        let mut total = 0;
        let mut start = None;
        loop {
            let request = self.request(table, query).select(Select::Count).set_exclusive_start_key(start.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            total += u64::try_from(page.count).unwrap_or_default();
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(total);
            }
        }
    }

    async fn get(&self, table: &str, keys: Vec<TableItem>) -> Result<Vec<TableItem>, AwsError> {
        let call = self.context.reads("dynamodb:BatchGetItem", table.to_owned());
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(MAX_KEYS_PER_REQUEST) {
            let mut left: Vec<_> = chunk.iter().map(item_to_sdk).collect();
            let mut pauses = RETRY_PAUSES.into_iter();
            while !left.is_empty() {
                let wanted = KeysAndAttributes::builder()
                    .set_keys(Some(left))
                    .build()
                    .map_err(|error| call.error(AwsErrorKind::Other, error.to_string()))?;
                let request = self.client.batch_get_item().request_items(table, wanted);
                let answer = request.send().await.map_err(|error| call.failed(error))?;
                let items = answer.responses.unwrap_or_default().remove(table).unwrap_or_default();
                found.extend(items.into_iter().map(item_from_sdk));
                let unprocessed = answer.unprocessed_keys.unwrap_or_default().remove(table);
                left = unprocessed.map(|wanted| wanted.keys).unwrap_or_default();
                if !left.is_empty() {
                    let pause = pauses.next().ok_or_else(|| {
                        call.error(AwsErrorKind::Throttled, format!("{} keys stayed unprocessed", left.len()))
                    })?;
                    tokio::time::sleep(pause).await;
                }
            }
        }
        Ok(found)
    }

    async fn add(&self, table: &str, key: &str, item: &TableItem) -> Result<bool, AwsError> {
        let call = self.context.writes("dynamodb:PutItem", table.to_owned());
        let put = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(item_to_sdk(item)))
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", key);
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) => {
                let is_there =
                    error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception());
                if is_there { Ok(false) } else { Err(call.failed(error)) }
            }
        }
    }
}

fn item_from_sdk(item: HashMap<String, AttributeValue>) -> TableItem {
    item.into_iter().map(|(name, value)| (name, value_from_sdk(value))).collect()
}

fn item_to_sdk(item: &TableItem) -> HashMap<String, AttributeValue> {
    item.iter().map(|(name, value)| (name.clone(), value_to_sdk(value))).collect()
}

fn value_from_sdk(value: AttributeValue) -> TableValue {
    match value {
        AttributeValue::S(text) => TableValue::Text(text),
        AttributeValue::N(number) => TableValue::Number(number),
        AttributeValue::B(bytes) => TableValue::Bytes(bytes.into_inner()),
        AttributeValue::Bool(flag) => TableValue::Flag(flag),
        AttributeValue::L(list) => TableValue::List(list.into_iter().map(value_from_sdk).collect()),
        AttributeValue::M(map) => TableValue::Map(item_from_sdk(map)),
        AttributeValue::Ss(texts) => TableValue::List(texts.into_iter().map(TableValue::Text).collect()),
        AttributeValue::Ns(numbers) => TableValue::List(numbers.into_iter().map(TableValue::Number).collect()),
        _ => TableValue::Null,
    }
}

fn value_to_sdk(value: &TableValue) -> AttributeValue {
    match value {
        TableValue::Text(text) => AttributeValue::S(text.clone()),
        TableValue::Number(number) => AttributeValue::N(number.clone()),
        TableValue::Bytes(bytes) => AttributeValue::B(Blob::new(bytes.clone())),
        TableValue::Flag(flag) => AttributeValue::Bool(*flag),
        TableValue::List(list) => AttributeValue::L(list.iter().map(value_to_sdk).collect()),
        TableValue::Map(map) => AttributeValue::M(item_to_sdk(map)),
        TableValue::Null => AttributeValue::Null(true),
    }
}
