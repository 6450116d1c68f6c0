//! The schedules in plain words, with their next runs, and what is known of the last ones.
//!
//! A run leaves traces in several places: CloudWatch counts it, the warmer writes `trending-index.json`, the fetcher
//! leaves a summary in the catalogue. Each may be missing or not to be read; then the answer is "unknown".

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::Serialize;
use serde_json::{Value, json};

use crate::base::functions::Function;
use crate::config::{ScheduledRun, Schedules};
use crate::deployment::Live;
use crate::household::catalogue;
use stellarr_aws::{Cloud, FunctionRuns};
use stellarr_core::catalogue::{CatalogueOverview, RunOverview};
use stellarr_core::reports::ScheduleType;
use stellarr_core::time::signed_seconds;
use stellarr_core::trending::{INDEX_FILE, TrendingIndex};

/// How far back runs are looked for.
const LOOKBACK: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Counts are of periods of this length, so a run may have ended this much later than its period began.
const PERIOD: SignedDuration = SignedDuration::from_mins(10);

/// A schedule, and what is known of its runs.
#[derive(Clone, Debug)]
pub struct ScheduleState {
    /// What it is called in `stellarr.yaml`.
    pub name: &'static str,
    /// What it does.
    pub purpose: &'static str,
    /// As EventBridge writes it.
    pub expression: String,
    /// In plain words.
    pub words: String,
    /// The next runs, in local time; none when nobody can tell.
    pub next: Vec<Zoned>,
    /// When the last run was, in local time.
    pub last_run: Option<Zoned>,
    /// How it ended.
    pub last_result: RunResult,
    /// When the schedule last started a run, in local time.
    pub last_scheduled: Option<Zoned>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunResult {
    /// Everything was done.
    Succeeded,
    /// Something failed.
    Failed,
    /// Nobody can tell.
    Unknown,
}

/// What is known of the runs of a schedule.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// When the last one was, whoever started it.
    at: Option<Timestamp>,
    /// How it ended.
    result: RunResult,
    /// When the schedule itself last started one: a rate counts from there.
    scheduled_at: Option<Timestamp>,
}

/// The traces that runs have left; none where they cannot be read.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    index: Option<TrendingIndex>,
    catalogue: Option<CatalogueOverview>,
    runs: BTreeMap<Function, Vec<FunctionRuns>>,
}

/// Reads the traces, all at once. What cannot be read is left out: rights to it may be missing, and an emulator may not
/// have it.
pub async fn traces(cloud: &dyn Cloud, live: &Live, now: Timestamp) -> Traces {
    let since = now - LOOKBACK;
    let runs = |function: Function| {
        let metrics = cloud.metrics();
        async move { Some((function, metrics.runs(live.output(&function.output())?, since, now).await.ok()?)) }
    };
    let index = async {
        let object = cloud.objects().get(live.output("TrendingBucketName")?, INDEX_FILE).await.ok()??;
        serde_json::from_slice(&object.body).ok()
    };
    let catalogue =
        async { catalogue::summary(cloud.tables().as_ref(), live.output("CatalogueTableName")?).await.ok() };
    let scheduled = Function::ALL.into_iter().filter(|function| function.is_scheduled());
    let (index, catalogue, runs) = tokio::join!(index, catalogue, join_all(scheduled.map(runs)));
    Traces { index, catalogue, runs: runs.into_iter().flatten().collect() }
}

impl Traces {
    fn last(&self, function: Function) -> Option<&FunctionRuns> {
        self.runs.get(&function)?.last()
    }

    /// The last run that a schedule is about.
    fn of(&self, run: &ScheduledRun<'_>) -> Known {
        let is_daily = |list: &str| list.starts_with("popular#") || list.starts_with("trending#");
        match (run.function, run.schedule_type) {
            (Function::Warmer, _) => self.trending(),
            (Function::Fetcher, Some(ScheduleType::Weekly)) => {
                self.fetched(|catalogue| catalogue.last_weekly, |list| !is_daily(list))
            }
            (Function::Fetcher, _) => self.fetched(|catalogue| catalogue.last_daily, is_daily),
            (function, _) => {
                let last = self.last(function);
                let result = last.map_or(RunResult::Unknown, counted);
                Known { at: last.map(|last| last.at), result, scheduled_at: None }
            }
        }
    }

    fn trending(&self) -> Known {
        let index = self.index.as_ref();
        let written = index.and_then(|index| {
            let result = match &index.last_run {
                Some(run) if run.failed == 0 && run.fresh > 0 => RunResult::Succeeded,
                Some(_) => RunResult::Failed,
                // A warmer of old left times only.
                None => RunResult::Unknown,
            };
            Some((moment(Some(signed_seconds(index.updated_at)))?, result))
        });
        let counted = self.last(Function::Warmer).map(|last| (last.at, counted(last)));
        let (at, result) = match (written, counted) {
            // Both tell of the same run: the index knows to the second.
            (Some((at, result)), Some((period, counted))) if at + PERIOD >= period => {
                let failed = counted == RunResult::Failed && at < period + PERIOD;
                (Some(at), if failed { RunResult::Failed } else { result })
            }
            (_, Some((period, result))) => (Some(period), result),
            (Some((at, result)), None) => (Some(at), result),
            (None, None) => (None, RunResult::Unknown),
        };
        Known { at, result, scheduled_at: moment(index.and_then(|index| index.scheduled_at).map(signed_seconds)) }
    }

    /// The last fetch of some lists: what it left, else when they were last renewed.
    fn fetched(
        &self,
        run: impl Fn(&CatalogueOverview) -> Option<RunOverview>,
        is_of_kind: impl Fn(&str) -> bool,
    ) -> Known {
        let unknown = Known { at: None, result: RunResult::Unknown, scheduled_at: None };
        let Some(catalogue) = &self.catalogue else { return unknown };
        if let Some(run) = run(catalogue) {
            let whole = run.failures == 0 && run.items_fetched > 0;
            let result = if whole { RunResult::Succeeded } else { RunResult::Failed };
            return Known { at: moment(Some(run.at)), result, scheduled_at: moment(run.scheduled_at) };
        }
        let lists = catalogue.lists.iter().filter(|list| is_of_kind(&list.list));
        Known { at: moment(lists.map(|list| list.fetched_at).max()), ..unknown }
    }

    /// When the fetcher last failed without leaving a summary, if that is its latest run.
    #[must_use]
    pub fn failed_fetch(&self) -> Option<Timestamp> {
        let last = self.last(Function::Fetcher).filter(|last| counted(last) == RunResult::Failed)?;
        let updated_at = self.catalogue.as_ref().and_then(|catalogue| catalogue.updated_at).unwrap_or_default();
        (updated_at < last.at.as_second()).then_some(last.at)
    }
}

fn moment(seconds: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_second(seconds?).ok()
}

/// A failed run is tried again; what counts is whether one of the tries succeeded.
fn counted(runs: &FunctionRuns) -> RunResult {
    if runs.failures < runs.runs { RunResult::Succeeded } else { RunResult::Failed }
}

/// Puts together what is known of each schedule, in the time zone `zone`.
#[must_use]
pub fn states(schedules: &Schedules, traces: &Traces, now: Timestamp, zone: &TimeZone) -> Vec<ScheduleState> {
    schedules
        .runs()
        .map(|run| {
            let Known { at, result, scheduled_at } = traces.of(&run);
            let next = run.schedule.next_runs(now, scheduled_at, 3);
            ScheduleState {
                name: run.key,
                purpose: run.what,
                expression: run.schedule.to_string(),
                words: run.schedule.in_words(),
                next: next.into_iter().map(|run| run.to_zoned(zone.clone())).collect(),
                last_run: at.map(|at| at.to_zoned(zone.clone())),
                last_result: result,
                last_scheduled: scheduled_at.map(|at| at.to_zoned(zone.clone())),
            }
        })
        .into()
}

impl ScheduleState {
    /// Says it in a few lines.
    #[must_use]
    pub fn text(&self) -> String {
        let next = match self.next.as_slice() {
            [] => "unknown: a rate counts from the last scheduled run, of which nothing is known".to_owned(),
            runs => runs.iter().map(readable).collect::<Vec<_>>().join(" · "),
        };
        let last = match (&self.last_run, self.last_result) {
            (None, _) => "unknown".to_owned(),
            (Some(at), RunResult::Succeeded) => format!("{}, succeeded", readable(at)),
            (Some(at), RunResult::Failed) => format!("{}, failed", readable(at)),
            (Some(at), RunResult::Unknown) => format!("{}, result unknown", readable(at)),
        };
        format!("{}: {}\n  {}\n  next  {next}\n  last  {last}", self.name, self.words, self.purpose)
    }

    /// Says it for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let rfc3339 = |moment: &Zoned| moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        json!({
            "name": self.name,
            "expression": self.expression,
            "words": self.words,
            "next": self.next.iter().map(rfc3339).collect::<Vec<_>>(),
            "lastRun": self.last_run.as_ref().map(rfc3339),
            "lastResult": self.last_result,
            "lastScheduled": self.last_scheduled.as_ref().map(rfc3339),
        })
    }
}

fn readable(moment: &Zoned) -> String {
    moment.strftime("%a %-d %b %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stellarr_aws::{AwsErrorKind, Stack, StackStatus};
    use stellarr_testing::{FakeCloud, Fault};

    const NOW: &str = "2026-11-21T10:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn live() -> Live {
        let outputs = [
            ("TrendingBucketName", "trending"),
            ("CatalogueTableName", "catalogue"),
            ("WarmerFunctionName", "warmer"),
            ("FetcherFunctionName", "fetcher"),
        ];
        let stack = Stack {
            name: "home-prod".to_owned(),
            id: String::new(),
            status: StackStatus("CREATE_COMPLETE".to_owned()),
            status_reason: None,
            parameters: Default::default(),
            outputs: outputs.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            tags: Default::default(),
            updated_at: None,
            termination_protection: false,
        };
        Live { main: Some(stack), ..Live::default() }
    }

    fn cloud() -> FakeCloud {
        let cloud = FakeCloud::permissive("eu-central-1");
        let updated_at = at("2026-11-21T06:30:07Z").as_second();
        // A warmer of one language by hand, an hour after the schedule's.
        let index = serde_json::json!({
            "updated_at": updated_at,
            "scheduled_at": updated_at - 3_607,
            "last_run": {"at": updated_at, "fresh": 3, "failed": 0},
            "files": [
                {"file": "trending-all-en.json", "locale": "en", "kind": "all", "items": 20, "bytes": 9_000, "fetched_at": updated_at - 2},
            ],
        });
        cloud.store("trending", "trending-index.json", index.to_string()).add_table("catalogue");
        cloud
    }

    async fn said(cloud: &FakeCloud) -> Vec<ScheduleState> {
        let traces = traces(cloud, &live(), at(NOW)).await;
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        states(&Schedules::default(), &traces, at(NOW), &zone)
    }

    #[tokio::test]
    async fn next_runs_are_in_local_time_and_a_rate_counts_from_the_last_scheduled_run() {
        let states = said(&cloud()).await;
        assert_eq!(
            states[0].text(),
            "trending: every 24 hours\n  refreshes the trending lists\n  next  Sun 22 Nov 06:30 · Mon 23 Nov 06:30 · Tue 24 \
             Nov 06:30\n  last  Sat 21 Nov 07:30, succeeded"
        );
        assert_eq!(states[2].json()["next"][0], "2026-11-22T10:00:00+01:00", "every Sunday at 09:00 UTC");
    }

    #[tokio::test]
    async fn a_rate_that_never_ran_by_itself_is_said_to_be_unknown() {
        let cloud = cloud();
        let index = serde_json::json!({"updated_at": at("2026-11-21T06:30:07Z").as_second(), "files": []});
        cloud.store("trending", "trending-index.json", index.to_string());
        let state = said(&cloud).await.remove(0);
        assert!(state.text().contains("next  unknown: a rate counts from the last scheduled run"), "{}", state.text());
        assert!(state.text().ends_with("last  Sat 21 Nov 07:30, result unknown"), "{}", state.text());
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_unknown() {
        let cloud = cloud();
        cloud.inject_always("cloudwatch:GetMetricData", Fault::Fail(AwsErrorKind::AccessDenied));
        cloud.inject_always("s3:GetObject", Fault::Fail(AwsErrorKind::AccessDenied));
        cloud.inject_always("dynamodb:BatchGetItem", Fault::Fail(AwsErrorKind::AccessDenied));
        for state in said(&cloud).await {
            assert_eq!((state.last_run, state.last_result), (None, RunResult::Unknown));
        }
    }

    #[tokio::test]
    async fn a_run_that_failed_is_told_although_the_index_is_old() {
        let cloud = cloud();
        cloud.add_run("warmer", FunctionRuns { at: at("2026-11-21T09:30:00Z"), runs: 3, failures: 3 });
        let states = said(&cloud).await;
        assert_eq!(states[0].last_result, RunResult::Failed);
        assert_eq!(states[0].json()["lastRun"], "2026-11-21T10:30:00+01:00");
        // The second try succeeded.
        cloud.add_run("warmer", FunctionRuns { at: at("2026-11-21T09:50:00Z"), runs: 2, failures: 1 });
        assert_eq!(said(&cloud).await[0].last_result, RunResult::Succeeded);
    }

    #[tokio::test]
    async fn the_fetchers_summary_tells_daily_from_weekly() {
        let traces = Traces {
            catalogue: Some(CatalogueOverview {
                updated_at: Some(at("2026-11-21T08:00:40Z").as_second()),
                last_daily: Some(RunOverview {
                    at: at("2026-11-21T08:00:40Z").as_second(),
                    scheduled_at: Some(at("2026-11-21T08:00:00Z").as_second()),
                    items_fetched: 120,
                    failures: 1,
                }),
                last_weekly: Some(RunOverview {
                    at: at("2026-11-15T09:00:10Z").as_second(),
                    items_fetched: 280,
                    ..RunOverview::default()
                }),
                ..CatalogueOverview::default()
            }),
            runs: [(Function::Fetcher, vec![FunctionRuns { at: at("2026-11-21T09:00:00Z"), runs: 3, failures: 3 }])]
                .into(),
            ..Traces::default()
        };
        let states = states(&Schedules::default(), &traces, at(NOW), &TimeZone::UTC);
        assert_eq!(states[1].last_result, RunResult::Failed);
        assert_eq!(states[1].json()["lastScheduled"], "2026-11-21T08:00:00+00:00");
        assert_eq!(states[2].json()["lastRun"], "2026-11-15T09:00:10+00:00");
        assert_eq!(states[2].last_result, RunResult::Succeeded);
        assert_eq!(traces.failed_fetch(), Some(at("2026-11-21T09:00:00Z")));
    }
}
