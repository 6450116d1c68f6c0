//! CloudFormation.

use async_trait::async_trait;

use crate::account::{Account, Refusal, refuse};
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{
    AwsError, AwsErrorKind, ChangeSet, ChangeSetProblem, ChangeSetRequest, ChangeSetSummary, DriftDetection,
    DriftedResource, Stack, StackEvent, StackResource, Stacks,
};

/// CloudFormation in one region.
#[derive(Debug)]
pub(crate) struct FakeStacks {
    pub(crate) cloud: FakeCloud,
    pub(crate) region: String,
}

#[async_trait]
impl Stacks for FakeStacks {
    async fn describe(&self, name: &str) -> Result<Option<Stack>, AwsError> {
        let run = |account: &mut Account| Ok(account.describe_stack(&self.region, name));
        self.cloud.call_in(&self.region, "cloudformation:DescribeStacks", name_of(name), Effect::Read, run).await
    }

    async fn template(&self, name: &str) -> Result<Option<String>, AwsError> {
        let run = |account: &mut Account| {
            let text = account.existing(&self.region, name).ok().and_then(|stack| stack.template.clone());
            Ok(text.map(|text| account.as_shown(&text, GET_TEMPLATE)))
        };
        self.cloud.call_in(&self.region, GET_TEMPLATE, name_of(name), Effect::Read, run).await
    }

    async fn change_set_template(&self, stack: &str, change_set: &str) -> Result<String, AwsError> {
        let run = |account: &mut Account| {
            let found =
                account.existing(&self.region, stack)?.change_sets.iter().find(|one| one.public.id == change_set);
            match found.map(|found| found.template.clone()) {
                Some(text) => Ok(account.as_shown(&text, GET_TEMPLATE)),
                None => no_change_set(change_set),
            }
        };
        self.cloud.call_in(&self.region, GET_TEMPLATE, name_of(stack), Effect::Read, run).await
    }

    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<String, AwsError> {
        const CALL: &str = "cloudformation:CreateChangeSet";
        // CloudFormation looks the values of such parameters up with its caller's rights. Which call it makes is not
        // documented, so both rights are required.
        let zones = self.cloud.account().zones_looked_up(&self.region, request);
        for zone in zones {
            self.cloud.require_right(&self.region, CALL, "route53:ListHostedZones", "")?;
            self.cloud.require_right(&self.region, CALL, "route53:GetHostedZone", &zone)?;
        }
        let run = |account: &mut Account| account.create_change_set(&self.region, request);
        self.cloud.call_in(&self.region, CALL, &request.stack, Effect::Write, run).await
    }

    async fn describe_change_set(&self, stack: &str, change_set: &str) -> Result<ChangeSet, AwsError> {
        let run = |account: &mut Account| {
            let stack = account.existing(&self.region, stack)?;
            let found =
                stack.change_sets.iter_mut().find(|one| one.public.name == change_set || one.public.id == change_set);
            let Some(found) = found else { return no_change_set(change_set) };
            if found.polls_left > 0 {
                found.polls_left -= 1;
                return Ok(ChangeSet {
                    status: "CREATE_IN_PROGRESS".to_owned(),
                    status_reason: None,
                    execution_status: "UNAVAILABLE".to_owned(),
                    changes: Vec::new(),
                    ..found.public.clone()
                });
            }
            Ok(found.public.clone())
        };
        self.cloud.call_in(&self.region, "cloudformation:DescribeChangeSet", stack, Effect::Read, run).await
    }

    async fn change_set_problems(&self, stack: &str, change_set: &str) -> Result<Vec<ChangeSetProblem>, AwsError> {
        let run = |account: &mut Account| {
            let stack = account.existing(&self.region, stack)?;
            match stack.change_sets.iter().find(|one| one.public.id == change_set) {
                Some(found) => Ok(found.problems.clone()),
                None => no_change_set(change_set),
            }
        };
        self.cloud.call_in(&self.region, "cloudformation:DescribeEvents", stack, Effect::Read, run).await
    }

    async fn list_change_sets(&self, stack: &str) -> Result<Vec<ChangeSetSummary>, AwsError> {
        let run = |account: &mut Account| {
            let stack = account.existing(&self.region, stack)?;
            let active = stack.change_sets.iter().filter(|one| !one.public.execution_status.starts_with("EXECUTE_"));
            Ok(active
                .map(|one| ChangeSetSummary {
                    id: one.public.id.clone(),
                    name: one.public.name.clone(),
                    status: one.public.status.clone(),
                })
                .collect())
        };
        self.cloud.call_in(&self.region, "cloudformation:ListChangeSets", stack, Effect::Read, run).await
    }

    async fn delete_change_set(&self, stack: &str, change_set: &str) -> Result<(), AwsError> {
        let run = |account: &mut Account| {
            if let Ok(stack) = account.existing(&self.region, stack) {
                stack.change_sets.retain(|one| one.public.name != change_set && one.public.id != change_set);
            }
            Ok(())
        };
        self.cloud.call_in(&self.region, "cloudformation:DeleteChangeSet", stack, Effect::Write, run).await
    }

    async fn execute_change_set(&self, stack: &str, change_set: &str, token: &str) -> Result<(), AwsError> {
        let run = |account: &mut Account| account.execute(&self.region, stack, change_set, token);
        self.cloud.call_in(&self.region, "cloudformation:ExecuteChangeSet", stack, Effect::Write, run).await
    }

    async fn events(&self, stack: &str, after: Option<&str>) -> Result<Vec<StackEvent>, AwsError> {
        let run = |account: &mut Account| {
            let Some(all) = account.stack_events(stack, &self.region) else {
                let words = format!("Stack [{stack}] does not exist");
                return refuse(AwsErrorKind::NotFound, "ValidationError", words);
            };
            let known = after.and_then(|after| all.iter().position(|event| event.id == after));
            Ok(all.into_iter().skip(known.map_or(0, |place| place + 1)).collect())
        };
        self.cloud.call_in(&self.region, "cloudformation:DescribeStackEvents", name_of(stack), Effect::Read, run).await
    }

    async fn newest_event(&self, stack: &str) -> Result<Option<StackEvent>, AwsError> {
        let run =
            |account: &mut Account| Ok(account.stack_events(stack, &self.region).and_then(|mut events| events.pop()));
        self.cloud.call_in(&self.region, "cloudformation:DescribeStackEvents", name_of(stack), Effect::Read, run).await
    }

    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, AwsError> {
        let run =
            |account: &mut Account| Ok(account.existing(&self.region, stack)?.resources.values().cloned().collect());
        self.cloud.call_in(&self.region, "cloudformation:ListStackResources", name_of(stack), Effect::Read, run).await
    }

    async fn delete(&self, stack: &str, retain: &[String], token: &str) -> Result<(), AwsError> {
        let run = |account: &mut Account| account.start_delete(&self.region, stack, retain, token);
        self.cloud.call_in(&self.region, "cloudformation:DeleteStack", name_of(stack), Effect::Write, run).await
    }

    async fn continue_update_rollback(&self, stack: &str, _skip: &[String], token: &str) -> Result<(), AwsError> {
        let run = |account: &mut Account| account.start_rollback(&self.region, stack, "UPDATE_ROLLBACK_FAILED", token);
        self.cloud.call_in(&self.region, "cloudformation:ContinueUpdateRollback", stack, Effect::Write, run).await
    }

    async fn roll_back(&self, stack: &str, token: &str) -> Result<(), AwsError> {
        let run = |account: &mut Account| account.start_rollback(&self.region, stack, "UPDATE_FAILED", token);
        self.cloud.call_in(&self.region, "cloudformation:RollbackStack", stack, Effect::Write, run).await
    }

    async fn detect_drift(&self, stack: &str) -> Result<String, AwsError> {
        let run = |account: &mut Account| Ok(account.existing(&self.region, stack)?.name.clone());
        self.cloud.call_in(&self.region, "cloudformation:DetectStackDrift", stack, Effect::Read, run).await
    }

    async fn drift_detection(&self, id: &str) -> Result<DriftDetection, AwsError> {
        let run = |_: &mut Account| Ok(DriftDetection::Complete);
        self.cloud
            .call_in(&self.region, "cloudformation:DescribeStackDriftDetectionStatus", id, Effect::Read, run)
            .await
    }

    async fn drifted(&self, stack: &str) -> Result<Vec<DriftedResource>, AwsError> {
        let run = |account: &mut Account| Ok(account.drifted.get(stack).cloned().unwrap_or_default());
        self.cloud.call_in(&self.region, "cloudformation:DescribeStackResourceDrifts", stack, Effect::Read, run).await
    }

    async fn set_termination_protection(&self, stack: &str, on: bool) -> Result<(), AwsError> {
        let run = |account: &mut Account| {
            let key = account.existing_key(&self.region, stack)?;
            let before = account.existing(&self.region, stack)?.public();
            account.note_write(&key, Some(before));
            account.existing(&self.region, stack)?.protected = on;
            Ok(())
        };
        self.cloud
            .call_in(&self.region, "cloudformation:UpdateTerminationProtection", name_of(stack), Effect::Write, run)
            .await
    }
}

const GET_TEMPLATE: &str = "cloudformation:GetTemplate";

/// The name of the stack that a name or an ARN means.
fn name_of(stack: &str) -> &str {
    match stack.strip_prefix("arn:") {
        Some(arn) => arn.split('/').nth(1).unwrap_or(stack),
        None => stack,
    }
}

fn no_change_set<T>(name: &str) -> Result<T, Refusal> {
    refuse(AwsErrorKind::NotFound, "ChangeSetNotFound", format!("ChangeSet [{name}] does not exist"))
}
