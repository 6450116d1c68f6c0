//! Identity, secrets, hosted zones and certificates.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::account::{Account, FakeCertificate, FakeSecret};
use crate::cloud::{Effect, FakeCloud, Refusal, refuse};
use stellarr_aws::{
    AwsError, AwsErrorKind, CLOUDFRONT_REGION, Caller, Certificate, Certificates, HostedZone, Identity,
    ListedCertificate, Permissions, RecordSet, SecretText, SecretVersion, Secrets, Session, Zones,
};

/// Security Token Service.
#[derive(Debug)]
pub(crate) struct FakeIdentity(pub(crate) FakeCloud);

#[async_trait]
impl Identity for FakeIdentity {
    async fn caller(&self) -> Result<Caller, AwsError> {
        self.0.call("sts:GetCallerIdentity", "", Effect::Read, |account| Ok(account.caller.clone())).await
    }

    async fn session(&self) -> Result<Session, AwsError> {
        let run = |account: &mut Account| {
            Ok(Session {
                caller: account.caller.clone(),
                expires_at: account.expires_at,
                renewed: account.renewed,
                skew_seconds: account.skew_seconds,
            })
        };
        self.0.call("sts:GetCallerIdentity", "", Effect::Read, run).await
    }
}

/// IAM.
#[derive(Debug)]
pub(crate) struct FakePermissions(pub(crate) FakeCloud);

#[async_trait]
impl Permissions for FakePermissions {
    async fn denied(
        &self,
        principal: &str,
        actions: &[String],
        _resources: &[String],
    ) -> Result<Vec<String>, AwsError> {
        let run = |account: &mut Account| {
            Ok(actions.iter().filter(|action| account.denied.contains(action)).cloned().collect())
        };
        self.0.call("iam:SimulatePrincipalPolicy", principal, Effect::Read, run).await
    }
}

/// Secrets Manager.
#[derive(Debug)]
pub(crate) struct FakeSecrets(pub(crate) FakeCloud);

/// A secret that can be used.
fn living<'a>(account: &'a mut Account, id: &str) -> Result<&'a mut FakeSecret, Refusal> {
    match account.secret_mut(id) {
        None => {
            let words = "Secrets Manager can't find the specified secret.";
            refuse(AwsErrorKind::NotFound, "ResourceNotFoundException", words)
        }
        Some(secret) if secret.deleted => refuse(
            AwsErrorKind::Conflict,
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        ),
        Some(secret) => Ok(secret),
    }
}

#[async_trait]
impl Secrets for FakeSecrets {
    async fn arn(&self, id: &str) -> Result<Option<String>, AwsError> {
        let run = |account: &mut Account| Ok(account.secret(id).map(|secret| secret.arn.clone()));
        self.0.call("secretsmanager:DescribeSecret", id, Effect::Read, run).await
    }

    async fn get(&self, id: &str) -> Result<Option<SecretVersion>, AwsError> {
        let run = |account: &mut Account| Ok(living(account, id)?.version());
        self.0.call("secretsmanager:GetSecretValue", id, Effect::Read, run).await
    }

    async fn replace(&self, id: &str, of: Option<&str>, text: &SecretText, token: &str) -> Result<bool, AwsError> {
        let store = |account: &mut Account| {
            if !(32..=64).contains(&token.len()) {
                let words = "Invalid ClientRequestToken: it must have 32 to 64 characters.";
                return refuse(AwsErrorKind::Validation, "InvalidParameterException", words);
            }
            let secret = living(account, id)?;
            match secret.versions.get(token) {
                Some(stored) if stored == text => return Ok(()),
                Some(_) => {
                    let words = "You can't use the same ClientRequestToken for another value.";
                    return refuse(AwsErrorKind::AlreadyExists, "ResourceExistsException", words);
                }
                None => {}
            }
            secret.versions.insert(token.to_owned(), text.clone());
            // The first version counts in any case; a later one when no label is given for it.
            if of.is_none() || secret.current.is_none() {
                secret.current = Some(token.to_owned());
            }
            Ok(())
        };
        self.0.call("secretsmanager:PutSecretValue", id, Effect::Write, store).await?;
        let Some(of) = of else { return Ok(true) };
        let make_current = |account: &mut Account| {
            let secret = living(account, id)?;
            let moves = secret.current.as_deref() == Some(of);
            if moves {
                secret.current = Some(token.to_owned());
            }
            Ok(moves)
        };
        self.0.call("secretsmanager:UpdateSecretVersionStage", id, Effect::Write, make_current).await
    }

    async fn delete(&self, id: &str, recovery_days: u32) -> Result<(), AwsError> {
        let run = |account: &mut Account| {
            if recovery_days == 0 {
                let names: Vec<String> = account.secret(id).map(|secret| secret.name.clone()).into_iter().collect();
                account.secrets.retain(|secret| !names.contains(&secret.name));
                for name in names {
                    account.named.remove(&("AWS::SecretsManager::Secret".to_owned(), name));
                }
            } else if !(7..=30).contains(&recovery_days) {
                let words = "RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
                return refuse(AwsErrorKind::Validation, "InvalidParameterException", words);
            } else if let Some(secret) = account.secret_mut(id) {
                secret.deleted = true;
            }
            Ok(())
        };
        self.0.call("secretsmanager:DeleteSecret", id, Effect::Write, run).await
    }
}

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
