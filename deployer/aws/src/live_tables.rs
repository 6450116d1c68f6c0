//! What a table is like now, as CloudFormation's properties.

use aws_sdk_dynamodb::types::{
    KeySchemaElement, Projection, ProvisionedThroughputDescription, SseStatus, TableDescription,
};
use serde_json::{Map, Value, json};

/// Mirrors a table, with its indexes, encryption, stream and capacity.
///
/// # Errors
/// What the table has that an import can't take along, in words.
pub(super) fn properties(name: &str, table: &TableDescription) -> Result<Map<String, Value>, String> {
    if !table.replicas().is_empty() {
        return Err(format!("the table {name} is copied into other regions (a global table)"));
    }
    let attributes: Vec<Value> = table
        .attribute_definitions()
        .iter()
        .map(|one| json!({"AttributeName": one.attribute_name, "AttributeType": one.attribute_type.as_str()}))
        .collect();
    let billing = table.billing_mode_summary().and_then(|summary| summary.billing_mode());
    let billing = billing.map_or("PROVISIONED", |mode| mode.as_str());
    let is_provisioned = billing == "PROVISIONED";
    let mut properties = Map::new();
    properties.insert("TableName".to_owned(), json!(name));
    properties.insert("BillingMode".to_owned(), json!(billing));
    properties.insert("AttributeDefinitions".to_owned(), json!(attributes));
    properties.insert("KeySchema".to_owned(), keys(table.key_schema()));
    if let Some(protected) = table.deletion_protection_enabled {
        properties.insert("DeletionProtectionEnabled".to_owned(), json!(protected));
    }
    if is_provisioned {
        properties.insert("ProvisionedThroughput".to_owned(), capacity(table.provisioned_throughput()));
    }
    let global: Vec<Value> = table
        .global_secondary_indexes()
        .iter()
        .map(|index| {
            let mut mirrored = of_index(index.index_name(), index.key_schema(), index.projection());
            if is_provisioned {
                mirrored["ProvisionedThroughput"] = capacity(index.provisioned_throughput());
            }
            mirrored
        })
        .collect();
    let local: Vec<Value> = table
        .local_secondary_indexes()
        .iter()
        .map(|index| of_index(index.index_name(), index.key_schema(), index.projection()))
        .collect();
    for (key, indexes) in [("GlobalSecondaryIndexes", global), ("LocalSecondaryIndexes", local)] {
        if !indexes.is_empty() {
            properties.insert(key.to_owned(), json!(indexes));
        }
    }
    // Without a description it is encrypted by a key of DynamoDB's own, which needs no saying.
    let encrypted = table
        .sse_description()
        .filter(|sse| matches!(sse.status(), Some(SseStatus::Enabled | SseStatus::Enabling | SseStatus::Updating)));
    if let Some(sse) = encrypted {
        let mut mirrored = json!({"SSEEnabled": true});
        if let Some(kind) = sse.sse_type() {
            mirrored["SSEType"] = json!(kind.as_str());
        }
        if let Some(key) = sse.kms_master_key_arn() {
            mirrored["KMSMasterKeyId"] = json!(key);
        }
        properties.insert("SSESpecification".to_owned(), mirrored);
    }
    let stream = table.stream_specification().filter(|stream| stream.stream_enabled());
    if let Some(view) = stream.and_then(|stream| stream.stream_view_type()) {
        properties.insert("StreamSpecification".to_owned(), json!({"StreamViewType": view.as_str()}));
    }
    if let Some(class) = table.table_class_summary().and_then(|summary| summary.table_class()) {
        properties.insert("TableClass".to_owned(), json!(class.as_str()));
    }
    Ok(properties)
}

fn keys(schema: &[KeySchemaElement]) -> Value {
    schema.iter().map(|one| json!({"AttributeName": one.attribute_name, "KeyType": one.key_type.as_str()})).collect()
}

fn of_index(name: Option<&str>, schema: &[KeySchemaElement], projection: Option<&Projection>) -> Value {
    let mut mirrored = Map::new();
    if let Some(kind) = projection.and_then(|projection| projection.projection_type()) {
        mirrored.insert("ProjectionType".to_owned(), json!(kind.as_str()));
    }
    let others = projection.map(Projection::non_key_attributes).unwrap_or_default();
    if !others.is_empty() {
        mirrored.insert("NonKeyAttributes".to_owned(), json!(others));
    }
    json!({"IndexName": name.unwrap_or_default(), "KeySchema": keys(schema), "Projection": mirrored})
}

fn capacity(throughput: Option<&ProvisionedThroughputDescription>) -> Value {
    let units = |pick: fn(&ProvisionedThroughputDescription) -> Option<i64>| throughput.and_then(pick).unwrap_or(1);
    json!({
        "ReadCapacityUnits": units(|one| one.read_capacity_units),
        "WriteCapacityUnits": units(|one| one.write_capacity_units),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{
        BillingMode, BillingModeSummary, GlobalSecondaryIndexDescription, KeyType, ProjectionType, ReplicaDescription,
        SseDescription, SseType, StreamSpecification, StreamViewType,
    };

    use super::*;

    fn key(name: &str) -> KeySchemaElement {
        KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash).build().unwrap()
    }

    fn units(read: i64) -> ProvisionedThroughputDescription {
        ProvisionedThroughputDescription::builder().read_capacity_units(read).write_capacity_units(2).build()
    }

    #[test]
    fn a_table_is_mirrored_with_all_that_it_has() {
        let table = TableDescription::builder()
            .key_schema(key("id"))
            .provisioned_throughput(units(5))
            .global_secondary_indexes(
                GlobalSecondaryIndexDescription::builder()
                    .index_name("by-user")
                    .key_schema(key("user"))
                    .projection(
                        Projection::builder()
                            .projection_type(ProjectionType::Include)
                            .non_key_attributes("title")
                            .build(),
                    )
                    .provisioned_throughput(units(3))
                    .build(),
            )
            .sse_description(
                SseDescription::builder()
                    .status(SseStatus::Enabled)
                    .sse_type(SseType::Kms)
                    .kms_master_key_arn("arn:key")
                    .build(),
            )
            .stream_specification(
                StreamSpecification::builder()
                    .stream_enabled(true)
                    .stream_view_type(StreamViewType::NewImage)
                    .build()
                    .unwrap(),
            )
            .build();
        let mirrored = Value::Object(properties("t", &table).unwrap());
        assert_eq!(mirrored["BillingMode"], "PROVISIONED");
        assert_eq!(mirrored["ProvisionedThroughput"], json!({"ReadCapacityUnits": 5, "WriteCapacityUnits": 2}));
        assert_eq!(
            mirrored["GlobalSecondaryIndexes"],
            json!([{
                "IndexName": "by-user",
                "KeySchema": [{"AttributeName": "user", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
                "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2},
            }])
        );
        assert_eq!(
            mirrored["SSESpecification"],
            json!({"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": "arn:key"})
        );
        assert_eq!(mirrored["StreamSpecification"], json!({"StreamViewType": "NEW_IMAGE"}));
    }

    #[test]
    fn a_plain_table_is_said_plainly_and_a_global_one_is_refused_by_name() {
        let on_demand = BillingModeSummary::builder().billing_mode(BillingMode::PayPerRequest).build();
        let table =
            TableDescription::builder().billing_mode_summary(on_demand).provisioned_throughput(units(0)).build();
        let mirrored = properties("t", &table).unwrap();
        let mut names: Vec<&str> = mirrored.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["AttributeDefinitions", "BillingMode", "KeySchema", "TableName"]);
        let global = TableDescription::builder().replicas(ReplicaDescription::builder().build()).build();
        assert!(properties("films", &global).unwrap_err().contains("the table films is copied into other regions"));
    }
}
