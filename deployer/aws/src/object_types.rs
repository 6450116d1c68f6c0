//! What S3 gets and answers.

use std::collections::BTreeMap;

use bytes::Bytes;

/// What is known of an object without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectHead {
    /// ETag with its quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the whole object as S3 computed it when it was stored, in hex; none where it was stored without one.
    pub sha256: Option<String>,
    /// User metadata.
    pub metadata: BTreeMap<String, String>,
}

/// An object with its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// ETag with its quotes.
    pub etag: String,
    /// The bytes.
    pub body: Bytes,
}

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectSummary {
    /// Key.
    pub key: String,
    /// ETag with its quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// RFC 3339.
    pub modified_at: String,
}

/// One of the versions that a bucket keeps of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVersion {
    /// Key.
    pub key: String,
    /// The version's id.
    pub version: String,
    /// ETag with its quotes.
    pub etag: String,
    /// Whether this is what a reader gets.
    pub current: bool,
}

/// When a store may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutCondition {
    /// Always.
    Any,
    /// Only when the key is free.
    IfAbsent,
    /// Only while the object has this ETag.
    IfMatch(String),
}

/// An object to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutObject {
    /// Key.
    pub key: String,
    /// The bytes.
    pub body: Bytes,
    /// Content-Type.
    pub content_type: String,
    /// Cache-Control.
    pub cache_control: Option<String>,
    /// Content-Encoding.
    pub content_encoding: Option<String>,
    /// User metadata.
    pub metadata: BTreeMap<String, String>,
    /// When the store may happen.
    pub condition: PutCondition,
}

/// How a conditional store ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// Stored, with this ETag.
    Stored {
        /// ETag with its quotes.
        etag: String,
    },
    /// The condition did not hold; nothing was stored.
    Refused,
}

/// Whose a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketState {
    /// It belongs to the account.
    Ours,
    /// It belongs to another account, or may not be looked at.
    Foreign,
    /// It is not there.
    Gone,
}
