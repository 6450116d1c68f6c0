//! The only door to AWS: narrow traits, one file a service.
//!
//! Stages see these traits and plain values; nothing of `aws_sdk_*` leaves this folder. A whole deploy therefore
//! runs in a test against in-memory fakes.

mod error;
mod traits;
mod types;

pub use error::{AwsError, AwsErrorKind};
pub use traits::{Cdn, Certificates, Cloud, Functions, Identity, Objects, Secrets, Stacks, Zones};
pub use types::*;
