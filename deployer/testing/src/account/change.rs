//! Change sets: what differs between two evaluated templates.

use super::evaluate::{Evaluated, Resource};
use stellarr_aws::ResourceChange;

/// The changes that lead from `old` to `new`, in the order of logical ids; `imports` tells that new resources exist
/// already and are taken over.
pub(crate) fn changes(old: &Evaluated, new: &Evaluated, imports: bool) -> Result<Vec<ResourceChange>, String> {
    let mut found = Vec::new();
    for (id, resource) in &new.resources {
        match old.resources.get(id) {
            None => {
                let action = if imports { "Import" } else { "Add" };
                let physical = (action == "Import").then(|| resource.physical_id.clone());
                found.push(change(action, id, resource, physical, None, None, Vec::new()));
            }
            Some(before) if before.kind != resource.kind => {
                return Err(format!(
                    "Update of resource type is not permitted. The new template modifies resource type of the following resources: [{id}]"
                ));
            }
            Some(before) if before.properties != resource.properties || policies(before) != policies(resource) => {
                let names = changed_properties(before, resource);
                let replaced = names.iter().any(|name| is_create_only(&resource.kind, name))
                    || before.own_name != resource.own_name;
                let policy = match (replaced, before.replace_policy.as_str()) {
                    (false, _) => None,
                    (true, "Retain") => Some("ReplaceAndRetain"),
                    (true, "Snapshot") => Some("ReplaceAndSnapshot"),
                    (true, _) => Some("ReplaceAndDelete"),
                };
                let policies = policies(before).into_iter().zip(policies(resource));
                let policies = policies.filter(|(before, after)| before != after).map(|((name, _), _)| name.to_owned());
                let names = names.into_iter().map(|name| format!("Properties.{name}")).chain(policies).collect();
                let replacement = if replaced { "True" } else { "False" };
                let physical = Some(before.physical_id.clone());
                found.push(change("Modify", id, resource, physical, Some(replacement), policy, names));
            }
            Some(_) => {}
        }
    }
    for (id, before) in &old.resources {
        if !new.resources.contains_key(id) {
            let policy = if before.is_retained() { "Retain" } else { "Delete" };
            found.push(change("Remove", id, before, Some(before.physical_id.clone()), None, Some(policy), Vec::new()));
        }
    }
    Ok(found)
}

fn change(
    action: &str,
    id: &str,
    resource: &Resource,
    physical_id: Option<String>,
    replacement: Option<&str>,
    policy: Option<&str>,
    properties: Vec<String>,
) -> ResourceChange {
    ResourceChange {
        action: action.to_owned(),
        logical_id: id.to_owned(),
        physical_id,
        resource_type: resource.kind.clone(),
        replacement: replacement.map(str::to_owned),
        policy_action: policy.map(str::to_owned),
        properties,
    }
}

/// What CloudFormation counts besides properties. `DependsOn` is not among it.
fn policies(resource: &Resource) -> [(&'static str, &str); 2] {
    [("DeletionPolicy", &resource.deletion_policy), ("UpdateReplacePolicy", &resource.replace_policy)]
}

fn changed_properties(before: &Resource, after: &Resource) -> Vec<String> {
    let names = |resource: &Resource| {
        resource.properties.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let mut all = names(before);
    all.extend(names(after));
    all.sort();
    all.dedup();
    all.retain(|name| before.properties.get(name) != after.properties.get(name));
    all
}

/// Properties that can't change in place, of the types that stellarr uses.
fn is_create_only(kind: &str, property: &str) -> bool {
    match kind {
        "AWS::S3::Bucket" => property == "BucketName",
        "AWS::DynamoDB::Table" => matches!(property, "TableName" | "KeySchema" | "LocalSecondaryIndexes"),
        "AWS::Lambda::Function" => matches!(property, "FunctionName" | "PackageType"),
        "AWS::Lambda::Url" => property == "TargetFunctionArn",
        "AWS::Lambda::Permission" => true,
        "AWS::Logs::LogGroup" => property == "LogGroupName",
        "AWS::IAM::Role" => matches!(property, "RoleName" | "Path"),
        "AWS::SQS::Queue" => matches!(property, "QueueName" | "FifoQueue"),
        "AWS::SNS::Topic" => property == "TopicName",
        "AWS::CertificateManager::Certificate" => {
            matches!(
                property,
                "DomainName" | "SubjectAlternativeNames" | "ValidationMethod" | "DomainValidationOptions"
            )
        }
        "AWS::SecretsManager::Secret" | "AWS::Events::Rule" | "AWS::CloudFront::Function" => property == "Name",
        "AWS::WAFv2::WebACL" => matches!(property, "Name" | "Scope"),
        "AWS::Budgets::Budget" => property == "NotificationsWithSubscribers",
        "AWS::Route53::RecordSet" => matches!(property, "Name" | "Type" | "HostedZoneId"),
        _ => false,
    }
}

/// Why DynamoDB refuses to change a table in one step, if it does.
///
/// An update may create or delete one index only:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html>.
pub(crate) fn index_problem(before: &Resource, after: &Resource) -> Option<String> {
    let indexes = |resource: &Resource| {
        let list = resource.properties.get("GlobalSecondaryIndexes").and_then(|list| list.as_array().cloned());
        list.unwrap_or_default()
            .into_iter()
            .filter_map(|index| index.get("IndexName").map(ToString::to_string))
            .collect::<std::collections::BTreeSet<_>>()
    };
    let (old, new) = (indexes(before), indexes(after));
    (old.symmetric_difference(&new).count() > 1).then(|| {
        "Cannot perform more than one GSI creation or deletion in a single update (Service: DynamoDb, Status Code: 400)"
            .to_owned()
    })
}
