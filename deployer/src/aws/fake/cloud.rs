//! The fake itself: what tests say to it, and the one place that every call passes.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::account::{Account, FakeDistribution};
use super::costs::FakeCosts;
use super::inject::{Fault, Rules, matches};
use super::operate::StackFailure;
use super::services::{
    FakeAlarms, FakeCdn, FakeCertificates, FakeFunctions, FakeIdentity, FakeLogs, FakeMetrics, FakeObjects,
    FakePermissions, FakeSecrets, FakeStacks, FakeTables, FakeZones,
};
use crate::aws::{
    Alarms, AwsError, AwsErrorKind, Caller, Cdn, Certificates, Cloud, Costs, FunctionLimits, Functions, HostedZone,
    Identity, Invocation, LiveResources, Logs, Metrics, Objects, Permissions, SecretText, Secrets, Stacks, Tables,
    Zones,
};

/// Whether a call changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only looks.
    Read,
    /// It changes something.
    Write,
}

/// An AWS account in memory. Clones are the same account.
#[derive(Clone)]
pub struct FakeCloud {
    shared: Arc<Shared>,
}

struct Shared {
    region: String,
    rules: Mutex<Rules>,
    account: Mutex<Account>,
}

impl fmt::Debug for FakeCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeCloud").field("region", &self.shared.region).finish_non_exhaustive()
    }
}

/// Why the account refuses a call.
pub(super) struct Refusal {
    kind: AwsErrorKind,
    code: &'static str,
    message: String,
}

/// Refuses a call as AWS does.
pub(super) fn refuse<T>(kind: AwsErrorKind, code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { kind, code, message: message.into() })
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

    /// Takes all faults away.
    pub fn heal(&self) -> &Self {
        self.rules().heal();
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

    /// The faults that fired so far, as `operation: fault`.
    #[must_use]
    pub fn fired(&self) -> Vec<String> {
        self.rules().fired.clone()
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
    }

    /// Sets the account's clock; it moves one second with each write.
    pub fn set_time(&self, now: Timestamp) -> &Self {
        self.account().now = now;
        self
    }

    /// Sets who calls.
    pub fn set_caller(&self, caller: Caller) -> &Self {
        self.account().caller = caller;
        self
    }

    /// Sets when the credentials end, and how many seconds AWS's clock is ahead of this computer's.
    pub fn set_session(&self, expires_at: Option<Timestamp>, skew_seconds: Option<i64>) -> &Self {
        let mut account = self.account();
        (account.expires_at, account.skew_seconds) = (expires_at, skew_seconds);
        drop(account);
        self
    }

    /// Sets how many functions the account may run at once.
    pub fn set_function_limits(&self, limits: FunctionLimits) -> &Self {
        self.account().function_limits = limits;
        self
    }

    /// Lets IAM's simulation deny these actions.
    pub fn deny(&self, actions: &[&str]) -> &Self {
        self.account().denied.extend(actions.iter().map(|action| (*action).to_owned()));
        self
    }

    /// Lets a bucket belong to somebody else.
    pub fn add_foreign_bucket(&self, name: &str) -> &Self {
        self.account().foreign_buckets.push(name.to_owned());
        self
    }

    /// Adds a bucket, as if made by hand.
    pub fn add_bucket(&self, name: &str) -> &Self {
        self.account().storage.create(name);
        self
    }

    /// Stores an object past all checks and faults, as somebody else would.
    pub fn store(&self, bucket: &str, key: &str, body: impl Into<bytes::Bytes>) -> &Self {
        let mut account = self.account();
        let now = account.tick();
        account.storage.create(bucket);
        account.storage.overwrite(bucket, key, body.into(), now);
        drop(account);
        self
    }

    /// The body of an object, past all checks and faults.
    #[must_use]
    pub fn stored(&self, bucket: &str, key: &str) -> Option<bytes::Bytes> {
        self.account().storage.current(bucket, key).map(|object| object.body.clone())
    }

    /// An object with its headers, past all checks and faults.
    #[must_use]
    pub fn stored_object(&self, bucket: &str, key: &str) -> Option<crate::aws::PutObject> {
        self.account().storage.current(bucket, key).map(|object| object.as_put(key))
    }

    /// Says whether a bucket is there, past all checks and faults.
    #[must_use]
    pub fn has_bucket(&self, bucket: &str) -> bool {
        self.account().storage.exists(bucket)
    }

    /// The keys in a bucket, past all checks and faults.
    #[must_use]
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        self.account().storage.keys(bucket)
    }

    /// Lets a bucket's lifecycle drop every version but the newest.
    pub fn expire_versions(&self, bucket: &str) -> &Self {
        self.account().storage.expire(bucket);
        self
    }

    /// Removes an object past all checks and faults, as somebody else would.
    pub fn discard(&self, bucket: &str, key: &str) -> &Self {
        self.account().storage.delete(bucket, key);
        self
    }

    /// Adds a hosted zone.
    pub fn add_zone(&self, zone: HostedZone) -> &Self {
        self.account().zones.push(zone);
        self
    }

    /// Adds a distribution that some other project made.
    pub fn add_distribution(&self, id: &str, aliases: &[&str]) -> &Self {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        self.account().distributions.insert(id.to_owned(), FakeDistribution { aliases, certificate: None });
        self
    }

    /// Every alias that a distribution serves, with the ARN of the certificate that it serves it with.
    #[must_use]
    pub fn served(&self) -> Vec<(String, Option<String>)> {
        let account = self.account();
        let all = account.distributions.values();
        all.flat_map(|one| one.aliases.iter().map(|alias| (alias.clone(), one.certificate.clone()))).collect()
    }

    /// ARNs of the certificates that stacks made and that are still there.
    #[must_use]
    pub fn stack_certificates(&self) -> Vec<String> {
        self.account().stack_certificates.keys().cloned().collect()
    }

    /// Adds a secret, as if made by hand, and returns its ARN.
    pub fn add_secret(&self, name: &str, text: Option<&str>) -> String {
        let region = self.shared.region.clone();
        self.account().add_secret(&region, name, text)
    }

    /// The text of a secret, past all checks and faults.
    #[must_use]
    pub fn secret(&self, id: &str) -> Option<SecretText> {
        self.account().secret(id)?.text.clone()
    }

    /// Sets what an invocation of a function brings back, from now on.
    pub fn on_invoke(&self, function: &str, answer: Invocation) -> &Self {
        self.account().answers.insert(function.to_owned(), answer);
        self
    }

    /// The payloads that a function was invoked with.
    #[must_use]
    pub fn invocations(&self, function: &str) -> Vec<bytes::Bytes> {
        self.account().invocations.get(function).cloned().unwrap_or_default()
    }

    /// Every invalidation so far: distribution, reference, paths.
    #[must_use]
    pub fn invalidations(&self) -> Vec<(String, String, Vec<String>)> {
        let account = self.account();
        account
            .invalidations
            .iter()
            .map(|one| (one.distribution.clone(), one.reference.clone(), one.paths.clone()))
            .collect()
    }

    /// Lets the certificate for this domain be issued, as if its record had been found.
    pub fn issue_certificate(&self, domain: &str) -> &Self {
        self.account().issue(domain);
        self
    }

    /// Lets the next execution on this stack fail.
    pub fn fail_stack(&self, stack: &str, failure: StackFailure) -> &Self {
        self.account().failures.insert(stack.to_owned(), failure);
        self
    }

    /// Puts a stack into a status, as if somebody else had brought it there.
    pub fn set_stack_status(&self, region: &str, stack: &str, status: &str, reason: Option<&str>) -> &Self {
        self.account().set_status(region, stack, status, reason);
        self
    }

    /// Lets an operation end only after being looked at this many times; 1 at first.
    pub fn set_polls(&self, looks: u32) -> &Self {
        self.account().polls = looks;
        self
    }

    /// Gives an output of a stack another value than the one that is made up for it.
    pub fn set_output(&self, stack: &str, key: &str, value: &str) -> &Self {
        let mut account = self.account();
        account.outputs.entry(stack.to_owned()).or_default().insert(key.to_owned(), value.to_owned());
        drop(account);
        self
    }

    /// The status of a stack, past all checks and faults.
    #[must_use]
    pub fn stack_status(&self, region: &str, stack: &str) -> Option<String> {
        self.account().stacks.get(&(region.to_owned(), stack.to_owned())).map(|stack| stack.status.clone())
    }

    /// The template of a stack, past all checks and faults.
    #[must_use]
    pub fn stack_template(&self, region: &str, stack: &str) -> Option<String> {
        self.account().stacks.get(&(region.to_owned(), stack.to_owned()))?.template.clone()
    }

    /// The physical id of a stack's resource, past all checks and faults; empty when it is not there.
    #[must_use]
    pub fn physical_id(&self, region: &str, stack: &str, logical_id: &str) -> String {
        let account = self.account();
        let resource = account
            .stacks
            .get(&(region.to_owned(), stack.to_owned()))
            .and_then(|stack| stack.resources.get(logical_id))
            .and_then(|resource| resource.physical_id.clone());
        resource.unwrap_or_default()
    }

    /// Passes one call: records it, lets faults meet it, and then lets the account answer.
    pub(super) async fn call<T>(
        &self,
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
        let faults = match self.record(operation, resource, effect) {
            Some(faults) => faults,
            None => return Err(error(AwsErrorKind::Other, Some("Crashed"), "the process is dead".to_owned())),
        };
        let mut answer_is_lost = false;
        for fault in faults {
            match fault {
                Fault::Fail(kind) => return Err(error(kind, None, format!("injected: {kind:?}"))),
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

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        self.shared.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cloud for FakeCloud {
    fn home_region(&self) -> &str {
        &self.shared.region
    }

    fn identity(&self) -> Arc<dyn Identity> {
        Arc::new(FakeIdentity(self.clone()))
    }

    fn stacks(&self, region: &str) -> Arc<dyn Stacks> {
        Arc::new(FakeStacks { cloud: self.clone(), region: region.to_owned() })
    }

    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(FakeObjects(self.clone()))
    }

    fn cdn(&self) -> Arc<dyn Cdn> {
        Arc::new(FakeCdn(self.clone()))
    }

    fn functions(&self) -> Arc<dyn Functions> {
        Arc::new(FakeFunctions(self.clone()))
    }

    fn secrets(&self) -> Arc<dyn Secrets> {
        Arc::new(FakeSecrets(self.clone()))
    }

    fn zones(&self) -> Arc<dyn Zones> {
        Arc::new(FakeZones(self.clone()))
    }

    fn certificates(&self) -> Arc<dyn Certificates> {
        Arc::new(FakeCertificates(self.clone()))
    }

    fn logs(&self) -> Arc<dyn Logs> {
        Arc::new(FakeLogs(self.clone()))
    }

    fn alarms(&self) -> Arc<dyn Alarms> {
        Arc::new(FakeAlarms(self.clone()))
    }

    fn tables(&self) -> Arc<dyn Tables> {
        Arc::new(FakeTables(self.clone()))
    }

    fn live_resources(&self) -> Arc<dyn LiveResources> {
        Arc::new(super::import::FakeLiveResources(self.clone()))
    }

    fn metrics(&self) -> Arc<dyn Metrics> {
        Arc::new(FakeMetrics(self.clone()))
    }

    fn permissions(&self) -> Arc<dyn Permissions> {
        Arc::new(FakePermissions(self.clone()))
    }

    fn costs(&self) -> Arc<dyn Costs> {
        Arc::new(FakeCosts(self.clone()))
    }
}
