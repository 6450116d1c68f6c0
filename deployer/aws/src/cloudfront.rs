//! CloudFront: invalidations, and what the distribution says of itself.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};

use super::context::{AdapterContext, Call};
use super::{AwsError, AwsErrorKind, Cdn, Distribution, Invalidation};

/// CloudFront, which has no region.
#[derive(Debug)]
pub(super) struct CloudFront {
    client: Client,
    context: AdapterContext,
}

impl CloudFront {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }
}

#[async_trait]
impl Cdn for CloudFront {
    async fn invalidate(
        &self,
        distribution: &str,
        reference: &str,
        paths: &[String],
    ) -> Result<Invalidation, AwsError> {
        let call = self.context.writes("cloudfront:CreateInvalidation", distribution.to_owned());
        let count = i32::try_from(paths.len())
            .map_err(|_| call.error(AwsErrorKind::LimitExceeded, "too many paths for one invalidation"))?;
        let batch = Paths::builder()
            .quantity(count)
            .set_items(Some(paths.to_vec()))
            .build()
            .and_then(|paths| InvalidationBatch::builder().caller_reference(reference).paths(paths).build())
            .map_err(|error| call.error(AwsErrorKind::Validation, error.to_string()))?;
        let request = self.client.create_invalidation().distribution_id(distribution).invalidation_batch(batch);
        let answer = request.send().await.map_err(|error| call.failed(error))?;
        from_sdk(&call, answer.invalidation)
    }

    async fn invalidation(&self, distribution: &str, id: &str) -> Result<Invalidation, AwsError> {
        let call = self.context.reads("cloudfront:GetInvalidation", format!("{distribution}/{id}"));
        let request = self.client.get_invalidation().distribution_id(distribution).id(id);
        let answer = request.send().await.map_err(|error| call.failed(error))?;
        from_sdk(&call, answer.invalidation)
    }

    async fn distribution(&self, id: &str) -> Result<Option<Distribution>, AwsError> {
        let call = self.context.reads("cloudfront:GetDistribution", id.to_owned());
        match self.client.get_distribution().id(id).send().await {
            Ok(answer) => {
                let found = answer.distribution.ok_or_else(|| call.missing("distribution"))?;
                Ok(Some(Distribution {
                    id: call.required(found.id, "id")?,
                    status: call.required(found.status, "status")?,
                    domain_name: call.required(found.domain_name, "domain name")?,
                    aliases: found
                        .distribution_config
                        .and_then(|config| config.aliases)
                        .and_then(|aliases| aliases.items)
                        .unwrap_or_default(),
                }))
            }
            Err(error) => match call.failed(error) {
                failure if failure.kind == AwsErrorKind::NotFound => Ok(None),
                failure => Err(failure),
            },
        }
    }

    async fn distribution_of(&self, domain: &str) -> Result<Option<Distribution>, AwsError> {
        let call = self.context.reads("cloudfront:ListDistributions", None);
        let mut marker = None;
        loop {
            let request = self.client.list_distributions().set_marker(marker.take());
            let answer = request.send().await.map_err(|error| call.failed(error))?;
            let page = answer.distribution_list.ok_or_else(|| call.missing("list of distributions"))?;
            // The SDK makes an empty list of an answer without one; a list always tells how long it may be.
            if page.max_items == 0 {
                return Err(call.missing("list of distributions"));
            }
            for found in page.items.unwrap_or_default() {
                let aliases = found.aliases.and_then(|aliases| aliases.items).unwrap_or_default();
                if aliases.iter().any(|alias| alias.eq_ignore_ascii_case(domain)) {
                    return Ok(Some(Distribution {
                        id: found.id,
                        status: found.status,
                        domain_name: found.domain_name,
                        aliases,
                    }));
                }
            }
            if !page.is_truncated {
                return Ok(None);
            }
            marker = Some(page.next_marker.ok_or_else(|| call.missing("next marker"))?);
        }
    }
}

fn from_sdk(
    call: &Call<'_>,
    answer: Option<aws_sdk_cloudfront::types::Invalidation>,
) -> Result<Invalidation, AwsError> {
    let found = answer.ok_or_else(|| call.missing("invalidation"))?;
    Ok(Invalidation { id: call.required(found.id, "id")?, status: call.required(found.status, "status")? })
}
