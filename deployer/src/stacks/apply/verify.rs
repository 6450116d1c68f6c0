//! Whether a change set is the one that was asked for.
//!
//! Every principal that may create change sets chooses their names, and for a name that is taken CloudFormation returns
//! the existing one. So before a change set is executed, or taken to be empty, all its content is compared with the
//! request.

use stellarr_aws::comparison;
use stellarr_aws::template;
use stellarr_aws::{ChangeSet, ChangeSetExtras, ChangeSetKind, ChangeSetRequest, ParameterValue, Stack};

/// What a change set was asked to be.
pub(super) struct Asked<'a> {
    pub(super) request: &'a ChangeSetRequest,
    /// The text of its template, as it was handed in or as CloudFormation shows it.
    pub(super) template: &'a str,
    /// The stack that it changes; none before its creation.
    pub(super) live: Option<&'a Stack>,
}

impl Asked<'_> {
    /// The first thing in which a change set differs from the request; `shown` is its template.
    pub(super) fn difference(&self, found: &ChangeSet, shown: &str) -> Option<&'static str> {
        let extras = ChangeSetExtras { reverts_drift: self.request.revert_drift, ..ChangeSetExtras::default() };
        // The emulator does not report that a change set reverts drift.
        let told = ChangeSetExtras {
            reverts_drift: found.extras.reverts_drift || extras.reverts_drift,
            ..found.extras.clone()
        };
        let checks = [
            ("stack", self.live.is_none_or(|live| live.id == found.stack_id)),
            ("template", comparison::shows_template(shown, self.template)),
            ("parameters", self.parameters(found)),
            ("tags", comparison::shows_all(&found.tags, &self.request.tags)),
            ("kind", self.kind(found)),
            ("options", told == extras),
        ];
        checks.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
    }

    fn parameters(&self, found: &ChangeSet) -> bool {
        let live = |name: &str| self.live.and_then(|live| live.parameters.get(name));
        let asked = self.request.parameters.iter().all(|(name, value)| {
            let told = found.parameters.get(name);
            match value {
                ParameterValue::Value(value) => matches!(told, Some(Some(told)) if comparison::shows(told, value)),
                // CloudFormation tells the value that there is, or that it stays, or nothing.
                ParameterValue::Previous => told.and_then(Option::as_ref).is_none_or(|told| Some(told) == live(name)),
            }
        });
        let parsed = template::parse(self.template).unwrap_or_default();
        // What was not asked for takes the template's default.
        let mut others = found.parameters.iter().filter(|(name, _)| !self.request.parameters.contains_key(*name));
        let by_default = |name: &str, told: &str| match &parsed["Parameters"][name]["Default"] {
            serde_json::Value::Null => false,
            serde_json::Value::String(default) => comparison::shows(told, default),
            // A number or a boolean, which a parameter shows as text.
            other => comparison::shows(told, &other.to_string()),
        };
        asked && others.all(|(name, told)| told.as_ref().is_none_or(|told| by_default(name, told)))
    }

    fn kind(&self, found: &ChangeSet) -> bool {
        let imports = self.request.kind == ChangeSetKind::Import;
        found.changes.iter().filter(|change| (change.action == "Import") || imports).all(|change| {
            let import = self.request.imports.iter().find(|import| import.logical_id == change.logical_id);
            let is_it = |physical: &String, import: &stellarr_aws::ResourceToImport| {
                // How CloudFormation joins several, it says nowhere.
                import.identifier.len() != 1 || import.identifier.values().any(|value| value == physical)
            };
            match (imports, import) {
                // That an import changes nothing else, its own check says with its own words.
                (true, None) => change.action != "Import",
                (true, Some(import)) => change.physical_id.as_ref().is_none_or(|physical| is_it(physical, import)),
                (false, _) => false,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use stellarr_aws::{ResourceChange, ResourceToImport, StackStatus, TemplateSource};

    const TEMPLATE: &str = "Parameters:\n  Key: {Type: String}\n  Note: {Type: String, Default: Für}\nResources:\n  A: {Type: \"AWS::S3::Bucket\"}\n";

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn request() -> ChangeSetRequest {
        ChangeSetRequest {
            stack: "home".to_owned(),
            name: "stellarr-1".to_owned(),
            kind: ChangeSetKind::Update,
            imports: Vec::new(),
            template: TemplateSource::Body(TEMPLATE.to_owned()),
            parameters: [("Key".to_owned(), ParameterValue::Value("a.zip".to_owned()))].into(),
            tags: map(&[("team", "Zoë")]),
            token: "stellarr-1".to_owned(),
            revert_drift: false,
        }
    }

    fn change(action: &str, physical_id: Option<&str>) -> ResourceChange {
        ResourceChange {
            action: action.to_owned(),
            logical_id: "A".to_owned(),
            physical_id: physical_id.map(str::to_owned),
            resource_type: "AWS::S3::Bucket".to_owned(),
            replacement: None,
            policy_action: None,
            properties: Vec::new(),
        }
    }

    fn found() -> ChangeSet {
        ChangeSet {
            id: "arn:change-set".to_owned(),
            name: "stellarr-1".to_owned(),
            stack_id: "arn:home".to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
            status_reason: None,
            execution_status: "AVAILABLE".to_owned(),
            parameters: [("Key", "a.zip"), ("Note", "F?r")].map(|(k, v)| (k.to_owned(), Some(v.to_owned()))).into(),
            tags: map(&[("team", "Zo?")]),
            extras: ChangeSetExtras::default(),
            changes: vec![change("Modify", Some("bucket"))],
        }
    }

    fn live() -> Stack {
        Stack {
            name: "home".to_owned(),
            id: "arn:home".to_owned(),
            status: StackStatus("UPDATE_COMPLETE".to_owned()),
            status_reason: None,
            parameters: map(&[("Key", "a.zip")]),
            outputs: BTreeMap::new(),
            tags: BTreeMap::new(),
            updated_at: None,
            termination_protection: false,
        }
    }

    fn difference(request: &ChangeSetRequest, found: &ChangeSet, shown: &str) -> Option<&'static str> {
        Asked { request, template: TEMPLATE, live: Some(&live()) }.difference(found, shown)
    }

    #[test]
    fn row_6_a_change_set_is_the_one_that_was_asked_for_whatever_cloudformation_makes_of_letters() {
        assert_eq!(difference(&request(), &found(), &comparison::mangled(TEMPLATE)), None);
        let mut previous = request();
        previous.parameters.insert("Key".to_owned(), ParameterValue::Previous);
        assert_eq!(difference(&previous, &found(), TEMPLATE), None);
        let mut stays = found();
        stays.parameters.insert("Key".to_owned(), None);
        assert_eq!(difference(&previous, &stays, TEMPLATE), None);
        assert_eq!(difference(&request(), &stays, TEMPLATE), Some("parameters"));
    }

    #[test]
    fn row_6_whatever_differs_makes_it_foreign() {
        let other = TEMPLATE.replace("AWS::S3::Bucket", "AWS::IAM::User");
        assert_eq!(difference(&request(), &found(), &other), Some("template"));
        let changed = |edit: fn(&mut ChangeSet)| {
            let mut other = found();
            edit(&mut other);
            difference(&request(), &other, TEMPLATE)
        };
        assert_eq!(changed(|set| drop(set.parameters.insert("Key".into(), Some("b.zip".into())))), Some("parameters"));
        assert_eq!(changed(|set| drop(set.parameters.insert("Note".into(), Some("x".into())))), Some("parameters"));
        assert_eq!(changed(|set| drop(set.parameters.insert("Other".into(), Some("x".into())))), Some("parameters"));
        assert_eq!(changed(|set| drop(set.parameters.remove("Key"))), Some("parameters"));
        assert_eq!(changed(|set| set.tags.clear()), Some("tags"));
        assert_eq!(changed(|set| set.stack_id.push('x')), Some("stack"));
        assert_eq!(changed(|set| set.changes.push(change("Import", None))), Some("kind"));
        assert_eq!(changed(|set| set.extras.reverts_drift = true), Some("options"));
        assert_eq!(changed(|set| set.extras.imports_existing = true), Some("options"));
        assert_eq!(changed(|set| set.extras.deletes_on_failure = true), Some("options"));
    }

    #[test]
    fn row_6_an_import_takes_over_what_was_named() {
        let identifier = map(&[("BucketName", "bucket")]);
        let import =
            ResourceToImport { logical_id: "A".to_owned(), resource_type: "AWS::S3::Bucket".to_owned(), identifier };
        let request = ChangeSetRequest { kind: ChangeSetKind::Import, imports: vec![import], ..request() };
        let with = |changes| difference(&request, &ChangeSet { changes, ..found() }, TEMPLATE);
        assert_eq!(with(vec![change("Import", Some("bucket"))]), None);
        assert_eq!(with(vec![change("Import", None)]), None);
        assert_eq!(with(vec![change("Import", Some("another"))]), Some("kind"));
        let stranger = ResourceChange { logical_id: "B".to_owned(), ..change("Import", Some("bucket")) };
        assert_eq!(with(vec![stranger]), Some("kind"));
    }
}
