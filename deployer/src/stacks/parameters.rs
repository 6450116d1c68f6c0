//! The values that the plan's parameters take, from what earlier stages brought.

use crate::base::functions::code_parameter;
use crate::config::Config;
use crate::stacks::plan::Plan;
use std::collections::BTreeMap;

use crate::config::{StackKind, Upstreams};
use crate::secrets::SecretState;
use crate::stacks::plan::{ParameterSource, StackPlan};
use stellarr_aws::{ParameterValue, Stack};

/// What is known so far; a value that is not known yet keeps what the stack has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Outputs of the bootstrap stack.
    pub bootstrap: Option<&'a BTreeMap<String, String>>,
    /// Outputs of the edge stack.
    pub edge: Option<&'a BTreeMap<String, String>>,
    /// The certificate requested outside CloudFormation.
    pub external_certificate: Option<&'a str>,
    /// The zone of the domain.
    pub hosted_zone: Option<&'a str>,
    /// The secret.
    pub secret: Option<&'a SecretState>,
    /// Lambda's name for the processor.
    pub architecture: Option<&'a str>,
    /// Code key by function.
    pub code: Option<&'a BTreeMap<String, String>>,
    /// Upstream addresses.
    pub upstreams: Option<&'a Upstreams>,
}

impl Known<'_> {
    /// Gives every parameter of a stack its value.
    #[must_use]
    pub fn resolve(&self, plan: &StackPlan) -> BTreeMap<String, ParameterValue> {
        plan.parameters
            .iter()
            .map(|parameter| {
                let value = self.value(&parameter.name, &parameter.source);
                (parameter.name.clone(), value.map_or(ParameterValue::Previous, ParameterValue::Value))
            })
            .collect()
    }

    fn value(&self, name: &str, source: &ParameterSource) -> Option<String> {
        match source {
            ParameterSource::Literal(value) => Some(value.clone()),
            ParameterSource::Output(StackKind::Bootstrap, key) => self.bootstrap?.get(*key).cloned(),
            ParameterSource::Output(StackKind::Edge, key) => self.edge?.get(*key).cloned(),
            ParameterSource::Output(StackKind::Main, _) => None,
            ParameterSource::Code(function) => self.code?.get(function.name()).cloned(),
            ParameterSource::Architecture => self.architecture.map(str::to_owned),
            ParameterSource::Secret => {
                let secret = self.secret?;
                Some(match name {
                    "OriginVerifyGeneration" => secret.origin_generation.to_string(),
                    "OriginVerifySha256" => secret.origin_sha256.clone(),
                    _ => secret.arn.clone(),
                })
            }
            ParameterSource::HostedZone => self.hosted_zone.map(str::to_owned),
            ParameterSource::ExternalCertificate => self.external_certificate.map(str::to_owned),
            ParameterSource::Upstream => self.upstreams?.parameter(name).map(str::to_owned),
        }
    }
}

/// The parameters of a stack, as far as they are known.
#[must_use]
pub fn resolve(config: &Config, kind: StackKind, known: &Known<'_>) -> BTreeMap<String, ParameterValue> {
    Plan::new(config).stack(kind).map(|stack| known.resolve(stack)).unwrap_or_default()
}

/// Parameters that keep everything but the code of the named functions.
#[must_use]
pub fn only_code(stack: &Stack, code: &BTreeMap<String, String>) -> BTreeMap<String, ParameterValue> {
    let mut parameters: BTreeMap<_, _> =
        stack.parameters.keys().map(|key| (key.clone(), ParameterValue::Previous)).collect();
    for (function, key) in code {
        parameters.insert(code_parameter(function), ParameterValue::Value(key.clone()));
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::functions::Function;
    use crate::config::Config;
    use crate::stacks::plan::Plan;

    #[test]
    fn what_is_not_known_keeps_its_value() {
        let plan = Plan::new(&Config::named("home"));
        let main = plan.stack(StackKind::Main).unwrap();
        let code = BTreeMap::from([("api".to_owned(), "functions/api/1.zip".to_owned())]);
        let values = Known { code: Some(&code), ..Known::default() }.resolve(main);
        assert_eq!(values["ApiCodeKey"], ParameterValue::Value("functions/api/1.zip".to_owned()));
        assert_eq!(values["WarmerCodeKey"], ParameterValue::Previous);
        assert_eq!(values.len(), main.parameters.len());
    }

    #[test]
    fn every_parameter_of_the_plan_has_a_value_when_all_is_known() {
        let mut config = Config::named("home");
        config.domain = Some("requests.example.org".to_owned());
        config.waf.enabled = true;
        let outputs: BTreeMap<String, String> = [
            "ArtifactBucketName",
            "RequestsTableName",
            "RequestsTableArn",
            "CatalogueTableName",
            "CatalogueTableArn",
            "CertificateArn",
            "WebAclArn",
        ]
        .map(|key| (key.to_owned(), key.to_owned()))
        .into();
        let secret = SecretState {
            arn: "arn".to_owned(),
            origin_generation: 2,
            origin_sha256: "aa,bb".to_owned(),
            added: Vec::new(),
            push: true,
            lists: crate::secrets::ListAccess::Private,
        };
        let code = Function::ALL.map(|function| (function.name().to_owned(), function.name().to_owned())).into();
        let known = Known {
            bootstrap: Some(&outputs),
            edge: Some(&outputs),
            external_certificate: None,
            hosted_zone: Some("Z1"),
            secret: Some(&secret),
            architecture: Some("arm64"),
            code: Some(&code),
            upstreams: Some(&Upstreams::default()),
        };
        for stack in &Plan::new(&config).stacks {
            for (name, value) in known.resolve(stack) {
                assert!(matches!(value, ParameterValue::Value(_)), "{name}");
            }
        }
    }
}
