//! Which templates a release names: those that are in force.

use std::collections::BTreeMap;

use super::Road;
use crate::base::error::CommandError;
use crate::config::StackKind;
use crate::options::Part;
use crate::releases::publish;
use crate::releases::release::Current;
use crate::stacks::render::Rendered;
use stellarr_aws::{Objects, comparison};

/// The templates of a release.
#[derive(Clone, Debug, Default)]
pub(super) struct Templates {
    /// Keys of those in force, by stack.
    pub(super) in_force: BTreeMap<String, String>,
    /// Keys of those that were asked for instead and change nothing.
    pub(super) same: BTreeMap<String, String>,
}

impl Road<'_> {
    /// Names the templates in force, and stores those that no release has stored yet.
    ///
    /// CloudFormation keeps the old text where a new one would change nothing, a comment's for example.
    pub(super) async fn templates(
        &self,
        bucket: &str,
        rendered: &Rendered,
        current: Option<&Current>,
    ) -> Result<Templates, CommandError> {
        // A part that is deployed alone changes no template.
        if let Some(Current { release, .. }) = current.filter(|_| !self.arguments.wants(Part::Infra)) {
            return Ok(Templates { in_force: release.templates.clone(), same: release.same_templates.clone() });
        }
        let objects = self.context.cloud.objects();
        let mut templates = Templates::default();
        for (kind, text) in &rendered.stacks {
            let wanted = publish::template_key(kind.as_str(), text);
            let other = self.ledger.template(*kind).filter(|found| !comparison::shows_text(&found.text, text));
            let key = match other {
                None => wanted,
                Some(found) => {
                    if found.is_same {
                        templates.same.insert(kind.as_str().to_owned(), wanted);
                    }
                    let recorded = current.and_then(|current| current.release.templates.get(kind.as_str()));
                    stored(objects.as_ref(), bucket, *kind, &found.text, recorded).await?
                }
            };
            templates.in_force.insert(kind.as_str().to_owned(), key);
        }
        Ok(templates)
    }
}

/// The key of a template in force: the one that the release before has for it, or that of a copy.
async fn stored(
    objects: &dyn Objects,
    bucket: &str,
    kind: StackKind,
    shown: &str,
    recorded: Option<&String>,
) -> Result<String, CommandError> {
    if let Some(key) = recorded {
        let is_it = publish::is_template_key(key, kind.as_str(), shown)
            || objects
                .get(bucket, key)
                .await?
                .is_some_and(|object| comparison::shows_text(shown, &String::from_utf8_lossy(&object.body)));
        if is_it {
            return Ok(key.clone());
        }
    }
    publish::template(objects, bucket, kind.as_str(), shown).await
}
