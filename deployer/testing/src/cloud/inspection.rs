//! What tests look at, past all checks and faults.

use super::FakeCloud;
use stellarr_aws::{RecordSet, SecretText};

impl FakeCloud {
    /// The body of an object, past all checks and faults.
    #[must_use]
    pub fn stored(&self, bucket: &str, key: &str) -> Option<bytes::Bytes> {
        self.account().storage.current(bucket, key).map(|object| object.body.clone())
    }

    /// An object with its headers, past all checks and faults.
    #[must_use]
    pub fn stored_object(&self, bucket: &str, key: &str) -> Option<stellarr_aws::PutObject> {
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

    /// The text of a secret, past all checks and faults.
    #[must_use]
    pub fn secret(&self, id: &str) -> Option<SecretText> {
        self.account().secret(id)?.version().map(|version| version.text)
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

    /// Every stack that is there with its status, past all checks and faults.
    #[must_use]
    pub fn stack_statuses(&self) -> Vec<(String, String)> {
        let account = self.account();
        account.stacks.values().map(|stack| (stack.name.clone(), stack.status.clone())).collect()
    }

    /// Domains of the certificates that were requested outside stacks.
    #[must_use]
    pub fn requested_certificates(&self) -> Vec<String> {
        self.account().certificates.iter().map(|one| one.domain.clone()).collect()
    }

    /// Every record set of a zone, past all checks and faults.
    #[must_use]
    pub fn record_sets(&self, zone: &str) -> Vec<RecordSet> {
        self.account().records.iter().filter(|(at, _)| at == zone).map(|(_, set)| set.clone()).collect()
    }

    /// Names of the budgets that stacks made, past all checks and faults.
    #[must_use]
    pub fn budgets(&self) -> Vec<String> {
        let account = self.account();
        let all = account.named.keys().filter(|(kind, _)| kind == "AWS::Budgets::Budget");
        all.map(|(_, name)| name.clone()).collect()
    }
}
