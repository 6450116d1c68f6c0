//! Change sets made: what a template and its parameters would change, refused where CloudFormation refuses.

use std::collections::BTreeMap;

use super::Account;
use super::change::changes;
use super::evaluate::{Evaluated, Scope, evaluate, parameters};
use super::refusal::{Refusal, refuse};
use super::stack::{FakeChangeSet, FakeStack};
use stellarr_aws::template;
use stellarr_aws::{
    AwsErrorKind, ChangeSet, ChangeSetExtras, ChangeSetKind, ChangeSetRequest, ParameterValue, StackStatus,
    TemplateSource,
};

/// The longest template that goes inline.
const INLINE_LIMIT: usize = 51_200;
/// What CloudFormation says of a change set without changes.
const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

impl Account {
    /// Makes a change set.
    pub(crate) fn create_change_set(&mut self, region: &str, request: &ChangeSetRequest) -> Result<String, Refusal> {
        check_names(request)?;
        self.make_planted_change_set(region, request);
        self.make_change_set(region, request)
    }

    /// Makes a change set whose name is a good one.
    pub(crate) fn make_change_set(&mut self, region: &str, request: &ChangeSetRequest) -> Result<String, Refusal> {
        let now = self.tick();
        let key = (region.to_owned(), request.stack.clone());
        if let Some(earlier) =
            self.stacks.get(&key).and_then(|stack| stack.change_sets.iter().find(|one| one.public.name == request.name))
        {
            // Ours or not, the adapter finds what bears the name.
            return Ok(earlier.public.id.clone());
        }
        self.check_state(&key, request)?;
        let template = self.template_text(&key, request)?;
        if !self.stacks.contains_key(&key) {
            let serial = self.next();
            let mut stack = FakeStack::new(region, &request.stack, &self.caller.account, serial, now);
            stack.set_status("REVIEW_IN_PROGRESS", Some("User Initiated"), now, Some(&request.token));
            self.stacks.insert(key.clone(), stack);
            self.note_write(&key, None);
        }
        let made = self.evaluate_change_set(&key, request, template);
        match made {
            Ok(change_set) => {
                let id = change_set.public.id.clone();
                if let Some(stack) = self.stacks.get_mut(&key) {
                    stack.change_sets.push(change_set);
                }
                Ok(id)
            }
            Err(refusal) => {
                // A refused request leaves no stack behind.
                if self
                    .stacks
                    .get(&key)
                    .is_some_and(|stack| stack.status == "REVIEW_IN_PROGRESS" && stack.change_sets.is_empty())
                {
                    self.stacks.remove(&key);
                }
                Err(refusal)
            }
        }
    }

    fn check_state(&self, key: &(String, String), request: &ChangeSetRequest) -> Result<(), Refusal> {
        let stack = self.stacks.get(key);
        match (request.kind, stack.map(|stack| (stack.status.as_str(), stack.id.as_str()))) {
            (ChangeSetKind::Create | ChangeSetKind::Import, None | Some(("REVIEW_IN_PROGRESS", _))) => Ok(()),
            (ChangeSetKind::Create, Some((status, id))) => refuse(
                AwsErrorKind::Conflict,
                "ValidationError",
                format!(
                    "Stack [{id}] already exists and cannot be created again with the changeSet [{}]: it is in {status} state",
                    request.name
                ),
            ),
            (ChangeSetKind::Update, None) => {
                refuse(AwsErrorKind::NotFound, "ValidationError", format!("Stack [{}] does not exist", request.stack))
            }
            (ChangeSetKind::Update | ChangeSetKind::Import, Some((status, id))) => {
                if StackStatus(status.to_owned()).is_stable() {
                    return Ok(());
                }
                let words = format!("Stack:{id} is in {status} state and can not be updated.");
                refuse(AwsErrorKind::Conflict, "ValidationError", words)
            }
        }
    }

    fn template_text(&self, key: &(String, String), request: &ChangeSetRequest) -> Result<String, Refusal> {
        match &request.template {
            TemplateSource::Body(text) if text.len() > INLINE_LIMIT => refuse(
                AwsErrorKind::Validation,
                "ValidationError",
                "'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
            ),
            TemplateSource::Body(text) => Ok(text.clone()),
            TemplateSource::Url(url) => {
                let place = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
                let object = place
                    .and_then(|(host, path)| self.storage.current(host.split(".s3.").next().unwrap_or_default(), path));
                match object {
                    Some(object) => Ok(String::from_utf8_lossy(&object.body).into_owned()),
                    None => refuse(
                        AwsErrorKind::Validation,
                        "ValidationError",
                        format!("S3 error: The specified key does not exist. For more information check {url}"),
                    ),
                }
            }
            TemplateSource::Previous => match self.stacks.get(key).and_then(|stack| stack.template.clone()) {
                Some(text) => Ok(text),
                None => refuse(AwsErrorKind::Validation, "ValidationError", "There is no previous template"),
            },
        }
    }

    /// Refuses a template with types that CloudFormation does not know in a region.
    pub(crate) fn check_types(&self, region: &str, evaluated: &Evaluated) -> Result<(), Refusal> {
        let is_unknown = |kind: &str| self.unknown_types.iter().any(|(at, lacks)| at == region && lacks == kind);
        let kinds = evaluated.resources.values().map(|one| one.kind.as_str());
        let mut unknown: Vec<&str> = kinds.filter(|kind| is_unknown(kind)).collect();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        let words = format!("Template format error: Unrecognized resource types: [{}]", unknown.join(", "));
        refuse(AwsErrorKind::Validation, "ValidationError", words)
    }

    /// The hosted zones that the template's parameters of that type name.
    pub(crate) fn zones_looked_up(&self, region: &str, request: &ChangeSetRequest) -> Vec<String> {
        let key = (region.to_owned(), request.stack.clone());
        let Ok(text) = self.template_text(&key, request) else { return Vec::new() };
        let template = template::parse(&text).unwrap_or_default();
        let declared = template["Parameters"].as_object().into_iter().flatten();
        let zones = declared.filter(|(_, parameter)| parameter["Type"] == "AWS::Route53::HostedZone::Id");
        let live = self.stacks.get(&key).map(|stack| &stack.parameters);
        let value = |name: &String| match request.parameters.get(name)? {
            ParameterValue::Value(value) => Some(value.clone()),
            ParameterValue::Previous => live?.get(name).cloned(),
        };
        zones.filter_map(|(name, _)| value(name)).filter(|zone| !zone.is_empty()).collect()
    }

    /// The parameters in force after the change set.
    fn fill_in(
        &self,
        key: &(String, String),
        request: &ChangeSetRequest,
        template: &str,
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let invalid = |words: String| refuse(AwsErrorKind::Validation, "ValidationError", words);
        let declared = match parameters(template) {
            Ok(declared) => declared,
            Err(words) => return invalid(format!("Template format error: {words}")),
        };
        let unknown: Vec<&str> =
            request.parameters.keys().filter(|name| !declared.contains_key(*name)).map(String::as_str).collect();
        if !unknown.is_empty() {
            return invalid(format!("Parameters: [{}] do not exist in the template", unknown.join(", ")));
        }
        let previous = self.stacks.get(key).map(|stack| &stack.parameters);
        let mut filled = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, default) in declared {
            let value = match request.parameters.get(&name) {
                Some(ParameterValue::Value(value)) => Some(value.clone()),
                Some(ParameterValue::Previous) => previous.and_then(|previous| previous.get(&name)).cloned(),
                // Left out means the default, even when the stack has another value now: the trap of every partial update.
                None => default,
            };
            match value {
                Some(value) => drop(filled.insert(name, value)),
                None => missing.push(name),
            }
        }
        if missing.is_empty() {
            Ok(filled)
        } else {
            invalid(format!("Parameters: [{}] must have values", missing.join(", ")))
        }
    }

    fn evaluate_change_set(
        &mut self,
        key: &(String, String),
        request: &ChangeSetRequest,
        template: String,
    ) -> Result<FakeChangeSet, Refusal> {
        let filled = self.fill_in(key, request, &template)?;
        let serial = self.next();
        let polls_left = self.polls;
        let Some(stack) = self.stacks.get(key) else {
            return refuse(
                AwsErrorKind::NotFound,
                "ValidationError",
                format!("Stack [{}] does not exist", request.stack),
            );
        };
        let mut imported = stack.imported.clone();
        imported.extend(
            request
                .imports
                .iter()
                .filter_map(|one| Some((one.logical_id.clone(), one.identifier.values().next()?.clone()))),
        );
        let scope = Scope {
            stack: &stack.name,
            stack_id: &stack.id,
            region: &stack.region,
            account: &self.caller.account,
            parameters: &filled,
            imported: &imported,
        };
        let evaluated = evaluate(&template, &scope);
        let imports = request.kind == ChangeSetKind::Import;
        let found = evaluated.and_then(|new| Ok((changes(&stack.evaluated, &new, imports)?, new)));
        let (changes, evaluated) = match found {
            Ok(found) => found,
            Err(words) => return refuse(AwsErrorKind::Validation, "ValidationError", words),
        };
        self.check_types(&key.0, &evaluated)?;
        if imports {
            if evaluated.outputs.keys().ne(stack.evaluated.outputs.keys()) {
                let words = "As part of the import operation, you cannot modify or add [Outputs]";
                return refuse(AwsErrorKind::Validation, "ValidationError", words);
            }
            self.check_imports(request, &changes, &evaluated)?;
        }
        let is_empty = request.kind == ChangeSetKind::Update
            && changes.is_empty()
            && !(request.revert_drift && self.drifted.contains_key(&stack.name))
            && evaluated.outputs == stack.evaluated.outputs
            && request.tags == stack.tags;
        let id = format!(
            "arn:aws:cloudformation:{}:{}:changeSet/{}/{serial:04x}",
            stack.region, self.caller.account, request.name
        );
        let (reason, problems) = match self.refused_change_sets.remove(&request.stack) {
            Some((words, problems)) => (Some(words), problems),
            None => (is_empty.then(|| NO_CHANGES.to_owned()), Vec::new()),
        };
        let public = ChangeSet {
            id,
            name: request.name.clone(),
            status: if reason.is_some() { "FAILED" } else { "CREATE_COMPLETE" }.to_owned(),
            execution_status: if reason.is_some() { "UNAVAILABLE" } else { "AVAILABLE" }.to_owned(),
            status_reason: reason,
            stack_id: stack.id.clone(),
            parameters: filled.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect(),
            tags: request.tags.clone(),
            extras: ChangeSetExtras { reverts_drift: request.revert_drift, ..ChangeSetExtras::default() },
            changes,
        };
        Ok(FakeChangeSet {
            public,
            problems,
            template,
            parameters: filled,
            tags: request.tags.clone(),
            evaluated,
            creates: request.kind == ChangeSetKind::Create,
            imported: if imports { imported } else { BTreeMap::new() },
            reverts_drift: request.revert_drift,
            polls_left,
        })
    }
}

fn check_names(request: &ChangeSetRequest) -> Result<(), Refusal> {
    let fits = |name: &str, first: fn(&char) -> bool| {
        name.len() <= 128
            && name.chars().next().is_some_and(|letter| first(&letter))
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    };
    for (what, name) in [("changeSetName", &request.name), ("stackName", &request.stack)] {
        if !fits(name, char::is_ascii_alphabetic) {
            let words = format!("1 validation error detected: Value '{name}' at '{what}' failed to satisfy constraint");
            return refuse(AwsErrorKind::Validation, "ValidationError", words);
        }
    }
    if !fits(&request.token, char::is_ascii_alphanumeric) {
        let words = "1 validation error detected: Value at 'clientToken' failed to satisfy constraint";
        return refuse(AwsErrorKind::Validation, "ValidationError", words);
    }
    Ok(())
}
