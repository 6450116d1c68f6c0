//! The release record: what this run made live.

use std::collections::BTreeMap;

use super::outputs::{Locked, Outputs};
use super::{Pipeline, who};
use crate::base::error::CommandError;
use crate::config::StackKind;
use crate::options::Part;
use crate::releases::publish;
use crate::releases::release::{self, Current, Release};
use stellarr_aws::{Objects, comparison};

/// The templates of a release.
#[derive(Clone, Debug, Default)]
struct Templates {
    /// Keys of those in force, by stack.
    in_force: BTreeMap<String, String>,
    /// Keys of those that were asked for instead and change nothing.
    same: BTreeMap<String, String>,
}

impl Pipeline<'_> {
    /// Makes what is live now the current release, unless a newer one has become current.
    pub(super) async fn record_release(&self, locked: &Locked<'_>, made: &Outputs) -> Result<(), CommandError> {
        let templates = self.templates(locked, made).await?;
        let release = self.record(locked, made, templates);
        locked.lock.check().await?;
        let objects = self.context.cloud.objects();
        release::publish(objects.as_ref(), locked.bucket, &release, locked.snapshot.current.as_ref()).await?;
        Ok(())
    }

    /// Names the templates in force, and stores those that no release has stored yet.
    ///
    /// CloudFormation keeps the old text where a new one would change nothing, a comment's for example.
    async fn templates(&self, locked: &Locked<'_>, made: &Outputs) -> Result<Templates, CommandError> {
        let current = locked.snapshot.current.as_ref();
        // A part that is deployed alone changes no template.
        if let Some(Current { release, .. }) = current.filter(|_| !self.options.wants(Part::Infra)) {
            return Ok(Templates { in_force: release.templates.clone(), same: release.same_templates.clone() });
        }
        let objects = self.context.cloud.objects();
        let mut templates = Templates::default();
        for (kind, text) in &locked.wanted.rendered.stacks {
            let wanted = publish::template_key(kind.as_str(), text);
            let other = made.template(*kind).filter(|found| !comparison::shows_text(found.text, text));
            let key = match other {
                None => wanted,
                Some(found) => {
                    if found.is_same {
                        templates.same.insert(kind.as_str().to_owned(), wanted);
                    }
                    let recorded = current.and_then(|current| current.release.templates.get(kind.as_str()));
                    stored(objects.as_ref(), locked.bucket, *kind, found.text, recorded).await?
                }
            };
            templates.in_force.insert(kind.as_str().to_owned(), key);
        }
        Ok(templates)
    }

    fn record(&self, locked: &Locked<'_>, made: &Outputs, templates: Templates) -> Release {
        let current = locked.snapshot.current.as_ref();
        let mut code = current.map(|current| current.release.code.clone()).unwrap_or_default();
        code.extend(made.code.clone());
        // Templates and configuration belong together: a part that is deployed alone changes neither.
        let config = match current {
            Some(current) if !self.options.wants(Part::Infra) => current.release.config.clone(),
            _ => serde_json::to_value(&self.deployment.config).unwrap_or_default(),
        };
        Release {
            sequence: locked.sequence(),
            created_at: self.context.clock.now(),
            by: who(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config,
            templates: templates.in_force,
            same_templates: templates.same,
            code,
            site: made.site.key.clone(),
            retired: made.site.retired.clone(),
            restores: locked.wanted.restores.as_ref().map(Release::origin),
        }
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
