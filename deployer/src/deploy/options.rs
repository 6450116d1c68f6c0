//! How a deploy or a rollback goes about its work.

use crate::base::functions::Function;
use crate::options::Part;

/// How a deploy or a rollback goes about its work.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Ask nothing; still refuses to lose data without [`Self::allow_data_loss`].
    pub yes: bool,
    /// Show what would happen and stop.
    pub dry_run: bool,
    /// Deploy only these parts; all of them when empty.
    pub only: Vec<Part>,
    /// Leave the CDN's copies of changed files alone.
    pub no_invalidate: bool,
    /// Leave the trending lists alone.
    pub no_warm: bool,
    /// Go on although data is lost.
    pub allow_data_loss: bool,
    /// Replace DNS records of the domain that lead elsewhere without asking.
    pub replace_dns: bool,
    /// Deploy although a newer version of stellarr deployed last.
    pub allow_downgrade: bool,
    /// Let CloudFormation finish a rollback that failed, then deploy.
    pub continue_rollback: bool,
    /// Values of the secret were given for this run: they are stored even where nothing else changes.
    pub has_new_secrets: bool,
}

impl Options {
    pub(super) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    pub(super) fn wants_function(&self, function: Function) -> bool {
        self.wants(Part::Function(function))
    }

    pub(super) fn wants_code(&self) -> bool {
        Function::ALL.into_iter().any(|function| self.wants_function(function))
    }
}
