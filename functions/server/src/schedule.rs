//! The scheduled work, by the clock of this process.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use stellarr_api::{Api, read_ahead};
use stellarr_core::locale::Locale;
use stellarr_core::secrets::{BadSecret, SecretsError};
use stellarr_core::tmdb::{Audience, Tmdb, TmdbError};
use stellarr_core::trending::{INDEX_FILE, TrendingObjects};
use stellarr_fetcher::event::ScheduleType;
use stellarr_fetcher::report::Report as FetcherReport;
use stellarr_fetcher::run::{Fetcher, LIBRARY_TITLES};
use stellarr_warmer::report::Report as WarmerReport;
use stellarr_warmer::run::Warmer;
use tokio::time::Instant;

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(290);

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

    /// Tells whether it has a time at all.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.pattern.is_some()
    }

    /// Returns how long it is until the next time.
    fn next(&self, now: Timestamp) -> Option<Duration> {
        let now: Zoned = now.to_zoned(TimeZone::UTC);
        let next = self.pattern.as_ref()?.find_next_occurrence(&now, false).ok()?;
        Some(next.timestamp().duration_since(now.timestamp()).unsigned_abs())
    }
}

/// Does the scheduled work.
pub struct Worker {
    /// Holds the store, the secret, the clock and TMDB's client.
    pub api: Api,
    /// Where the trending files are.
    pub objects: Arc<dyn TrendingObjects>,
    /// Languages of the trending files.
    pub locales: Vec<Locale>,
    /// In which words, and for which country, the catalogue is.
    pub audience: Audience,
}

impl Worker {
    /// Does a job again and again, until the process ends.
    pub async fn keep(&self, schedule: &Schedule) {
        while let Some(wait) = schedule.next(self.api.now()) {
            tokio::time::sleep(wait).await;
            self.run(schedule.job).await;
        }
    }

    /// Does everything at once when nothing has ever been done.
    pub async fn start(&self) {
        if !matches!(self.objects.exists(INDEX_FILE).await, Ok(true)) {
            self.run(Job::Trending).await;
        }
        if matches!(self.api.catalogue.summary().await, Ok(None)) {
            self.run(Job::Catalogue(ScheduleType::Full)).await;
        }
    }

    /// Does a job once; what fails is logged, and tried again at the next time.
    pub async fn run(&self, job: Job) {
        let failed = match job {
            Job::Trending => self.warm(&self.locales).await.map(|report| {
                let (fresh, failed) = report.counts();
                tracing::info!(event = "schedule.trending", fresh, failed, duration_ms = report.duration_ms);
            }),
            Job::Catalogue(schedule_type) => self.fetch(schedule_type).await.map(|report| {
                tracing::info!(
                    event = "schedule.catalogue",
                    %schedule_type,
                    fetched = report.items_fetched,
                    written = report.items_written,
                    failures = report.failures.len(),
                    duration_ms = report.duration_ms,
                );
            }),
        };
        if let Err(error) = failed {
            tracing::error!(event = "schedule.failed", ?job, error = %error);
        }
        if matches!(job, Job::Catalogue(_)) {
            read_ahead(&self.api).await;
        }
    }

    /// Renews the trending files of some languages.
    ///
    /// # Errors
    /// When TMDB can't be asked at all; the report says which files were not renewed.
    pub async fn warm(&self, locales: &[Locale]) -> Result<WarmerReport, RunError> {
        let deadline = Instant::now() + PATIENCE;
        let tmdb = self.tmdb(deadline).await?;
        let clock = || self.seconds();
        let warmer = Warmer { tmdb: &*tmdb, objects: &*self.objects, served: &self.locales, deadline, now: &clock };
        Ok(warmer.run(locales).await)
    }

    /// Fetches titles into the catalogue.
    ///
    /// # Errors
    /// When TMDB can't be asked at all; the report says what was not fetched.
    pub async fn fetch(&self, schedule_type: ScheduleType) -> Result<FetcherReport, RunError> {
        let deadline = Instant::now() + PATIENCE;
        let tmdb = self.tmdb(deadline).await?;
        let clock = || self.seconds();
        let fetcher = Fetcher {
            tmdb: &*tmdb,
            catalogue: &*self.api.catalogue,
            store: &*self.api.store,
            audience: self.audience.clone(),
            library_titles: LIBRARY_TITLES,
            deadline,
            now: &clock,
        };
        Ok(fetcher.run(schedule_type).await)
    }

    async fn tmdb(&self, deadline: Instant) -> Result<Box<dyn Tmdb>, RunError> {
        let secrets = self.api.secrets.secrets().await?;
        Ok(self.api.tmdb.tmdb(secrets.tmdb_api_key()?, deadline.into_std()).await?)
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
    Client(#[from] TmdbError),
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
