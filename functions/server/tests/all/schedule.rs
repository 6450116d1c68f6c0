//! The scheduled work of the self-hosted process: its pace, what it makes up for, and how it tries again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use stellarr_api::Api;
use stellarr_api::settings::{Host, Settings};
use stellarr_api::state::Collaborators;
use stellarr_core::locale::Locale;
use stellarr_core::reports::ScheduleType;
use stellarr_core::scheduled::Environment;
use stellarr_core::secrets::Secrets;
use stellarr_core::time::Timestamp;
use stellarr_core::tmdb::Audience;
use stellarr_server::schedule::{Job, JobLimits, Schedule, Worker};
use stellarr_standin::{Action, DEFAULT_KEY, FaultRule, Options, Standin};
use stellarr_store::memory::MemoryStore;
use stellarr_store::objects::memory::MemoryObjects;

/// A Saturday.
const NOW: i64 = 1_800_100_800; // 2027-01-16T12:00:00Z
const HOUR: i64 = 60 * 60;

struct Home {
    standin: Standin,
    worker: Worker,
    now: Arc<AtomicI64>,
}

impl Home {
    fn new(latency: Duration, variables: &'static [(&str, &str)]) -> Self {
        let options = Options { fill_pages: true, latency, ..Options::default() };
        let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();
        let base = standin.tmdb_base_url();
        let variable = |name: &str| match name {
            "TMDB_BASE_URL" => Some(base.clone()),
            _ => variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
        };
        let environment = Environment(variable);
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = Arc::clone(&now);
        let secrets = Secrets::new([("TMDB_API_KEY", DEFAULT_KEY)]);
        let parts = Collaborators::new(
            Settings::read(Host::SelfHosted, variable).unwrap(),
            Arc::new(MemoryStore::default()),
            Arc::new(Arc::new(secrets)),
            Arc::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap()),
        );
        let worker = Worker {
            api: Api::new(parts),
            objects: Arc::new(MemoryObjects::default()),
            locales: Locale::parse_list("en").unwrap(),
            audience: Audience::default(),
            warmer: JobLimits::warmer(&environment).unwrap(),
            fetcher: JobLimits::fetcher(&environment).unwrap(),
            pauses: [Duration::from_millis(50), Duration::from_millis(100)],
        };
        Self { standin, worker, now }
    }

    /// Starts the process anew, so many hours later; returns what TMDB was asked, by its lists.
    async fn start_after(&self, hours: i64) -> (usize, usize, usize) {
        self.now.fetch_add(hours * HOUR, Ordering::SeqCst);
        self.standin.clear_log();
        self.worker.start(&schedules()).await;
        let paths: Vec<String> = self.standin.log().latest.iter().map(|entry| entry.path.clone()).collect();
        let count = |part: &str| paths.iter().filter(|path| path.contains(part)).count();
        (count("/trending/"), count("/popular"), count("/discover/"))
    }
}

fn schedules() -> [Schedule; 3] {
    [
        (Job::Trending, "0 5 * * *"),
        (Job::Catalogue(ScheduleType::Daily), "0 8 * * *"),
        (Job::Catalogue(ScheduleType::Weekly), "0 9 * * SUN"),
    ]
    .map(|(job, pattern)| Schedule::read(job, "X", pattern).unwrap())
}

/// The catalogue's own variables, but faster.
const FAST: &[(&str, &str)] = &[("FETCHER_SPACING_MS", "1")];

#[tokio::test]
async fn the_fetcher_keeps_its_own_spacing_and_few_at_once() {
    let home = Home::new(Duration::from_millis(900), &[("FETCHER_MAX_CONCURRENT", "3")]);
    let report = home.worker.fetch(ScheduleType::Daily).await.unwrap();
    assert!(report.success, "{report:?}");
    let log = home.standin.log();
    let mut times: Vec<u64> = log.latest.iter().map(|entry| entry.at).collect();
    times.sort_unstable();
    assert_eq!(times.len(), 7);
    // 250 ms by default. Over all starts that holds; between two arrivals a busy machine may take some of it.
    assert!(times[6] - times[0] >= 6 * 250 - 100, "{times:?}");
    assert!(times.windows(2).all(|two| two[1] - two[0] >= 100), "{times:?}");
    assert!(log.peak_concurrency <= 3, "{}", log.peak_concurrency);
}

#[tokio::test]
async fn the_warmer_keeps_another_pace_than_the_fetcher() {
    let home = Home::new(Duration::from_millis(100), &[]);
    let started = std::time::Instant::now();
    let report = home.worker.warm(&home.worker.locales).await.unwrap();
    assert!(report.success, "{report:?}");
    assert!(started.elapsed() < Duration::from_millis(450), "three at once: {:?}", started.elapsed());
    assert_eq!(home.standin.log().peak_concurrency, 3);
}

#[tokio::test]
async fn a_warmer_gives_up_after_its_own_time() {
    let home = Home::new(Duration::ZERO, &[("WARMER_DEADLINE_SECONDS", "1"), ("FETCHER_SPACING_MS", "1")]);
    home.standin.add_fault(FaultRule::new("/3/trending/tv/*", Action::Hang));
    let started = std::time::Instant::now();
    assert!(!home.worker.warm(&home.worker.locales).await.unwrap().success);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_start_makes_up_for_what_was_missed_and_for_nothing_else() {
    let home = Home::new(Duration::ZERO, FAST);
    assert_eq!(home.start_after(0).await, (3 + 3, 4, 14), "nothing was ever done");
    assert_eq!(home.start_after(1).await, (0, 0, 0), "nothing was missed");
    assert_eq!(home.start_after(17).await, (3, 0, 0), "Sunday at six: the trending files of five");
    assert_eq!(home.start_after(2).await, (3, 4, 0), "at eight: the daily lists");
    assert_eq!(home.start_after(2).await, (0, 0, 14), "at ten: the weekly lists");
    assert_eq!(home.start_after(24).await, (3 + 3, 4, 0), "a day later");

    let home = Home::new(Duration::ZERO, FAST);
    let off = [Schedule::read(Job::Trending, "X", "off").unwrap()];
    home.worker.start(&off).await;
    assert_eq!(home.standin.log().requests, 0, "what is off is never done");
}

#[tokio::test]
async fn a_failed_run_is_tried_twice_more() {
    let home = Home::new(Duration::ZERO, FAST);
    let fault = home.standin.add_fault(FaultRule::new("/3/trending/tv/*", Action::status(404)).times(2));
    home.worker.run(Job::Trending).await;
    assert_eq!(home.standin.log().hits(&fault), 2);
    assert_eq!(home.standin.log().requests, 3 * 3, "the third try is the good one");

    home.standin.clear_log();
    home.standin.add_fault(FaultRule::new("/3/trending/tv/*", Action::status(404)));
    let started = std::time::Instant::now();
    home.worker.run(Job::Trending).await;
    assert_eq!(home.standin.log().requests, 3 * 3, "then the next time of its schedule has to do");
    assert!(started.elapsed() >= Duration::from_millis(150), "with pauses");
}
