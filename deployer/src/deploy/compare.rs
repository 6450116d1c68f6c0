//! What is there, what a deploy would change about it, and what that means to people: all of it only reads.

use super::Pipeline;
use super::outputs::Wanted;
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::deployment::lock::Lock;
use crate::insight::change_summary::ChangeSummary;
use crate::insight::differences::Differences;
use crate::insight::snapshot::Snapshot;
use crate::insight::{comparison, doctor};
use crate::releases::upgrade;
use crate::secrets::{self, Input};
use crate::stacks::apply;
use crate::ui::can_ask;

impl Pipeline<'_> {
    /// Prints what is deployed where, and as whom.
    pub(super) async fn announce(&self) -> Result<(), CommandError> {
        let caller = self.context.cloud.identity().caller().await?;
        if self.deployment.sandbox.is_none() {
            self.context.printer.line(&format!(
                "Deploying {} to account {} in {} as {}",
                self.deployment.config.prefix(),
                caller.account,
                self.deployment.config.region,
                caller.arn
            ));
        }
        Ok(())
    }

    /// Reads what is there, after checks of all that would make a deploy break off half-way.
    pub(super) async fn look(&self) -> Result<Snapshot, CommandError> {
        let live = doctor::preflight(self.deployment, self.context).await?;
        Snapshot::of(self.deployment, self.context, live).await
    }

    /// Lets CloudFormation finish rollbacks that failed, where that was asked for.
    pub(super) async fn continue_rollbacks(&self, mut snapshot: Snapshot) -> Result<Snapshot, CommandError> {
        if !self.options.continue_rollback {
            return Ok(snapshot);
        }
        let bucket = snapshot.bucket().map(str::to_owned);
        let work = async {
            for (kind, _) in self.deployment.states().await?.into_iter().filter(|(_, stack)| stack.is_some()) {
                let (region, name) = (self.deployment.region(kind), self.deployment.stack_name(kind));
                snapshot.confirm(kind, apply::continue_rollback(self.context, region, &name).await?);
            }
            Ok(snapshot)
        };
        match bucket {
            Some(bucket) => {
                let lock = Lock::take(self.context.cloud.objects(), &bucket, &super::who(), self.context.clock).await?;
                lock.during(self.context.clock, work).await
            }
            None => work.await,
        }
    }

    /// Looks once more where there was no bucket: another first deploy may have ended during the build, and its bucket
    /// then holds the lock.
    pub(super) async fn look_for_first_bucket(&self, snapshot: Snapshot) -> Result<Snapshot, CommandError> {
        match snapshot.bucket() {
            Some(_) => Ok(snapshot),
            None => snapshot.reread(self.deployment, self.context).await,
        }
    }

    /// Compares what is there with what is wanted.
    ///
    /// # Errors
    /// When there is nothing that a part could belong to, a newer version of stellarr deployed last, or AWS's.
    pub(super) async fn compare(&self, wanted: &Wanted, snapshot: &Snapshot) -> Result<Differences, CommandError> {
        if snapshot.live.main.is_none() && !self.options.only.is_empty() {
            return Err(CommandError::usage(
                "`--only` changes parts of a deployment that exists, and there is none yet",
            )
            .code(Code::NotDeployed)
            .hint("run `stellarr deploy` once without it"));
        }
        let deployed = upgrade::deployed_by(snapshot.current.as_ref());
        upgrade::check(deployed, self.options.allow_downgrade, self.context.printer)?;
        comparison::run(self.deployment, self.context, &wanted.rendered, &wanted.built, snapshot).await
    }

    /// Prints what would happen.
    pub(super) fn show(&self, differences: &Differences, snapshot: &Snapshot) {
        let summary = ChangeSummary::of(differences, snapshot, &self.deployment.config);
        self.context.printer.data(&summary.text(self.deployment.sandbox.is_some()));
        if self.context.printer.verbose() {
            self.context.printer.data(&differences.text());
        }
    }

    /// Prints how long the stacks will take, how the price changes and whose rights widen.
    pub(super) fn foretell(&self, differences: &Differences, snapshot: &Snapshot) {
        if differences.stacks.is_empty() {
            return;
        }
        let summary = ChangeSummary::of(differences, snapshot, &self.deployment.config);
        let lines = summary.rights_lines().into_iter();
        let figures = summary.figures().into_iter().filter(|_| self.deployment.sandbox.is_none());
        for line in lines.chain(figures) {
            self.context.printer.line(&line);
        }
    }

    /// Checks, before anything is written, that a first deploy has every value that its secret needs.
    pub(super) fn foresee_secrets(&self, snapshot: &Snapshot, input: &Input) -> Result<(), CommandError> {
        if snapshot.has_secret() || self.deployment.sandbox.is_some() {
            return Ok(());
        }
        secrets::foresee(input, can_ask())
    }
}
