//! What a deployment uses in a month: counted from its configuration, assumed from its visitors.

use crate::config::{Config, DnsProvider, PriceClass};
use crate::stacks::render;

use super::Use;

/// Rules of the firewall.
pub(super) const WAF_RULES: f64 = 5.0;
/// Seconds of an average month.
const MONTH_SECONDS: f64 = 730.5 * 3600.0;

/// A quantity of something that has a price.
pub(super) struct Item {
    /// The service that bills it.
    pub(super) service: &'static str,
    /// Key of its price.
    pub(super) price: &'static str,
    /// What it is.
    pub(super) what: &'static str,
    /// How much of it.
    pub(super) quantity: f64,
}

/// What one request of the API is taken to need; measured with the functions of this repository, rounded up.
mod each_request {
    /// Billed seconds.
    pub(super) const SECONDS: f64 = 0.08;
    /// Read units: a list, or the rows of recommendations.
    pub(super) const READS: f64 = 12.0;
    /// Write units: few requests write.
    pub(super) const WRITES: f64 = 0.3;
    /// GB of log lines, the platform's included.
    pub(super) const LOG_GB: f64 = 1.2e-6;
    /// Requests of the CDN, pages, lists and the request itself together.
    pub(super) const CDN_REQUESTS: f64 = 4.0;
    /// GB that the CDN sends for them.
    pub(super) const CDN_GB: f64 = 1.2e-4;
    /// Share of the CDN's requests that it has to ask S3 for.
    pub(super) const ORIGIN_SHARE: f64 = 0.1;
}

/// What one run of a scheduled function is taken to need.
mod each_run {
    pub(super) const WARMER_SECONDS: f64 = 4.0;
    pub(super) const FILES_A_LOCALE: f64 = 3.0;
    pub(super) const DAILY_SECONDS: f64 = 30.0;
    pub(super) const WEEKLY_SECONDS: f64 = 120.0;
    /// Rows that differ from the day before; a row counts twice, for the index has it too.
    pub(super) const DAILY_WRITES: f64 = 2.0 * 800.0;
    pub(super) const WEEKLY_WRITES: f64 = 2.0 * 6_000.0;
    pub(super) const READS: f64 = 4_000.0;
    /// GB sent to TMDB: requests without a body.
    pub(super) const SENT_GB: f64 = 0.002;
    pub(super) const LOG_GB: f64 = 2e-5;
}

/// Deploys a month, for releases and uploads.
const DEPLOYS: f64 = 8.0;
/// Files of the site.
const SITE_FILES: f64 = 150.0;
/// GB of the site, the lists and the releases of a few months.
const STORED_GB: f64 = 0.3;
/// GB of a person's requests and library.
const PERSON_GB: f64 = 0.0005;
/// GB of the catalogue with its index.
const CATALOGUE_GB: f64 = 0.06;

/// Lists everything that costs, or could.
pub(super) fn items(config: &Config, usage: &Use) -> Vec<Item> {
    let runs = Runs::of(config);
    let mut items = Vec::new();
    items.extend(functions(config, usage, &runs));
    items.extend(delivery(config, usage));
    items.extend(storage(config, usage, &runs));
    items.extend(watching(config, usage, &runs));
    items.extend(around(config));
    items
}

/// How often the scheduled functions run in a month.
struct Runs {
    warmer: f64,
    daily: f64,
    weekly: f64,
}

impl Runs {
    fn of(config: &Config) -> Self {
        let schedules = &config.schedules;
        Self {
            warmer: schedules.trending.runs_a_month(),
            daily: schedules.catalogue_daily.runs_a_month(),
            weekly: schedules.catalogue_weekly.runs_a_month(),
        }
    }

    fn all(&self) -> f64 {
        self.warmer + self.daily + self.weekly
    }
}

fn functions(config: &Config, usage: &Use, runs: &Runs) -> Vec<Item> {
    let lambda = |price, what, quantity| Item { service: "Lambda", price, what, quantity };
    let gigabytes = |memory: u32| f64::from(memory) / 1024.0;
    let api = usage.requests_f64() * each_request::SECONDS * gigabytes(config.api.memory);
    let warmer = runs.warmer * each_run::WARMER_SECONDS * gigabytes(config.warmer.memory);
    let fetcher = (runs.daily * each_run::DAILY_SECONDS + runs.weekly * each_run::WEEKLY_SECONDS)
        * gigabytes(config.fetcher.memory);
    let started = config.provisioned_concurrency > 0;
    let mut items = vec![
        lambda(if started { "lambda-started-seconds" } else { "lambda-seconds" }, "time of the API", api),
        lambda("lambda-seconds", "time of warmer and fetcher", warmer + fetcher),
        lambda("lambda-requests", "runs of all functions", usage.requests_f64() + runs.all()),
        Item {
            service: "Data transfer",
            price: "transfer-out",
            what: "requests to TMDB",
            quantity: runs.all() * each_run::SENT_GB,
        },
    ];
    if started {
        let kept = f64::from(config.provisioned_concurrency) * MONTH_SECONDS * gigabytes(config.api.memory);
        items.push(lambda("lambda-kept-started", "copies of the API that are kept started", kept));
    }
    items
}

fn delivery(config: &Config, usage: &Use) -> Vec<Item> {
    let (transfer, requests) = match config.price_class {
        PriceClass::Class100 => ("cloudfront-transfer-100", "cloudfront-requests-100"),
        PriceClass::Class200 => ("cloudfront-transfer-200", "cloudfront-requests-200"),
        PriceClass::All => ("cloudfront-transfer-all", "cloudfront-requests-all"),
    };
    let cloudfront = |price, what, quantity| Item { service: "CloudFront", price, what, quantity };
    let asked = usage.requests_f64() * each_request::CDN_REQUESTS;
    let mut items = vec![
        cloudfront(transfer, "what visitors download", usage.requests_f64() * each_request::CDN_GB),
        cloudfront(requests, "requests", asked),
        cloudfront("cloudfront-functions", "viewer functions", asked),
        cloudfront("cloudfront-invalidations", "invalidated paths", DEPLOYS * 3.0),
    ];
    if config.waf.enabled {
        let waf = |price, what, quantity| Item { service: "WAF", price, what, quantity };
        items.push(waf("waf", "the firewall", 1.0));
        items.push(waf("waf-rules", "its rules", WAF_RULES));
        items.push(waf("waf-requests", "requests that it looks at", asked));
    }
    items
}

fn storage(config: &Config, usage: &Use, runs: &Runs) -> Vec<Item> {
    let s3 = |price, what, quantity| Item { service: "S3", price, what, quantity };
    let table = |price, what, quantity| Item { service: "DynamoDB", price, what, quantity };
    #[expect(clippy::cast_precision_loss, reason = "a number of languages")]
    let locales = config.locales.len() as f64;
    let files = runs.warmer * locales * each_run::FILES_A_LOCALE;
    let asked = usage.requests_f64() * each_request::CDN_REQUESTS * each_request::ORIGIN_SHARE;
    let reads = usage.requests_f64() * each_request::READS + (runs.daily + runs.weekly) * each_run::READS;
    let writes = usage.requests_f64() * each_request::WRITES
        + runs.daily * each_run::DAILY_WRITES
        + runs.weekly * each_run::WEEKLY_WRITES;
    let people = usage.users_f64() * PERSON_GB;
    vec![
        s3("s3-storage", "site, lists and releases", STORED_GB),
        s3("s3-writes", "uploads", files + DEPLOYS * SITE_FILES),
        s3("s3-reads", "files that the CDN asks for", asked + files),
        table("dynamodb-reads", "reads", reads),
        table("dynamodb-writes", "writes", writes),
        table("dynamodb-storage", "requests, library and catalogue", people + CATALOGUE_GB),
        table("dynamodb-recovery", "point-in-time recovery of the requests", people),
    ]
}

fn watching(config: &Config, usage: &Use, runs: &Runs) -> Vec<Item> {
    let watch = |price, what, quantity| Item { service: "CloudWatch", price, what, quantity };
    let logs = usage.requests_f64() * each_request::LOG_GB + runs.all() * each_run::LOG_GB;
    let months_kept = f64::from(config.logs.api_days.max(config.logs.job_days)) / 30.0;
    #[expect(clippy::cast_precision_loss, reason = "a number of alarms")]
    let alarms = render::alarm_count(config) as f64;
    let mut items = vec![
        watch("alarms", "alarms", alarms),
        watch("metrics", "metrics of the functions", METRICS),
        watch("dashboard", "dashboard", 1.0),
        watch("logs-written", "log lines written", logs),
        // Kept compressed, about a fifth.
        watch("logs-kept", "log lines kept", logs * months_kept / 5.0),
    ];
    if config.alarm_email.is_some() {
        items.push(Item { service: "SNS", price: "e-mails", what: "alarm e-mails", quantity: 10.0 });
    }
    items
}

/// The metrics that the functions write, `Metric::ALL` in `functions/core`.
const METRICS: f64 = 10.0;

fn around(config: &Config) -> Vec<Item> {
    let item = |service, price, what, quantity| Item { service, price, what, quantity };
    let mut items = vec![
        item("Secrets Manager", "secret", "the one secret", 1.0),
        // A started function asks once a minute at most, and most minutes nobody is there.
        item("Secrets Manager", "secret-calls", "reading it", 3_000.0),
        item("EventBridge", "schedules", "schedules", 3.0),
        item("SQS", "queue", "queue for failed runs", 100.0),
    ];
    if config.budget_email().is_some() {
        items.push(item("Budgets", "budget", "budget with e-mails", 1.0));
    }
    if config.domain.is_some() {
        items.push(item("Certificate Manager", "certificate", "certificate", 1.0));
        if config.dns.provider == DnsProvider::Route53 {
            items.push(item("Route53", "zone", "hosted zone", 1.0));
        }
    }
    items
}
