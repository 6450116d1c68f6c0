//! When a scheduled function runs: a rate or a cron expression in Amazon EventBridge's dialect.

use super::schedule_error::ScheduleError;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::cron::{self, Cron};
use super::cron_words;

/// When a scheduled function runs. Displays as the expression that EventBridge accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Schedule {
    /// At regular intervals.
    Rate(Rate),
    /// At times of the calendar, in UTC.
    Cron(Box<Cron>),
}

/// A regular interval, such as `rate(24 hours)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    value: u32,
    unit: RateUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RateUnit {
    Minute,
    Hour,
    Day,
}

/// A schedule that rests longer than this is taken for a slip of the pen.
const MAX_RATE: Duration = Duration::from_secs(366 * 24 * 60 * 60);

impl Schedule {
    /// Parses a schedule that is part of the program.
    pub(super) fn built_in(expression: &'static str) -> Self {
        #[expect(clippy::expect_used, reason = "the defaults are constants, and every test of a default parses them")]
        expression.parse().expect("a built-in schedule is valid")
    }

    /// Returns the longest time between two runs; `None` when it runs only once.
    #[must_use]
    pub fn longest_gap(&self) -> Option<Duration> {
        match self {
            Self::Rate(rate) => Some(rate.period()),
            Self::Cron(cron) => cron.longest_gap(),
        }
    }

    /// Says in plain words when it runs, such as `every day at 08:00 UTC`.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Rate(rate) if rate.value == 1 => format!("every {}", rate.unit.name()),
            Self::Rate(rate) => format!("every {} {}s", rate.value, rate.unit.name()),
            Self::Cron(cron) => cron_words::say(cron),
        }
    }

    /// Returns up to `wanted` runs after `now`. A rate counts from its last run; without one nobody can tell.
    #[must_use]
    pub fn next_runs(&self, now: Timestamp, last_run: Option<Timestamp>, wanted: usize) -> Vec<Timestamp> {
        match self {
            Self::Rate(rate) => last_run.map(|last| rate.next_runs(now, last, wanted)).unwrap_or_default(),
            Self::Cron(cron) => cron.next_runs(now, wanted),
        }
    }

    /// Returns how often it runs in a month, on the average of the years in which it runs.
    #[must_use]
    pub fn runs_a_month(&self) -> f64 {
        const MONTH: f64 = 730.5 * 3600.0;
        match self {
            Self::Rate(rate) => MONTH / rate.period().as_secs_f64(),
            Self::Cron(cron) => cron.runs_a_month(),
        }
    }
}

impl Rate {
    /// Returns the interval.
    #[must_use]
    pub fn period(&self) -> Duration {
        Duration::from_secs(u64::from(self.value) * self.unit.seconds())
    }

    fn next_runs(&self, now: Timestamp, last: Timestamp, wanted: usize) -> Vec<Timestamp> {
        let period = i64::from(self.value) * i64::try_from(self.unit.seconds()).unwrap_or(i64::MAX);
        let passed = (now.as_second() - last.as_second()).max(0) / period;
        (1..=i64::try_from(wanted).unwrap_or_default())
            .filter_map(|number| Timestamp::from_second(last.as_second() + (passed + number) * period).ok())
            .collect()
    }
}

impl RateUnit {
    fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 60 * 60,
            Self::Day => 24 * 60 * 60,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim();
        if let Some(inner) = call(text, "rate") {
            return inner.parse().map(Self::Rate);
        }
        if let Some(inner) = call(text, "cron") {
            return Ok(Self::Cron(Box::new(inner.parse()?)));
        }
        if let Some(cron) = cron::from_unix(text) {
            return Err(ScheduleError::new(format!(
                "`{text}` is a Unix schedule, and EventBridge has its own form: write `{cron}`"
            )));
        }
        if text.split_whitespace().count() == 6 && Cron::from_str(text).is_ok() {
            return Err(ScheduleError::new(format!("`{text}` lacks its frame: write `cron({text})`")));
        }
        Err(ScheduleError::new(match text.to_ascii_lowercase().as_str() {
            "" => "the schedule is empty: write for example `rate(24 hours)`".to_owned(),
            "hourly" | "@hourly" => {
                format!("`{text}` is no schedule of EventBridge: write `rate(1 hour)`")
            }
            "daily" | "@daily" => {
                format!("`{text}` is no schedule of EventBridge: write `rate(1 day)`")
            }
            "weekly" | "@weekly" => {
                format!("`{text}` is no schedule of EventBridge: write `rate(7 days)`")
            }
            _ => format!("`{text}` is no schedule: write for example `rate(24 hours)` or `cron(0 8 * * ? *)`"),
        }))
    }
}

/// Returns what stands between the parentheses of `name(…)`.
fn call<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

impl FromStr for Rate {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let error = |message: String| Err(ScheduleError::new(message));
        let words: Vec<&str> = text.split_whitespace().collect();
        let &[number, unit_text] = words.as_slice() else {
            return error(format!("`rate({text})` needs a number and a unit: write for example `rate(24 hours)`"));
        };
        let unit = match unit_text {
            "minute" | "minutes" => RateUnit::Minute,
            "hour" | "hours" => RateUnit::Hour,
            "day" | "days" => RateUnit::Day,
            _ => {
                return error(format!("`{unit_text}` is no unit of a rate: use minutes, hours or days"));
            }
        };
        let value = match number.parse::<u32>() {
            Ok(0) => {
                return error(format!("`rate({text})` would never rest: the number must be 1 or more"));
            }
            Ok(value) if number.bytes().all(|byte| byte.is_ascii_digit()) => value,
            _ => {
                return error(format!("`{number}` is no whole number: write for example `rate(24 hours)`"));
            }
        };
        let rate = Self { value, unit };
        if unit_text != unit.name() && value == 1 {
            return error(format!("EventBridge wants the singular after 1: write `{rate}`"));
        }
        if unit_text == unit.name() && value != 1 {
            return error(format!("EventBridge wants the plural after {value}: write `{rate}`"));
        }
        if rate.period() > MAX_RATE {
            return error(format!("`{rate}` is longer than a year: use a shorter interval, or `cron(…)`"));
        }
        Ok(rate)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.value == 1 { "" } else { "s" };
        write!(formatter, "rate({} {}{plural})", self.value, self.unit.name())
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate) => rate.fmt(formatter),
            Self::Cron(cron) => cron.fmt(formatter),
        }
    }
}

impl TryFrom<String> for Schedule {
    type Error = ScheduleError;

    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}

impl JsonSchema for Schedule {
    fn schema_name() -> Cow<'static, str> {
        "Schedule".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^(rate\(1 (minute|hour|day)\)|rate\([0-9]+ (minutes|hours|days)\)|cron\(\S+( \S+){5}\))$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(text: &str) -> Option<Duration> {
        text.parse::<Schedule>().unwrap().longest_gap()
    }

    const HOUR: u64 = 60 * 60;
    const DAY: u64 = 24 * HOUR;

    #[test]
    fn a_schedule_displays_as_it_was_written_but_for_spaces_and_case() {
        for (written, shown) in [
            ("rate(1 minute)", "rate(1 minute)"),
            (" rate( 24   hours ) ", "rate(24 hours)"),
            ("rate(007 days)", "rate(7 days)"),
            ("cron(0 8 * * ? *)", "cron(0 8 * * ? *)"),
            ("cron( 0  8 ? jan-mar mon *)", "cron(0 8 ? JAN-MAR MON *)"),
            ("cron(0 8 ? * FRIL *)", "cron(0 8 ? * 6L *)"),
            ("cron(0 8 ? * TUE#2 *)", "cron(0 8 ? * 3#2 *)"),
            ("cron(0/30 20-2 ? * MON-FRI *)", "cron(0/30 20-2 ? * MON-FRI *)"),
        ] {
            let schedule: Schedule = written.parse().unwrap();
            assert_eq!(schedule.to_string(), shown);
            assert_eq!(shown.parse::<Schedule>().unwrap(), schedule);
        }
    }

    #[test]
    fn the_longest_gap_is_what_an_alarm_must_wait_for() {
        for (text, seconds) in [
            ("rate(24 hours)", DAY),
            ("cron(0 8 * * ? *)", DAY),
            ("cron(0 9 ? * SUN *)", 7 * DAY),
            ("cron(0/10 * * * ? *)", 600),
            ("cron(0 8,20 * * ? *)", 12 * HOUR),
            ("cron(0 9 ? * MON-FRI *)", 3 * DAY),
            ("cron(0 0 1 * ? *)", 31 * DAY),
            ("cron(0 0 31 * ? *)", 61 * DAY),
            ("cron(0 0 L * ? *)", 31 * DAY),
            ("cron(0 0 ? * 6L *)", 35 * DAY),
            ("cron(0 0 ? * 3#2 *)", 35 * DAY),
            ("cron(0 0 15W * ? *)", 32 * DAY),
            ("cron(0/30 20-2 ? * * *)", 17 * HOUR + 30 * 60),
            ("cron(0 0 29 2 ? *)", (4 * 365 + 1) * DAY),
            ("cron(0 0 1 1 ? 2027,2030)", (3 * 365 + 1) * DAY),
        ] {
            assert_eq!(gap(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(gap("cron(0 0 1 1 ? 2027)"), None);
    }

    #[test]
    fn a_schedule_is_said_in_plain_words() {
        for (text, words) in [
            ("rate(1 day)", "every day"),
            ("rate(24 hours)", "every 24 hours"),
            ("cron(0 8 * * ? *)", "every day at 08:00 UTC"),
            ("cron(0 9 ? * SUN *)", "at 09:00 UTC, on Sunday"),
            ("cron(30 6,18 ? * MON,WED,FRI *)", "at 06:30 and 18:30 UTC, on Monday, Wednesday, and Friday"),
            ("cron(0 9 ? * MON-FRI *)", "at 09:00 UTC, on Monday, Tuesday, Wednesday, Thursday, and Friday"),
            ("cron(* * * * ? *)", "every minute (UTC)"),
            ("cron(0/10 * * * ? *)", "at every 10 minutes (UTC)"),
            ("cron(5 * * * ? *)", "at minute 5 past every hour (UTC)"),
            ("cron(0 * * * ? *)", "at minute 0 past every hour (UTC)"),
            ("cron(7,21 * * * ? *)", "at minute 7 and 21 past every hour (UTC)"),
            ("cron(0/15 8-17 * * ? *)", "at every 15 minutes, of hour 8-17 (UTC)"),
            ("cron(0 0 1,15 * ? *)", "at 00:00 UTC, on day 1 and 15"),
            ("cron(0 0 L * ? *)", "at 00:00 UTC, on the last day of the month"),
            ("cron(0 0 3W * ? *)", "at 00:00 UTC, on the weekday nearest day 3"),
            ("cron(0 0 ? * 6L *)", "at 00:00 UTC, on the last Friday of the month"),
            ("cron(0 0 ? * 3#2 *)", "at 00:00 UTC, on the 2nd Tuesday of the month"),
            ("cron(0 0 22 1,7 ? *)", "at 00:00 UTC, on day 22, in January and July"),
            ("cron(0 0 * 6-8 ? 2030)", "at 00:00 UTC, in June, July, and August, in year 2030"),
        ] {
            assert_eq!(text.parse::<Schedule>().unwrap().in_words(), words, "{text}");
        }
    }

    #[test]
    fn the_next_runs_are_those_of_the_calendar() {
        let runs = |text: &str, now: &str, last: Option<&str>| -> Vec<String> {
            let last = last.map(|last| last.parse().unwrap());
            let runs = text.parse::<Schedule>().unwrap().next_runs(now.parse().unwrap(), last, 3);
            runs.iter().map(|run| run.strftime("%a %Y-%m-%d %H:%M").to_string()).collect()
        };
        let saturday = "2026-11-21T08:00:00Z";
        assert_eq!(
            runs("cron(0 8 * * ? *)", saturday, None),
            ["Sun 2026-11-22 08:00", "Mon 2026-11-23 08:00", "Tue 2026-11-24 08:00"],
            "a run of this very moment is under way"
        );
        assert_eq!(runs("cron(0 8 * * ? *)", "2026-11-21T07:59:59Z", None)[0], "Sat 2026-11-21 08:00");
        assert_eq!(runs("cron(0 9 ? * SUN *)", saturday, None)[..2], ["Sun 2026-11-22 09:00", "Sun 2026-11-29 09:00"]);
        assert_eq!(runs("cron(0 0 31 * ? *)", saturday, None)[..2], ["Thu 2026-12-31 00:00", "Sun 2027-01-31 00:00"]);
        assert_eq!(runs("cron(0 0 29 2 ? *)", saturday, None)[0], "Tue 2028-02-29 00:00");
        assert_eq!(runs("cron(0 0 1 1 ? 2027)", saturday, None), ["Fri 2027-01-01 00:00"]);
        assert!(runs("rate(24 hours)", saturday, None).is_empty(), "nobody can tell");
        assert_eq!(
            runs("rate(12 hours)", saturday, Some("2026-11-20T06:30:00Z"))[..2],
            ["Sat 2026-11-21 18:30", "Sun 2026-11-22 06:30"]
        );
    }

    #[test]
    fn what_eventbridge_would_refuse_is_refused_with_a_remedy() {
        let refused = [
            "",
            "daily",
            "every day",
            "0 8 * * *",
            "0 8 * * 1-5",
            "0 8 * * ? *",
            "rate()",
            "rate(1)",
            "rate(0 minutes)",
            "rate(-1 days)",
            "rate(+2 days)",
            "rate(1.5 hours)",
            "rate(1 hours)",
            "rate(2 hour)",
            "rate(2 weeks)",
            "rate(99999999999 days)",
            "rate(400 days)",
            "Rate(1 day)",
            "cron()",
            "cron(0 8 * * *)",
            "cron(0 8 * * ? * *)",
            "cron(0 8 * * * *)",
            "cron(0 8 ? * ? *)",
            "cron(0 8 1 * MON *)",
            "cron(60 8 * * ? *)",
            "cron(0 24 * * ? *)",
            "cron(0 8 0 * ? *)",
            "cron(0 8 32 * ? *)",
            "cron(0 8 * 13 ? *)",
            "cron(0 8 * FOO ? *)",
            "cron(0 8 ? * 0 *)",
            "cron(0 8 ? * 8 *)",
            "cron(0 8 ? * MON/2 *)",
            "cron(0 8 ? * FRI-MON *)",
            "cron(0 8 ? * 3#6 *)",
            "cron(0 8 ? * 3#1,6#3 *)",
            "cron(0 8 ? * MON,6L *)",
            "cron(0 8 LW * ? *)",
            "cron(0 8 L-3 * ? *)",
            "cron(0 8 1,L * ? *)",
            "cron(0 8 32W * ? *)",
            "cron(0 8 W * ? *)",
            "cron(0/0 8 * * ? *)",
            "cron(0/60 8 * * ? *)",
            "cron(5-1 8 * * ? *)",
            "cron(1,,2 8 * * ? *)",
            "cron(+5 8 * * ? *)",
            "cron(0 8 30 2 ? *)",
            "cron(0 8 31 APR,JUN ? *)",
            "cron(0 8 * * ? 2020)",
            "cron(0 8 29 2 ? 2027)",
            "cron(0 8 * * ? 1969)",
            "cron(0 8 * * ? 2200)",
            "cron(? 8 * * ? *)",
        ];
        let messages: Vec<String> =
            refused.iter().map(|text| format!("{text}\n    {}", text.parse::<Schedule>().expect_err(text))).collect();
        insta::assert_snapshot!(messages.join("\n"));
    }
}
