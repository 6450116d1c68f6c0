//! Imports: what CloudFormation refuses of them.

use super::Account;
use super::evaluate::{Evaluated, Resource};
use super::refusal::{Refusal, refuse};
use stellarr_aws::{AwsErrorKind, ChangeSetRequest, ResourceChange};

impl Account {
    /// Refuses what CloudFormation refuses of an import.
    pub(crate) fn check_imports(
        &self,
        request: &ChangeSetRequest,
        changes: &[ResourceChange],
        evaluated: &Evaluated,
    ) -> Result<(), Refusal> {
        let invalid = |words: String| refuse(AwsErrorKind::Validation, "ValidationError", words);
        for change in changes {
            let id = &change.logical_id;
            let Some(import) = request.imports.iter().find(|one| one.logical_id == *id) else {
                return invalid(format!("As part of the import operation, you cannot modify or add [{id}]"));
            };
            let retained = evaluated.resources.get(id).is_some_and(Resource::is_retained);
            if !retained {
                return invalid(format!(
                    "Resources [{id}] is missing from ResourceToImport list or DeletionPolicy is not specified"
                ));
            }
            let physical = import.identifier.values().next().cloned().unwrap_or_default();
            if !self.live.contains_key(&(import.resource_type.clone(), physical.clone())) {
                return invalid(format!("Resource {physical} of type {} does not exist", import.resource_type));
            }
        }
        Ok(())
    }
}
