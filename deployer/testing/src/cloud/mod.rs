//! The handle that tests hold: what they set and inspect, and the one place that every call passes.

mod consistency;
mod inject;
mod inspection;
mod regions;
mod rights;
mod setting;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

pub use inject::Fault;
use inject::{Rules, matches};

use crate::account::{Account, Refusal};
use stellarr_aws::{AwsError, AwsErrorKind};

/// Whether a call changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only looks.
    Read,
    /// It changes something.
    Write,
}

/// An AWS account in memory. Clones are the same account.
#[derive(Clone)]
pub struct FakeCloud {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) region: String,
    rules: Mutex<Rules>,
    account: Mutex<Account>,
}

impl fmt::Debug for FakeCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeCloud").field("region", &self.shared.region).finish_non_exhaustive()
    }
}

/// Reads the words of a failure as the adapters do.
fn as_adapters_report(mut error: AwsError) -> AwsError {
    if error.kind == AwsErrorKind::AccessDenied {
        stellarr_aws::name_what_was_denied(&mut error);
    }
    if error.kind == AwsErrorKind::ExpiredCredentials {
        // The adapters name the profile here, and there is none.
        error.resource = None;
    }
    error
}

impl FakeCloud {
    /// An account that panics on each call that was not allowed by [`Self::allow`].
    #[must_use]
    pub fn strict(region: &str) -> Self {
        let fake = Self::permissive(region);
        fake.rules().allowed = Some(Vec::new());
        fake
    }

    /// An account that takes every call.
    #[must_use]
    pub fn permissive(region: &str) -> Self {
        let shared = Shared {
            region: region.to_owned(),
            rules: Mutex::new(Rules::default()),
            account: Mutex::new(Account::default()),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Allows operations, each by its name (`s3:PutObject`) or by service (`s3:*`).
    pub fn allow(&self, operations: &[&str]) -> &Self {
        let mut rules = self.rules();
        rules.allowed.get_or_insert_default().extend(operations.iter().map(|name| (*name).to_owned()));
        drop(rules);
        self
    }

    /// Lets a fault meet the nth call from now (from 1) of the operations that the pattern names.
    pub fn inject(&self, pattern: &str, nth: u64, fault: Fault) -> &Self {
        self.rules().add(pattern, Some(nth), fault);
        self
    }

    /// Lets a fault meet every call of the operations that the pattern names.
    pub fn inject_always(&self, pattern: &str, fault: Fault) -> &Self {
        self.rules().add(pattern, None, fault);
        self
    }

    /// Lets the caller do just what an IAM policy allows, from now on.
    pub fn allow_only(&self, policy: Value) -> &Self {
        self.rules().policy = Some(policy);
        self
    }

    /// Lets the caller do everything again.
    pub fn allow_all(&self) -> &Self {
        self.rules().policy = None;
        self
    }

    /// Takes all faults away, and old answers too.
    pub fn heal(&self) -> &Self {
        self.rules().heal();
        self.account().clear_lag();
        self
    }

    /// Kills the process before the nth write from now, counted from 1: that call and all later ones fail without effect.
    pub fn crash_before_write(&self, nth: u64) -> &Self {
        self.rules().crash_in = Some(nth);
        self
    }

    /// Starts a new process after a crash; says whether there was one.
    pub fn revive(&self) -> bool {
        let mut rules = self.rules();
        rules.crash_in = None;
        std::mem::take(&mut rules.crashed)
    }

    /// The faults that fired so far, as `operation: fault`, and after them what was told late or less or came between.
    #[must_use]
    pub fn fired(&self) -> Vec<String> {
        let mut fired = self.rules().fired.clone();
        fired.extend(self.account().distortions.iter().cloned());
        fired
    }

    /// Every call so far, as `operation resource`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.rules().log.clone()
    }

    /// Every write so far, as `operation resource`.
    #[must_use]
    pub fn writes(&self) -> Vec<String> {
        self.rules().writes.clone()
    }

    /// Every right that the calls so far needed: the action as IAM names it, and the ARN that it is judged on.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<(String, String)> {
        self.rules().asked.clone()
    }

    /// How often the operations that the pattern names were called.
    #[must_use]
    pub fn count(&self, pattern: &str) -> usize {
        let named = |call: &&String| call.split(' ').next().is_some_and(|operation| matches(pattern, operation));
        self.rules().log.iter().filter(named).count()
    }

    /// Forgets the calls so far.
    pub fn clear_log(&self) {
        let mut rules = self.rules();
        rules.log.clear();
        rules.writes.clear();
        rules.fired.clear();
        rules.asked.clear();
        rules.by_region.clear();
        drop(rules);
        self.account().distortions.clear();
    }

    /// Passes one call in the home region, or in the only one that its service has.
    pub(crate) async fn call<T>(
        &self,
        operation: &'static str,
        resource: &str,
        effect: Effect,
        run: impl FnOnce(&mut Account) -> Result<T, Refusal>,
    ) -> Result<T, AwsError> {
        self.call_in(&self.shared.region, operation, resource, effect, run).await
    }

    /// Passes one call: records it, lets faults meet it, and then lets the account answer.
    pub(crate) async fn call_in<T>(
        &self,
        region: &str,
        operation: &'static str,
        resource: &str,
        effect: Effect,
        run: impl FnOnce(&mut Account) -> Result<T, Refusal>,
    ) -> Result<T, AwsError> {
        let error = |kind, code: Option<&str>, message: String| AwsError {
            resource: (!resource.is_empty()).then(|| resource.to_owned()),
            code: code.map(str::to_owned),
            request_id: Some("fake-request".to_owned()),
            ..AwsError::new(operation, kind, message)
        };
        let denied = self.check_policy(region, operation, resource);
        let faults = match self.record(operation, resource, effect) {
            Some(faults) => faults,
            None => return Err(error(AwsErrorKind::Other, Some("Crashed"), "the process is dead".to_owned())),
        };
        if let Some(words) = self.check_region(region, operation, resource).or(denied) {
            return Err(as_adapters_report(error(AwsErrorKind::AccessDenied, Some("AccessDenied"), words)));
        }
        let mut answer_is_lost = false;
        for fault in faults {
            match fault {
                Fault::Fail(kind) => return Err(error(kind, None, format!("injected: {kind:?}"))),
                Fault::Say(kind, words) => return Err(as_adapters_report(error(kind, None, words.to_owned()))),
                Fault::DropAfter => answer_is_lost = true,
                Fault::Hang => std::future::pending().await,
                Fault::Before(action) => action(self),
            }
        }
        let answer =
            run(&mut self.account()).map_err(|refusal| error(refusal.kind, Some(refusal.code), refusal.message))?;
        if answer_is_lost {
            return Err(error(AwsErrorKind::Network, None, "injected: the answer was lost".to_owned()));
        }
        Ok(answer)
    }

    /// Notes the right that a call needs, and returns IAM's words where the caller does not have it.
    fn check_policy(&self, region: &str, operation: &str, resource: &str) -> Option<String> {
        let caller = self.account().caller.clone();
        let (action, on) = rights::asked(operation, resource, region, &caller.account);
        let mut rules = self.rules();
        let allowed = rules.policy.as_ref().is_none_or(|policy| rights::allows(policy, &action, &on));
        if !allowed {
            rules.fired.push(format!("{action} on {on}: denied"));
        }
        rules.asked.insert((action.clone(), on.clone()));
        drop(rules);
        (!allowed).then(|| {
            let reason = format!("because no identity-based policy allows the {action} action");
            format!("User: {} is not authorized to perform: {action} on resource: {on} {reason}", caller.arn)
        })
    }

    /// Refuses what a service does with its caller's rights and the caller may not do.
    pub(crate) fn require_right(
        &self,
        region: &str,
        call: &'static str,
        operation: &str,
        resource: &str,
    ) -> Result<(), AwsError> {
        match self.check_policy(region, operation, resource) {
            Some(words) => Err(as_adapters_report(AwsError::new(call, AwsErrorKind::AccessDenied, words))),
            None => Ok(()),
        }
    }

    /// Notes the call and returns the faults that meet it; none when the process is dead.
    #[expect(clippy::panic, reason = "a call that the test did not allow must fail the test")]
    fn record(&self, operation: &str, resource: &str, effect: Effect) -> Option<Vec<Fault>> {
        let mut rules = self.rules();
        if rules.crashed {
            return None;
        }
        let line = format!("{operation} {resource}").trim_end().to_owned();
        if !rules.is_allowed(operation) {
            let so_far = rules.log.join("\n  ");
            drop(rules);
            panic!("the test did not allow the call `{line}`; calls so far:\n  {so_far}");
        }
        if effect == Effect::Write {
            if let Some(left) = &mut rules.crash_in {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    rules.crashed = true;
                    rules.fired.push(format!("{operation}: Crash"));
                    return None;
                }
            }
            rules.writes.push(line.clone());
        }
        rules.log.push(line);
        Some(rules.faults(operation))
    }

    pub(crate) fn rules(&self) -> MutexGuard<'_, Rules> {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn account(&self) -> MutexGuard<'_, Account> {
        self.shared.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
