//! The three stacks of a deployment: which of them a configuration needs, their names, regions and tags.

use std::collections::BTreeMap;

use super::{Config, DnsProvider};

/// CloudFront's certificate and firewall have to be here, and CloudFormation knows budgets here in any case.
pub const EDGE_REGION: &str = "us-east-1";

/// One of the three stacks of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StackKind {
    /// What must outlive mistakes: artifact bucket, tables, the secret.
    Bootstrap,
    /// Certificate, firewall and budget, always in us-east-1.
    Edge,
    /// Everything else.
    Main,
}

impl StackKind {
    /// All three, in the order they are created.
    pub const ALL: [Self; 3] = [Self::Bootstrap, Self::Edge, Self::Main];

    /// Returns the word for file names: `bootstrap`, `edge` or `main`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bootstrap => "bootstrap",
            Self::Edge => "edge",
            Self::Main => "main",
        }
    }

    /// Returns the stack's name on AWS.
    #[must_use]
    pub fn name(self, config: &Config) -> String {
        match self {
            Self::Main => config.prefix(),
            Self::Bootstrap | Self::Edge => format!("{}-{}", config.prefix(), self.as_str()),
        }
    }

    /// Returns the region that the stack lives in.
    #[must_use]
    pub fn region(self, config: &Config) -> &str {
        match self {
            Self::Edge => EDGE_REGION,
            Self::Bootstrap | Self::Main => &config.region,
        }
    }

    /// Tells whether the deployment has this stack: an edge stack may have nothing to hold.
    #[must_use]
    pub fn is_needed(self, config: &Config) -> bool {
        match self {
            Self::Bootstrap | Self::Main => true,
            Self::Edge => !edge_parts(config).is_empty(),
        }
    }
}

/// Names what a configuration puts into the edge stack.
#[must_use]
pub fn edge_parts(config: &Config) -> Vec<&'static str> {
    let parts = [
        (is_route53(config), "certificate"),
        (config.waf.enabled, "firewall"),
        (config.budget_email().is_some(), "budget"),
    ];
    parts.into_iter().filter(|(there, _)| *there).map(|(_, part)| part).collect()
}

#[must_use]
/// Tells whether the domain's records are in Route53, and so part of the templates.
pub fn is_route53(config: &Config) -> bool {
    config.domain.is_some() && config.dns.provider == DnsProvider::Route53
}

/// The tag that tells whose a resource is; its value is the deployment's prefix.
pub const DEPLOYMENT_TAG: &str = "stellarr:deployment";

/// Returns the tags of every stack: the user's, and one that tells the deployment.
#[must_use]
pub fn tags(config: &Config) -> BTreeMap<String, String> {
    let mut tags = config.tags.clone();
    tags.insert(DEPLOYMENT_TAG.to_owned(), config.prefix());
    tags
}
