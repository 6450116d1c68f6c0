//! The typed form of `stellarr.yaml`.
//!
//! Doc comments here are what the user reads: the JSON schema, the reference page and the help line of an error are all
//! made of them. Ranges are `garde` attributes, which both the validation and the schema take their limits from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::functions::{ApiFunction, FetcherFunction, Schedules, WarmerFunction};
use super::locale::Locale;
use super::sections::{AuthLimit, Budget, Catalogue, Dns, Feeds, Logs, PriceClass, Push, RemovalPolicy, Waf};
use crate::base::functions::Function;

/// The configuration of one stellarr deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// The name of the deployment. The names of everything on AWS begin with it, so changing it later creates a second,
    /// empty site. Lower-case letters, digits and single hyphens.
    #[schemars(length(min = 1, max = 28), pattern(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"))]
    pub name: String,

    /// Tells several deployments of the same name apart, for example `prod` and `test`. Second part of every AWS name.
    #[serde(default = "default_environment")]
    #[schemars(length(min = 1, max = 12), pattern(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"))]
    pub environment: String,

    /// The AWS region that holds the site, its data and its functions. Pick one near the people who use it. In some newer
    /// regions AWS does not offer all that a deployment needs; those are refused with the nearest one that will do.
    #[serde(default = "default_region")]
    #[schemars(pattern(r"^[a-z]{2}(-[a-z]+)+-[1-9]$"))]
    pub region: String,

    /// The title that visitors see in the header and when they install the site as an app.
    #[serde(default = "default_app_name")]
    #[schemars(length(min = 1, max = 50))]
    pub app_name: String,

    /// The site's own domain name, for example `requests.example.org`. Without one the site lives at a
    /// `….cloudfront.net` address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 3, max = 64))]
    pub domain: Option<String>,

    /// Where the domain's DNS records are kept. Only with `domain`. The short form `dns: external` works too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dns: Dns,

    /// The languages of the trending lists, as TMDB language codes. The first is the site's default.
    #[serde(default = "default_locales")]
    #[schemars(length(min = 1, max = 50))]
    pub locales: Vec<Locale>,

    /// The optional web application firewall in front of the site. It costs about $10 a month: $5, and $1 for each of
    /// its five rules.
    #[serde(default)]
    #[garde(dive)]
    pub waf: Waf,

    /// When the scheduled functions run, in UTC: `rate(…)` or `cron(…)` as Amazon EventBridge writes them.
    #[serde(default)]
    pub schedules: Schedules,

    /// The size of the function that answers the site's requests.
    #[serde(default)]
    #[garde(dive)]
    pub api: ApiFunction,

    /// The size and the pace of the function that refreshes the trending lists.
    #[serde(default)]
    #[garde(dive)]
    pub warmer: WarmerFunction,

    /// The size and the pace of the function that refreshes the catalogue.
    #[serde(default)]
    #[garde(dive)]
    pub fetcher: FetcherFunction,

    /// How many copies of the API function are kept started, so that no visitor waits for a cold start. Each costs about
    /// $2 a month at 256 MB; 0 costs nothing.
    #[serde(default)]
    #[garde(range(max = 100))]
    pub provisioned_concurrency: u32,

    /// How many wrong passwords one address, and all addresses together, may try.
    #[serde(default)]
    #[garde(dive)]
    pub auth_limit: AuthLimit,

    /// How long CloudWatch keeps the functions' logs.
    #[serde(default)]
    #[garde(dive)]
    pub logs: Logs,

    /// Which of CloudFront's locations serve the site: `100` is North America, Europe and Israel, `200` adds Asia, the
    /// Middle East and Africa, `all` adds South America and Oceania.
    #[serde(default)]
    pub price_class: PriceClass,

    /// Tags for everything that is created on AWS, for example to tell costs apart.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 40))]
    pub tags: BTreeMap<String, String>,

    /// What `stellarr destroy` does with the data: `retain` protects tables, buckets and secret from deletion, `delete`
    /// removes them with the stack.
    #[serde(default)]
    pub removal_policy: RemovalPolicy,

    /// Who gets an e-mail when a function fails. AWS asks that address for a confirmation first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("format" = "email"))]
    pub alarm_email: Option<String>,

    /// An e-mail when the AWS account's costs of a month come near an amount, and again when they reach it.
    #[serde(default)]
    #[garde(dive)]
    pub budget: Budget,

    /// The name of an IAM policy of the account that bounds what the functions may do, where its managers ask for one.
    /// `stellarr policy --boundary` writes such a policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "String",
        length(min = 1, max = 512),
        pattern(r"^([A-Za-z0-9._-]+/)*[A-Za-z0-9_+=,.@-]{1,128}$")
    )]
    pub permissions_boundary: Option<String>,

    /// What the import lists for Radarr and Sonarr hold.
    #[serde(default)]
    #[garde(dive)]
    pub feeds: Feeds,

    /// Notifications in the browser.
    #[serde(default)]
    #[garde(dive)]
    pub push: Push,

    /// The catalogue that the fetcher keeps.
    #[serde(default)]
    #[garde(dive)]
    pub catalogue: Catalogue,
}

impl Config {
    /// Makes the configuration that a file with only a `name` gives.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            environment: default_environment(),
            region: default_region(),
            app_name: default_app_name(),
            domain: None,
            dns: Dns::default(),
            locales: default_locales(),
            waf: Waf::default(),
            schedules: Schedules::default(),
            api: ApiFunction::default(),
            warmer: WarmerFunction::default(),
            fetcher: FetcherFunction::default(),
            provisioned_concurrency: 0,
            auth_limit: AuthLimit::default(),
            logs: Logs::default(),
            price_class: PriceClass::default(),
            tags: BTreeMap::new(),
            removal_policy: RemovalPolicy::default(),
            alarm_email: None,
            budget: Budget::default(),
            permissions_boundary: None,
            feeds: Feeds::default(),
            push: Push::default(),
            catalogue: Catalogue::default(),
        }
    }

    /// Returns `<name>-<environment>`, which every AWS name begins with.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("{}-{}", self.name, self.environment)
    }

    /// Returns the memory of a function in megabytes, and its timeout in seconds.
    #[must_use]
    pub const fn size(&self, function: Function) -> (u32, u32) {
        match function {
            Function::Api => (self.api.memory, self.api.timeout),
            Function::Warmer => (self.warmer.memory, self.warmer.timeout),
            Function::Fetcher => (self.fetcher.memory, self.fetcher.timeout),
        }
    }

    /// Returns the locales as the functions' environment writes them: `en,es,pt-BR`.
    #[must_use]
    pub fn locale_list(&self) -> String {
        self.locales.iter().map(Locale::as_str).collect::<Vec<_>>().join(",")
    }

    /// Returns who hears of the budget, when there is one: its own address, or the alarms'.
    #[must_use]
    pub fn budget_email(&self) -> Option<&str> {
        let email = self.budget.email.as_deref().or(self.alarm_email.as_deref());
        email.filter(|_| self.budget.monthly_usd > 0)
    }

    /// Returns the longest time that may pass between two runs of the warmer; `None` when it runs once at most.
    #[must_use]
    pub fn longest_trending_gap(&self) -> Option<std::time::Duration> {
        self.schedules.trending.longest_gap()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn default_environment() -> String {
    "prod".to_owned()
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

fn default_app_name() -> String {
    "Stellarr".to_owned()
}

fn default_locales() -> Vec<Locale> {
    ["en", "es", "fr", "de"].into_iter().filter_map(|code| code.parse().ok()).collect()
}
