//! The only door to AWS: narrow traits, one file a service.
//!
//! Stages see these traits and plain values; nothing of `aws_sdk_*` leaves this folder. A whole deploy therefore
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
mod credentials;
mod dynamodb;
mod error;
mod iam;
mod lambda;
mod live_buckets;
mod live_resources;
mod live_tables;
mod logs;
mod object_types;
mod options;
mod record_types;
mod route53;
mod s3;
mod s3_buckets;
mod secrets_manager;
mod session;
mod sign_in;
pub mod source;
mod stack_conversions;
mod stack_types;
mod sts;
mod table_types;
pub mod template;
mod time;
mod traits;
mod types;
mod watching;

pub use classify::{NOT_ACTIVE, name_what_was_denied};
pub use clock::Clock;
pub use error::{AwsError, AwsErrorKind, Denial, US_EAST_1};
pub use object_types::*;
pub use options::{ConnectOptions, Notify, RetryPolicy, StaticCredentials, Timeouts};
pub use record_types::{RecordAlias, RecordSet};
pub use session::{AwsCloud, CLOUDFRONT_REGION};
pub use source::SourceKind;
pub use stack_types::*;
pub use table_types::{TableItem, TableQuery, TableValue};
pub use traits::{
    Cdn, Certificates, Cloud, Costs, Functions, Identity, LiveResources, Metrics, Objects, Permissions, Secrets,
    Stacks, Tables, Zones,
};
pub use types::*;
pub use watching::{Alarm, Alarms, DriftDetection, DriftedResource, LogEvent, LogPage, Logs, PropertyDrift};
