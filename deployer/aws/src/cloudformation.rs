//! CloudFormation: stacks and their change sets.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, DeploymentMode, EventFilter, ExecutionStatus, OnStackFailure, Parameter,
    StackResourceDriftStatus, Tag, TemplateStage,
};

use super::context::AdapterContext;
use super::stack_conversions::{
    change_from_sdk, drift_from_sdk, event_from_sdk, import_to_sdk, parameter_to_sdk, problem_from_sdk, stack_from_sdk,
    tags_from_sdk, text,
};
use super::{
    AwsError, AwsErrorKind, ChangeSet, ChangeSetExtras, ChangeSetKind, ChangeSetProblem, ChangeSetRequest,
    ChangeSetSummary, DriftDetection, DriftedResource, Stack, StackEvent, StackResource, Stacks, TemplateSource,
};

/// CloudFormation in one region.
#[derive(Debug)]
pub(super) struct CloudFormation {
    client: Client,
    context: AdapterContext,
}

impl CloudFormation {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }

    /// Says whether the change set has been executed already: by our own earlier try, whose answer was lost.
    async fn was_executed(&self, stack: &str, change_set: &str, token: &str) -> Result<bool, AwsError> {
        let call = self.context.reads("cloudformation:DescribeChangeSet", stack.to_owned());
        let request = self.client.describe_change_set().stack_name(stack).change_set_name(change_set);
        match request.send().await.map_err(|error| call.failed(error)) {
            Ok(answer) => {
                if matches!(
                    answer.execution_status,
                    Some(ExecutionStatus::ExecuteInProgress | ExecutionStatus::ExecuteComplete)
                ) {
                    return Ok(true);
                }
            }
            Err(failure) if failure.kind == AwsErrorKind::NotFound => {}
            Err(failure) => return Err(failure),
        }
        // The newest page is enough: the earlier try was a moment ago.
        let (events, _) = self.events_page(stack, None).await?;
        Ok(events.iter().any(|event| event.token.as_deref() == Some(token)))
    }

    /// One page of a stack's history, newest first, and where the next one begins.
    async fn events_page(
        &self,
        stack: &str,
        next: Option<String>,
    ) -> Result<(Vec<StackEvent>, Option<String>), AwsError> {
        let call = self.context.reads("cloudformation:DescribeStackEvents", stack.to_owned());
        let request = self.client.describe_stack_events().stack_name(stack).set_next_token(next);
        let page = request.send().await.map_err(|error| call.failed(error))?;
        let events = page.stack_events.ok_or_else(|| call.missing("list of events"))?;
        let events = events.into_iter().map(|event| event_from_sdk(&call, event)).collect::<Result<_, _>>()?;
        Ok((events, page.next_token))
    }
}

#[async_trait]
impl Stacks for CloudFormation {
    async fn describe(&self, name: &str) -> Result<Option<Stack>, AwsError> {
        let call = self.context.reads("cloudformation:DescribeStacks", name.to_owned());
        let answer = match self.client.describe_stacks().stack_name(name).send().await {
            Ok(answer) => answer,
            Err(error) => return none_if_absent(call.failed(error)),
        };
        // An answer without the stack is damaged: an absent stack is an error there.
        let found = answer.stacks.unwrap_or_default().into_iter().next().ok_or_else(|| call.missing("stack"))?;
        let stack = stack_from_sdk(&call, found)?;
        Ok(Some(stack).filter(|stack| stack.status.0 != "DELETE_COMPLETE"))
    }

    async fn template(&self, name: &str) -> Result<Option<String>, AwsError> {
        let call = self.context.reads("cloudformation:GetTemplate", name.to_owned());
        match self.client.get_template().stack_name(name).template_stage(TemplateStage::Original).send().await {
            Ok(answer) => answer.template_body.map(Some).ok_or_else(|| call.missing("template")),
            Err(error) => none_if_absent(call.failed(error)),
        }
    }

    async fn change_set_template(&self, stack: &str, change_set: &str) -> Result<String, AwsError> {
        let call = self.context.reads("cloudformation:GetTemplate", stack.to_owned());
        let request = self.client.get_template().stack_name(stack).change_set_name(change_set);
        let answer = request.template_stage(TemplateStage::Original).send().await;
        answer.map_err(|error| call.failed(error))?.template_body.ok_or_else(|| call.missing("template"))
    }

    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<String, AwsError> {
        let call = self.context.writes("cloudformation:CreateChangeSet", request.stack.clone());
        let kind = match request.kind {
            ChangeSetKind::Create => ChangeSetType::Create,
            ChangeSetKind::Update => ChangeSetType::Update,
            ChangeSetKind::Import => ChangeSetType::Import,
        };
        let builder = self
            .client
            .create_change_set()
            .stack_name(&request.stack)
            .change_set_name(&request.name)
            .change_set_type(kind)
            .client_token(&request.token)
            .capabilities(Capability::CapabilityNamedIam)
            .set_parameters(Some(request.parameters.iter().map(parameter_to_sdk).collect()))
            .set_tags(Some(
                request.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect(),
            ));
        let imports: Vec<_> = request.imports.iter().map(import_to_sdk).collect();
        let builder = builder.set_resources_to_import(Some(imports).filter(|imports| !imports.is_empty()));
        let revert = request.revert_drift.then_some(DeploymentMode::RevertDrift);
        let builder = builder.set_deployment_mode(revert);
        let builder = match &request.template {
            TemplateSource::Body(text) => builder.template_body(text),
            TemplateSource::Url(url) => builder.template_url(url),
            TemplateSource::Previous => builder.use_previous_template(true),
        };
        match builder.send().await {
            Ok(answer) => answer.id.ok_or_else(|| call.missing("change set ARN")),
            Err(error) => {
                let failure = call.failed(error);
                if failure.kind != AwsErrorKind::AlreadyExists {
                    return Err(failure);
                }
                // Most likely our own, made by a try whose answer was lost. Whether it is, its content tells the caller.
                let ours = self.client.describe_change_set().stack_name(&request.stack).change_set_name(&request.name);
                ours.send().await.ok().and_then(|answer| answer.change_set_id).ok_or(failure)
            }
        }
    }

    async fn describe_change_set(&self, stack: &str, change_set: &str) -> Result<ChangeSet, AwsError> {
        let call = self.context.reads("cloudformation:DescribeChangeSet", stack.to_owned());
        let mut changes = Vec::new();
        let mut next = None;
        loop {
            let request = self.client.describe_change_set().stack_name(stack).change_set_name(change_set);
            let page = request.set_next_token(next.take()).send().await.map_err(|error| call.failed(error))?;
            changes.extend(
                page.changes.unwrap_or_default().into_iter().filter_map(|one| one.resource_change).map(change_from_sdk),
            );
            next = page.next_token;
            if next.is_none() {
                let value = |one: Parameter| one.parameter_value.filter(|_| one.use_previous_value != Some(true));
                return Ok(ChangeSet {
                    id: page.change_set_id.ok_or_else(|| call.missing("change set ARN"))?,
                    name: page.change_set_name.ok_or_else(|| call.missing("change set name"))?,
                    stack_id: page.stack_id.ok_or_else(|| call.missing("stack ARN"))?,
                    status: call.required(text(page.status), "status")?,
                    status_reason: page.status_reason,
                    execution_status: text(page.execution_status).unwrap_or_else(|| "UNAVAILABLE".to_owned()),
                    parameters: page
                        .parameters
                        .unwrap_or_default()
                        .into_iter()
                        .filter_map(|one| Some((one.parameter_key.clone()?, value(one))))
                        .collect(),
                    tags: tags_from_sdk(page.tags),
                    extras: ChangeSetExtras {
                        reverts_drift: page.deployment_mode == Some(DeploymentMode::RevertDrift),
                        imports_existing: page.import_existing_resources == Some(true),
                        deletes_on_failure: page.on_stack_failure == Some(OnStackFailure::Delete),
                    },
                    changes,
                });
            }
        }
    }

    async fn change_set_problems(&self, stack: &str, change_set: &str) -> Result<Vec<ChangeSetProblem>, AwsError> {
        let call = self.context.reads("cloudformation:DescribeEvents", stack.to_owned());
        let failed = EventFilter::builder().failed_events(true).build();
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let request = self.client.describe_events().stack_name(stack).change_set_name(change_set);
            let request = request.filters(failed.clone()).set_next_token(next.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            found.extend(page.operation_events.unwrap_or_default().into_iter().filter_map(problem_from_sdk));
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    async fn list_change_sets(&self, stack: &str) -> Result<Vec<ChangeSetSummary>, AwsError> {
        let call = self.context.reads("cloudformation:ListChangeSets", stack.to_owned());
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let request = self.client.list_change_sets().stack_name(stack).set_next_token(next.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            for one in page.summaries.ok_or_else(|| call.missing("list of change sets"))? {
                found.push(ChangeSetSummary {
                    id: one.change_set_id.ok_or_else(|| call.missing("change set ARN"))?,
                    name: one.change_set_name.ok_or_else(|| call.missing("change set name"))?,
                    status: text(one.status).unwrap_or_default(),
                });
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    async fn delete_change_set(&self, stack: &str, change_set: &str) -> Result<(), AwsError> {
        let call = self.context.writes("cloudformation:DeleteChangeSet", stack.to_owned());
        let request = self.client.delete_change_set().stack_name(stack).change_set_name(change_set);
        match request.send().await.map_err(|error| call.failed(error)) {
            Err(failure) if failure.kind != AwsErrorKind::NotFound => Err(failure),
            _ => Ok(()),
        }
    }

    async fn execute_change_set(&self, stack: &str, change_set: &str, token: &str) -> Result<(), AwsError> {
        let call = self.context.writes("cloudformation:ExecuteChangeSet", stack.to_owned());
        let request =
            self.client.execute_change_set().stack_name(stack).change_set_name(change_set).client_request_token(token);
        match request.send().await.map_err(|error| call.failed(error)) {
            Ok(_) => Ok(()),
            Err(failure) if matches!(failure.kind, AwsErrorKind::Conflict | AwsErrorKind::NotFound) => {
                if self.was_executed(stack, change_set, token).await? { Ok(()) } else { Err(failure) }
            }
            Err(failure) => Err(failure),
        }
    }

    async fn events(&self, stack: &str, after: Option<&str>) -> Result<Vec<StackEvent>, AwsError> {
        let mut newest_first = Vec::new();
        let mut next = None;
        'pages: loop {
            let (page, following) = self.events_page(stack, next.take()).await?;
            for event in page {
                if after == Some(event.id.as_str()) {
                    break 'pages;
                }
                newest_first.push(event);
            }
            next = following;
            if next.is_none() {
                break;
            }
        }
        newest_first.reverse();
        Ok(newest_first)
    }

    async fn newest_event(&self, stack: &str) -> Result<Option<StackEvent>, AwsError> {
        match self.events_page(stack, None).await {
            Ok((events, _)) => Ok(events.into_iter().next()),
            Err(failure) => none_if_absent(failure),
        }
    }

    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, AwsError> {
        let call = self.context.reads("cloudformation:ListStackResources", stack.to_owned());
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let request = self.client.list_stack_resources().stack_name(stack).set_next_token(next.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            for one in page.stack_resource_summaries.ok_or_else(|| call.missing("list of resources"))? {
                found.push(StackResource {
                    logical_id: call.required(one.logical_resource_id, "logical id")?,
                    physical_id: one.physical_resource_id,
                    resource_type: one.resource_type.unwrap_or_default(),
                    status: text(one.resource_status).unwrap_or_default(),
                    reason: one.resource_status_reason,
                });
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    async fn delete(&self, stack: &str, retain: &[String], token: &str) -> Result<(), AwsError> {
        let call = self.context.writes("cloudformation:DeleteStack", stack.to_owned());
        let request = self.client.delete_stack().stack_name(stack).client_request_token(token);
        let retain = Some(retain.to_vec()).filter(|ids| !ids.is_empty());
        match request.set_retain_resources(retain).send().await.map_err(|error| call.failed(error)) {
            Err(failure) if failure.kind != AwsErrorKind::NotFound => Err(failure),
            _ => Ok(()),
        }
    }

    async fn continue_update_rollback(&self, stack: &str, skip: &[String], token: &str) -> Result<(), AwsError> {
        let call = self.context.writes("cloudformation:ContinueUpdateRollback", stack.to_owned());
        let skip = Some(skip.to_vec()).filter(|ids| !ids.is_empty());
        let request = self.client.continue_update_rollback().stack_name(stack).client_request_token(token);
        request.set_resources_to_skip(skip).send().await.map_err(|error| call.failed(error))?;
        Ok(())
    }

    async fn roll_back(&self, stack: &str, token: &str) -> Result<(), AwsError> {
        let call = self.context.writes("cloudformation:RollbackStack", stack.to_owned());
        let request = self.client.rollback_stack().stack_name(stack).client_request_token(token);
        request.send().await.map_err(|error| call.failed(error))?;
        Ok(())
    }

    async fn detect_drift(&self, stack: &str) -> Result<String, AwsError> {
        let call = self.context.reads("cloudformation:DetectStackDrift", stack.to_owned());
        let answer = self.client.detect_stack_drift().stack_name(stack).send().await;
        let answer = answer.map_err(|error| call.failed(error))?;
        answer.stack_drift_detection_id.ok_or_else(|| call.missing("detection id"))
    }

    async fn drift_detection(&self, id: &str) -> Result<DriftDetection, AwsError> {
        let call = self.context.reads("cloudformation:DescribeStackDriftDetectionStatus", id.to_owned());
        let request = self.client.describe_stack_drift_detection_status().stack_drift_detection_id(id);
        let answer = request.send().await.map_err(|error| call.failed(error))?;
        Ok(match call.required(text(answer.detection_status), "detection status")?.as_str() {
            "DETECTION_COMPLETE" => DriftDetection::Complete,
            "DETECTION_FAILED" => DriftDetection::Failed(answer.detection_status_reason.unwrap_or_default()),
            _ => DriftDetection::Running,
        })
    }

    async fn drifted(&self, stack: &str) -> Result<Vec<DriftedResource>, AwsError> {
        let call = self.context.reads("cloudformation:DescribeStackResourceDrifts", stack.to_owned());
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let request = self.client.describe_stack_resource_drifts().stack_name(stack);
            let request = request.set_stack_resource_drift_status_filters(Some(vec![
                StackResourceDriftStatus::Modified,
                StackResourceDriftStatus::Deleted,
            ]));
            let page = request.set_next_token(next.take()).send().await.map_err(|error| call.failed(error))?;
            found.extend(page.stack_resource_drifts.unwrap_or_default().into_iter().map(drift_from_sdk));
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    async fn set_termination_protection(&self, stack: &str, on: bool) -> Result<(), AwsError> {
        let call = self.context.writes("cloudformation:UpdateTerminationProtection", stack.to_owned());
        let request = self.client.update_termination_protection().stack_name(stack).enable_termination_protection(on);
        request.send().await.map_err(|error| call.failed(error))?;
        Ok(())
    }
}

fn none_if_absent<T>(failure: AwsError) -> Result<Option<T>, AwsError> {
    if failure.kind == AwsErrorKind::NotFound { Ok(None) } else { Err(failure) }
}
