//! What tests set: who calls, what is there already, and what goes wrong inside.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::FakeCloud;
use crate::account::{FakeCertificate, FakeDistribution, StackFailure};
use stellarr_aws::{Certificate, ChangeSetProblem, FunctionLimits, HostedZone, Invocation, RecordSet, SecretText};

impl FakeCloud {
    /// Sets the account's clock; it moves one second with each write.
    pub fn set_time(&self, now: Timestamp) -> &Self {
        self.account().now = now;
        self
    }

    /// Sets when the session ends, and how many seconds AWS's clock is ahead of this computer's.
    pub fn set_session(&self, expires_at: Option<Timestamp>, skew_seconds: Option<i64>) -> &Self {
        let mut account = self.account();
        (account.expires_at, account.skew_seconds) = (expires_at, skew_seconds);
        drop(account);
        self
    }

    /// Sets that a source renews the credentials, as `aws login` does with those of fifteen minutes.
    pub fn set_renewed_session(&self) -> &Self {
        let mut account = self.account();
        (account.expires_at, account.renewed) = (None, true);
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

    /// Enters a record, as somebody else would.
    pub fn add_record(&self, zone: &str, set: RecordSet) -> &Self {
        self.account().records.push((zone.to_owned(), set));
        self
    }

    /// Adds a distribution that some other project made.
    pub fn add_distribution(&self, id: &str, aliases: &[&str]) -> &Self {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        self.account().distributions.insert(id.to_owned(), FakeDistribution { aliases, certificate: None });
        self
    }

    /// Adds a secret, as if made by hand, and returns its ARN.
    pub fn add_secret(&self, name: &str, text: Option<&str>) -> String {
        let region = self.shared.region.clone();
        self.account().add_secret(&region, name, text)
    }

    /// Sets what an invocation of a function brings back, from now on.
    pub fn on_invoke(&self, function: &str, answer: Invocation) -> &Self {
        self.account().answers.insert(function.to_owned(), answer);
        self
    }

    /// Overwrites the text of a secret, as somebody else would.
    pub fn set_secret(&self, id: &str, text: &str) -> &Self {
        if let Some(secret) = self.account().secret_mut(id) {
            let version = format!("by-another-process-{}", secret.versions.len());
            secret.versions.insert(version.clone(), SecretText(text.to_owned()));
            secret.current = Some(version);
        }
        self
    }

    /// Removes a bucket with all that is in it, as somebody else would.
    pub fn remove_bucket(&self, name: &str) -> &Self {
        self.account().storage.remove_bucket(name);
        self
    }

    /// Adds an issued certificate that somebody else requested, and returns its ARN.
    pub fn add_certificate(&self, domain: &str) -> String {
        let mut account = self.account();
        let serial = account.next();
        let arn = format!("arn:aws:acm:us-east-1:{}:certificate/{serial:08x}", account.caller.account);
        account.certificates.push(FakeCertificate {
            domain: domain.to_owned(),
            token: "by somebody else".to_owned(),
            tags: BTreeMap::new(),
            certificate: Certificate {
                arn: arn.clone(),
                status: "ISSUED".to_owned(),
                record_name: None,
                record_value: None,
                not_after: None,
                failure: None,
            },
        });
        arn
    }

    /// Lets the certificate for this domain be issued, as if its record had been found.
    pub fn issue_certificate(&self, domain: &str) -> &Self {
        self.account().issue_certificate(domain);
        self
    }

    /// Lets the next execution on this stack fail.
    pub fn fail_stack(&self, stack: &str, failure: StackFailure) -> &Self {
        self.account().failures.insert(stack.to_owned(), failure);
        self
    }

    /// Lets CloudFormation's checks refuse the next change set of this stack, with these words and for these reasons.
    pub fn refuse_change_set(&self, stack: &str, words: &str, problems: Vec<ChangeSetProblem>) -> &Self {
        self.account().refused_change_sets.insert(stack.to_owned(), (words.to_owned(), problems));
        self
    }

    /// Takes a secret back that waits to be deleted, as somebody else would.
    pub fn restore_secret(&self, id: &str) -> &Self {
        if let Some(secret) = self.account().secret_mut(id) {
            secret.deleted = false;
        }
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

    /// Gives a stack that is there an output, as if its template had it.
    pub fn set_live_output(&self, region: &str, stack: &str, key: &str, value: &str) -> &Self {
        if let Some(stack) = self.account().stacks.get_mut(&(region.to_owned(), stack.to_owned())) {
            stack.outputs.insert(key.to_owned(), value.to_owned());
        }
        self
    }

    /// Gives a stack that is there a parameter, as if its template had it.
    pub fn set_live_parameter(&self, region: &str, stack: &str, key: &str, value: &str) -> &Self {
        if let Some(stack) = self.account().stacks.get_mut(&(region.to_owned(), stack.to_owned())) {
            stack.parameters.insert(key.to_owned(), value.to_owned());
        }
        self
    }

    /// Brings the certificates for this domain into another status, with ACM's reason.
    pub fn fail_certificate(&self, domain: &str, status: &str, failure: Option<&str>) -> &Self {
        let mut account = self.account();
        for one in account.certificates.iter_mut().filter(|one| one.domain == domain) {
            one.certificate.status = status.to_owned();
            one.certificate.failure = failure.map(str::to_owned);
        }
        drop(account);
        self
    }
}
