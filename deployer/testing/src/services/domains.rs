//! Route53 and Certificate Manager.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::account::{Account, FakeCertificate, refuse};
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{
    AwsError, AwsErrorKind, CLOUDFRONT_REGION, Certificate, Certificates, HostedZone, ListedCertificate, RecordSet,
    Zones,
};

/// Route53.
#[derive(Debug)]
pub(crate) struct FakeZones(pub(crate) FakeCloud);

#[async_trait]
impl Zones for FakeZones {
    async fn list(&self) -> Result<Vec<HostedZone>, AwsError> {
        self.0.call("route53:ListHostedZones", "", Effect::Read, |account| Ok(account.zones.clone())).await
    }

    async fn name_servers(&self, zone: &str) -> Result<Vec<String>, AwsError> {
        let run = |account: &mut Account| {
            if !account.zones.iter().any(|one| one.id == zone) {
                let words = format!("No hosted zone found with ID: {zone}");
                return refuse(AwsErrorKind::NotFound, "NoSuchHostedZone", words);
            }
            Ok(vec![
                format!("ns-1.{}.awsdns.net", zone.to_lowercase()),
                format!("ns-2.{}.awsdns.org", zone.to_lowercase()),
            ])
        };
        self.0.call("route53:GetHostedZone", zone, Effect::Read, run).await
    }

    async fn records(&self, zone: &str, name: &str) -> Result<Vec<RecordSet>, AwsError> {
        let run = |account: &mut Account| {
            let of_name = account.records.iter().filter(|(at, one)| at == zone && one.name == name);
            Ok(of_name.map(|(_, one)| one.clone()).collect())
        };
        self.0.call("route53:ListResourceRecordSets", zone, Effect::Read, run).await
    }

    async fn change_records(&self, zone: &str, delete: &[RecordSet], create: &[RecordSet]) -> Result<(), AwsError> {
        let run = |account: &mut Account| account.change_records(zone, delete, create);
        self.0.call("route53:ChangeResourceRecordSets", zone, Effect::Write, run).await
    }
}

/// Certificate Manager in us-east-1.
#[derive(Debug)]
pub(crate) struct FakeCertificates(pub(crate) FakeCloud);

#[async_trait]
impl Certificates for FakeCertificates {
    async fn request(&self, domain: &str, token: &str, tags: &BTreeMap<String, String>) -> Result<String, AwsError> {
        let run = |account: &mut Account| {
            let earlier = account.certificates.iter().find(|one| one.domain == domain && one.token == token);
            if let Some(earlier) = earlier {
                return Ok(earlier.certificate.arn.clone());
            }
            let serial = account.next();
            let arn = format!("arn:aws:acm:us-east-1:{}:certificate/{serial:08x}", account.caller.account);
            account.certificates.push(FakeCertificate {
                domain: domain.to_owned(),
                token: token.to_owned(),
                tags: tags.clone(),
                certificate: Certificate {
                    arn: arn.clone(),
                    status: "PENDING_VALIDATION".to_owned(),
                    record_name: Some(format!("_fake.{domain}.")),
                    record_value: Some("_value.acm-validations.aws.".to_owned()),
                    not_after: None,
                    failure: None,
                },
            });
            Ok(arn)
        };
        self.0.call_in(CLOUDFRONT_REGION, "acm:RequestCertificate", domain, Effect::Write, run).await
    }

    async fn describe(&self, arn: &str) -> Result<Certificate, AwsError> {
        let run = |account: &mut Account| {
            let found = account.certificates.iter().find(|one| one.certificate.arn == arn);
            match found {
                Some(found) => Ok(found.certificate.clone()),
                None => refuse(
                    AwsErrorKind::NotFound,
                    "ResourceNotFoundException",
                    format!("Could not find certificate {arn}."),
                ),
            }
        };
        self.0.call_in(CLOUDFRONT_REGION, "acm:DescribeCertificate", arn, Effect::Read, run).await
    }

    async fn find(&self, domain: &str) -> Result<Vec<ListedCertificate>, AwsError> {
        let run = |account: &mut Account| {
            let of_stacks = account.stack_certificates.iter().filter(|(_, of)| *of == domain);
            let of_stacks = of_stacks.map(|(arn, _)| ListedCertificate { arn: arn.clone(), issued: true });
            let all = account.certificates.iter().filter(|one| one.domain == domain);
            let usable = all.filter(|one| matches!(one.certificate.status.as_str(), "ISSUED" | "PENDING_VALIDATION"));
            let requested = usable.map(|one| ListedCertificate {
                arn: one.certificate.arn.clone(),
                issued: one.certificate.status == "ISSUED",
            });
            Ok(of_stacks.chain(requested).collect())
        };
        self.0.call_in(CLOUDFRONT_REGION, "acm:ListCertificates", domain, Effect::Read, run).await
    }

    async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let run = |account: &mut Account| {
            let requested = account.certificates.iter().find(|one| one.certificate.arn == arn);
            match requested.map(|one| one.tags.clone()) {
                Some(tags) => Ok(tags),
                None if account.stack_certificates.contains_key(arn) => Ok(BTreeMap::new()),
                None => refuse(
                    AwsErrorKind::NotFound,
                    "ResourceNotFoundException",
                    format!("Could not find certificate {arn}."),
                ),
            }
        };
        self.0.call_in(CLOUDFRONT_REGION, "acm:ListTagsForCertificate", arn, Effect::Read, run).await
    }
}
