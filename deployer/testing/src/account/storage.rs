//! Buckets whose objects keep their versions.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use md5::{Digest, Md5};

use stellarr_aws::{ObjectVersion, PutCondition, PutObject};

/// One version of an object.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) body: Bytes,
    pub(crate) etag: String,
    pub(crate) content_type: String,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) modified: Timestamp,
}

impl Version {
    fn new(put: &PutObject, modified: Timestamp) -> Self {
        Self {
            etag: etag(&put.body),
            body: put.body.clone(),
            content_type: put.content_type.clone(),
            cache_control: put.cache_control.clone(),
            content_encoding: put.content_encoding.clone(),
            metadata: put.metadata.clone(),
            modified,
        }
    }

    /// The object as it was handed in.
    pub(crate) fn as_put(&self, key: &str) -> PutObject {
        PutObject {
            key: key.to_owned(),
            body: self.body.clone(),
            content_type: self.content_type.clone(),
            cache_control: self.cache_control.clone(),
            content_encoding: self.content_encoding.clone(),
            metadata: self.metadata.clone(),
            condition: PutCondition::Any,
        }
    }
}

/// Versions of one key, oldest first; none is a delete marker.
type History = Vec<Option<Version>>;

/// All buckets of the account.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    buckets: BTreeMap<String, BTreeMap<String, History>>,
}

/// The ETag that S3 gives to an object that was stored at once: the MD5 in quotes.
pub(crate) fn etag(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(Md5::digest(body)))
}

impl Storage {
    pub(crate) fn create(&mut self, bucket: &str) {
        self.buckets.entry(bucket.to_owned()).or_default();
    }

    pub(crate) fn exists(&self, bucket: &str) -> bool {
        self.buckets.contains_key(bucket)
    }

    /// The buckets whose names begin so.
    pub(crate) fn names(&self, prefix: &str) -> Vec<String> {
        self.buckets.keys().filter(|name| name.starts_with(prefix)).cloned().collect()
    }

    /// Says whether nothing is left, old versions and markers included.
    pub(crate) fn is_empty(&self, bucket: &str) -> bool {
        self.buckets.get(bucket).is_none_or(BTreeMap::is_empty)
    }

    pub(crate) fn remove_bucket(&mut self, bucket: &str) {
        self.buckets.remove(bucket);
    }

    pub(crate) fn current(&self, bucket: &str, key: &str) -> Option<&Version> {
        self.buckets.get(bucket)?.get(key)?.last()?.as_ref()
    }

    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        let keys = self.buckets.get(bucket).into_iter().flatten();
        keys.filter(|(_, history)| history.last().is_some_and(Option::is_some)).map(|(key, _)| key.clone()).collect()
    }

    /// Every version that is kept; a version's id is its place in the history.
    pub(crate) fn versions(&self, bucket: &str) -> Vec<ObjectVersion> {
        let mut found = Vec::new();
        for (key, history) in self.buckets.get(bucket).into_iter().flatten() {
            for (place, version) in history.iter().enumerate().rev() {
                let Some(version) = version else { continue };
                found.push(ObjectVersion {
                    key: key.clone(),
                    version: place.to_string(),
                    etag: version.etag.clone(),
                    current: place + 1 == history.len(),
                });
            }
        }
        found
    }

    pub(crate) fn version(&self, bucket: &str, key: &str, version: &str) -> Option<&Version> {
        self.buckets.get(bucket)?.get(key)?.get(version.parse::<usize>().ok()?)?.as_ref()
    }

    /// Drops all versions but the newest, as a lifecycle rule does in time.
    pub(crate) fn expire(&mut self, bucket: &str) {
        for history in self.buckets.get_mut(bucket).into_iter().flat_map(BTreeMap::values_mut) {
            let newest = history.len().saturating_sub(1);
            history[..newest].fill(None);
        }
    }

    pub(crate) fn put(&mut self, bucket: &str, put: &PutObject, now: Timestamp) -> String {
        let version = Version::new(put, now);
        let etag = version.etag.clone();
        let objects = self.buckets.entry(bucket.to_owned()).or_default();
        objects.entry(put.key.clone()).or_default().push(Some(version));
        etag
    }

    pub(crate) fn overwrite(&mut self, bucket: &str, key: &str, body: Bytes, now: Timestamp) {
        let put = PutObject {
            key: key.to_owned(),
            body,
            content_type: "application/octet-stream".to_owned(),
            cache_control: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
            condition: PutCondition::Any,
        };
        self.put(bucket, &put, now);
    }

    /// Sets a delete marker, as a versioned bucket does.
    pub(crate) fn delete(&mut self, bucket: &str, key: &str) {
        if let Some(history) = self.buckets.get_mut(bucket).and_then(|objects| objects.get_mut(key)) {
            history.push(None);
        }
    }

    /// Removes every version and marker; returns how many.
    pub(crate) fn empty(&mut self, bucket: &str) -> usize {
        self.buckets.get_mut(bucket).map_or(0, |objects| std::mem::take(objects).values().map(Vec::len).sum())
    }
}
