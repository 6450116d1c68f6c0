//! Zips and templates → the artifact bucket, by content hash.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use crate::aws::{Objects, PutCondition, PutObject};
use crate::build::Artifact;
use crate::context::Context;
use crate::error::CommandError;
use crate::render::Rendered;

/// Uploads at a time.
pub const CONCURRENCY: usize = 8;

/// What publishing did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Code key by function.
    pub code: BTreeMap<String, String>,
    /// Functions whose zip was not there yet.
    pub uploaded: Vec<String>,
    /// Bytes that went up.
    pub bytes: u64,
}

/// Uploads each zip that the bucket does not hold yet.
///
/// # Errors
/// When a zip cannot be read or stored.
pub async fn functions(context: Context<'_>, bucket: &str, artifacts: &[Artifact]) -> Result<Published, CommandError> {
    let objects = context.cloud.objects();
    let uploads: Vec<Option<u64>> = stream::iter(artifacts)
        .map(|artifact| {
            let objects = objects.clone();
            async move {
                if objects.head(bucket, &artifact.key()).await?.is_some_and(|head| head.size == artifact.size) {
                    context.printer.detail(&format!("{} is up already", artifact.key()));
                    return Ok(None);
                }
                let body = tokio::fs::read(&artifact.path)
                    .await
                    .map_err(|error| CommandError::unreadable(&artifact.path, &error))?;
                let metadata = BTreeMap::from([("sha256".to_owned(), artifact.sha256.clone())]);
                objects.put(bucket, immutable(artifact.key(), body.into(), "application/zip", metadata)).await?;
                Ok::<_, CommandError>(Some(artifact.size))
            }
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let mut published = Published::default();
    for (artifact, upload) in artifacts.iter().zip(uploads) {
        published.code.insert(artifact.function.clone(), artifact.key());
        if let Some(bytes) = upload {
            published.uploaded.push(artifact.function.clone());
            published.bytes += bytes;
        }
    }
    Ok(published)
}

/// The key that a template's text is stored under.
#[must_use]
pub fn template_key(stack: &str, text: &str) -> String {
    format!("templates/{stack}/{}.yaml", hex::encode(Sha256::digest(text.as_bytes())))
}

/// The keys of all stacks' templates, by stack.
#[must_use]
pub fn template_keys(rendered: &Rendered) -> BTreeMap<String, String> {
    let keys = rendered.stacks.iter();
    keys.map(|(kind, text)| (kind.as_str().to_owned(), template_key(kind.as_str(), text))).collect()
}

/// Stores a template unless it is there, and returns its key.
///
/// # Errors
/// When it cannot be stored.
pub async fn template(objects: &dyn Objects, bucket: &str, stack: &str, text: &str) -> Result<String, CommandError> {
    let key = template_key(stack, text);
    if objects.head(bucket, &key).await?.is_none() {
        let body = Bytes::copy_from_slice(text.as_bytes());
        objects.put(bucket, immutable(key.clone(), body, "application/yaml", BTreeMap::new())).await?;
    }
    Ok(key)
}

fn immutable(key: String, body: Bytes, content_type: &str, metadata: BTreeMap<String, String>) -> PutObject {
    PutObject {
        key,
        body,
        content_type: content_type.to_owned(),
        cache_control: None,
        content_encoding: None,
        metadata,
        condition: PutCondition::Any,
    }
}
