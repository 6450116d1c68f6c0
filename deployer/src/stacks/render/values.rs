//! What the templates see of a configuration. Nothing here needs an AWS account: what does is a stack parameter.

use crate::config::is_route53;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::RenderOptions;
use super::alarms::{Alarm, alarms};
use super::budget::Budget;
use super::functions::{self, FunctionValues};
use super::sources::{SPA_ROUTES, VIEWER_HEADERS, sandbox_omits};
use crate::base::functions::Function;
use crate::config::{Config, RemovalPolicy, ScheduledRun, Upstreams, Waf};
use crate::stacks::environment::metrics_namespace;
use stellarr_core::reports::ScheduleType;

/// CloudFront gives an origin no more time than this without a raised quota, in seconds.
const MAX_ORIGIN_READ_SECONDS: u32 = 60;

/// The variables of the templates.
#[derive(Serialize)]
pub(super) struct Values<'a> {
    prefix: String,
    removal_policy: &'static str,
    deletion_policy: &'static str,
    omits: Vec<&'static str>,

    domain: Option<&'a str>,
    route53: bool,
    certificate_id: String,
    waf: Option<&'a Waf>,
    price_class: &'static str,

    functions: [FunctionValues; Function::ALL.len()],
    api_digest: String,
    api_target: &'static str,
    api_read_timeout: u32,
    provisioned_concurrency: u32,
    metrics_namespace: String,

    buckets: [Bucket; 2],
    rules: Vec<Rule>,
    api_behaviors: [Behavior; 5],
    alarm_email: Option<&'a str>,
    budget: Option<Budget<'a>>,
    permissions_boundary: Option<&'a str>,
    alarms: Vec<Alarm>,

    upstreams: Upstreams,
    spa_routes: &'static str,
    viewer_headers: &'static str,
}

#[derive(Serialize)]
struct Bucket {
    id: &'static str,
    purpose: &'static str,
    noncurrent_days: u32,
    /// How many earlier versions of an object stay however old they are.
    kept_versions: Option<u32>,
}

#[derive(Serialize)]
struct Rule {
    id: String,
    name: String,
    purpose: &'static str,
    schedule: String,
    /// What the logical ids of the function begin with.
    function: String,
    target: &'static str,
    kind: Option<&'static str>,
}

#[derive(Serialize)]
struct Behavior {
    path: &'static str,
    cached: bool,
}

impl<'a> Values<'a> {
    pub(super) fn new(config: &'a Config, options: RenderOptions) -> Self {
        let retain = config.removal_policy == RemovalPolicy::Retain;
        Self {
            prefix: config.prefix(),
            removal_policy: if retain { "retain" } else { "delete" },
            // Not plain Retain: a first creation that fails would leave an empty table whose name is then taken.
            deletion_policy: if retain { "RetainExceptOnCreate" } else { "Delete" },
            omits: if options.sandbox { sandbox_omits().collect() } else { Vec::new() },
            domain: config.domain.as_deref(),
            route53: is_route53(config),
            certificate_id: config.domain.as_deref().map(certificate_id).unwrap_or_default(),
            waf: config.waf.enabled.then_some(&config.waf),
            price_class: config.price_class.as_str(),
            functions: Function::ALL.map(|function| FunctionValues::of(function, config)),
            api_digest: functions::digest(Function::Api, config),
            api_target: if config.provisioned_concurrency > 0 { "!Ref ApiAlias" } else { "!Ref ApiFunction" },
            // The function's own timeout should be what ends a slow answer.
            api_read_timeout: config.api.timeout.saturating_add(2).min(MAX_ORIGIN_READ_SECONDS),
            provisioned_concurrency: config.provisioned_concurrency,
            metrics_namespace: metrics_namespace(config),
            buckets: BUCKETS,
            rules: rules(config),
            api_behaviors: API_BEHAVIORS,
            alarm_email: config.alarm_email.as_deref(),
            budget: Budget::of(config),
            permissions_boundary: config.permissions_boundary.as_deref(),
            alarms: alarms(config),
            upstreams: Upstreams::of(config),
            spa_routes: SPA_ROUTES,
            viewer_headers: VIEWER_HEADERS,
        }
    }

    /// Whether the edge stack would be empty: the sandbox omits the budget, which may be its only resource.
    pub(super) fn leaves_the_edge_empty(&self) -> bool {
        !self.route53 && self.waf.is_none() && self.omits.contains(&"AWS::Budgets::Budget")
    }
}

/// Derives a certificate's logical id from its domain, so that a change of domain creates a second certificate instead of
/// replacing one that the distribution still holds.
fn certificate_id(domain: &str) -> String {
    format!("Certificate{}", hex::encode(&Sha256::digest(domain)[..4]))
}

const BUCKETS: [Bucket; 2] = [
    Bucket {
        id: "SiteBucket",
        purpose: "The built site. `stellarr rollback` reads its earlier versions.",
        noncurrent_days: 30,
        kept_versions: Some(10),
    },
    Bucket {
        id: "TrendingBucket",
        purpose: "The trending lists, which the warmer writes.",
        noncurrent_days: 7,
        kept_versions: None,
    },
];

const API_BEHAVIORS: [Behavior; 5] = [
    Behavior { path: "/api/*", cached: false },
    Behavior { path: "/list/*", cached: true },
    Behavior { path: "/rss/*", cached: true },
    Behavior { path: "/webhook/*", cached: false },
    Behavior { path: "/sync/*", cached: false },
];

fn rules(config: &Config) -> Vec<Rule> {
    let rule = |run: ScheduledRun<'_>| Rule {
        id: run.rule_id(),
        name: run.rule_name(),
        purpose: run.purpose,
        schedule: run.schedule.to_string(),
        function: run.function.id(),
        target: run.function.name(),
        kind: run.schedule_type.map(ScheduleType::as_str),
    };
    config.schedules.runs().into_iter().map(rule).collect()
}
