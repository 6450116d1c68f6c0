//! The sections of `stellarr.yaml`: one small type each, with its defaults.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::locale::Locale;

/// Where the domain's DNS records are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dns {
    /// Who answers for the domain.
    pub provider: DnsProvider,
    /// The Route53 hosted zone, when it should not be looked up by the domain's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosted_zone_id: Option<String>,
}

/// Who answers for the domain's DNS records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DnsProvider {
    /// Amazon Route53: stellarr creates the records and validates the certificate by itself.
    #[default]
    Route53,
    /// Anyone else: stellarr shows the records to create and waits for them.
    External,
}

/// The long form of `dns`, as it is read and described.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
#[schemars(inline)]
struct DnsSection {
    /// Who answers for the domain: `route53` creates the records by itself, `external` shows them to you.
    provider: DnsProvider,
    /// The Route53 hosted zone that holds the domain. Found by the domain's name when it is not set.
    #[schemars(with = "String", pattern(r"^Z[A-Z0-9]{1,31}$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    hosted_zone_id: Option<String>,
}

impl<'de> Deserialize<'de> for Dns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DnsVisitor;

        impl<'de> Visitor<'de> for DnsVisitor {
            type Value = Dns;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("`route53`, `external` or a section with `provider`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Dns, E> {
                let provider = DnsProvider::deserialize(StrDeserializer::new(text))?;
                Ok(Dns { provider, hosted_zone_id: None })
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Dns, E> {
                Ok(Dns::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Dns, A::Error> {
                let section = DnsSection::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Dns { provider: section.provider, hosted_zone_id: section.hosted_zone_id })
            }
        }

        deserializer.deserialize_any(DnsVisitor)
    }
}

impl JsonSchema for Dns {
    fn schema_name() -> Cow<'static, str> {
        "Dns".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let section = generator.subschema_for::<DnsSection>();
        json_schema!({ "anyOf": [{ "type": "string", "enum": ["route53", "external"] }, section] })
    }
}

/// The optional web application firewall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Waf {
    /// Puts the firewall in front of the site.
    pub enabled: bool,
    /// How many requests one address may send in five minutes. AWS accepts 10 and more.
    #[garde(range(min = 10, max = 2_000_000_000))]
    pub rate_limit: u32,
    /// How many of them may go to the login (`/api/auth`). Not more than `rate_limit`.
    #[garde(range(min = 10, max = 2_000_000_000))]
    pub auth_rate_limit: u32,
}

impl Default for Waf {
    fn default() -> Self {
        Self { enabled: false, rate_limit: 2000, auth_rate_limit: 100 }
    }
}

/// How many wrong passwords one address, and all addresses together, may try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct AuthLimit {
    /// Counts wrong passwords and refuses an address that tried too many.
    pub enabled: bool,
    /// Wrong passwords until an address is refused.
    #[garde(range(min = 1, max = 1000))]
    pub max_attempts: u32,
    /// Minutes until it may try again.
    #[garde(range(min = 1, max = 1440))]
    pub window: u32,
    /// Wrong passwords of all addresses in a minute, until only addresses signed in from within 30 days may try.
    #[garde(range(min = 1, max = 10000))]
    pub max_per_minute: u32,
}

impl AuthLimit {
    /// Returns the window in seconds.
    #[must_use]
    pub fn window_seconds(&self) -> u32 {
        self.window.saturating_mul(60)
    }
}

impl Default for AuthLimit {
    fn default() -> Self {
        Self { enabled: true, max_attempts: 5, window: 15, max_per_minute: 30 }
    }
}

/// The numbers of days that CloudWatch Logs accepts as retention.
/// Source: `PutRetentionPolicy` in the CloudWatch Logs API reference.
pub const RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// How long CloudWatch keeps the functions' logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Logs {
    /// Days that the API function's log is kept.
    #[schemars(extend("enum" = RETENTION_DAYS))]
    pub api_days: u32,
    /// Days that the scheduled functions' logs are kept.
    #[schemars(extend("enum" = RETENTION_DAYS))]
    pub job_days: u32,
}

impl Default for Logs {
    fn default() -> Self {
        Self { api_days: 14, job_days: 7 }
    }
}

/// Which of CloudFront's locations serve the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PriceClass {
    /// North America, Europe and Israel.
    #[default]
    #[serde(rename = "100", alias = "PriceClass_100")]
    Class100,
    /// All but South America and Oceania.
    #[serde(rename = "200", alias = "PriceClass_200")]
    Class200,
    /// Every location.
    #[serde(rename = "all", alias = "PriceClass_All")]
    All,
}

impl PriceClass {
    /// Returns CloudFront's own name for the class.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Class100 => "PriceClass_100",
            Self::Class200 => "PriceClass_200",
            Self::All => "PriceClass_All",
        }
    }
}

impl JsonSchema for PriceClass {
    fn schema_name() -> Cow<'static, str> {
        "PriceClass".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // The numbers as well as the texts: in YAML `100` without quotes is a number.
        json_schema!({ "enum": [100, 200, "all", "100", "200", "PriceClass_100", "PriceClass_200", "PriceClass_All"] })
    }
}

/// What happens to the data when the deployment is destroyed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RemovalPolicy {
    /// Tables, buckets and secret are protected from deletion and stay.
    #[default]
    Retain,
    /// Everything goes.
    Delete,
}

/// A limit that AWS watches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Budget {
    /// The amount in US dollars for a month, for the whole account: AWS tells deployments apart only after a tag was
    /// activated by hand. The e-mails come at 80 %, at 100 %, and when the month is forecast to end above. 0 is no budget.
    #[garde(range(max = 1_000_000))]
    pub monthly_usd: u32,
    /// Who gets the e-mail; `alarm_email` when it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("format" = "email"))]
    pub email: Option<String>,
}

/// What the import lists hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Feeds {
    /// Keeps titles on the lists after they were added to the library.
    pub keep_added_listed: bool,
}

/// Notifications in the browser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Push {
    /// An e-mail address or an https page where browser makers reach you when notifications cause trouble. Some of them
    /// refuse notifications without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub contact: Option<String>,
}

impl Push {
    /// Returns the contact as the URI that push services want: a bare address gets its `mailto:`.
    #[must_use]
    pub fn contact_uri(&self) -> Option<String> {
        let contact = self.contact.as_deref()?;
        let is_uri = contact.starts_with("mailto:") || contact.starts_with("https://");
        Some(if is_uri { contact.to_owned() } else { format!("mailto:{contact}") })
    }
}

/// The catalogue that the fetcher keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Catalogue {
    /// The country whose cinemas and services count, as two capital letters, for example `US`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", pattern("^[A-Z]{2}$"))]
    pub region: Option<String>,
    /// The language of the catalogue's texts, as a TMDB language code, for example `en-US`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Locale")]
    pub language: Option<Locale>,
}
