//! Trending objects in S3.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use sha2::{Digest, Sha256};
use stellarr_core::trending::{Object, ObjectError, TrendingObjects, Written};

use super::{CACHE_CONTROL, CONTENT_TYPE};

/// Metadata key of the content's SHA-256. An ETag is the content's MD5 only under some encryptions.
const DIGEST: &str = "sha256";

/// Keeps trending objects in a bucket.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
    bucket: String,
}

impl S3Objects {
    /// Uses a bucket that exists.
    #[must_use]
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into() }
    }

    /// Reads the digest that an object was stored with: `None` without an object, empty without a digest.
    async fn digest(&self, name: &str) -> Result<Option<String>, ObjectError> {
        match self.client.head_object().bucket(&self.bucket).key(name).send().await {
            Ok(head) => Ok(Some(head.metadata().and_then(|all| all.get(DIGEST)).cloned().unwrap_or_default())),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(None),
            Err(error) => Err(failed("reading", name, &error)),
        }
    }

    fn put(&self, name: &str, body: Vec<u8>, digest: String) -> PutObjectFluentBuilder {
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(name)
            .content_type(CONTENT_TYPE)
            .cache_control(CACHE_CONTROL)
            .metadata(DIGEST, digest)
            .body(ByteStream::from(body))
    }
}

#[async_trait]
impl TrendingObjects for S3Objects {
    async fn read(&self, name: &str) -> Result<Option<Object>, ObjectError> {
        let object = match self.client.get_object().bucket(&self.bucket).key(name).send().await {
            Ok(object) => object,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(failed("reading", name, &error)),
        };
        let version = object.e_tag.unwrap_or_default();
        let body = object.body.collect().await.map_err(|_| ObjectError {
            action: "reading",
            name: name.to_owned(),
            reason: "the object broke off".to_owned(),
        })?;
        Ok(Some(Object { body: body.to_vec(), version }))
    }

    async fn exists(&self, name: &str) -> Result<bool, ObjectError> {
        Ok(self.digest(name).await?.is_some())
    }

    async fn write(&self, name: &str, body: Vec<u8>) -> Result<Written, ObjectError> {
        let digest = hex::encode(Sha256::digest(&body));
        // Not being able to look costs one needless write, not the file.
        if self.digest(name).await.is_ok_and(|stored| stored.as_ref() == Some(&digest)) {
            return Ok(Written::Unchanged);
        }
        self.put(name, body, digest).send().await.map_err(|error| failed("writing", name, &error))?;
        Ok(Written::Changed)
    }

    async fn replace(&self, name: &str, body: Vec<u8>, read: Option<&Object>) -> Result<bool, ObjectError> {
        let digest = hex::encode(Sha256::digest(&body));
        let put = self.put(name, body, digest);
        let put = match read {
            Some(read) => put.if_match(&read.version),
            None => put.if_none_match("*"),
        };
        match put.send().await {
            Ok(_) => Ok(true),
            // It has changed, it is gone, or somebody is writing at this moment.
            Err(error)
                if matches!(error.code(), Some("PreconditionFailed" | "NoSuchKey" | "ConditionalRequestConflict")) =>
            {
                Ok(false)
            }
            Err(error) => Err(failed("writing", name, &error)),
        }
    }
}

/// Puts an error into words: S3's own code and message, or the cause below it.
fn failed<E>(action: &'static str, name: &str, error: &SdkError<E>) -> ObjectError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let reason = match error.as_service_error() {
        Some(service) => {
            format!("{}: {}", service.code().unwrap_or("unknown error"), service.message().unwrap_or("no message"))
        }
        None => DisplayErrorContext(error).to_string(),
    };
    ObjectError { action, name: name.to_owned(), reason }
}
