//! The account: everything that it holds, and how its stacks come into being, change and go away.

mod change;
mod consistency;
mod dns_records;
mod evaluate;
mod finish;
mod import;
mod operate;
mod propose;
mod refusal;
mod resource;
mod stack;
mod storage;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

pub(crate) use consistency::PlantedChangeSet;
pub use operate::StackFailure;
pub(crate) use refusal::{Refusal, refuse};
use stack::FakeStack;
use stellarr_aws::{
    Alarm, Caller, Certificate, ChangeSetProblem, DriftedResource, FunctionLimits, FunctionRuns, FunctionState,
    HostedZone, Invocation, LogEvent, RecordSet, SecretText, SecretVersion, ServiceCost, TableItem,
};
use storage::Storage;

/// A secret.
#[derive(Clone, Debug)]
pub(crate) struct FakeSecret {
    pub(crate) name: String,
    pub(crate) arn: String,
    /// Texts by version; a version is called by the token that stored it.
    pub(crate) versions: BTreeMap<String, SecretText>,
    /// The version that counts.
    pub(crate) current: Option<String>,
    /// Whether it only waits for its recovery window to end.
    pub(crate) deleted: bool,
}

impl FakeSecret {
    /// The version that counts.
    pub(crate) fn version(&self) -> Option<SecretVersion> {
        let id = self.current.clone()?;
        let text = self.versions.get(&id)?.clone();
        Some(SecretVersion { id, text, written_at: None })
    }
}

/// An invalidation.
#[derive(Clone, Debug)]
pub(crate) struct FakeInvalidation {
    pub(crate) id: String,
    pub(crate) distribution: String,
    pub(crate) reference: String,
    pub(crate) paths: Vec<String>,
    pub(crate) completed: bool,
}

/// A function, its code and its state.
#[derive(Clone, Debug)]
pub(crate) struct FakeFunction {
    pub(crate) state: FunctionState,
}

/// A distribution.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeDistribution {
    pub(crate) aliases: Vec<String>,
    /// ARN of its certificate.
    pub(crate) certificate: Option<String>,
}

/// A certificate, by the token that asked for it.
#[derive(Clone, Debug)]
pub(crate) struct FakeCertificate {
    pub(crate) domain: String,
    pub(crate) token: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) certificate: Certificate,
}

/// What the account was billed, and the tags that count.
#[derive(Debug, Default)]
pub(crate) struct Bill {
    pub(crate) costs: Vec<((String, String), ServiceCost)>,
    pub(crate) counted_tags: Vec<String>,
}

/// The account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) caller: Caller,
    /// When the credentials end.
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) renewed: bool,
    pub(crate) skew_seconds: Option<i64>,
    pub(crate) function_limits: FunctionLimits,
    /// Actions that IAM's simulation denies.
    pub(crate) denied: Vec<String>,
    pub(crate) foreign_buckets: Vec<String>,
    pub(crate) now: Timestamp,
    pub(crate) serial: u64,
    pub(crate) storage: Storage,
    /// By region and name.
    pub(crate) stacks: BTreeMap<(String, String), FakeStack>,
    /// Deleted stacks, by ARN.
    pub(crate) deleted_stacks: BTreeMap<String, FakeStack>,
    pub(crate) failures: BTreeMap<String, StackFailure>,
    /// What CloudFormation's checks say of the next change set, by stack.
    pub(crate) refused_change_sets: BTreeMap<String, (String, Vec<ChangeSetProblem>)>,
    pub(crate) outputs: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) polls: u32,
    /// For each of the next reads after a write to a stack, whether it tells the state of before.
    pub(crate) lag: VecDeque<bool>,
    /// How many reads of events after a write tell no new ones.
    pub(crate) event_lag: usize,
    /// Templates of stacks that somebody else makes once those of the same region and name have gone.
    pub(crate) successors: BTreeMap<(String, String), String>,
    /// Change sets that somebody else makes just before ours, by stack.
    pub(crate) planted: BTreeMap<String, VecDeque<PlantedChangeSet>>,
    /// What was told late or less, or came between, as `operation: what`.
    pub(crate) distortions: Vec<String>,
    pub(crate) secrets: Vec<FakeSecret>,
    pub(crate) functions: BTreeMap<String, FakeFunction>,
    pub(crate) answers: BTreeMap<String, Invocation>,
    pub(crate) invocations: BTreeMap<String, Vec<Bytes>>,
    /// By id.
    pub(crate) distributions: BTreeMap<String, FakeDistribution>,
    /// Domains of the certificates that stacks made, by ARN.
    pub(crate) stack_certificates: BTreeMap<String, String>,
    pub(crate) invalidations: Vec<FakeInvalidation>,
    pub(crate) logs: BTreeMap<String, Vec<LogEvent>>,
    pub(crate) alarms: Vec<Alarm>,
    /// What was changed behind CloudFormation's back, by stack.
    pub(crate) drifted: BTreeMap<String, Vec<DriftedResource>>,
    pub(crate) zones: Vec<HostedZone>,
    /// Types that CloudFormation does not know in a region: region, type.
    pub(crate) unknown_types: Vec<(String, String)>,
    /// Record sets with the id of their zone.
    pub(crate) records: Vec<(String, RecordSet)>,
    pub(crate) certificates: Vec<FakeCertificate>,
    pub(crate) bill: Bill,
    /// Things with a name of their own that exist, by type and name; whether a stack owns them.
    pub(crate) named: BTreeMap<(String, String), bool>,
    /// When CloudFront's functions that are gone were deleted, by name.
    pub(crate) deleted_functions: BTreeMap<String, Timestamp>,
    /// Items by table.
    pub(crate) items: BTreeMap<String, Vec<TableItem>>,
    /// Properties of what something else made, by type and id.
    pub(crate) live: BTreeMap<(String, String), serde_json::Value>,
    /// Tags of buckets that stacks made.
    pub(crate) bucket_tags: BTreeMap<String, BTreeMap<String, String>>,
    /// How often functions ran.
    pub(crate) runs: BTreeMap<String, Vec<FunctionRuns>>,
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
            refused_change_sets: BTreeMap::new(),
            outputs: BTreeMap::new(),
            polls: 1,
            lag: VecDeque::new(),
            event_lag: 0,
            successors: BTreeMap::new(),
            planted: BTreeMap::new(),
            distortions: Vec::new(),
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
            unknown_types: Vec::new(),
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
    pub(crate) fn tick(&mut self) -> Timestamp {
        self.now += SignedDuration::from_secs(1);
        self.now
    }

    /// A number that no other thing has.
    pub(crate) fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(crate) fn add_secret(&mut self, region: &str, name: &str, text: Option<&str>) -> String {
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

    pub(crate) fn secret(&self, id: &str) -> Option<&FakeSecret> {
        self.secrets.iter().find(|secret| secret.name == id || secret.arn == id)
    }

    pub(crate) fn secret_mut(&mut self, id: &str) -> Option<&mut FakeSecret> {
        self.secrets.iter_mut().find(|secret| secret.name == id || secret.arn == id)
    }

    pub(crate) fn issue_certificate(&mut self, domain: &str) {
        for one in self.certificates.iter_mut().filter(|one| one.domain == domain) {
            one.certificate.status = "ISSUED".to_owned();
            one.certificate.not_after = Some("2027-01-01T00:00:00Z".to_owned());
        }
    }

    pub(crate) fn set_status(&mut self, region: &str, name: &str, status: &str, reason: Option<&str>) {
        let now = self.tick();
        let serial = self.next();
        let account = self.caller.account.clone();
        let key = (region.to_owned(), name.to_owned());
        let stack = self.stacks.entry(key).or_insert_with(|| FakeStack::new(region, name, &account, serial, now));
        stack.operation = None;
        stack.set_status(status, reason, now, None);
    }
}
