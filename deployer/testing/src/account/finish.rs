//! How operations on stacks end.

use super::Account;
use super::evaluate::{Evaluated, Resource};
use super::operate::StackFailure;
use super::stack::{FakeChangeSet, FakeStack, Operation, OperationKind, ResourceStatus};

impl Account {
    /// Ends what is under way; says whether the stack is gone.
    pub(crate) fn finish(&mut self, stack: &mut FakeStack, operation: Operation) -> bool {
        let token = operation.token;
        match operation.kind {
            OperationKind::Change(change_set) => {
                self.finish_change(stack, &change_set, &token);
                false
            }
            OperationKind::Delete(retain) => self.finish_delete(stack, &retain, &token),
            OperationKind::Continue => {
                let now = self.tick();
                stack.set_status("UPDATE_ROLLBACK_COMPLETE", None, now, Some(&token));
                false
            }
        }
    }

    fn finish_change(&mut self, stack: &mut FakeStack, change_set: &FakeChangeSet, token: &str) {
        let earlier = (self.functions.clone(), self.distributions.clone(), self.records.clone());
        let mut made = Vec::new();
        let scripted = self.failures.remove(&stack.name);
        let failure = self.apply_changes(stack, change_set, token, scripted, &mut made);
        if let Some(failure) = failure {
            (self.functions, self.distributions, self.records) = earlier;
            self.roll_back(stack, change_set, token, &failure, &made);
            return;
        }
        if change_set.reverts_drift {
            self.drifted.remove(&stack.name);
        }
        for bucket in change_set.evaluated.resources.values().filter(|one| one.kind == "AWS::S3::Bucket") {
            self.bucket_tags.insert(bucket.physical_id.clone(), change_set.tags.clone());
        }
        let before = std::mem::replace(&mut stack.evaluated, change_set.evaluated.clone());
        self.clean_up(stack, &before, token);
        stack.template = Some(change_set.template.clone());
        stack.parameters.clone_from(&change_set.parameters);
        stack.tags.clone_from(&change_set.tags);
        stack.outputs.clone_from(&change_set.evaluated.outputs);
        stack.outputs.extend(self.outputs.get(&stack.name).cloned().unwrap_or_default());
        // An executed change set is not listed any more.
        stack.change_sets.retain(|one| one.public.id == change_set.public.id);
        for executed in &mut stack.change_sets {
            executed.public.execution_status = "EXECUTE_COMPLETE".to_owned();
        }
        let now = self.tick();
        stack.imported.extend(change_set.imported.clone());
        stack.set_status(&format!("{}_COMPLETE", change_set.status_prefix()), None, now, Some(token));
    }

    /// Makes and changes resources; returns the first failure.
    fn apply_changes(
        &mut self,
        stack: &mut FakeStack,
        change_set: &FakeChangeSet,
        token: &str,
        scripted: Option<StackFailure>,
        made: &mut Vec<Resource>,
    ) -> Option<StackFailure> {
        for change in change_set.public.changes.iter().filter(|change| change.action != "Remove") {
            let id = &change.logical_id;
            let Some(resource) = change_set.evaluated.resources.get(id) else { continue };
            let scripted = scripted.as_ref().filter(|failure| failure.resource == *id);
            let result = match (scripted, stack.evaluated.resources.get(id), change.replacement.as_deref()) {
                (Some(failure), _, _) => Err(failure.reason.clone()),
                (None, Some(before), Some("False") | None) => self.change(before, resource),
                (None, _, _) => {
                    let free = self.check_recently_deleted_name(resource, !change_set.tags.is_empty());
                    let result = free.and_then(|()| self.make(resource, change.action == "Import"));
                    if result.is_ok() {
                        made.push(resource.clone());
                    }
                    result
                }
            };
            let verb = if change.action == "Modify" { "UPDATE" } else { "CREATE" };
            let now = self.tick();
            let physical = resource.physical_id.as_str();
            if let Err(reason) = result {
                let status = format!("{verb}_FAILED");
                stack.set_resource(
                    &ResourceStatus {
                        logical_id: id,
                        physical_id: physical,
                        kind: &resource.kind,
                        status: &status,
                        reason: Some(&reason),
                    },
                    now,
                    token,
                );
                let rollback_fails = scripted.is_some_and(|failure| failure.rollback_fails);
                return Some(StackFailure { resource: id.clone(), reason, rollback_fails });
            }
            stack.set_resource(
                &ResourceStatus {
                    logical_id: id,
                    physical_id: physical,
                    kind: &resource.kind,
                    status: &format!("{verb}_COMPLETE"),
                    reason: None,
                },
                now,
                token,
            );
        }
        // A scripted failure that names nothing of this change set meets the stack as a whole.
        scripted
    }

    /// Goes back to what was before.
    fn roll_back(
        &mut self,
        stack: &mut FakeStack,
        change_set: &FakeChangeSet,
        token: &str,
        failure: &StackFailure,
        made: &[Resource],
    ) {
        let now = self.tick();
        let creates = change_set.creates;
        let (verb, cancelled) =
            if creates { ("CREATE", "Resource creation cancelled") } else { ("UPDATE", "Resource update cancelled") };
        let waiting: Vec<_> =
            stack.resources.values().filter(|one| one.status.ends_with("_IN_PROGRESS")).cloned().collect();
        for one in waiting {
            let status = format!("{verb}_FAILED");
            let physical = one.physical_id.unwrap_or_default();
            stack.set_resource(
                &ResourceStatus {
                    logical_id: &one.logical_id,
                    physical_id: &physical,
                    kind: &one.resource_type,
                    status: &status,
                    reason: Some(cancelled),
                },
                now,
                token,
            );
        }
        let word = match change_set.status_prefix() {
            "CREATE" => "ROLLBACK",
            "IMPORT" => "IMPORT_ROLLBACK",
            _ => "UPDATE_ROLLBACK",
        };
        let reason = format!(
            "The following resource(s) failed to {}: [{}]. Rollback requested by user.",
            verb.to_lowercase(),
            failure.resource
        );
        stack.set_status(&format!("{word}_IN_PROGRESS"), Some(&reason), now, Some(token));
        let mut stuck = Vec::new();
        for resource in made {
            // `RetainExceptOnCreate` means just this case.
            if resource.deletion_policy == "Retain" {
                self.abandon(resource);
            } else if let Err(reason) = self.remove(resource) {
                if creates {
                    stuck.push((resource.physical_id.clone(), reason));
                } else {
                    self.abandon(resource);
                }
            }
        }
        let now = self.tick();
        let fails = failure.rollback_fails || !stuck.is_empty();
        if creates {
            // What could not be deleted is still the stack's.
            let is_stuck = |resource: &Resource| stuck.iter().any(|(id, _)| *id == resource.physical_id);
            let mut left = change_set.evaluated.resources.clone();
            left.retain(|_, resource| is_stuck(resource));
            for (id, resource) in &left {
                let reason =
                    stuck.iter().find(|(id, _)| *id == resource.physical_id).map(|(_, reason)| reason.as_str());
                let physical = resource.physical_id.as_str();
                stack.set_resource(
                    &ResourceStatus {
                        logical_id: id,
                        physical_id: physical,
                        kind: &resource.kind,
                        status: "DELETE_FAILED",
                        reason,
                    },
                    now,
                    token,
                );
            }
            stack.evaluated = Evaluated { resources: left, ..Evaluated::default() };
        }
        let end = format!("{word}_{}", if fails { "FAILED" } else { "COMPLETE" });
        let words = fails.then(|| format!("The following resource(s) failed to update: [{}]. ", failure.resource));
        stack.set_status(&end, words.as_deref(), now, Some(token));
        stack.resources.retain(|id, _| stack.evaluated.resources.contains_key(id));
        stack.change_sets.clear();
    }

    /// Removes what the new template does not hold any more. What can't be removed is left behind, as CloudFormation does.
    fn clean_up(&mut self, stack: &mut FakeStack, before: &Evaluated, token: &str) {
        for (id, old) in &before.resources {
            let kept = stack.evaluated.resources.get(id).is_some_and(|new| new.physical_id == old.physical_id);
            if kept {
                continue;
            }
            let replaced = stack.evaluated.resources.contains_key(id);
            let stays = if replaced { old.replace_policy == "Retain" } else { old.is_retained() };
            if stays || self.remove(old).is_err() {
                self.abandon(old);
            }
            if !replaced {
                let now = self.tick();
                let status = if stays { "DELETE_SKIPPED" } else { "DELETE_COMPLETE" };
                stack.set_resource(
                    &ResourceStatus {
                        logical_id: id,
                        physical_id: &old.physical_id,
                        kind: &old.kind,
                        status,
                        reason: None,
                    },
                    now,
                    token,
                );
                stack.resources.remove(id);
            }
        }
    }

    fn finish_delete(&mut self, stack: &mut FakeStack, retain: &[String], token: &str) -> bool {
        let scripted = self.failures.remove(&stack.name);
        let mut failed = Vec::new();
        for (id, resource) in stack.evaluated.resources.clone() {
            let now = self.tick();
            let scripted = scripted.as_ref().filter(|failure| failure.resource == id);
            let (status, reason) = if retain.contains(&id) || resource.is_retained() {
                self.abandon(&resource);
                ("DELETE_SKIPPED", None)
            } else {
                match scripted.map_or_else(|| self.remove(&resource), |failure| Err(failure.reason.clone())) {
                    Ok(()) => ("DELETE_COMPLETE", None),
                    Err(reason) => ("DELETE_FAILED", Some(reason)),
                }
            };
            stack.set_resource(
                &ResourceStatus {
                    logical_id: &id,
                    physical_id: &resource.physical_id,
                    kind: &resource.kind,
                    status,
                    reason: reason.as_deref(),
                },
                now,
                token,
            );
            if reason.is_some() {
                failed.push(id);
            } else {
                stack.evaluated.resources.remove(&id);
                stack.resources.remove(&id);
            }
        }
        let now = self.tick();
        if failed.is_empty() {
            stack.set_status("DELETE_COMPLETE", None, now, Some(token));
            return true;
        }
        let words = format!("The following resource(s) failed to delete: [{}]. ", failed.join(", "));
        stack.set_status("DELETE_FAILED", Some(&words), now, Some(token));
        false
    }
}
