//! What the stages hand to each other.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::base::artifact::{Artifact, FunctionBuild};
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::StackKind;
use crate::deployment::lock::Lock;
use crate::insight::snapshot::Snapshot;
use crate::releases::built::Built;
use crate::releases::publish;
use crate::releases::release::Release;
use crate::secrets::SecretState;
use crate::site::manifest::{Manifest, Retired, Site};
use crate::site::sync::Synced;
use crate::stacks::apply::Applied;
use crate::stacks::render::Rendered;
use stellarr_aws::RecordSet;

/// The output of the bootstrap stack that names the artifact bucket.
pub(super) const BUCKET: &str = "ArtifactBucketName";

/// What a run puts live.
#[derive(Debug)]
pub struct Wanted {
    /// The templates.
    pub(crate) rendered: Rendered,
    /// The functions, and the site.
    pub(crate) built: Built,
    /// Records of the domain that the person agreed to replace.
    pub(super) agreed: Vec<RecordSet>,
    /// The release that comes back; none where functions and site have just been built.
    pub(super) restores: Option<Release>,
}

impl Wanted {
    pub(super) fn new(rendered: Rendered, built: Built, agreed: Vec<RecordSet>) -> Self {
        Self { rendered, built, agreed, restores: None }
    }

    /// An earlier release as if it had been built just now. `rendered` has of the bootstrap stack the template in force.
    #[must_use]
    pub fn restored(release: Release, rendered: Rendered, manifest: Manifest, architecture: &'static str) -> Self {
        let artifact = |(function, key): (&String, &String)| Artifact {
            function: function.clone(),
            path: PathBuf::new(),
            sha256: publish::hash_in(key).unwrap_or_default().to_owned(),
            size: 0,
        };
        let artifacts = release.code.iter().map(artifact).collect();
        let site = release.site.is_some().then(|| Site::of(manifest, BTreeMap::new()));
        let built = Built { functions: FunctionBuild { architecture, artifacts }, site };
        Self { rendered, built, agreed: Vec::new(), restores: Some(release) }
    }
}

/// What every stage under the lock starts from.
pub(super) struct Locked<'a> {
    /// The lock, to be checked before what others can see.
    pub(super) lock: &'a Lock,
    /// The artifact bucket.
    pub(super) bucket: &'a str,
    /// The deployment as it was when the lock was taken.
    pub(super) snapshot: &'a Snapshot,
    pub(super) wanted: &'a Wanted,
}

impl Locked<'_> {
    /// The number of the release that this run makes.
    pub(super) fn sequence(&self) -> u64 {
        self.snapshot.sequence() + 1
    }
}

/// What the stages have made so far.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    pub(super) bootstrap: Applied,
    pub(super) secret: Option<SecretState>,
    /// Key of each function's code in the artifact bucket.
    pub(super) code: BTreeMap<String, String>,
    pub(super) stacks: AppliedStacks,
    pub(super) site: SiteOutput,
}

impl Outputs {
    /// What has been made once the bootstrap stack is there.
    pub(super) fn of(bootstrap: Applied) -> Self {
        Self { bootstrap, ..Self::default() }
    }

    /// The artifact bucket.
    ///
    /// # Errors
    /// When the bootstrap stack is not there: a part of a deployment was asked for alone.
    pub(super) fn bucket(&self) -> Result<String, CommandError> {
        need(&self.bootstrap.outputs, BUCKET)
    }

    /// The template that a stack has, where this run saw it.
    pub(super) fn template(&self, kind: StackKind) -> Option<TemplateInForce<'_>> {
        let applied = match kind {
            StackKind::Bootstrap => Some(&self.bootstrap),
            kind => self.stacks.applied.get(&kind),
        }?;
        Some(TemplateInForce { text: applied.template.as_deref()?, is_same: applied.is_same })
    }

    /// An output of any stack that a later stage cannot do without.
    ///
    /// # Errors
    /// When it is missing.
    pub(super) fn need(&self, key: &str) -> Result<String, CommandError> {
        need(&self.stacks.outputs, key)
    }
}

/// The stacks after they were applied.
#[derive(Debug, Default)]
pub(super) struct AppliedStacks {
    /// Outputs of all stacks.
    pub(super) outputs: BTreeMap<String, String>,
    /// Edge and main stack, where they were applied.
    pub(super) applied: BTreeMap<StackKind, Applied>,
}

/// The template that a stack has.
pub(super) struct TemplateInForce<'a> {
    pub(super) text: &'a str,
    /// Whether CloudFormation found it to be the same as the one that was asked for.
    pub(super) is_same: bool,
}

/// The site after its files were uploaded.
#[derive(Debug, Default)]
pub(super) struct SiteOutput {
    /// Key of its manifest in the artifact bucket; none before a site was ever published.
    pub(super) key: Option<String>,
    /// Hashed files that no page names any more and that are still there.
    pub(super) retired: BTreeMap<String, Retired>,
    /// What was uploaded; none where the site was left alone.
    pub(super) uploaded: Option<Uploaded>,
}

/// An upload, as far as the CDN's copies depend on it.
#[derive(Debug)]
pub(super) struct Uploaded {
    pub(super) synced: Synced,
    /// SHA-256 of the manifest, in hex.
    pub(super) content: String,
}

/// An output that a later stage cannot do without.
///
/// # Errors
/// When it is missing.
pub(super) fn need(outputs: &BTreeMap<String, String>, key: &str) -> Result<String, CommandError> {
    outputs.get(key).cloned().filter(|value| !value.is_empty()).ok_or_else(|| {
        CommandError::failed(format!("the stacks have no output {key}"))
            .code(Code::NotDeployed)
            .hint("run `stellarr deploy` without `--only` to bring them up to date")
    })
}

/// What a stage prints as its outcome.
pub(super) fn outcome(changed: bool, what: &str) -> &str {
    if changed { what } else { "nothing to change" }
}
