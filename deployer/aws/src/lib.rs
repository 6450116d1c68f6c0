//! The only importer of `aws_sdk_*` in the deployer: narrow traits, and one file for each service.
//!
//! Stages see these traits and plain values; nothing of `aws_sdk_*` leaves this crate. A whole deploy therefore
//! runs in a test against in-memory fakes.

mod acm;
mod alarms;
mod classify;
mod clock;
mod cloudformation;
mod cloudfront;
mod cloudwatch;
pub mod comparison;
mod context;
mod cost_explorer;
pub mod credential_source;
mod credentials;
mod dynamodb;
mod error;
mod iam;
mod lambda;
mod live_buckets;
mod live_resources;
mod live_tables;
mod logs;
mod monitoring;
mod object_types;
mod options;
mod record_types;
mod route53;
mod s3;
mod s3_buckets;
mod secrets_manager;
mod session;
mod sign_in;
mod stack_conversions;
mod stack_types;
mod sts;
mod table_types;
pub mod template;
mod time;
mod traits;
mod types;

pub use classify::{ACCOUNT_NOT_ACTIVE_SIGNS, name_what_was_denied};
pub use clock::SdkClock;
pub use credential_source::CredentialSourceKind;
pub use error::{AwsError, AwsErrorKind, Denial, US_EAST_1_REMEDY};
pub use monitoring::{Alarm, Alarms, DriftDetection, DriftedResource, LogEvent, LogPage, Logs, PropertyDrift};
pub use object_types::*;
pub use options::{ConnectOptions, Notify, RetryPolicy, StaticCredentials, Timeouts};
pub use record_types::{RecordAlias, RecordSet};
pub use session::{AwsCloud, CLOUDFRONT_REGION};
pub use stack_types::*;
pub use table_types::{TableItem, TableQuery, TableValue};
pub use traits::{
    Cdn, Certificates, Cloud, Costs, Functions, Identity, LiveResources, Metrics, Objects, Permissions, Secrets,
    Stacks, Tables, Zones,
};
pub use types::*;
