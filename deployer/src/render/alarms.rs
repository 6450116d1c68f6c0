//! The alarms of a deployment.

use std::time::Duration;

use serde::Serialize;

use crate::config::Config;

/// An alarm looks back a week at most, in hours.
/// Source: `PutMetricAlarm` in the CloudWatch API reference (`EvaluationPeriods` × `Period`).
const LONGEST_LOOK_BACK: u64 = 7 * 24;

/// Retries and a late delivery may take this long.
const PATIENCE: u64 = 2;

/// One alarm, as the template writes it.
#[derive(Serialize)]
pub(super) struct Alarm {
    id: String,
    name: String,
    meaning: String,
    comment: Option<&'static str>,
    /// Hours without success; None for an alarm on one metric, described by the rest.
    hours: Option<u64>,
    function: &'static str,
    namespace: &'static str,
    metric: &'static str,
    dimension: &'static str,
    value: String,
    statistic: &'static str,
    threshold: u32,
}

/// Lists the alarms that a configuration calls for.
pub(super) fn alarms(config: &Config) -> Vec<Alarm> {
    let schedules = &config.schedules;
    let catalogue = [&schedules.catalogue_daily, &schedules.catalogue_weekly];
    let catalogue = catalogue.into_iter().filter_map(|schedule| schedule.longest_gap()).min();
    let mut alarms = vec![Alarm {
        comment: Some("One failure of an upstream service is no reason to wake anybody."),
        threshold: 5,
        ..on_function("Api", "errors", "Url5xxCount", "the API failed at least five times in five minutes")
    }];
    for (function, what, gap) in [
        ("Warmer", "the trending lists were", config.longest_trending_gap()),
        ("Fetcher", "the catalogue was", catalogue),
    ] {
        alarms.push(on_function(
            function,
            "failed",
            "Errors",
            &format!("{what} not refreshed as planned, see the log"),
        ));
        // A schedule that rests longer than an alarm can look back has the alarm above only.
        alarms.extend(gap.and_then(hours_allowed).map(|hours| Alarm {
            comment: Some(
                "Also rings until the first run of a new deployment, which is true: nothing was refreshed yet.",
            ),
            hours: Some(hours),
            ..on_function(function, "stale", "", &format!("{what} not refreshed for longer than the schedule allows"))
        }));
    }
    alarms.push(Alarm {
        id: "DeadLettersAlarm".to_owned(),
        name: "dead-letters".to_owned(),
        meaning: "a scheduled run was given up after all retries".to_owned(),
        namespace: "AWS/SQS",
        metric: "ApproximateNumberOfMessagesVisible",
        dimension: "QueueName",
        value: "!GetAtt DeadLetterQueue.QueueName".to_owned(),
        statistic: "Maximum",
        ..on_function("", "", "", "")
    });
    alarms
}

fn on_function(function: &'static str, name: &str, metric: &'static str, meaning: &str) -> Alarm {
    let mut capital = name.to_owned();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Alarm {
        id: format!("{function}{capital}Alarm"),
        name: format!("{}-{name}", function.to_ascii_lowercase()),
        meaning: meaning.to_owned(),
        comment: None,
        hours: None,
        function,
        namespace: "AWS/Lambda",
        metric,
        dimension: "FunctionName",
        value: format!("!Ref {function}Function"),
        statistic: "Sum",
        threshold: 1,
    }
}

/// The hours without success after which an alarm rings; None when no alarm can look back that far.
fn hours_allowed(gap: Duration) -> Option<u64> {
    let hours = gap.as_secs().div_ceil(3600).saturating_add(PATIENCE);
    (hours <= LONGEST_LOOK_BACK).then_some(hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stale(config: &Config) -> Vec<(String, u64)> {
        alarms(config).into_iter().filter_map(|alarm| alarm.hours.map(|hours| (alarm.id, hours))).collect()
    }

    #[test]
    fn the_schedule_decides_when_silence_is_too_long() {
        let config = Config::named("home");
        let expected = [("WarmerStaleAlarm".to_owned(), 26), ("FetcherStaleAlarm".to_owned(), 26)];
        assert_eq!(stale(&config), expected);
    }

    #[test]
    fn a_schedule_longer_than_a_week_has_no_alarm_for_silence() {
        let mut config = Config::named("home");
        config.schedules.trending = "rate(7 days)".parse().unwrap();
        config.schedules.catalogue_daily = "rate(30 days)".parse().unwrap();
        config.schedules.catalogue_weekly = "cron(0 9 1 * ? *)".parse().unwrap();
        assert_eq!(stale(&config), []);
    }

    #[test]
    fn a_short_rate_still_gets_time_to_retry() {
        assert_eq!(hours_allowed(Duration::from_secs(60)), Some(3));
    }
}
