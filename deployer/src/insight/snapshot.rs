//! A deployment as it is on AWS at one moment: what a deploy compares with, and what it starts from.

use std::collections::BTreeMap;

use crate::base::error::CommandError;
use crate::config::{Config, StackKind};
use crate::deployment::{Context, Deployment, Live};
use crate::domain::zone;
use crate::releases::release::{self, Current};
use crate::stacks::adoption::{self, LeftResources};
use stellarr_aws::Stack;

/// A deployment at one moment. A run reads it once, and once more when it holds the lock.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The stacks.
    pub live: Live,
    /// The current release; none before the first.
    pub current: Option<Current>,
    /// The id of the hosted zone that the domain's records belong in; none without a domain in Route53.
    pub zone: Option<String>,
    /// Secret and artifact bucket that a bootstrap stack left behind which is gone.
    left: LeftResources,
    /// Stacks as this run left them: to ask for one again could bring an older answer.
    confirmed: BTreeMap<StackKind, Stack>,
}

impl Snapshot {
    /// Reads everything.
    ///
    /// # Errors
    /// AWS's, a damaged release record, or a domain without a hosted zone.
    pub async fn read(deployment: &Deployment, context: Context<'_>) -> Result<Self, CommandError> {
        Self::of(deployment, context, deployment.live().await?).await
    }

    /// Reads what belongs to stacks that have been read already.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn of(deployment: &Deployment, context: Context<'_>, live: Live) -> Result<Self, CommandError> {
        let snapshot = Self { live, ..Self::default() };
        let (snapshot, zone) =
            tokio::try_join!(snapshot.with_release(deployment, context), zone::of(context, &deployment.config))?;
        Ok(Self { zone, ..snapshot })
    }

    /// Reads the stacks and the current release once more. What this run has changed stays as it left it.
    ///
    /// # Errors
    /// AWS's, or a damaged release record.
    pub async fn reread(&self, deployment: &Deployment, context: Context<'_>) -> Result<Self, CommandError> {
        let mut live = deployment.live().await?;
        for (kind, stack) in &self.confirmed {
            live.set(*kind, stack.clone());
        }
        let snapshot = Self { live, zone: self.zone.clone(), confirmed: self.confirmed.clone(), ..Self::default() };
        snapshot.with_release(deployment, context).await
    }

    /// Finds the bucket, and reads the release that is current there.
    async fn with_release(self, deployment: &Deployment, context: Context<'_>) -> Result<Self, CommandError> {
        let left = adoption::look_beside(deployment, context, &self.live).await?;
        let snapshot = Self { left, ..self };
        let current = match snapshot.bucket() {
            Some(bucket) => release::current(context.cloud.objects().as_ref(), bucket).await?,
            None => None,
        };
        Ok(Self { current, ..snapshot })
    }

    /// The same moment, to be compared with another configuration: only its zone may be another one.
    ///
    /// # Errors
    /// Route53's, or a domain without a hosted zone.
    pub async fn for_config(self, context: Context<'_>, old: &Config, new: &Config) -> Result<Self, CommandError> {
        if (&old.domain, &old.dns) == (&new.domain, &new.dns) {
            return Ok(self);
        }
        Ok(Self { zone: zone::of(context, new).await?, ..self })
    }

    /// The artifact bucket, which holds lock and releases; none before the first deploy.
    #[must_use]
    pub fn bucket(&self) -> Option<&str> {
        self.live.output("ArtifactBucketName").or(self.left.bucket())
    }

    /// The number of the current release; 0 before the first.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.current.as_ref().map_or(0, |current| current.release.sequence)
    }

    /// Says whether the secret with its values is there: a stack's, or left behind by one.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.live.bootstrap.is_some() || self.left.has_secret()
    }

    /// Takes a stack as this run left it.
    pub fn confirm(&mut self, kind: StackKind, stack: Option<Stack>) {
        if let Some(stack) = stack {
            self.live.set(kind, stack.clone());
            self.confirmed.insert(kind, stack);
        }
    }

    /// A stack, if it can be read.
    #[must_use]
    pub fn stack(&self, kind: StackKind) -> Option<&Stack> {
        match kind {
            StackKind::Bootstrap => self.live.bootstrap.as_ref(),
            StackKind::Edge => self.live.edge.as_ref(),
            StackKind::Main => self.live.main.as_ref(),
        }
    }

    /// The stack to start from; none where it is not there, or first has to come to rest.
    #[must_use]
    pub fn at_rest(&self, kind: StackKind) -> Option<Stack> {
        self.stack(kind).filter(|stack| stack.status.is_stable()).cloned()
    }

    /// Whether somebody protects the stack from deletion; whether to is theirs to say, where no data hangs on it.
    #[must_use]
    pub fn is_protected(&self, kind: StackKind) -> bool {
        self.stack(kind).is_some_and(|stack| stack.termination_protection)
    }
}
