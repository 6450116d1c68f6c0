//! S3: which buckets there are, and whose they are.

use std::collections::BTreeMap;

use aws_sdk_s3::error::ProvideErrorMetadata;

use super::AwsError;
use super::s3::{S3, bucket_arn};

impl S3 {
    /// The region's buckets of this account whose names begin so.
    pub(super) async fn buckets_named(&self, prefix: &str) -> Result<Vec<String>, AwsError> {
        let call = self.context.reads("s3:ListAllMyBuckets", "*".to_owned());
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let request = self.client.list_buckets().prefix(prefix).bucket_region(&self.context.region);
            let page = request.set_continuation_token(next.take()).send().await.map_err(|error| call.failed(error))?;
            let names = page.buckets.unwrap_or_default().into_iter().filter_map(|bucket| bucket.name);
            found.extend(names.filter(|name| name.starts_with(prefix)));
            next = page.continuation_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    /// A bucket's tags.
    pub(super) async fn tags_of(&self, bucket: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let call = self.context.reads("s3:GetBucketTagging", bucket_arn(bucket));
        match self.client.get_bucket_tagging().bucket(bucket).send().await {
            Ok(answer) => Ok(answer.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect()),
            Err(error) if error.code() == Some("NoSuchTagSet") => Ok(BTreeMap::new()),
            Err(error) => Err(call.failed(error)),
        }
    }
}
