//! The note that there is an edge stack.

use std::collections::BTreeMap;

use bytes::Bytes;
use stellarr_aws::{AwsError, Objects, PutCondition, PutObject};

/// The object in the artifact bucket that is there as long as there may be an edge stack. Without it no command asks
/// us-east-1, which an organization may have closed, whether there is one.
const NOTE: &str = "edge/stack.txt";

/// Says whether there may be an edge stack.
///
/// # Errors
/// S3's.
pub async fn is_noted(objects: &dyn Objects, bucket: &str) -> Result<bool, AwsError> {
    Ok(objects.head(bucket, NOTE).await?.is_some())
}

/// Notes that an edge stack is about to be there.
///
/// # Errors
/// S3's.
pub async fn note(objects: &dyn Objects, bucket: &str, stack: &str) -> Result<(), AwsError> {
    if is_noted(objects, bucket).await? {
        return Ok(());
    }
    let object = PutObject {
        key: NOTE.to_owned(),
        body: Bytes::from(format!("{stack} in us-east-1\n")),
        content_type: "text/plain".to_owned(),
        cache_control: None,
        content_encoding: None,
        metadata: BTreeMap::new(),
        condition: PutCondition::Any,
    };
    objects.put(bucket, object).await?;
    Ok(())
}

/// Notes that the edge stack is gone.
///
/// # Errors
/// S3's.
pub async fn forget(objects: &dyn Objects, bucket: &str) -> Result<(), AwsError> {
    if is_noted(objects, bucket).await? {
        objects.delete(bucket, &[NOTE.to_owned()]).await?;
    }
    Ok(())
}
