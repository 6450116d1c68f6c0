//! CloudFormation's SDK types from ours, and ours from them.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{self as sdk, Parameter};

use super::context::Call;
use super::time::rfc3339;
use super::{
    AwsError, ChangeSetProblem, DriftedResource, ParameterValue, PropertyDrift, ResourceChange, ResourceToImport,
    Stack, StackEvent, StackStatus,
};

pub(super) fn parameter_to_sdk((key, value): (&String, &ParameterValue)) -> Parameter {
    let parameter = Parameter::builder().parameter_key(key);
    match value {
        ParameterValue::Value(text) => parameter.parameter_value(text),
        ParameterValue::Previous => parameter.use_previous_value(true),
    }
    .build()
}

pub(super) fn import_to_sdk(resource: &ResourceToImport) -> sdk::ResourceToImport {
    sdk::ResourceToImport::builder()
        .logical_resource_id(&resource.logical_id)
        .resource_type(&resource.resource_type)
        .set_resource_identifier(Some(resource.identifier.clone().into_iter().collect()))
        .build()
}

pub(super) fn stack_from_sdk(call: &Call<'_>, stack: sdk::Stack) -> Result<Stack, AwsError> {
    let pairs = |key: Option<String>, value: Option<String>| Some((key?, value.unwrap_or_default()));
    Ok(Stack {
        name: call.required(stack.stack_name, "stack name")?,
        id: call.required(stack.stack_id, "stack ARN")?,
        status: StackStatus(call.required(text(stack.stack_status), "stack status")?),
        status_reason: stack.stack_status_reason,
        parameters: stack
            .parameters
            .unwrap_or_default()
            .into_iter()
            .filter_map(|one| pairs(one.parameter_key, one.parameter_value))
            .collect(),
        outputs: stack
            .outputs
            .unwrap_or_default()
            .into_iter()
            .filter_map(|one| pairs(one.output_key, one.output_value))
            .collect(),
        tags: tags_from_sdk(stack.tags),
        updated_at: stack.last_updated_time.or(stack.creation_time).and_then(rfc3339),
        termination_protection: stack.enable_termination_protection.unwrap_or_default(),
    })
}

pub(super) fn tags_from_sdk(tags: Option<Vec<sdk::Tag>>) -> BTreeMap<String, String> {
    let pair = |one: sdk::Tag| Some((one.key?, one.value.unwrap_or_default()));
    tags.unwrap_or_default().into_iter().filter_map(pair).collect()
}

pub(super) fn change_from_sdk(change: sdk::ResourceChange) -> ResourceChange {
    let mut properties: Vec<String> = change
        .details
        .unwrap_or_default()
        .into_iter()
        .filter_map(|detail| detail.target)
        .filter_map(|target| {
            let attribute = text(target.attribute)?;
            Some(match target.name {
                Some(name) => format!("{attribute}.{name}"),
                None => attribute,
            })
        })
        .collect();
    properties.sort();
    properties.dedup();
    ResourceChange {
        action: text(change.action).unwrap_or_default(),
        logical_id: change.logical_resource_id.unwrap_or_default(),
        physical_id: change.physical_resource_id,
        resource_type: change.resource_type.unwrap_or_default(),
        replacement: text(change.replacement),
        policy_action: text(change.policy_action),
        properties,
    }
}

/// None of an event that warns or that says no more than that something failed.
pub(super) fn problem_from_sdk(event: sdk::OperationEvent) -> Option<ChangeSetProblem> {
    let warns = |mode: Option<sdk::HookFailureMode>| mode == Some(sdk::HookFailureMode::Warn);
    let reason = if event.event_type == Some(sdk::EventType::ValidationError) {
        event.validation_status_reason.filter(|_| !warns(event.validation_failure_mode))
    } else {
        let hook = event.hook_status_reason.filter(|_| !warns(event.hook_failure_mode));
        hook.or(event.resource_status_reason)
    };
    Some(ChangeSetProblem {
        logical_id: event.logical_resource_id.filter(|id| !id.is_empty())?,
        resource_type: event.resource_type.unwrap_or_default(),
        path: event.validation_path.filter(|path| !path.is_empty()),
        reason: reason.filter(|reason| !reason.is_empty())?,
    })
}

pub(super) fn drift_from_sdk(drift: sdk::StackResourceDrift) -> DriftedResource {
    let differences = drift.property_differences.unwrap_or_default().into_iter();
    DriftedResource {
        logical_id: drift.logical_resource_id.unwrap_or_default(),
        physical_id: drift.physical_resource_id,
        resource_type: drift.resource_type.unwrap_or_default(),
        status: text(drift.stack_resource_drift_status).unwrap_or_default(),
        differences: differences
            .map(|one| PropertyDrift {
                path: one.property_path.unwrap_or_default(),
                expected: one.expected_value.unwrap_or_default(),
                actual: one.actual_value.unwrap_or_default(),
            })
            .collect(),
    }
}

pub(super) fn event_from_sdk(call: &Call<'_>, event: sdk::StackEvent) -> Result<StackEvent, AwsError> {
    Ok(StackEvent {
        id: call.required(event.event_id, "event id")?,
        time: event.timestamp.and_then(rfc3339).unwrap_or_default(),
        logical_id: event.logical_resource_id.unwrap_or_default(),
        physical_id: event.physical_resource_id,
        resource_type: event.resource_type.unwrap_or_default(),
        status: text(event.resource_status).unwrap_or_default(),
        reason: event.resource_status_reason,
        token: event.client_request_token,
    })
}

/// The word that an SDK enumeration stands for.
pub(super) fn text(value: Option<impl AsRef<str>>) -> Option<String> {
    value.map(|value| value.as_ref().to_owned())
}
