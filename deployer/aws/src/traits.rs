//! What the stages ask of AWS, service by service.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use super::{
    Alarms, AwsError, BucketState, Caller, Certificate, ChangeSet, ChangeSetProblem, ChangeSetRequest,
    ChangeSetSummary, Distribution, DriftDetection, DriftedResource, FunctionLimits, FunctionRuns, FunctionState,
    HostedZone, Invalidation, Invocation, ListedCertificate, Logs, Object, ObjectHead, ObjectSummary, ObjectVersion,
    PutObject, PutOutcome, RecordSet, SecretText, SecretVersion, ServiceCost, Session, Stack, StackEvent,
    StackResource, TableItem, TableQuery,
};

/// Hands out the services of one account, each bound to a region.
pub trait Cloud: Send + Sync {
    /// The region that the deployment lives in.
    fn home_region(&self) -> &str;
    /// Who is calling.
    fn identity(&self) -> Arc<dyn Identity>;
    /// CloudFormation in `region`.
    fn stacks(&self, region: &str) -> Arc<dyn Stacks>;
    /// S3 in the home region.
    fn objects(&self) -> Arc<dyn Objects>;
    /// CloudFront.
    fn cdn(&self) -> Arc<dyn Cdn>;
    /// Lambda in the home region.
    fn functions(&self) -> Arc<dyn Functions>;
    /// Secrets Manager in the home region.
    fn secrets(&self) -> Arc<dyn Secrets>;
    /// Route53.
    fn zones(&self) -> Arc<dyn Zones>;
    /// Certificate Manager in us-east-1, where CloudFront looks.
    fn certificates(&self) -> Arc<dyn Certificates>;
    /// DynamoDB in the home region.
    fn tables(&self) -> Arc<dyn Tables>;
    /// Resources as they are now, in the home region.
    fn live_resources(&self) -> Arc<dyn LiveResources>;
    /// CloudWatch Logs in the home region.
    fn logs(&self) -> Arc<dyn Logs>;
    /// CloudWatch's alarms in the home region.
    fn alarms(&self) -> Arc<dyn Alarms>;
    /// CloudWatch's metrics in the home region.
    fn metrics(&self) -> Arc<dyn Metrics>;
    /// IAM, for what the caller may do.
    fn permissions(&self) -> Arc<dyn Permissions>;
    /// Cost Explorer.
    fn costs(&self) -> Arc<dyn Costs>;
}

/// Security Token Service.
#[async_trait]
pub trait Identity: Send + Sync {
    /// The account and principal behind the credentials.
    async fn caller(&self) -> Result<Caller, AwsError>;
    /// The same, with when the credentials end and how far this computer's clock is off.
    async fn session(&self) -> Result<Session, AwsError>;
}

/// CloudFormation.
#[async_trait]
pub trait Stacks: Send + Sync {
    /// The stack of this name or ARN, or none when it does not exist (a deleted stack does not exist).
    ///
    /// What it tells may be older than the last write, and outputs have `?` for each character outside ASCII.
    async fn describe(&self, name: &str) -> Result<Option<Stack>, AwsError>;
    /// The template text as it was handed in, but with `?` for each character outside ASCII.
    async fn template(&self, name: &str) -> Result<Option<String>, AwsError>;
    /// The template text of a change set, as [`Self::template`] tells a stack's.
    async fn change_set_template(&self, stack: &str, change_set: &str) -> Result<String, AwsError>;
    /// Starts a change set; returns its ARN. Repeating it with the same name and token has one effect.
    ///
    /// When the name is taken, the existing change set is returned: the caller must compare it with the request.
    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<String, AwsError>;
    /// The change set with all pages of its changes.
    async fn describe_change_set(&self, stack: &str, change_set: &str) -> Result<ChangeSet, AwsError>;
    /// What keeps a failed change set from being executed, resource by resource, as far as that was checked.
    async fn change_set_problems(&self, stack: &str, change_set: &str) -> Result<Vec<ChangeSetProblem>, AwsError>;
    /// Every change set of the stack that is still there.
    async fn list_change_sets(&self, stack: &str) -> Result<Vec<ChangeSetSummary>, AwsError>;
    /// Removes a change set that was not executed; one that is gone already is no error.
    async fn delete_change_set(&self, stack: &str, change_set: &str) -> Result<(), AwsError>;
    /// Executes exactly this change set.
    async fn execute_change_set(&self, stack: &str, change_set: &str, token: &str) -> Result<(), AwsError>;
    /// Events newer than `after` (an event id), oldest first; all that are kept when `after` is none.
    async fn events(&self, stack: &str, after: Option<&str>) -> Result<Vec<StackEvent>, AwsError>;
    /// The newest event, found without reading the others; none without an event or a stack.
    async fn newest_event(&self, stack: &str) -> Result<Option<StackEvent>, AwsError>;
    /// Every resource of the stack.
    async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, AwsError>;
    /// Starts deleting the stack; resources named in `retain` stay (only allowed in DELETE_FAILED).
    async fn delete(&self, stack: &str, retain: &[String], token: &str) -> Result<(), AwsError>;
    /// Takes up a failed rollback again.
    async fn continue_update_rollback(&self, stack: &str, skip: &[String], token: &str) -> Result<(), AwsError>;
    /// Goes back from an update that failed and was not rolled back.
    async fn roll_back(&self, stack: &str, token: &str) -> Result<(), AwsError>;
    /// Lets CloudFormation compare the stack's resources with its template; returns the detection's id.
    async fn detect_drift(&self, stack: &str) -> Result<String, AwsError>;
    /// How a detection stands.
    async fn drift_detection(&self, id: &str) -> Result<DriftDetection, AwsError>;
    /// What the stack's last detection found to be other than its template says.
    async fn drifted(&self, stack: &str) -> Result<Vec<DriftedResource>, AwsError>;
    /// Switches the stack's protection against deletion.
    async fn set_termination_protection(&self, stack: &str, on: bool) -> Result<(), AwsError>;
}

/// S3.
#[async_trait]
pub trait Objects: Send + Sync {
    /// The object's head, or none when it is not there.
    async fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectHead>, AwsError>;
    /// The object with its body, or none when it is not there.
    async fn get(&self, bucket: &str, key: &str) -> Result<Option<Object>, AwsError>;
    /// Stores an object, checked by SHA-256 on the way.
    async fn put(&self, bucket: &str, object: PutObject) -> Result<PutOutcome, AwsError>;
    /// Every object under the prefix.
    async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectSummary>, AwsError>;
    /// Every version that the bucket keeps of every object, delete markers left out.
    async fn versions(&self, bucket: &str) -> Result<Vec<ObjectVersion>, AwsError>;
    /// One version of an object, or none when it is gone.
    async fn get_version(&self, bucket: &str, key: &str, version: &str) -> Result<Option<Object>, AwsError>;
    /// Deletes the current versions of these keys.
    async fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), AwsError>;
    /// Deletes an object only while its ETag is `etag`; false when another one is there.
    async fn delete_if(&self, bucket: &str, key: &str, etag: &str) -> Result<bool, AwsError>;
    /// Deletes everything in the bucket, old versions and delete markers too; returns how many.
    async fn empty(&self, bucket: &str) -> Result<usize, AwsError>;
    /// Whether the bucket is there and belongs to `account`.
    async fn bucket_state(&self, bucket: &str, account: &str) -> Result<BucketState, AwsError>;
    /// The region's buckets of this account whose names begin so.
    async fn buckets(&self, prefix: &str) -> Result<Vec<String>, AwsError>;
    /// A bucket's tags.
    async fn bucket_tags(&self, bucket: &str) -> Result<BTreeMap<String, String>, AwsError>;
    /// Deletes an empty bucket.
    async fn delete_bucket(&self, bucket: &str) -> Result<(), AwsError>;
    /// The address by which CloudFormation reads `key` as a TemplateURL.
    fn template_url(&self, bucket: &str, key: &str) -> String;
}

/// CloudFront.
#[async_trait]
pub trait Cdn: Send + Sync {
    /// Starts an invalidation; the same reference and paths return the earlier one.
    async fn invalidate(&self, distribution: &str, reference: &str, paths: &[String])
    -> Result<Invalidation, AwsError>;
    /// How an invalidation stands.
    async fn invalidation(&self, distribution: &str, id: &str) -> Result<Invalidation, AwsError>;
    /// The distribution, or none when it is not there.
    async fn distribution(&self, id: &str) -> Result<Option<Distribution>, AwsError>;
    /// The account's distribution that answers for this domain, if there is one.
    async fn distribution_of(&self, domain: &str) -> Result<Option<Distribution>, AwsError>;
}

/// Lambda.
#[async_trait]
pub trait Functions: Send + Sync {
    /// Invokes a function and waits for its answer.
    async fn invoke(&self, function: &str, payload: Bytes) -> Result<Invocation, AwsError>;
    /// Starts the function and does not wait for it; Lambda itself tries again when it fails.
    async fn start(&self, function: &str, payload: Bytes) -> Result<(), AwsError>;
    /// The function's code hash and state, or none when it is not there.
    async fn describe(&self, function: &str) -> Result<Option<FunctionState>, AwsError>;
    /// How many functions the account may run at once.
    async fn limits(&self) -> Result<FunctionLimits, AwsError>;
    /// Puts the code at `key` into a function: only ever the code that CloudFormation has on record for it. Returns the
    /// SHA-256 of what Lambda read there, in base64.
    async fn set_code(&self, function: &str, bucket: &str, key: &str) -> Result<String, AwsError>;
}

/// Secrets Manager.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret's ARN, or none when it does not exist.
    async fn arn(&self, id: &str) -> Result<Option<String>, AwsError>;
    /// The current version, or none when none was ever stored.
    async fn get(&self, id: &str) -> Result<Option<SecretVersion>, AwsError>;
    /// Makes `text` the current version while the version `of` still is, or whatever is there when `of` is none; false
    /// when another one came between. Repeating it with the same token stores one version.
    async fn replace(&self, id: &str, of: Option<&str>, text: &SecretText, token: &str) -> Result<bool, AwsError>;
    /// Deletes the secret, restorable for `recovery_days` (0 = at once).
    async fn delete(&self, id: &str, recovery_days: u32) -> Result<(), AwsError>;
}

/// Route53.
#[async_trait]
pub trait Zones: Send + Sync {
    /// Every hosted zone of the account.
    async fn list(&self) -> Result<Vec<HostedZone>, AwsError>;
    /// The name servers that answer for a public zone.
    async fn name_servers(&self, zone: &str) -> Result<Vec<String>, AwsError>;
    /// Every record set of exactly this name.
    async fn records(&self, zone: &str, name: &str) -> Result<Vec<RecordSet>, AwsError>;
    /// Deletes record sets that are exactly as given and creates others, all of it or nothing.
    async fn change_records(&self, zone: &str, delete: &[RecordSet], create: &[RecordSet]) -> Result<(), AwsError>;
}

/// IAM's simulation of what a principal may do.
#[async_trait]
pub trait Permissions: Send + Sync {
    /// Those of `actions` that the principal of this ARN may not do on `resources`.
    async fn denied(&self, principal: &str, actions: &[String], resources: &[String]) -> Result<Vec<String>, AwsError>;
}

/// Certificate Manager.
#[async_trait]
pub trait Certificates: Send + Sync {
    /// Requests a DNS-validated certificate with these tags; the same token returns the earlier one. Returns its ARN.
    async fn request(&self, domain: &str, token: &str, tags: &BTreeMap<String, String>) -> Result<String, AwsError>;
    /// The certificate with the record that proves the domain.
    async fn describe(&self, arn: &str) -> Result<Certificate, AwsError>;
    /// Certificates for exactly this domain that are issued or pending, whoever requested them.
    async fn find(&self, domain: &str) -> Result<Vec<ListedCertificate>, AwsError>;
    /// The tags of a certificate.
    async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, AwsError>;
}

/// DynamoDB.
#[async_trait]
pub trait Tables: Send + Sync {
    /// The items of a partition, all pages of them or as many as the query wants.
    async fn query(&self, table: &str, query: &TableQuery) -> Result<Vec<TableItem>, AwsError>;
    /// How many items the query finds, whatever its limit.
    async fn count(&self, table: &str, query: &TableQuery) -> Result<u64, AwsError>;
    /// The items with these keys, as far as they are there, in any order.
    async fn get(&self, table: &str, keys: Vec<TableItem>) -> Result<Vec<TableItem>, AwsError>;
    /// Stores an item unless there is one with its key, whose partition key's name is `key`; says whether it did.
    async fn add(&self, table: &str, key: &str, item: &TableItem) -> Result<bool, AwsError>;
}

/// Resources that something else than stellarr may have made.
#[async_trait]
pub trait LiveResources: Send + Sync {
    /// The resource's properties as CloudFormation would write them, or none when it is not there.
    async fn properties(&self, resource_type: &str, id: &str) -> Result<Option<serde_json::Value>, AwsError>;
}

/// CloudWatch's metrics.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// How often a function ran and failed, oldest first; only periods in which it ran.
    async fn runs(&self, function: &str, since: Timestamp, until: Timestamp) -> Result<Vec<FunctionRuns>, AwsError>;
}

/// Cost Explorer. Each call costs $0.01.
#[async_trait]
pub trait Costs: Send + Sync {
    /// What everything with this tag (key, value) has cost by service, from a day until before another (`2026-01-31`).
    async fn by_service(&self, tag: (&str, &str), from: &str, until: &str) -> Result<Vec<ServiceCost>, AwsError>;
    /// Whether costs are told apart by this tag: somebody must have activated it.
    async fn counts_tag(&self, key: &str) -> Result<bool, AwsError>;
}
