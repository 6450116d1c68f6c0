//! The sections of `stellarr.yaml` about the functions: their sizes, their pace, and when they run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule::Schedule;
use crate::base::functions::Function;
use stellarr_core::reports::ScheduleType;

/// When the scheduled functions run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Schedules {
    /// When the trending lists are refreshed.
    pub trending: Schedule,
    /// When what is new in cinemas and on television is added to the catalogue.
    pub catalogue_daily: Schedule,
    /// When the catalogue's slower lists are refreshed.
    pub catalogue_weekly: Schedule,
}

impl Default for Schedules {
    fn default() -> Self {
        Self {
            trending: Schedule::built_in("rate(24 hours)"),
            catalogue_daily: Schedule::built_in("cron(0 8 * * ? *)"),
            catalogue_weekly: Schedule::built_in("cron(0 9 ? * SUN *)"),
        }
    }
}

/// The size of the API function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
pub struct ApiFunction {
    /// Memory in megabytes. A function's share of the processor grows with it.
    #[garde(range(min = 128, max = 10_240))]
    pub memory: u32,
    /// Seconds until an answer is given up. CloudFront waits 60 at most.
    #[garde(range(min = 1, max = 60))]
    pub timeout: u32,
}

impl Default for ApiFunction {
    fn default() -> Self {
        Self { memory: 256, timeout: 30 }
    }
}

/// The size and the pace of the function that refreshes the trending lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
pub struct WarmerFunction {
    /// Memory in megabytes.
    #[garde(range(min = 128, max = 10_240))]
    pub memory: u32,
    /// Seconds until a run is given up.
    #[garde(range(min = 1, max = 900))]
    pub timeout: u32,
    /// Requests to TMDB at once.
    #[garde(range(min = 1, max = 32))]
    pub max_concurrent: u32,
    /// Requests to TMDB that are started in any second. TMDB refuses more than some 40 to 50.
    #[garde(rename("rate"), range(min = 1, max = 50))]
    #[serde(rename = "rate")]
    pub starts_per_second: u32,
    /// Seconds until one request to TMDB is given up.
    #[garde(range(min = 1, max = 300))]
    pub request_timeout: u32,
}

impl Default for WarmerFunction {
    fn default() -> Self {
        Self { memory: 128, timeout: 60, max_concurrent: 20, starts_per_second: 40, request_timeout: 10 }
    }
}

/// The size and the pace of the function that refreshes the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, garde::Validate)]
#[serde(default, deny_unknown_fields)]
pub struct FetcherFunction {
    /// Memory in megabytes.
    #[garde(range(min = 128, max = 10_240))]
    pub memory: u32,
    /// Seconds until a run is given up.
    #[garde(range(min = 1, max = 900))]
    pub timeout: u32,
    /// Requests to TMDB at once.
    #[garde(range(min = 1, max = 32))]
    pub max_concurrent: u32,
    /// Milliseconds from the start of one request to TMDB to the start of the next, at least.
    #[garde(range(min = 1, max = 10_000))]
    pub spacing: u32,
    /// Seconds until one request to TMDB is given up.
    #[garde(range(min = 1, max = 300))]
    pub request_timeout: u32,
}

impl Default for FetcherFunction {
    fn default() -> Self {
        Self { memory: 256, timeout: 300, max_concurrent: 8, spacing: 250, request_timeout: 20 }
    }
}

/// What a schedule starts.
#[derive(Clone, Copy, Debug)]
pub struct ScheduledRun<'a> {
    /// The key of the schedule.
    pub key: &'static str,
    /// When it runs.
    pub schedule: &'a Schedule,
    /// The function that it starts.
    pub function: Function,
    /// What the function is told to do, where it can do more than one thing.
    pub schedule_type: Option<ScheduleType>,
    /// What comes of it, as the description of the rule on AWS.
    pub purpose: &'static str,
    /// What comes of it, for people.
    pub what: &'static str,
}

impl Schedules {
    /// Returns what each schedule starts.
    #[must_use]
    pub const fn runs(&self) -> [ScheduledRun<'_>; 3] {
        [
            ScheduledRun {
                key: "trending",
                schedule: &self.trending,
                function: Function::Warmer,
                schedule_type: None,
                purpose: "Refreshes the trending lists",
                what: "refreshes the trending lists",
            },
            ScheduledRun {
                key: "catalogue_daily",
                schedule: &self.catalogue_daily,
                function: Function::Fetcher,
                schedule_type: Some(ScheduleType::Daily),
                purpose: "Adds what is new to the catalogue",
                what: "fetches popular and trending titles",
            },
            ScheduledRun {
                key: "catalogue_weekly",
                schedule: &self.catalogue_weekly,
                function: Function::Fetcher,
                schedule_type: Some(ScheduleType::Weekly),
                purpose: "Refreshes the slower lists of the catalogue",
                what: "fetches genres, hidden gems and award winners",
            },
        ]
    }
}

impl ScheduledRun<'_> {
    /// Returns the name of its rule on AWS, after the deployment's: `catalogue-daily`.
    #[must_use]
    pub fn rule_name(&self) -> String {
        self.key.replace('_', "-")
    }

    /// Returns the logical id of its rule: `CatalogueDailyRule`.
    #[must_use]
    pub fn rule_id(&self) -> String {
        let words = self.key.split('_').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        });
        words.collect::<String>() + "Rule"
    }
}
