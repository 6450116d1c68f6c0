//! Zips and templates → the artifact bucket, by content hash.

use crate::site::UPLOADS_AT_ONCE;
use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use crate::base::artifact::Artifact;
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::base::functions;
use crate::deployment::lock::Lock;
use crate::deployment::{Context, Live};
use stellarr_aws::{AwsError, Objects, PutCondition, PutObject};

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

/// Uploads each zip that the bucket does not hold yet, by the SHA-256 that S3 itself computed.
///
/// # Errors
/// When a zip cannot be read or stored.
pub async fn functions(context: Context<'_>, bucket: &str, artifacts: &[Artifact]) -> Result<Published, CommandError> {
    let objects = context.cloud.objects();
    let uploads: Vec<Option<u64>> = stream::iter(artifacts)
        .map(|artifact| {
            let objects = objects.clone();
            async move {
                if holds(objects.as_ref(), bucket, &artifact.key(), &artifact.sha256).await? {
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
        .buffered(UPLOADS_AT_ONCE)
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

/// Says whether a template of this text, as CloudFormation shows it, is stored under the key.
#[must_use]
pub fn is_template_key(key: &str, stack: &str, shown: &str) -> bool {
    // CloudFormation drops the last line break.
    key == template_key(stack, shown) || key == template_key(stack, &format!("{}\n", shown.trim_end()))
}

/// Stores a template unless it is there, and returns its key.
///
/// # Errors
/// When it cannot be stored.
pub async fn template(objects: &dyn Objects, bucket: &str, stack: &str, text: &str) -> Result<String, CommandError> {
    let key = template_key(stack, text);
    if !holds(objects, bucket, &key, &hex::encode(Sha256::digest(text.as_bytes()))).await? {
        let body = Bytes::copy_from_slice(text.as_bytes());
        objects.put(bucket, immutable(key.clone(), body, "application/yaml", BTreeMap::new())).await?;
    }
    Ok(key)
}

/// Whether the bucket holds exactly these bytes under the key. A name, a size or an ETag proves nothing: a principal
/// with write access to the bucket chooses the first two, and the third is not a hash of the content under KMS.
///
/// # Errors
/// When the bucket could not be asked.
pub async fn holds(objects: &dyn Objects, bucket: &str, key: &str, sha256: &str) -> Result<bool, AwsError> {
    Ok(objects.head(bucket, key).await?.is_some_and(|head| head.sha256.as_deref() == Some(sha256)))
}

/// The SHA-256 in the key of a content-addressed object, `functions/api/<hash>.zip`, in hex.
#[must_use]
pub fn hash_in(key: &str) -> Option<&str> {
    let (hash, _) = key.rsplit('/').next()?.split_once('.')?;
    (hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hash)
}

/// The SHA-256 in the key of a function's code as Lambda reports it, in base64.
#[must_use]
pub fn code_sha256(key: &str) -> Option<String> {
    hex::decode(hash_in(key)?).ok().map(|bytes| STANDARD.encode(bytes))
}

/// The SHA-256 of the code that Lambda runs for a function, in hex; none where the function is not there.
///
/// # Errors
/// When Lambda could not be asked.
pub async fn running_code(context: Context<'_>, live: &Live, function: &str) -> Result<Option<String>, AwsError> {
    let Some(name) = live.output(&functions::output(function)) else { return Ok(None) };
    let state = context.cloud.functions().describe(name).await?;
    Ok(state.map(|state| STANDARD.decode(&state.code_sha256).map(hex::encode).unwrap_or(state.code_sha256)))
}

/// Makes sure, after the stacks, that Lambda runs the published code: where it does not, somebody changed the function,
/// or the object between its upload and the time when CloudFormation read it.
///
/// # Errors
/// When the object under a key does not have the hash that its name says.
pub async fn confirm(
    context: Context<'_>,
    bucket: &str,
    code: &BTreeMap<String, String>,
    outputs: &BTreeMap<String, String>,
    lock: &Lock,
) -> Result<(), CommandError> {
    let functions = context.cloud.functions();
    for (function, key) in code {
        let (Some(name), Some(wanted)) = (outputs.get(&functions::output(function)), code_sha256(key)) else {
            continue;
        };
        if runs(context, name, &wanted).await? {
            continue;
        }
        verify(context, bucket, key).await?;
        lock.check().await?;
        if functions.set_code(name, bucket, key).await? != wanted {
            return Err(changed(key));
        }
        context.printer.warn(&format!(
            "the function {function} ran other code than was deployed; it runs the deployed code again"
        ));
    }
    Ok(())
}

/// Says whether a function runs this code, or is not there. An answer from before the update is waited out.
async fn runs(context: Context<'_>, function: &str, wanted: &str) -> Result<bool, AwsError> {
    for pause in [1, 2, 4, 0] {
        let state = context.cloud.functions().describe(function).await?;
        if state.is_none_or(|state| state.code_sha256 == wanted) {
            return Ok(true);
        }
        context.clock.sleep(Duration::from_secs(pause)).await;
    }
    Ok(false)
}

/// Checks that an object of the artifact bucket has the hash that its key says.
///
/// # Errors
/// When it has not.
pub async fn verify(context: Context<'_>, bucket: &str, key: &str) -> Result<(), CommandError> {
    let objects = context.cloud.objects();
    let Some(wanted) = hash_in(key) else { return Err(changed(key)) };
    let Some(head) = objects.head(bucket, key).await? else { return Err(changed(key)) };
    let found = match head.sha256 {
        Some(found) => found,
        // Stored by something else than stellarr.
        None => {
            objects.get(bucket, key).await?.map(|object| hex::encode(Sha256::digest(&object.body))).unwrap_or_default()
        }
    };
    if found == wanted { Ok(()) } else { Err(changed(key)) }
}

/// The error of an object whose content is not what its key says.
#[must_use]
pub fn changed(key: &str) -> CommandError {
    CommandError::failed(format!(
        "{key} in the artifact bucket was changed: its content does not have the hash in its name"
    ))
    .code(Code::ArtifactChanged)
    .hint(Code::ArtifactChanged.entry().remedy)
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
