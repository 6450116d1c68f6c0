//! What the templates see of a configuration. Nothing here needs an AWS account: what does is a stack parameter.

use crate::config::is_route53;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::RenderOptions;
use super::alarms::{Alarm, alarms, metrics_namespace};
use super::budget::Budget;
use super::sources::{SPA_ROUTES, VIEWER_HEADERS, sandbox_omits};
use crate::config::{Config, Locale, RemovalPolicy, Waf};

/// CloudFront gives an origin no more time than this without a raised quota, in seconds.
const LONGEST_ORIGIN_READ: u32 = 60;

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

    locales: String,
    logs: Logs,
    api: Api,
    api_digest: String,
    api_target: &'static str,
    warmer: Warmer,
    fetcher: Fetcher,
    provisioned_concurrency: u32,
    auth_limit: AuthLimit,
    keep_added_listed: bool,
    push_contact: String,
    catalogue: Catalogue<'a>,
    metrics_namespace: String,

    buckets: [Bucket; 2],
    rules: [Rule; 3],
    api_behaviors: [Behavior; 5],
    alarm_email: Option<&'a str>,
    budget: Option<Budget<'a>>,
    permissions_boundary: Option<&'a str>,
    alarms: Vec<Alarm>,

    spa_routes: &'static str,
    viewer_headers: &'static str,
}

#[derive(Serialize)]
struct Logs {
    api_days: u32,
    job_days: u32,
}

#[derive(Serialize)]
struct Api {
    memory: u32,
    timeout: u32,
    read_timeout: u32,
}

#[derive(Serialize)]
struct Job {
    memory: u32,
    timeout: u32,
    deadline: u32,
    max_concurrent: u32,
    request_timeout: u32,
}

#[derive(Serialize)]
struct Warmer {
    #[serde(flatten)]
    job: Job,
    rate: u32,
}

#[derive(Serialize)]
struct Fetcher {
    #[serde(flatten)]
    job: Job,
    spacing: u32,
}

#[derive(Serialize)]
struct AuthLimit {
    enabled: bool,
    max_attempts: u32,
    window_seconds: u32,
    max_per_minute: u32,
}

#[derive(Serialize)]
struct Catalogue<'a> {
    region: &'a str,
    language: &'a str,
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
    id: &'static str,
    name: &'static str,
    purpose: &'static str,
    schedule: String,
    function: &'static str,
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
        let mut values = Self {
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
            locales: config.locale_list(),
            logs: Logs { api_days: config.logs.api_days, job_days: config.logs.job_days },
            api: Api {
                memory: config.api.memory,
                timeout: config.api.timeout,
                // The function's own timeout should be what ends a slow answer.
                read_timeout: config.api.timeout.saturating_add(2).min(LONGEST_ORIGIN_READ),
            },
            api_digest: String::new(),
            api_target: if config.provisioned_concurrency > 0 { "!Ref ApiAlias" } else { "!Ref ApiFunction" },
            warmer: Warmer {
                job: Job {
                    memory: config.warmer.memory,
                    timeout: config.warmer.timeout,
                    deadline: deadline(config.warmer.timeout),
                    max_concurrent: config.warmer.max_concurrent,
                    request_timeout: config.warmer.request_timeout,
                },
                rate: config.warmer.rate,
            },
            fetcher: Fetcher {
                job: Job {
                    memory: config.fetcher.memory,
                    timeout: config.fetcher.timeout,
                    deadline: deadline(config.fetcher.timeout),
                    max_concurrent: config.fetcher.max_concurrent,
                    request_timeout: config.fetcher.request_timeout,
                },
                spacing: config.fetcher.spacing,
            },
            provisioned_concurrency: config.provisioned_concurrency,
            auth_limit: AuthLimit {
                enabled: config.auth_limit.enabled,
                max_attempts: config.auth_limit.max_attempts,
                window_seconds: config.auth_limit.window_seconds(),
                max_per_minute: config.auth_limit.max_per_minute,
            },
            keep_added_listed: config.feeds.keep_added_listed,
            push_contact: config.push.contact_uri().unwrap_or_default(),
            catalogue: Catalogue {
                region: config.catalogue.region.as_deref().unwrap_or_default(),
                language: config.catalogue.language.as_ref().map(Locale::as_str).unwrap_or_default(),
            },
            metrics_namespace: metrics_namespace(config),
            buckets: BUCKETS,
            rules: rules(config),
            api_behaviors: API_BEHAVIORS,
            alarm_email: config.alarm_email.as_deref(),
            budget: Budget::of(config),
            permissions_boundary: config.permissions_boundary.as_deref(),
            alarms: alarms(config),
            spa_routes: SPA_ROUTES,
            viewer_headers: VIEWER_HEADERS,
        };
        values.api_digest = values.digest_of_api();
        values
    }

    /// Whether the edge stack would be empty: the sandbox omits the budget, which may be its only resource.
    pub(super) fn leaves_the_edge_empty(&self) -> bool {
        !self.route53 && self.waf.is_none() && self.omits.contains(&"AWS::Budgets::Budget")
    }

    /// Digests every setting of the API function. A published version keeps the settings of its day, so a change of one
    /// must publish another. Stack parameters are no part of it: the version's description names those that change.
    fn digest_of_api(&self) -> String {
        let settings = serde_json::json!([
            self.api,
            self.locales,
            self.auth_limit,
            self.keep_added_listed,
            self.push_contact,
            self.metrics_namespace,
            self.domain,
            self.catalogue,
        ]);
        hex::encode(&Sha256::digest(settings.to_string())[..6])
    }
}

/// Derives a certificate's logical id from its domain, so that a change of domain creates a second certificate instead of
/// replacing one that the distribution still holds.
fn certificate_id(domain: &str) -> String {
    format!("Certificate{}", hex::encode(&Sha256::digest(domain)[..4]))
}

/// A run stops fetching this early, to write what it has and to report what it has not: a quarter of the timeout before its
/// end, fifteen seconds at most.
fn deadline(timeout: u32) -> u32 {
    let reserve = (timeout / 4).clamp(1, 15);
    timeout.saturating_sub(reserve).max(1)
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

fn rules(config: &Config) -> [Rule; 3] {
    let schedules = &config.schedules;
    [
        Rule {
            id: "TrendingRule",
            name: "trending",
            purpose: "Refreshes the trending lists",
            schedule: schedules.trending.to_string(),
            function: "Warmer",
            kind: None,
        },
        Rule {
            id: "CatalogueDailyRule",
            name: "catalogue-daily",
            purpose: "Adds what is new to the catalogue",
            schedule: schedules.catalogue_daily.to_string(),
            function: "Fetcher",
            kind: Some("daily"),
        },
        Rule {
            id: "CatalogueWeeklyRule",
            name: "catalogue-weekly",
            purpose: "Refreshes the slower lists of the catalogue",
            schedule: schedules.catalogue_weekly.to_string(),
            function: "Fetcher",
            kind: Some("weekly"),
        },
    ]
}
