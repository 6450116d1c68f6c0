//! S3: objects, stored under conditions and checked by SHA-256.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder as ConfigBuilder;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumMode, Delete, ObjectIdentifier};
use aws_smithy_types::timeout::TimeoutConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::context::{AdapterContext, Call};
use super::time::rfc3339;
use super::{
    AwsError, AwsErrorKind, BucketState, Object, ObjectHead, ObjectSummary, ObjectVersion, Objects, PutCondition,
    PutObject, PutOutcome,
};

/// The slowest upload that is still worth waiting for.
const MIN_UPLOAD_BYTES_PER_SECOND: u64 = 32 * 1024;
/// Keys in one request to delete; S3's limit.
const MAX_KEYS_PER_DELETE: usize = 1_000;
/// Metadata that tells a conditional store of ours from everybody else's.
const PUT_MARK: &str = "stellarr-put";
/// Tries when S3 says that another conditional store is under way, and when a body breaks off.
const MAX_ATTEMPTS: u32 = 3;

/// S3 in the home region.
#[derive(Debug)]
pub(super) struct S3 {
    pub(super) client: Client,
    pub(super) context: AdapterContext,
}

impl S3 {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        // An emulator has no address for each bucket.
        let config = aws_sdk_s3::config::Builder::from(config).force_path_style(context.endpoint.is_some()).build();
        Self { client: Client::from_conf(config), context }
    }

    async fn head_marked(&self, bucket: &str, key: &str) -> Result<Option<(ObjectHead, Option<String>)>, AwsError> {
        let call = self.context.reads("s3:GetObject", object_arn(bucket, key));
        let request = self.client.head_object().bucket(bucket).key(key).checksum_mode(ChecksumMode::Enabled);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let failure = call.failed(error);
                return match failure.kind {
                    AwsErrorKind::NotFound => Ok(None),
                    _ if failure.code.is_none() && failure.kind != AwsErrorKind::Network => {
                        Err(self.explain(bucket, key, failure).await)
                    }
                    _ => Err(failure),
                };
            }
        };
        let etag = answer.e_tag.ok_or_else(|| call.missing("ETag"))?;
        let size = answer.content_length.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        // An object that was put together from parts has a checksum of checksums, `…-2`, which is none of its bytes.
        let sha256 = answer.checksum_sha256.and_then(|text| STANDARD.decode(text).ok()).map(hex::encode);
        let mut metadata: BTreeMap<String, String> = answer.metadata.unwrap_or_default().into_iter().collect();
        let mark = metadata.remove(PUT_MARK);
        Ok(Some((ObjectHead { etag, size, sha256, metadata }, mark)))
    }

    /// Asks for the reason of a refused HEAD, whose answer can't carry one.
    async fn explain(&self, bucket: &str, key: &str, failure: AwsError) -> AwsError {
        let call = self.context.reads("s3:GetObject", object_arn(bucket, key));
        match self.client.get_object().bucket(bucket).key(key).range("bytes=0-0").send().await {
            Err(error) => call.failed(error),
            Ok(_) => failure,
        }
    }

    async fn try_put(&self, bucket: &str, object: &PutObject, mark: Option<&str>) -> Result<PutOutcome, AwsError> {
        let call = self.context.reads("s3:PutObject", object_arn(bucket, &object.key));
        let checksum = STANDARD.encode(Sha256::digest(&object.body));
        let mut request = self
            .client
            .put_object()
            .bucket(bucket)
            .key(&object.key)
            .body(ByteStream::from(object.body.clone()))
            .checksum_sha256(&checksum)
            .content_type(&object.content_type)
            .set_cache_control(object.cache_control.clone())
            .set_content_encoding(object.content_encoding.clone())
            .set_metadata(Some(object.metadata.clone().into_iter().collect()));
        if let Some(mark) = mark {
            request = request.metadata(PUT_MARK, mark);
        }
        request = match &object.condition {
            PutCondition::Any => request,
            PutCondition::IfAbsent => request.if_none_match("*"),
            PutCondition::IfMatch(etag) => request.if_match(etag),
        };
        let timeouts = ConfigBuilder::new().timeout_config(self.upload_timeouts(object.body.len()));
        match request.customize().config_override(timeouts).send().await {
            Ok(answer) => match (answer.e_tag, answer.checksum_sha256) {
                (_, Some(stored)) if stored != checksum => {
                    Err(call.error(AwsErrorKind::BadAnswer, "S3 stored other bytes than were sent"))
                }
                (Some(etag), _) => Ok(PutOutcome::Stored { etag }),
                (None, _) => Err(call.missing("ETag")),
            },
            Err(error) => {
                let status = status(&error);
                let failure = call.failed(error);
                let conditional = object.condition != PutCondition::Any;
                // 404 answers If-Match when the object, not the bucket, is gone.
                let gone = status == Some(404) && failure.code.as_deref() != Some("NoSuchBucket");
                if conditional && (status == Some(412) || gone) { Ok(PutOutcome::Refused) } else { Err(failure) }
            }
        }
    }

    async fn read(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<Option<Object>, AwsError> {
        let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
        let call = self.context.reads(action, object_arn(bucket, key));
        let mut attempt = 1;
        loop {
            let request = self.client.get_object().bucket(bucket).key(key).checksum_mode(ChecksumMode::Enabled);
            let request = request.set_version_id(version.map(str::to_owned));
            let answer = match request.send().await.map_err(|error| call.failed(error)) {
                Ok(answer) => answer,
                Err(failure) if matches!(failure.code.as_deref(), Some("NoSuchKey" | "NoSuchVersion")) => {
                    return Ok(None);
                }
                Err(failure) => return Err(failure),
            };
            let etag = answer.e_tag.ok_or_else(|| call.missing("ETag"))?;
            // The SDK repeats a request, but not the reading of its answer.
            match answer.body.collect().await {
                Ok(body) => return Ok(Some(Object { etag, body: body.into_bytes() })),
                Err(_) if attempt < MAX_ATTEMPTS => attempt += 1,
                Err(error) => {
                    return Err(call.error(AwsErrorKind::BadAnswer, format!("the object arrived damaged: {error}")));
                }
            }
        }
    }

    fn upload_timeouts(&self, size: usize) -> TimeoutConfig {
        let upload = Duration::from_secs(u64::try_from(size).unwrap_or(u64::MAX) / MIN_UPLOAD_BYTES_PER_SECOND);
        let attempt = self.context.timeouts.attempt + upload;
        TimeoutConfig::builder()
            .connect_timeout(self.context.timeouts.connect)
            .operation_attempt_timeout(attempt)
            .operation_timeout(self.context.timeouts.operation + upload * self.context.attempts)
            .build()
    }

    async fn delete_batch(
        &self,
        call: &Call<'_>,
        bucket: &str,
        objects: Vec<ObjectIdentifier>,
    ) -> Result<(), AwsError> {
        let batch = Delete::builder()
            .set_objects(Some(objects))
            .quiet(true)
            .build()
            .map_err(|error| call.error(AwsErrorKind::Other, error.to_string()))?;
        let answer = self.client.delete_objects().bucket(bucket).delete(batch).send().await;
        let errors = answer.map_err(|error| call.failed(error))?.errors.unwrap_or_default();
        match errors.into_iter().next() {
            None => Ok(()),
            Some(first) => {
                let code = first.code.unwrap_or_default();
                let kind = call.kind_of(&code).unwrap_or(AwsErrorKind::Other);
                let words = first.message.unwrap_or_else(|| code.clone());
                let key = first.key.unwrap_or_default();
                let mut failure = call.error(kind, words).on(object_arn(bucket, &key));
                failure.code = Some(code);
                Err(failure)
            }
        }
    }
}

#[async_trait]
impl Objects for S3 {
    async fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectHead>, AwsError> {
        Ok(self.head_marked(bucket, key).await?.map(|(head, _)| head))
    }

    async fn get(&self, bucket: &str, key: &str) -> Result<Option<Object>, AwsError> {
        self.read(bucket, key, None).await
    }

    async fn put(&self, bucket: &str, object: PutObject) -> Result<PutOutcome, AwsError> {
        self.context.gate.pass();
        let mark = match object.condition {
            PutCondition::Any => None,
            _ => Some(random_mark(&self.context)?),
        };
        let mut attempt = 1;
        loop {
            match self.try_put(bucket, &object, mark.as_deref()).await {
                Ok(PutOutcome::Refused) => {}
                Err(failure)
                    if failure.code.as_deref() == Some("ConditionalRequestConflict") && attempt < MAX_ATTEMPTS =>
                {
                    attempt += 1;
                    continue;
                }
                other => return other,
            }
            // The first try may have stored the object and lost its answer; then the refusal met our own object.
            return Ok(match self.head_marked(bucket, &object.key).await? {
                Some((head, found)) if found.is_some() && found == mark => PutOutcome::Stored { etag: head.etag },
                _ => PutOutcome::Refused,
            });
        }
    }

    async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectSummary>, AwsError> {
        let call = self.context.reads("s3:ListBucket", bucket_arn(bucket));
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let request =
                self.client.list_objects_v2().bucket(bucket).prefix(prefix).set_continuation_token(token.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            // A mangled answer must not pass for an empty bucket.
            let truncated = page.is_truncated.ok_or_else(|| call.missing("end of list"))?;
            for object in page.contents.unwrap_or_default() {
                found.push(ObjectSummary {
                    key: object.key.ok_or_else(|| call.missing("key"))?,
                    etag: object.e_tag.ok_or_else(|| call.missing("ETag"))?,
                    size: object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
                    modified_at: object.last_modified.and_then(rfc3339).unwrap_or_default(),
                });
            }
            if !truncated {
                return Ok(found);
            }
            token = Some(page.next_continuation_token.ok_or_else(|| call.missing("continuation token"))?);
        }
    }

    async fn versions(&self, bucket: &str) -> Result<Vec<ObjectVersion>, AwsError> {
        let call = self.context.reads("s3:ListBucketVersions", bucket_arn(bucket));
        let mut found = Vec::new();
        let (mut key, mut version) = (None, None);
        loop {
            let request = self.client.list_object_versions().bucket(bucket);
            let request = request.set_key_marker(key.take()).set_version_id_marker(version.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            for one in page.versions.unwrap_or_default() {
                found.push(ObjectVersion {
                    key: one.key.ok_or_else(|| call.missing("key"))?,
                    version: one.version_id.ok_or_else(|| call.missing("version id"))?,
                    etag: one.e_tag.ok_or_else(|| call.missing("ETag"))?,
                    current: one.is_latest.unwrap_or_default(),
                });
            }
            if !page.is_truncated.ok_or_else(|| call.missing("end of list"))? {
                return Ok(found);
            }
            (key, version) = (page.next_key_marker, page.next_version_id_marker);
        }
    }

    async fn get_version(&self, bucket: &str, key: &str, version: &str) -> Result<Option<Object>, AwsError> {
        self.read(bucket, key, Some(version)).await
    }

    async fn delete(&self, bucket: &str, keys: &[String]) -> Result<(), AwsError> {
        for batch in keys.chunks(MAX_KEYS_PER_DELETE) {
            let call = self.context.writes("s3:DeleteObject", bucket_arn(bucket));
            let objects = batch.iter().map(|key| identifier(&call, key, None)).collect::<Result<_, _>>()?;
            self.delete_batch(&call, bucket, objects).await?;
        }
        Ok(())
    }

    async fn delete_if(&self, bucket: &str, key: &str, etag: &str) -> Result<bool, AwsError> {
        let call = self.context.writes("s3:DeleteObject", object_arn(bucket, key));
        match self.client.delete_object().bucket(bucket).key(key).if_match(etag).send().await {
            Ok(_) => Ok(true),
            Err(error) => match (status(&error), call.failed(error)) {
                (_, failure) if failure.code.as_deref() == Some("NoSuchBucket") => Err(failure),
                // Gone already, perhaps by our own first try whose answer was lost.
                (Some(404), _) => Ok(true),
                (Some(412), _) => Ok(self.head_marked(bucket, key).await?.is_none()),
                (_, failure) => Err(failure),
            },
        }
    }

    async fn empty(&self, bucket: &str) -> Result<usize, AwsError> {
        let list = self.context.reads("s3:ListBucketVersions", bucket_arn(bucket));
        let mut deleted = 0;
        loop {
            // Always the first page: what it listed is gone the next time.
            let page = match self.client.list_object_versions().bucket(bucket).send().await {
                Ok(page) => page,
                Err(error) => match list.failed(error) {
                    failure if failure.kind == AwsErrorKind::NotFound => return Ok(deleted),
                    failure => return Err(failure),
                },
            };
            if page.is_truncated.is_none() {
                return Err(list.missing("end of list"));
            }
            let versions = page.versions.unwrap_or_default().into_iter().map(|one| (one.key, one.version_id));
            let markers = page.delete_markers.unwrap_or_default().into_iter().map(|one| (one.key, one.version_id));
            let objects = versions
                .chain(markers)
                .map(|(key, version)| identifier(&list, &key.ok_or_else(|| list.missing("key"))?, version))
                .collect::<Result<Vec<_>, _>>()?;
            if objects.is_empty() {
                return Ok(deleted);
            }
            deleted += objects.len();
            let call = self.context.writes("s3:DeleteObjectVersion", bucket_arn(bucket));
            self.delete_batch(&call, bucket, objects).await?;
        }
    }

    async fn bucket_state(&self, bucket: &str, account: &str) -> Result<BucketState, AwsError> {
        let call = self.context.reads("s3:ListBucket", format!("arn:aws:s3:::{bucket}"));
        match self.client.head_bucket().bucket(bucket).expected_bucket_owner(account).send().await {
            Ok(_) => Ok(BucketState::Ours),
            Err(error) => match call.failed(error) {
                failure if failure.kind == AwsErrorKind::NotFound => Ok(BucketState::Gone),
                // A head's refusal has no body that could say more.
                failure if failure.kind == AwsErrorKind::AccessDenied => Ok(BucketState::Foreign),
                failure => Err(failure),
            },
        }
    }

    async fn buckets(&self, prefix: &str) -> Result<Vec<String>, AwsError> {
        self.buckets_named(prefix).await
    }

    async fn bucket_tags(&self, bucket: &str) -> Result<BTreeMap<String, String>, AwsError> {
        self.tags_of(bucket).await
    }

    async fn delete_bucket(&self, bucket: &str) -> Result<(), AwsError> {
        let call = self.context.writes("s3:DeleteBucket", bucket_arn(bucket));
        match self.client.delete_bucket().bucket(bucket).send().await.map_err(|error| call.failed(error)) {
            Err(failure) if failure.kind != AwsErrorKind::NotFound => Err(failure),
            _ => Ok(()),
        }
    }

    fn template_url(&self, bucket: &str, key: &str) -> String {
        match &self.context.endpoint {
            Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
            None => {
                let region = &self.context.region;
                let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
                format!("https://{bucket}.s3.{region}.{suffix}/{key}")
            }
        }
    }
}

fn identifier(call: &Call<'_>, key: &str, version: Option<String>) -> Result<ObjectIdentifier, AwsError> {
    ObjectIdentifier::builder()
        .key(key)
        .set_version_id(version)
        .build()
        .map_err(|error| call.error(AwsErrorKind::Other, error.to_string()))
}

fn random_mark(context: &AdapterContext) -> Result<String, AwsError> {
    let mut mark = [0; 16];
    getrandom::fill(&mut mark).map_err(|error| {
        context.reads("s3:PutObject", None).error(AwsErrorKind::Other, format!("no random numbers: {error}"))
    })?;
    Ok(hex::encode(mark))
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|raw| raw.status().as_u16())
}

pub(super) fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}
