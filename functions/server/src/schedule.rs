//! The scheduled work, by the clock of this process.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use croner::Cron;
use futures::future::join_all;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use stellarr_api::{Api, read_ahead};
use stellarr_core::locale::Locale;
use stellarr_core::reports::{FetchReport, ScheduleType, WarmReport};
use stellarr_core::scheduled::{Environment, InvalidSettings};
use stellarr_core::secrets::{BadSecret, SecretsError};
use stellarr_core::tmdb::Audience;
use stellarr_core::trending::{INDEX_FILE, TrendingIndex, TrendingObjects};
use stellarr_fetcher::fetcher::{Fetcher, LIBRARY_TITLES};
use stellarr_upstream::tmdb::TmdbClient;
use stellarr_upstream::tmdb_source::{NoClient, TmdbSource};
use stellarr_warmer::run::Warmer;
use tokio::time::Instant;

/// Pauses before a failed run is tried again; those of Lambda's asynchronous invocations.
pub const RETRY_PAUSES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

/// What a schedule starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Renews the trending files.
    Trending,
    /// Fills the catalogue.
    Catalogue(ScheduleType),
}

/// Says when a job is done; never, if there is no pattern.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The job.
    pub job: Job,
    pattern: Option<Cron>,
}

/// Says that a text is no cron pattern.
#[derive(Debug, thiserror::Error)]
#[error("{name} is not a cron pattern of five fields, such as `0 5 * * *`: {cause}")]
pub struct ScheduleError {
    name: &'static str,
    cause: croner::errors::CronError,
}

impl Schedule {
    /// Reads a pattern; `off` is never.
    pub fn read(job: Job, name: &'static str, pattern: &str) -> Result<Self, ScheduleError> {
        if pattern == "off" {
            return Ok(Self { job, pattern: None });
        }
        let pattern = Cron::from_str(pattern).map_err(|cause| ScheduleError { name, cause })?;
        Ok(Self { job, pattern: Some(pattern) })
    }

    /// Returns how long it is until the next time.
    fn next(&self, now: Timestamp) -> Option<Duration> {
        let now: Zoned = now.to_zoned(TimeZone::UTC);
        let next = self.pattern.as_ref()?.find_next_occurrence(&now, false).ok()?;
        Some(next.timestamp().duration_since(now.timestamp()).unsigned_abs())
    }

    /// Tells whether a time has gone by unused: the job was never done, or not since the last time of its pattern. `last`
    /// is in unix seconds.
    fn was_missed(&self, last: Option<u64>, now: Timestamp) -> bool {
        let Some(pattern) = &self.pattern else { return false };
        let last = last.and_then(|last| Timestamp::from_second(i64::try_from(last).ok()?).ok());
        let Some(last) = last else { return true };
        let after = pattern.find_next_occurrence(&last.to_zoned(TimeZone::UTC), false);
        after.is_ok_and(|next| next.timestamp() <= now)
    }
}

/// How a job asks TMDB, and how long it may take. No two jobs share a limiter, nor with the people who search.
pub struct JobLimits {
    tmdb: TmdbSource,
    run_timeout: Duration,
}

impl JobLimits {
    /// Reads the limits of the trending files.
    ///
    /// # Errors
    /// The first variable that is wrong.
    pub fn warmer<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Self, InvalidSettings> {
        let tmdb = TmdbSource::new(stellarr_warmer::settings::tmdb(environment)?);
        Ok(Self { tmdb, run_timeout: stellarr_warmer::settings::run_timeout(environment)? })
    }

    /// Reads the limits of the catalogue.
    ///
    /// # Errors
    /// The first variable that is wrong.
    pub fn fetcher<F: Fn(&str) -> Option<String>>(environment: &Environment<F>) -> Result<Self, InvalidSettings> {
        let tmdb = TmdbSource::new(stellarr_fetcher::settings::tmdb(environment)?);
        Ok(Self { tmdb, run_timeout: stellarr_fetcher::settings::run_timeout(environment)? })
    }
}

/// Does the scheduled work.
pub struct Worker {
    /// Holds the store, the secret and the clock.
    pub api: Api,
    /// Where the trending files are.
    pub objects: Arc<dyn TrendingObjects>,
    /// Languages of the trending files.
    pub locales: Vec<Locale>,
    /// In which words, and for which country, the catalogue is.
    pub audience: Audience,
    /// How the trending files are renewed.
    pub warmer: JobLimits,
    /// How the catalogue is filled.
    pub fetcher: JobLimits,
    /// Pauses before a failed run is tried again: one try for each.
    pub pauses: [Duration; 2],
}

impl Worker {
    /// Does a job again and again, until the process ends.
    pub async fn keep(&self, schedule: &Schedule) {
        while let Some(wait) = schedule.next(self.api.now()) {
            tokio::time::sleep(wait).await;
            self.run(schedule.job).await;
        }
    }

    /// Does at once what should have been done while nobody was there, and everything when nothing ever was.
    pub async fn start(&self, schedules: &[Schedule]) {
        let index = self.objects.read(INDEX_FILE).await.ok().flatten();
        let warmed_at = index.map(|index| TrendingIndex::parse(&index.body).updated_at).filter(|at| *at > 0);
        let summary = self.api.catalogue.summary().await.ok().flatten().unwrap_or_default();
        let now = self.api.now();
        let is_missed = |job: Job| {
            let at = match job {
                Job::Trending => warmed_at,
                Job::Catalogue(ScheduleType::Weekly) => summary.last_weekly.as_ref().map(|run| run.at),
                Job::Catalogue(_) => summary.last_daily.as_ref().map(|run| run.at),
            };
            schedules.iter().any(|schedule| schedule.job == job && schedule.was_missed(at, now))
        };
        let (daily, weekly) = (Job::Catalogue(ScheduleType::Daily), Job::Catalogue(ScheduleType::Weekly));
        let catalogue = match (is_missed(daily), is_missed(weekly)) {
            (true, true) => Some(Job::Catalogue(ScheduleType::Full)),
            (true, false) => Some(daily),
            (false, true) => Some(weekly),
            (false, false) => None,
        };
        let trending = is_missed(Job::Trending).then_some(Job::Trending);
        join_all([trending, catalogue].into_iter().flatten().map(|job| self.run(job))).await;
    }

    /// Does a job, and again after a pause when it failed, as often as there are pauses. What fails is logged.
    pub async fn run(&self, job: Job) {
        let mut pauses = self.pauses.iter();
        while !self.try_once(job).await {
            let Some(pause) = pauses.next() else { break };
            tokio::time::sleep(*pause).await;
        }
        if matches!(job, Job::Catalogue(_)) {
            read_ahead(&self.api).await;
        }
    }

    /// Does a job once; tells whether all of it was done.
    async fn try_once(&self, job: Job) -> bool {
        let done = match job {
            Job::Trending => self.warm(&self.locales).await.map(|report| {
                let (fresh, failed) = report.counts();
                tracing::info!(event = "schedule.trending", fresh, failed, duration_ms = report.duration_ms);
                report.success
            }),
            Job::Catalogue(schedule_type) => self.fetch(schedule_type).await.map(|report| {
                tracing::info!(
                    event = "schedule.catalogue",
                    %schedule_type,
                    fetched = report.items_fetched,
                    written = report.items_written,
                    failures = report.failed,
                    duration_ms = report.duration_ms,
                );
                report.success
            }),
        };
        done.unwrap_or_else(|error| {
            tracing::error!(event = "schedule.failed", ?job, error = %error);
            false
        })
    }

    /// Renews the trending files of some languages.
    ///
    /// # Errors
    /// When TMDB can't be asked at all; the report says which files were not renewed.
    pub async fn warm(&self, locales: &[Locale]) -> Result<WarmReport, RunError> {
        let deadline = Instant::now() + self.warmer.run_timeout;
        let tmdb = self.client(&self.warmer, deadline).await?;
        let clock = || self.seconds();
        let warmer = Warmer {
            tmdb: &tmdb,
            objects: &*self.objects,
            served: &self.locales,
            scheduled_at: None,
            deadline,
            now: &clock,
        };
        Ok(warmer.run(locales).await)
    }

    /// Fetches titles into the catalogue.
    ///
    /// # Errors
    /// When TMDB can't be asked at all; the report says what was not fetched.
    pub async fn fetch(&self, schedule_type: ScheduleType) -> Result<FetchReport, RunError> {
        let deadline = Instant::now() + self.fetcher.run_timeout;
        let tmdb = self.client(&self.fetcher, deadline).await?;
        let clock = || self.seconds();
        let fetcher = Fetcher {
            tmdb: &tmdb,
            catalogue: &*self.api.catalogue,
            store: &*self.api.store,
            audience: self.audience.clone(),
            library_titles: LIBRARY_TITLES,
            scheduled_at: None,
            deadline,
            now: &clock,
        };
        Ok(fetcher.run(schedule_type).await)
    }

    async fn client(&self, limits: &JobLimits, deadline: Instant) -> Result<TmdbClient, RunError> {
        let secrets = self.api.secrets.secrets().await?;
        Ok(limits.tmdb.client(secrets.tmdb_api_key()?).await?.until(deadline))
    }

    fn seconds(&self) -> u64 {
        u64::try_from(self.api.now().as_second()).unwrap_or_default()
    }
}

/// Says why TMDB can't be asked.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The secret can't be read.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The key is missing.
    #[error(transparent)]
    Key(#[from] BadSecret),
    /// The client can't be made.
    #[error(transparent)]
    Client(#[from] NoClient),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_knows_its_next_time() {
        let now = "2026-11-21T04:00:00Z".parse().unwrap();
        let next = |pattern| Schedule::read(Job::Trending, "X", pattern).map(|schedule| schedule.next(now));
        assert_eq!(next("0 5 * * *").unwrap(), Some(Duration::from_secs(3_600)));
        // The 21st is a Saturday.
        assert_eq!(next("0 9 * * SUN").unwrap(), Some(Duration::from_secs(29 * 3_600)));
        assert_eq!(next("off").unwrap(), None);
        assert!(next("every day").is_err());
    }
}
