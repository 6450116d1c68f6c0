//! Configuration → what a deploy will do: which stacks, where, in which order, and where each parameter's value comes from.
//! Pure: nothing here needs an AWS account.

use crate::base::functions::Function;
use crate::config;
use std::collections::BTreeMap;

use crate::config::{Config, DnsProvider, RemovalPolicy, StackKind, is_route53};
use stellarr_aws::template;

/// Everything that is decided before AWS is asked anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The stacks, in the order they are brought up. The distribution holds certificate and firewall, and what is held
    /// can't be deleted: so the edge stack first gets what is new beside what is old, then the main stack moves over, then
    /// the edge stack drops what is old.
    pub stacks: Vec<StackPlan>,
    /// Tags of every stack. CloudFormation puts them on every resource that takes tags, so the templates hold none.
    pub tags: BTreeMap<String, String>,
}

/// One stack of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackPlan {
    /// Which of the three.
    pub kind: StackKind,
    /// Its name on AWS.
    pub name: String,
    /// The region it lives in.
    pub region: String,
    /// Whether the stack itself is protected from deletion.
    pub protect: bool,
    /// The parameters that its template declares.
    pub parameters: Vec<Parameter>,
}

/// One parameter of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the template.
    pub name: String,
    /// Where its value comes from.
    pub source: ParameterSource,
}

/// Where the value of a parameter comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterSource {
    /// The configuration.
    Literal(String),
    /// An output of an earlier stack.
    Output(StackKind, &'static str),
    /// The key that the publish stage gave to a function's archive.
    Code(Function),
    /// The build stage: the processor that the functions are built for.
    Architecture,
    /// The secrets stage: the secret's address, its origin generation, or the digests of the accepted origin values.
    Secret,
    /// Route53: the zone that was given or found.
    HostedZone,
    /// The certificate that was requested outside CloudFormation, because nobody can validate it from inside.
    ExternalCertificate,
    /// An upstream service's address: its own, or the sandbox's stand-in.
    Upstream,
}

impl Plan {
    /// Plans a deploy.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let stacks: Vec<StackPlan> = StackKind::ALL
            .into_iter()
            .filter(|kind| kind.is_needed(config))
            .map(|kind| StackPlan {
                kind,
                name: kind.name(config),
                region: kind.region(config).to_owned(),
                protect: kind == StackKind::Bootstrap && config.removal_policy == RemovalPolicy::Retain,
                parameters: parameters(kind, config),
            })
            .collect();
        Self { stacks, tags: config::tags(config) }
    }

    /// Returns the plan of one stack; None when the deployment has no such stack.
    #[must_use]
    pub fn stack(&self, kind: StackKind) -> Option<&StackPlan> {
        self.stacks.iter().find(|stack| stack.kind == kind)
    }
}

/// Keeps the values whose parameters a template declares: CloudFormation refuses any other.
#[must_use]
pub fn declared<V>(template: &str, mut values: BTreeMap<String, V>) -> BTreeMap<String, V> {
    // A template that can't be read is refused by name where it is applied, so nothing is taken away here.
    if let Ok(names) = template::parameters(template) {
        values.retain(|name, _| names.contains(name));
    }
    values
}

fn parameters(kind: StackKind, config: &Config) -> Vec<Parameter> {
    let parameter = |name: &str, source| Parameter { name: name.to_owned(), source };
    match kind {
        StackKind::Bootstrap => {
            let protect = config.removal_policy == RemovalPolicy::Retain;
            vec![parameter("DeletionProtection", ParameterSource::Literal(protect.to_string()))]
        }
        StackKind::Edge if is_route53(config) => vec![parameter("HostedZoneId", ParameterSource::HostedZone)],
        StackKind::Edge => Vec::new(),
        StackKind::Main => main_parameters(config),
    }
}

fn main_parameters(config: &Config) -> Vec<Parameter> {
    use StackKind::{Bootstrap, Edge};
    let certificate = match (&config.domain, config.dns.provider) {
        (None, _) => None,
        (Some(_), DnsProvider::Route53) => Some(ParameterSource::Output(Edge, "CertificateArn")),
        (Some(_), DnsProvider::External) => Some(ParameterSource::ExternalCertificate),
    };
    let firewall = config.waf.enabled.then_some(ParameterSource::Output(Edge, "WebAclArn"));
    let zone = is_route53(config).then_some(ParameterSource::HostedZone);
    [
        ("ArtifactBucketName", Some(ParameterSource::Output(Bootstrap, "ArtifactBucketName"))),
        ("Architecture", Some(ParameterSource::Architecture)),
        ("RequestsTableName", Some(ParameterSource::Output(Bootstrap, "RequestsTableName"))),
        ("RequestsTableArn", Some(ParameterSource::Output(Bootstrap, "RequestsTableArn"))),
        ("CatalogueTableName", Some(ParameterSource::Output(Bootstrap, "CatalogueTableName"))),
        ("CatalogueTableArn", Some(ParameterSource::Output(Bootstrap, "CatalogueTableArn"))),
        ("AppSecretArn", Some(ParameterSource::Secret)),
        ("OriginVerifyGeneration", Some(ParameterSource::Secret)),
        ("OriginVerifySha256", Some(ParameterSource::Secret)),
        ("CertificateArn", certificate),
        ("WebAclArn", firewall),
        ("HostedZoneId", zone),
        ("BaseUrl", Some(ParameterSource::Upstream)),
        ("ImageBaseUrl", Some(ParameterSource::Upstream)),
        ("TmdbBaseUrl", Some(ParameterSource::Upstream)),
        ("TvdbBaseUrl", Some(ParameterSource::Upstream)),
        ("PushAllowedHosts", Some(ParameterSource::Upstream)),
    ]
    .into_iter()
    .filter_map(|(name, source)| source.map(|source| Parameter { name: name.to_owned(), source }))
    .chain(
        Function::ALL
            .map(|function| Parameter { name: function.code_parameter(), source: ParameterSource::Code(function) }),
    )
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stacks::render::{RenderOptions, render};

    fn kinds(config: &Config) -> Vec<StackKind> {
        Plan::new(config).stacks.into_iter().map(|stack| stack.kind).collect()
    }

    fn with_domain(provider: DnsProvider) -> Config {
        let mut config = Config::named("home");
        config.domain = Some("requests.example.org".to_owned());
        config.dns.provider = provider;
        config
    }

    #[test]
    fn a_deployment_without_domain_and_firewall_has_two_stacks() {
        let config = Config::named("home");
        assert_eq!(kinds(&config), [StackKind::Bootstrap, StackKind::Main]);
    }

    #[test]
    fn the_edge_is_in_us_east_1_wherever_the_site_is() {
        let mut config = with_domain(DnsProvider::Route53);
        config.region = "eu-central-1".to_owned();
        let plan = Plan::new(&config);
        let places: Vec<_> = plan.stacks.iter().map(|stack| (stack.name.as_str(), stack.region.as_str())).collect();
        assert_eq!(
            places,
            [("home-prod-bootstrap", "eu-central-1"), ("home-prod-edge", "us-east-1"), ("home-prod", "eu-central-1")]
        );
    }

    #[test]
    fn a_certificate_comes_from_where_it_can_be_validated() {
        let source = |config: &Config| {
            let plan = Plan::new(config);
            let main = plan.stack(StackKind::Main).unwrap().clone();
            main.parameters.into_iter().find(|found| found.name == "CertificateArn").map(|found| found.source)
        };
        assert_eq!(source(&Config::named("home")), None);
        let from_edge = ParameterSource::Output(StackKind::Edge, "CertificateArn");
        assert_eq!(source(&with_domain(DnsProvider::Route53)), Some(from_edge));
        assert_eq!(source(&with_domain(DnsProvider::External)), Some(ParameterSource::ExternalCertificate));
    }

    #[test]
    fn a_plan_names_exactly_the_parameters_that_the_templates_declare() {
        let mut everything = with_domain(DnsProvider::Route53);
        everything.waf.enabled = true;
        everything.alarm_email = Some("me@example.org".to_owned());
        for config in [Config::named("home"), with_domain(DnsProvider::External), everything] {
            let rendered = render(&config, RenderOptions::default()).unwrap();
            for stack in Plan::new(&config).stacks {
                let declared = template::parameters(rendered.text(stack.kind).unwrap()).unwrap();
                let mut planned: Vec<_> = stack.parameters.iter().map(|parameter| parameter.name.clone()).collect();
                planned.sort_unstable();
                assert_eq!(planned, declared.into_iter().collect::<Vec<_>>(), "{}", stack.name);
            }
        }
    }

    #[test]
    fn outputs_that_parameters_wait_for_exist() {
        let mut config = with_domain(DnsProvider::Route53);
        config.waf.enabled = true;
        let rendered = render(&config, RenderOptions::default()).unwrap();
        for stack in Plan::new(&config).stacks {
            for parameter in stack.parameters {
                if let ParameterSource::Output(kind, output) = parameter.source {
                    let template = template::parse(rendered.text(kind).unwrap()).unwrap();
                    assert!(template["Outputs"].get(output).is_some(), "{} of {}", output, kind.as_str());
                }
            }
        }
    }

    #[test]
    fn undeclared_values_are_kept_back() {
        let values = BTreeMap::from([("A".to_owned(), 1), ("B".to_owned(), 2)]);
        let kept = declared("Parameters:\n  A: {Type: String}\nResources: {}\n", values);
        assert_eq!(kept, BTreeMap::from([("A".to_owned(), 1)]));
    }
}
