//! Everything that the account holds.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::costs::Bill;
use super::late::Planted;
use super::operate::StackFailure;
use super::stack::FakeStack;
use super::storage::Storage;
use stellarr_aws::{
    Alarm, Caller, Certificate, ChangeSetProblem, DriftedResource, FunctionLimits, FunctionRuns, FunctionState,
    HostedZone, Invocation, LogEvent, RecordSet, SecretText, SecretVersion, TableItem,
};

/// A secret.
#[derive(Clone, Debug)]
pub(super) struct FakeSecret {
    pub(super) name: String,
    pub(super) arn: String,
    /// Texts by version; a version is called by the token that stored it.
    pub(super) versions: BTreeMap<String, SecretText>,
    /// The version that counts.
    pub(super) current: Option<String>,
    /// Whether it only waits for its recovery window to end.
    pub(super) deleted: bool,
}

impl FakeSecret {
    /// The version that counts.
    pub(super) fn version(&self) -> Option<SecretVersion> {
        let id = self.current.clone()?;
        let text = self.versions.get(&id)?.clone();
        Some(SecretVersion { id, text, written_at: None })
    }
}

/// An invalidation.
#[derive(Clone, Debug)]
pub(super) struct FakeInvalidation {
    pub(super) id: String,
    pub(super) distribution: String,
    pub(super) reference: String,
    pub(super) paths: Vec<String>,
    pub(super) completed: bool,
}

/// A function, its code and its state.
#[derive(Clone, Debug)]
pub(super) struct FakeFunction {
    pub(super) state: FunctionState,
}

/// A distribution.
#[derive(Clone, Debug, Default)]
pub(super) struct FakeDistribution {
    pub(super) aliases: Vec<String>,
    /// ARN of its certificate.
    pub(super) certificate: Option<String>,
}

/// A certificate, by the token that asked for it.
#[derive(Clone, Debug)]
pub(super) struct FakeCertificate {
    pub(super) domain: String,
    pub(super) token: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) certificate: Certificate,
}

/// The account.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) caller: Caller,
    /// When the credentials end.
    pub(super) expires_at: Option<Timestamp>,
    pub(super) renewed: bool,
    pub(super) skew_seconds: Option<i64>,
    pub(super) function_limits: FunctionLimits,
    /// Actions that IAM's simulation denies.
    pub(super) denied: Vec<String>,
    pub(super) foreign_buckets: Vec<String>,
    pub(super) now: Timestamp,
    pub(super) serial: u64,
    pub(super) storage: Storage,
    /// By region and name.
    pub(super) stacks: BTreeMap<(String, String), FakeStack>,
    /// Deleted stacks, by ARN.
    pub(super) deleted_stacks: BTreeMap<String, FakeStack>,
    pub(super) failures: BTreeMap<String, StackFailure>,
    /// What CloudFormation's checks say of the next change set, by stack.
    pub(super) unfit: BTreeMap<String, (String, Vec<ChangeSetProblem>)>,
    pub(super) outputs: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) polls: u32,
    /// For each of the next reads after a write to a stack, whether it tells the state of before.
    pub(super) lag: VecDeque<bool>,
    /// How many reads of events after a write tell no new ones.
    pub(super) event_lag: usize,
    /// Templates of stacks that another process creates once those of the same region and name have gone.
    pub(super) successors: BTreeMap<(String, String), String>,
    /// Change sets that another process creates just before ours, by stack.
    pub(super) planted: BTreeMap<String, VecDeque<Planted>>,
    /// What was told late or less, or came between, as `operation: what`.
    pub(super) happened: Vec<String>,
    pub(super) secrets: Vec<FakeSecret>,
    pub(super) functions: BTreeMap<String, FakeFunction>,
    pub(super) answers: BTreeMap<String, Invocation>,
    pub(super) invocations: BTreeMap<String, Vec<Bytes>>,
    /// By id.
    pub(super) distributions: BTreeMap<String, FakeDistribution>,
    /// Domains of the certificates that stacks made, by ARN.
    pub(super) stack_certificates: BTreeMap<String, String>,
    pub(super) invalidations: Vec<FakeInvalidation>,
    pub(super) logs: BTreeMap<String, Vec<LogEvent>>,
    pub(super) alarms: Vec<Alarm>,
    /// What was changed behind CloudFormation's back, by stack.
    pub(super) drifted: BTreeMap<String, Vec<DriftedResource>>,
    pub(super) zones: Vec<HostedZone>,
    /// Types that CloudFormation does not know in a region: region, type.
    pub(super) lacking: Vec<(String, String)>,
    /// Record sets with the id of their zone.
    pub(super) records: Vec<(String, RecordSet)>,
    pub(super) certificates: Vec<FakeCertificate>,
    pub(super) bill: Bill,
    /// Things with a name of their own that exist, by type and name; whether a stack owns them.
    pub(super) named: BTreeMap<(String, String), bool>,
    /// When CloudFront's functions that are gone were deleted, by name.
    pub(super) deleted_functions: BTreeMap<String, Timestamp>,
    /// Items by table.
    pub(super) items: BTreeMap<String, Vec<TableItem>>,
    /// Properties of what something else made, by type and id.
    pub(super) live: BTreeMap<(String, String), serde_json::Value>,
    /// Tags of buckets that stacks made.
    pub(super) bucket_tags: BTreeMap<String, BTreeMap<String, String>>,
    /// How often functions ran.
    pub(super) runs: BTreeMap<String, Vec<FunctionRuns>>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            caller: Caller {
                account: "111122223333".to_owned(),
                arn: "arn:aws:iam::111122223333:user/tester".to_owned(),
            },
            expires_at: None,
            renewed: false,
            skew_seconds: Some(0),
            function_limits: FunctionLimits { concurrent: 1_000, unreserved: 1_000 },
            denied: Vec::new(),
            foreign_buckets: Vec::new(),
            // 2026-01-01T00:00:00Z.
            now: Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH),
            serial: 0,
            storage: Storage::default(),
            stacks: BTreeMap::new(),
            deleted_stacks: BTreeMap::new(),
            failures: BTreeMap::new(),
            unfit: BTreeMap::new(),
            outputs: BTreeMap::new(),
            polls: 1,
            lag: VecDeque::new(),
            event_lag: 0,
            successors: BTreeMap::new(),
            planted: BTreeMap::new(),
            happened: Vec::new(),
            secrets: Vec::new(),
            functions: BTreeMap::new(),
            answers: BTreeMap::new(),
            invocations: BTreeMap::new(),
            distributions: BTreeMap::new(),
            stack_certificates: BTreeMap::new(),
            invalidations: Vec::new(),
            logs: BTreeMap::new(),
            alarms: Vec::new(),
            drifted: BTreeMap::new(),
            zones: Vec::new(),
            lacking: Vec::new(),
            records: Vec::new(),
            certificates: Vec::new(),
            bill: Bill::default(),
            named: BTreeMap::new(),
            deleted_functions: BTreeMap::new(),
            items: BTreeMap::new(),
            live: BTreeMap::new(),
            bucket_tags: BTreeMap::new(),
            runs: BTreeMap::new(),
        }
    }
}

impl Account {
    /// Moves the clock by a second and returns it.
    pub(super) fn tick(&mut self) -> Timestamp {
        self.now += SignedDuration::from_secs(1);
        self.now
    }

    /// A number that no other thing has.
    pub(super) fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(super) fn add_secret(&mut self, region: &str, name: &str, text: Option<&str>) -> String {
        let arn = format!("arn:aws:secretsmanager:{region}:{}:secret:{name}-AbCdEf", self.caller.account);
        self.secrets.push(FakeSecret {
            name: name.to_owned(),
            arn: arn.clone(),
            versions: text.map(|text| ("first".to_owned(), SecretText(text.to_owned()))).into_iter().collect(),
            current: text.map(|_| "first".to_owned()),
            deleted: false,
        });
        let kind = "AWS::SecretsManager::Secret".to_owned();
        self.named.insert((kind.clone(), name.to_owned()), false);
        self.live.insert((kind, arn.clone()), serde_json::json!({"Name": name}));
        arn
    }

    pub(super) fn secret(&self, id: &str) -> Option<&FakeSecret> {
        self.secrets.iter().find(|secret| secret.name == id || secret.arn == id)
    }

    pub(super) fn secret_mut(&mut self, id: &str) -> Option<&mut FakeSecret> {
        self.secrets.iter_mut().find(|secret| secret.name == id || secret.arn == id)
    }

    pub(super) fn issue(&mut self, domain: &str) {
        for one in self.certificates.iter_mut().filter(|one| one.domain == domain) {
            one.certificate.status = "ISSUED".to_owned();
            one.certificate.not_after = Some("2027-01-01T00:00:00Z".to_owned());
        }
    }

    pub(super) fn set_status(&mut self, region: &str, name: &str, status: &str, reason: Option<&str>) {
        let now = self.tick();
        let serial = self.next();
        let account = self.caller.account.clone();
        let key = (region.to_owned(), name.to_owned());
        let stack = self.stacks.entry(key).or_insert_with(|| FakeStack::new(region, name, &account, serial, now));
        stack.operation = None;
        stack.set_status(status, reason, now, None);
    }
}
