//! Certificate Manager: certificates whose domain lives with another DNS provider.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_acm::Client;
use aws_sdk_acm::types::{CertificateStatus, KeyAlgorithm, Tag, ValidationMethod};
use sha2::{Digest, Sha256};

use super::context::AdapterContext;
use super::{AwsError, AwsErrorKind, Certificate, Certificates, ListedCertificate};

/// Certificate Manager in us-east-1.
#[derive(Debug)]
pub(super) struct AcmCertificates {
    client: Client,
    context: AdapterContext,
}

impl AcmCertificates {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }
}

#[async_trait]
impl Certificates for AcmCertificates {
    async fn request(&self, domain: &str, token: &str, tags: &BTreeMap<String, String>) -> Result<String, AwsError> {
        let call = self.context.writes("acm:RequestCertificate", domain.to_owned());
        // At most 32 word characters are taken.
        let token = hex::encode(&Sha256::digest(token.as_bytes())[..16]);
        let tags: Result<Vec<Tag>, _> =
            tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let tags = tags.map_err(|error| call.error(AwsErrorKind::Validation, error.to_string()))?;
        let answer = self
            .client
            .request_certificate()
            .domain_name(domain)
            .validation_method(ValidationMethod::Dns)
            .key_algorithm(KeyAlgorithm::Rsa2048)
            .idempotency_token(token)
            .set_tags(Some(tags))
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        answer.certificate_arn.ok_or_else(|| call.missing("certificate ARN"))
    }

    async fn describe(&self, arn: &str) -> Result<Certificate, AwsError> {
        let call = self.context.reads("acm:DescribeCertificate", arn.to_owned());
        let answer = self.client.describe_certificate().certificate_arn(arn).send().await;
        let found =
            answer.map_err(|error| call.failed(error))?.certificate.ok_or_else(|| call.missing("certificate"))?;
        let record = found.domain_validation_options.unwrap_or_default().into_iter().find_map(|o| o.resource_record);
        let (record_name, record_value) = record.map(|record| (record.name, record.value)).unzip();
        Ok(Certificate {
            arn: arn.to_owned(),
            status: found.status.map(|status| status.as_str().to_owned()).ok_or_else(|| call.missing("status"))?,
            record_name,
            record_value,
            not_after: found.not_after.and_then(super::time::rfc3339),
            failure: found.failure_reason.map(|reason| reason.as_str().to_owned()),
        })
    }

    async fn find(&self, domain: &str) -> Result<Vec<ListedCertificate>, AwsError> {
        let call = self.context.reads("acm:ListCertificates", None);
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let page = self
                .client
                .list_certificates()
                .certificate_statuses(CertificateStatus::Issued)
                .certificate_statuses(CertificateStatus::PendingValidation)
                .set_next_token(next.take())
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            let list = page.certificate_summary_list.ok_or_else(|| call.missing("list of certificates"))?;
            found.extend(
                list.into_iter()
                    .filter(|one| one.domain_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(domain)))
                    .filter_map(|one| {
                        let issued = one.status == Some(CertificateStatus::Issued);
                        one.certificate_arn.map(|arn| ListedCertificate { arn, issued })
                    }),
            );
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }
    async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let call = self.context.reads("acm:ListTagsForCertificate", arn.to_owned());
        let answer = self.client.list_tags_for_certificate().certificate_arn(arn).send().await;
        let tags = answer.map_err(|error| call.failed(error))?.tags.unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect())
    }
}
