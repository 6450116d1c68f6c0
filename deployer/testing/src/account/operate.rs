//! Operations on stacks: change sets made and executed, deletions, rollbacks.

use super::Account;
use super::refusal::{Refusal, refuse};
use super::stack::{FakeStack, Operation, OperationKind, ResourceStatus};
use stellarr_aws::{AwsErrorKind, StackStatus};

/// How an execution fails.
#[derive(Clone, Debug)]
pub struct StackFailure {
    /// Logical id of the resource that fails.
    pub resource: String,
    /// What CloudFormation says of it.
    pub reason: String,
    /// Whether going back fails too.
    pub rollback_fails: bool,
}

impl Account {
    /// The key of the stack that a name or an ARN means.
    pub(crate) fn stack_key(&self, region: &str, name: &str) -> Option<(String, String)> {
        self.stacks
            .iter()
            .find(|((its_region, _), stack)| its_region == region && stack.is_called(name))
            .map(|(key, _)| key.clone())
    }

    /// The stack, or CloudFormation's words that there is none.
    pub(crate) fn existing(&mut self, region: &str, name: &str) -> Result<&mut FakeStack, Refusal> {
        match self.stack_key(region, name).and_then(|key| self.stacks.get_mut(&key)) {
            Some(stack) => Ok(stack),
            None => refuse(AwsErrorKind::NotFound, "ValidationError", format!("Stack [{name}] does not exist")),
        }
    }

    /// The key of the stack, or CloudFormation's words that there is none.
    pub(crate) fn existing_key(&mut self, region: &str, name: &str) -> Result<(String, String), Refusal> {
        let stack = self.existing(region, name)?;
        Ok((stack.region.clone(), stack.name.clone()))
    }

    /// Starts putting a change set in force.
    pub(crate) fn execute(&mut self, region: &str, stack: &str, change_set: &str, token: &str) -> Result<(), Refusal> {
        let now = self.tick();
        let polls_left = self.polls;
        let key = self.existing_key(region, stack)?;
        let before = self.stacks.get(&key).map(FakeStack::public);
        let stack = self.existing(region, stack)?;
        let found =
            stack.change_sets.iter().position(|one| one.public.name == change_set || one.public.id == change_set);
        let Some(found) = found else {
            let words = format!("ChangeSet [{change_set}] does not exist");
            return refuse(AwsErrorKind::NotFound, "ChangeSetNotFound", words);
        };
        if stack.change_sets[found].public.execution_status.starts_with("EXECUTE_") {
            // Asked for again: one effect.
            return Ok(());
        }
        if stack.change_sets[found].public.execution_status != "AVAILABLE" || stack.change_sets[found].polls_left > 0 {
            let words = format!("ChangeSet [{change_set}] cannot be executed in its current status");
            return refuse(AwsErrorKind::Conflict, "InvalidChangeSetStatus", words);
        }
        let status = StackStatus(stack.status.clone());
        if status.in_progress() || !(status.is_stable() || status.is_review()) {
            let words = format!("Stack:{} is in {status} state and can not be updated.", stack.id);
            return refuse(AwsErrorKind::Conflict, "ValidationError", words);
        }
        self.note_write(&key, before);
        let stack = self.existing(region, &key.1)?;
        stack.change_sets[found].public.execution_status = "EXECUTE_IN_PROGRESS".to_owned();
        // The others are void now.
        let executed = stack.change_sets.swap_remove(found);
        stack.change_sets = vec![executed.clone()];
        let starts = executed.status_prefix();
        stack.set_status(&format!("{starts}_IN_PROGRESS"), Some("User Initiated"), now, Some(token));
        for change in &executed.public.changes {
            let doing = match change.action.as_str() {
                "Modify" => "UPDATE_IN_PROGRESS",
                "Remove" => continue,
                _ => "CREATE_IN_PROGRESS",
            };
            let physical = change.physical_id.clone().unwrap_or_default();
            stack.set_resource(
                &ResourceStatus {
                    logical_id: &change.logical_id,
                    physical_id: &physical,
                    kind: &change.resource_type,
                    status: doing,
                    reason: None,
                },
                now,
                token,
            );
        }
        let kind = OperationKind::Change(Box::new(executed));
        stack.operation = Some(Operation { kind, token: token.to_owned(), polls_left });
        Ok(())
    }

    /// Starts deleting a stack.
    pub(crate) fn start_delete(
        &mut self,
        region: &str,
        name: &str,
        retain: &[String],
        token: &str,
    ) -> Result<(), Refusal> {
        let now = self.tick();
        let polls_left = self.polls;
        let Some(key) = self.stack_key(region, name) else { return Ok(()) };
        let Some(stack) = self.stacks.get_mut(&key) else { return Ok(()) };
        if stack.protected {
            let words = format!("Stack [{name}] cannot be deleted while TerminationProtection is enabled");
            return refuse(AwsErrorKind::Validation, "ValidationError", words);
        }
        if !retain.is_empty() && stack.status != "DELETE_FAILED" {
            let words = "Invalid operation on stack. RetainResources is only allowed in DELETE_FAILED state";
            return refuse(AwsErrorKind::Validation, "ValidationError", words);
        }
        if stack.status == "DELETE_IN_PROGRESS" {
            return Ok(());
        }
        if StackStatus(stack.status.clone()).in_progress() {
            let words = format!("Stack [{name}] cannot be deleted while in status {}", stack.status);
            return refuse(AwsErrorKind::Conflict, "ValidationError", words);
        }
        let (before, is_review) = (stack.public(), stack.status == "REVIEW_IN_PROGRESS");
        self.note_write(&key, Some(before));
        let Some(stack) = self.stacks.get_mut(&key) else { return Ok(()) };
        stack.set_status("DELETE_IN_PROGRESS", Some("User Initiated"), now, Some(token));
        if is_review {
            // It holds nothing.
            stack.set_status("DELETE_COMPLETE", None, now, Some(token));
            if let Some(stack) = self.stacks.remove(&key) {
                self.deleted_stacks.insert(stack.id.clone(), stack);
            }
            self.create_successor(&key);
            return Ok(());
        }
        let kind = OperationKind::Delete(retain.to_vec());
        stack.operation = Some(Operation { kind, token: token.to_owned(), polls_left });
        Ok(())
    }

    /// Starts going back from the one status that the call is allowed in.
    pub(crate) fn start_rollback(&mut self, region: &str, name: &str, from: &str, token: &str) -> Result<(), Refusal> {
        let now = self.tick();
        let polls_left = self.polls;
        let stack = self.existing(region, name)?;
        if stack.status != from {
            let words = format!("Stack [{name}] is in {} state and can not be rolled back by this", stack.status);
            return refuse(AwsErrorKind::Conflict, "ValidationError", words);
        }
        let (key, before) = ((stack.region.clone(), stack.name.clone()), stack.public());
        self.note_write(&key, Some(before));
        let stack = self.existing(region, name)?;
        stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", Some("User Initiated"), now, Some(token));
        stack.operation = Some(Operation { kind: OperationKind::Continue, token: token.to_owned(), polls_left });
        Ok(())
    }

    /// Notes that somebody looked; what is under way may end by that.
    pub(crate) fn poll(&mut self, key: &(String, String)) {
        let Some(mut stack) = self.stacks.remove(key) else { return };
        match stack.operation.take() {
            Some(mut operation) if operation.polls_left > 0 => {
                operation.polls_left -= 1;
                stack.operation = Some(operation);
            }
            Some(operation) => {
                let goes = self.finish(&mut stack, operation);
                if goes {
                    self.deleted_stacks.insert(stack.id.clone(), stack);
                    self.create_successor(key);
                    return;
                }
            }
            None => {}
        }
        self.stacks.insert(key.clone(), stack);
    }
}
