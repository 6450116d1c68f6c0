//! Resources coming into being, changing, and going away.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::change::index_problem;
use super::evaluate::{Resource, text_of};
use super::{Account, FakeDistribution, FakeFunction, FakeSecret};
use stellarr_aws::{FunctionState, SecretText};

impl Account {
    fn named_owner(&self, resource: &Resource) -> Option<bool> {
        let name = resource.own_name.clone()?;
        self.named.get(&(resource.kind.clone(), name)).copied()
    }

    fn set_owner(&mut self, resource: &Resource, owned: Option<bool>) {
        let Some(name) = resource.own_name.clone() else { return };
        let key = (resource.kind.clone(), name);
        match owned {
            Some(owned) => self.named.insert(key, owned),
            None => self.named.remove(&key),
        };
    }

    /// Why CloudFront refuses a function with tags, if it does: another function had its name within the last hour.
    ///
    /// Source: aws-cloudformation/cloudformation-coverage-roadmap#2508.
    pub(crate) fn check_recently_deleted_name(&self, resource: &Resource, tagged: bool) -> Result<(), String> {
        let hour = SignedDuration::from_hours(1);
        let deleted = self.deleted_functions.get(&resource.physical_id);
        let lately = deleted.is_some_and(|deleted| self.now.duration_since(*deleted) < hour);
        if resource.kind == "AWS::CloudFront::Function" && tagged && lately {
            return Err("Resource handler returned message: \"Internal error reported from downstream service during \
                        operation 'Unable to create function with tags at this time. Please retry without tags (including \
                        stack-level tags if using CloudFormation), using a different function name, or try again later. \
                        (Service: CloudFront, Status Code: 409)'\" (HandlerErrorCode: AlreadyExists)"
                .to_owned());
        }
        Ok(())
    }

    /// Makes a resource, or says why not.
    pub(crate) fn make(&mut self, resource: &Resource, adopt: bool) -> Result<(), String> {
        let exists = self.named_owner(resource).is_some();
        if exists && !adopt {
            let name = resource.own_name.as_deref().unwrap_or_default();
            return Err(match resource.kind.as_str() {
                "AWS::Budgets::Budget" => format!(
                    "Error creating budget: {name} - the budget already exists. (Service: AWSBudgets; Status Code: 400; \
                     Error Code: DuplicateRecordException)"
                ),
                _ => format!("{name} already exists (Service: fake, Status Code: 400)"),
            });
        }
        match resource.kind.as_str() {
            "AWS::S3::Bucket" => self.storage.create(&resource.physical_id),
            "AWS::SecretsManager::Secret" if self.secret(&resource.physical_id).is_none() => {
                let text = resource.properties.get("SecretString").map(|text| SecretText(text_of(text)));
                self.secrets.push(FakeSecret {
                    name: resource.own_name.clone().unwrap_or_else(|| resource.physical_id.clone()),
                    arn: resource.physical_id.clone(),
                    versions: text.iter().map(|text| ("first".to_owned(), text.clone())).collect(),
                    current: text.map(|_| "first".to_owned()),
                    deleted: false,
                })
            }
            "AWS::Lambda::Function" => self.set_code(resource)?,
            "AWS::CloudFront::Distribution" => self.set_aliases(resource)?,
            "AWS::CertificateManager::Certificate" => self.issue_stack_certificate(resource)?,
            "AWS::Route53::RecordSet" => self.enter_record(resource)?,
            _ => {}
        }
        self.set_owner(resource, Some(true));
        Ok(())
    }

    /// Changes a resource in place, or says why not.
    pub(crate) fn change(&mut self, before: &Resource, after: &Resource) -> Result<(), String> {
        match after.kind.as_str() {
            "AWS::DynamoDB::Table" => index_problem(before, after).map_or(Ok(()), Err),
            "AWS::Lambda::Function" => self.set_code(after),
            "AWS::CloudFront::Distribution" => self.set_aliases(after),
            "AWS::Route53::RecordSet" => {
                self.drop_record(before);
                self.enter_record(after)
            }
            _ => Ok(()),
        }
    }

    /// Takes a resource away, or says why not.
    pub(crate) fn remove(&mut self, resource: &Resource) -> Result<(), String> {
        let id = &resource.physical_id;
        match resource.kind.as_str() {
            "AWS::S3::Bucket" if !self.storage.is_empty(id) => {
                return Err(format!(
                    "The bucket you tried to delete is not empty: {id} (Service: S3, Status Code: 409)"
                ));
            }
            "AWS::S3::Bucket" => self.storage.remove_bucket(id),
            "AWS::DynamoDB::Table"
                if resource.properties.get("DeletionProtectionEnabled").map(text_of).as_deref() == Some("true") =>
            {
                return Err(format!("Resource cannot be deleted as it is currently protected against deletion: {id}"));
            }
            "AWS::SecretsManager::Secret" => self.secrets.retain(|secret| secret.arn != *id),
            "AWS::CertificateManager::Certificate" => {
                if self.distributions.values().any(|one| one.certificate.as_ref() == Some(id)) {
                    return Err(format!("Certificate {id} is in use. (Service: Acm, Status Code: 400)"));
                }
                self.stack_certificates.remove(id);
            }
            "AWS::CloudFront::Function" => drop(self.deleted_functions.insert(id.clone(), self.now)),
            "AWS::Lambda::Function" => drop(self.functions.remove(id)),
            "AWS::CloudFront::Distribution" => drop(self.distributions.remove(id)),
            "AWS::Route53::RecordSet" => self.drop_record(resource),
            _ => {}
        }
        self.live.remove(&(resource.kind.clone(), id.clone()));
        self.set_owner(resource, None);
        Ok(())
    }

    /// Leaves a resource behind without an owner.
    pub(crate) fn abandon(&mut self, resource: &Resource) {
        let key = (resource.kind.clone(), resource.physical_id.clone());
        self.live.insert(key, resource.properties.clone());
        self.set_owner(resource, Some(false));
    }

    fn set_code(&mut self, resource: &Resource) -> Result<(), String> {
        let code = resource.properties.get("Code");
        let part = |name: &str| code.and_then(|code| code.get(name)).map(text_of).unwrap_or_default();
        let code_sha256 = if part("ZipFile").is_empty() {
            let Some(object) = self.storage.current(&part("S3Bucket"), &part("S3Key")) else {
                return Err(
                    "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified \
                            key does not exist. (Service: Lambda, Status Code: 400)"
                        .to_owned(),
                );
            };
            STANDARD.encode(Sha256::digest(&object.body))
        } else {
            STANDARD.encode(Sha256::digest(part("ZipFile")))
        };
        let state = FunctionState { code_sha256, state: "Active".to_owned(), modified_at: self.now.to_string() };
        self.functions.insert(resource.physical_id.clone(), FakeFunction { state });
        Ok(())
    }

    fn set_aliases(&mut self, resource: &Resource) -> Result<(), String> {
        let aliases = resource.properties.get("DistributionConfig").and_then(|config| config.get("Aliases"));
        let aliases: Vec<String> = aliases.and_then(Value::as_array).into_iter().flatten().map(text_of).collect();
        let taken = |(id, one): (&String, &FakeDistribution)| {
            *id != resource.physical_id && one.aliases.iter().any(|name| aliases.contains(name))
        };
        if self.distributions.iter().any(taken) {
            return Err("One or more of the CNAMEs you provided are already associated with a different resource. \
                        (Service: CloudFront, Status Code: 409)"
                .to_owned());
        }
        let viewer = resource.properties.get("DistributionConfig").and_then(|config| config.get("ViewerCertificate"));
        let certificate = viewer.and_then(|viewer| viewer.get("AcmCertificateArn")).map(text_of);
        if let Some(alias) = aliases.iter().find(|alias| !self.is_certified(alias, certificate.as_deref())) {
            return Err(format!(
                "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) \
                 {alias}. (Service: CloudFront, Status Code: 400)"
            ));
        }
        self.distributions.insert(resource.physical_id.clone(), FakeDistribution { aliases, certificate });
        Ok(())
    }

    /// Says whether a certificate that is there and issued covers the name.
    fn is_certified(&self, alias: &str, certificate: Option<&str>) -> bool {
        let Some(arn) = certificate else { return false };
        let requested = self
            .certificates
            .iter()
            .any(|one| one.certificate.arn == arn && one.certificate.status == "ISSUED" && one.domain == alias);
        requested || self.stack_certificates.get(arn).is_some_and(|domain| domain == alias)
    }

    /// Issues a stack's certificate, unless its validation record would go into a zone that the domain does not lie in:
    /// there CloudFormation waits for ever.
    fn issue_stack_certificate(&mut self, resource: &Resource) -> Result<(), String> {
        let domain = resource.properties.get("DomainName").map(text_of).unwrap_or_default();
        let zone = resource.properties.pointer("/DomainValidationOptions/0/HostedZoneId").map(text_of);
        let known = self.zones.iter().find(|one| Some(&one.id) == zone.as_ref());
        if known.is_some_and(|zone| domain != zone.name && !domain.ends_with(&format!(".{}", zone.name))) {
            return Err(format!("The certificate of {domain} was not validated in time"));
        }
        self.stack_certificates.insert(resource.physical_id.clone(), domain);
        Ok(())
    }
}
