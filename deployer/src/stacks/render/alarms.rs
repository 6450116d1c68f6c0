//! The alarms of a deployment.

use std::time::Duration;

use serde::Serialize;

use crate::base::functions::Function;
use crate::config::Config;
use crate::stacks::environment::metrics_namespace;
use stellarr_core::metrics::Metric;

/// An alarm looks back a week at most, in hours.
/// Source: `PutMetricAlarm` in the CloudWatch API reference (`EvaluationPeriods` × `Period`).
const MAX_LOOK_BACK_HOURS: u64 = 7 * 24;

/// Retries and a late delivery may take this long.
const GRACE_HOURS: u64 = 2;

/// One alarm, as the template writes it.
#[derive(Serialize)]
pub(super) struct Alarm {
    id: String,
    name: String,
    meaning: &'static str,
    comment: Option<&'static str>,
    namespace: String,
    metric: &'static str,
    /// Name and CloudFormation expression of the metric's dimension; without one the namespace tells the deployment.
    dimension: Option<&'static str>,
    value: String,
    statistic: &'static str,
    threshold: u32,
    /// Rings when the metric stays below the threshold for so many hours, instead of when it reaches it.
    silent_hours: Option<u64>,
}

/// Lists the alarms that a configuration calls for.
pub(super) fn alarms(config: &Config) -> Vec<Alarm> {
    let schedules = &config.schedules;
    let catalogue = [&schedules.catalogue_daily, &schedules.catalogue_weekly];
    let catalogue = catalogue.into_iter().filter_map(|schedule| schedule.longest_gap()).min();
    let mut alarms: Vec<Alarm> = Function::ALL.into_iter().map(on_function).collect();
    alarms.push(Alarm {
        namespace: "AWS/SQS".to_owned(),
        metric: "ApproximateNumberOfMessagesVisible",
        dimension: Some("QueueName"),
        value: "!GetAtt DeadLetterQueue.QueueName".to_owned(),
        statistic: "Maximum",
        ..alarm("DeadLettersAlarm", "dead-letters", "A scheduled run was given up after all retries")
    });
    alarms.extend(on_silence(
        config,
        "WarmerStaleAlarm",
        "warmer-stale",
        "The trending lists are older than the schedule allows",
        Metric::TrendingFresh,
        config.longest_trending_gap(),
    ));
    alarms.extend(on_silence(
        config,
        "FetcherStaleAlarm",
        "fetcher-stale",
        "The catalogue is older than the schedule allows",
        Metric::ItemsFetched,
        catalogue,
    ));
    alarms
}

/// An alarm on the failures of a function.
fn on_function(function: Function) -> Alarm {
    let (id, name) = (function.id(), function.name());
    let watched = if function.is_scheduled() {
        Alarm { metric: "Errors", ..alarm(id + "FailedAlarm", format!("{name}-failed"), function.failure()) }
    } else {
        Alarm {
            comment: Some("One failure of an upstream service is no reason to wake anybody."),
            metric: "Url5xxCount",
            threshold: 5,
            ..alarm(id + "ErrorsAlarm", format!("{name}-errors"), function.failure())
        }
    };
    Alarm { dimension: Some("FunctionName"), value: format!("!Ref {}", function.function_id()), ..watched }
}

fn alarm(id: impl Into<String>, name: impl Into<String>, meaning: &'static str) -> Alarm {
    Alarm {
        id: id.into(),
        name: name.into(),
        meaning,
        comment: None,
        namespace: "AWS/Lambda".to_owned(),
        metric: "",
        dimension: None,
        value: String::new(),
        statistic: "Sum",
        threshold: 1,
        silent_hours: None,
    }
}

/// An alarm on a metric that a function writes when it succeeds: Lambda's own count runs only, not what came of them. None
/// when no alarm can look back as far as the schedule rests; then the alarm on failures has to do.
fn on_silence(
    config: &Config,
    id: &'static str,
    name: &'static str,
    meaning: &'static str,
    metric: Metric,
    gap: Option<Duration>,
) -> Option<Alarm> {
    Some(Alarm {
        comment: Some("Also rings until a new deployment's first run, rightly: nothing was refreshed yet."),
        namespace: metrics_namespace(config),
        metric: metric.name_and_unit().0,
        silent_hours: Some(hours_allowed(gap?)?),
        ..alarm(id, name, meaning)
    })
}

/// The hours without success after which an alarm rings; None when no alarm can look back that far.
fn hours_allowed(gap: Duration) -> Option<u64> {
    let hours = gap.as_secs().div_ceil(3600).saturating_add(GRACE_HOURS);
    (hours <= MAX_LOOK_BACK_HOURS).then_some(hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stale(config: &Config) -> Vec<(String, u64)> {
        alarms(config).into_iter().filter_map(|alarm| alarm.silent_hours.map(|hours| (alarm.id, hours))).collect()
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
