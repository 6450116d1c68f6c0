//! Release records: what is live, and what was.
//!
//! A record is written for every deploy that changed something; a pointer, stored conditionally, says which one is
//! current. A publisher that started from an older pointer is refused, so an old build never overwrites a newer one.

use crate::site::manifest::Retired;
use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::releases::publish;
use crate::site::manifest::Manifest;
use stellarr_aws::{AwsError, Objects, PutCondition, PutObject, PutOutcome};

const POINTER: &str = "releases/current.json";
/// Where the records are.
pub const RECORDS: &str = "releases/";

/// What one deploy put live. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// 1 for the first, one more each time.
    pub sequence: u64,
    /// When it went live.
    pub created_at: Timestamp,
    /// Who deployed it.
    pub by: String,
    /// Version of the deployer.
    pub version: String,
    /// The configuration as it was read.
    pub config: serde_json::Value,
    /// Keys of the rendered templates in the artifact bucket, by stack.
    pub templates: BTreeMap<String, String>,
    /// Keys of the templates that were asked for and that CloudFormation found to change nothing, by stack.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub same_templates: BTreeMap<String, String>,
    /// Keys of the code in the artifact bucket, by function.
    pub code: BTreeMap<String, String>,
    /// Key of the site's manifest in the artifact bucket; none before the site was first published.
    pub site: Option<String>,
    /// Paths that this release took out of the site, by when; kept until they are old enough to delete.
    #[serde(default)]
    pub retired: BTreeMap<String, Retired>,
    /// The release whose state this one put back, when it was a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<u64>,
}

impl Release {
    /// The release that first had the state of this one.
    #[must_use]
    pub fn origin(&self) -> u64 {
        self.restores.unwrap_or(self.sequence)
    }
}

/// The current release with the pointer's ETag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// The record.
    pub release: Release,
    etag: String,
}

/// Why a release could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// Another deploy went live since this one started.
    #[error("a newer deploy went live while this one was running")]
    Stale,
    /// A record holds something else than a record.
    #[error("{key} in the artifact bucket is damaged: {problem}")]
    Damaged {
        /// The object's key.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The bucket could not be asked.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl From<ReleaseError> for CommandError {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::Stale => Self::new(ExitKind::Busy, error.to_string())
                .code(Code::ReleaseStale)
                .hint("run `stellarr diff` to see what is live now, then `stellarr deploy` if yours should replace it"),
            ReleaseError::Damaged { ref key, .. } => {
                Self::failed(error.to_string()).code(Code::ReleaseDamaged).hint(format!(
                    "the bucket keeps versions: restore an earlier version of {key}, or delete it and deploy again"
                ))
            }
            ReleaseError::Aws(error) => error.into(),
        }
    }
}

/// Reads the current release.
///
/// # Errors
/// When the bucket could not be asked or the record is damaged.
pub async fn current(objects: &dyn Objects, bucket: &str) -> Result<Option<Current>, ReleaseError> {
    let Some(object) = objects.get(bucket, POINTER).await? else { return Ok(None) };
    Ok(Some(Current { release: parse(POINTER, &object.body)?, etag: object.etag }))
}

/// Reads one record; none when there is no such release.
///
/// # Errors
/// When the bucket could not be asked or the record is damaged.
pub async fn record(objects: &dyn Objects, bucket: &str, sequence: u64) -> Result<Option<Release>, ReleaseError> {
    let key = record_key(sequence);
    let Some(object) = objects.get(bucket, &key).await? else { return Ok(None) };
    parse(&key, &object.body).map(Some)
}

fn parse(key: &str, body: &[u8]) -> Result<Release, ReleaseError> {
    serde_json::from_slice(body)
        .map_err(|error| ReleaseError::Damaged { key: key.to_owned(), problem: error.to_string() })
}

/// Reads the manifest of a release's site; empty when it has none.
///
/// # Errors
/// When the bucket could not be asked or the manifest is missing or damaged.
pub async fn manifest(objects: &dyn Objects, bucket: &str, release: &Release) -> Result<Manifest, ReleaseError> {
    let Some(key) = &release.site else { return Ok(Manifest::default()) };
    let damaged = |problem: String| ReleaseError::Damaged { key: key.clone(), problem };
    let object = objects.get(bucket, key).await?.ok_or_else(|| damaged("it is not there".to_owned()))?;
    let manifest: Manifest = serde_json::from_slice(&object.body).map_err(|error| damaged(error.to_string()))?;
    if publish::hash_in(key) != Some(&manifest.sha256()) {
        return Err(damaged("its content does not have the hash that its name says".to_owned()));
    }
    Ok(manifest)
}

/// Stores a manifest under its own hash and returns the key.
///
/// # Errors
/// When it could not be stored.
pub async fn store_manifest(objects: &dyn Objects, bucket: &str, manifest: &Manifest) -> Result<String, AwsError> {
    let key = format!("sites/{}.json", manifest.sha256());
    let object = json_object(&key, manifest, PutCondition::Any);
    if !publish::holds(objects, bucket, &key, &hex::encode(Sha256::digest(&object.body))).await? {
        objects.put(bucket, object).await?;
    }
    Ok(key)
}

/// Makes the record current, if `previous` still is, and files it among the others.
///
/// The pointer comes first: a publisher that is refused then leaves no record in the place of the one that was not. The
/// record of a run that ended between the two is filed by the next.
///
/// # Errors
/// [`ReleaseError::Stale`] when another release became current since `previous` was read.
pub async fn publish(
    objects: &dyn Objects,
    bucket: &str,
    release: &Release,
    previous: Option<&Current>,
) -> Result<(), ReleaseError> {
    if let Some(previous) = previous
        && objects.head(bucket, &record_key(previous.release.sequence)).await?.is_none()
    {
        file(objects, bucket, &previous.release).await?;
    }
    let condition = previous.map_or(PutCondition::IfAbsent, |previous| PutCondition::IfMatch(previous.etag.clone()));
    match objects.put(bucket, json_object(POINTER, release, condition)).await? {
        PutOutcome::Stored { .. } => Ok(file(objects, bucket, release).await?),
        PutOutcome::Refused => Err(ReleaseError::Stale),
    }
}

async fn file(objects: &dyn Objects, bucket: &str, release: &Release) -> Result<(), AwsError> {
    objects.put(bucket, json_object(&record_key(release.sequence), release, PutCondition::Any)).await?;
    Ok(())
}

/// The key of a release's record.
#[must_use]
pub fn record_key(sequence: u64) -> String {
    format!("{RECORDS}{sequence:06}.json")
}

fn json_object(key: &str, value: &impl Serialize, condition: PutCondition) -> PutObject {
    PutObject {
        key: key.to_owned(),
        body: Bytes::from(serde_json::to_vec_pretty(value).unwrap_or_default()),
        content_type: "application/json".to_owned(),
        cache_control: None,
        content_encoding: None,
        metadata: BTreeMap::new(),
        condition,
    }
}
