//! The functions' code in the artifact bucket.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Pipeline;
use super::outputs::{Locked, Outputs};
use crate::base::error::CommandError;
use crate::config::StackKind;
use crate::releases::publish;
use crate::ui::human_bytes;
use stellarr_aws::TemplateSource;

impl Pipeline<'_> {
    /// Uploads the code that the bucket does not hold yet; returns the key of each function. The code of an earlier release
    /// is there already: it is only checked.
    pub(super) async fn publish(&self, locked: &Locked<'_>) -> Result<BTreeMap<String, String>, CommandError> {
        if let Some(release) = &locked.wanted.restores {
            for key in release.code.values() {
                publish::verify(self.context, locked.bucket, key).await?;
            }
            return Ok(release.code.clone());
        }
        let artifacts = &locked.wanted.built.functions.artifacts;
        if artifacts.is_empty() {
            return Ok(BTreeMap::new());
        }
        let since = Instant::now();
        let published = publish::functions(self.context, locked.bucket, artifacts).await?;
        let outcome = if published.uploaded.is_empty() {
            "every function is up already".to_owned()
        } else {
            format!("{} ({})", published.uploaded.join(", "), human_bytes(published.bytes))
        };
        if !published.uploaded.is_empty() {
            self.effects.note(format!("in the artifact bucket: the code of {}", published.uploaded.join(", ")));
        }
        self.context.printer.stage("publish", &outcome, since);
        Ok(published.code)
    }
    /// Makes sure, after the stacks, that the functions run the published code.
    pub(super) async fn confirm_code(&self, locked: &Locked<'_>, made: &Outputs) -> Result<(), CommandError> {
        publish::confirm(self.context, locked.bucket, &made.code, &made.stacks.outputs, locked.lock).await
    }

    /// Puts a template where CloudFormation reads it.
    pub(super) async fn upload_template(
        &self,
        locked: &Locked<'_>,
        kind: StackKind,
        text: &str,
    ) -> Result<TemplateSource, CommandError> {
        let objects = self.context.cloud.objects();
        let key = publish::template(objects.as_ref(), locked.bucket, kind.as_str(), text).await?;
        Ok(TemplateSource::Url(objects.template_url(locked.bucket, &key)))
    }
}
