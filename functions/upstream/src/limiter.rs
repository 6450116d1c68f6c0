//! One limiter for all requests to an upstream.

use std::collections::VecDeque;
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// What a [`Limiter`] promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests in flight at once.
    pub in_flight: usize,
    /// Starts within any window of [`Limits::window`].
    pub starts: usize,
    /// The length of the sliding window.
    pub window: Duration,
    /// Least time between two starts.
    pub spacing: Duration,
}

impl Limits {
    /// Allows `in_flight` requests at once and `starts` in any sliding second.
    ///
    /// The window is a tenth of a second longer: the first requests wait for their connections, so they arrive closer to
    /// the later ones than they started.
    #[must_use]
    pub const fn per_second(in_flight: usize, starts: usize) -> Self {
        Self { in_flight, starts, window: Duration::from_millis(1_100), spacing: Duration::ZERO }
    }

    /// Allows `in_flight` requests at once, their starts at least `spacing` apart.
    #[must_use]
    pub const fn spaced(in_flight: usize, spacing: Duration) -> Self {
        Self { in_flight, starts: usize::MAX, window: Duration::from_secs(1), spacing }
    }
}

/// Remembers past starts and says when the next one may be.
///
/// It holds real starts, not planned ones: a start that was late moves the ones after it, so the spacing holds
/// whatever the scheduler did.
#[derive(Debug)]
struct RecentStarts {
    limits: Limits,
    recent: VecDeque<Instant>,
}

impl RecentStarts {
    fn earliest(&self, now: Instant) -> Instant {
        let spaced = self.recent.back().map_or(now, |last| *last + self.limits.spacing);
        let windowed = match self.recent.len().checked_sub(self.limits.starts) {
            Some(index) => self.recent.get(index).map_or(now, |start| *start + self.limits.window),
            None => now,
        };
        now.max(spaced).max(windowed)
    }

    fn record(&mut self, now: Instant) {
        self.recent.push_back(now);
        while self.recent.len() > 1 && self.recent.front().is_some_and(|first| *first + self.limits.window <= now) {
            self.recent.pop_front();
        }
    }
}

/// Keeps requests below a rate, apart in time, and few at once; waiting requests start in the order they came.
#[derive(Debug)]
pub struct Limiter {
    permits: Semaphore,
    starts: Mutex<RecentStarts>,
    held_until: StdMutex<Option<Instant>>,
}

/// A request in flight; ends when dropped.
#[derive(Debug)]
#[must_use = "the request counts as ended when this is dropped"]
pub struct InFlight<'a> {
    _permit: Option<SemaphorePermit<'a>>,
}

impl Limiter {
    /// Makes a limiter; `in_flight` and `starts` of zero count as one.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let limits = Limits { in_flight: limits.in_flight.max(1), starts: limits.starts.max(1), ..limits };
        Self {
            permits: Semaphore::new(limits.in_flight.min(Semaphore::MAX_PERMITS)),
            starts: Mutex::new(RecentStarts { limits, recent: VecDeque::new() }),
            held_until: StdMutex::new(None),
        }
    }

    /// Waits until a request may start. A dropped wait gives its place back.
    pub async fn start(&self) -> InFlight<'_> {
        // The semaphore is never closed, so the permit is always there.
        let permit = self.permits.acquire().await.ok();
        let mut starts = self.starts.lock().await;
        loop {
            let now = Instant::now();
            let earliest = starts.earliest(now).max(self.held_until().unwrap_or(now));
            if earliest <= now {
                starts.record(now);
                return InFlight { _permit: permit };
            }
            sleep_until(earliest).await;
        }
    }

    /// Starts nothing before `instant`, as an upstream asks by `Retry-After`. A shorter hold never shortens a longer one.
    pub fn hold_until(&self, instant: Instant) {
        let mut held = self.held_until.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(held.map_or(instant, |until| until.max(instant)));
    }

    fn held_until(&self) -> Option<Instant> {
        *self.held_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;

    use super::*;

    /// Runs requests on a virtual clock and returns their starts and the most that were in flight.
    fn run(limits: Limits, requests: Vec<(u64, u64)>, hold: Option<(u64, u64)>) -> (Vec<Duration>, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async move {
            let origin = Instant::now();
            let limiter = Arc::new(Limiter::new(limits));
            let flying = Arc::new(AtomicUsize::new(0));
            let most = Arc::new(AtomicUsize::new(0));
            let starts = Arc::new(StdMutex::new(Vec::new()));
            let mut tasks = tokio::task::JoinSet::new();
            for (arrival, takes) in requests {
                let (limiter, flying, most, starts) = (limiter.clone(), flying.clone(), most.clone(), starts.clone());
                tasks.spawn(async move {
                    tokio::time::sleep(Duration::from_millis(arrival)).await;
                    let in_flight = limiter.start().await;
                    most.fetch_max(flying.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    starts.lock().unwrap().push(Instant::now() - origin);
                    tokio::time::sleep(Duration::from_millis(takes)).await;
                    flying.fetch_sub(1, Ordering::SeqCst);
                    drop(in_flight);
                });
            }
            if let Some((at, until)) = hold {
                let limiter = limiter.clone();
                tasks.spawn(async move {
                    tokio::time::sleep(Duration::from_millis(at)).await;
                    limiter.hold_until(origin + Duration::from_millis(until));
                });
            }
            while let Some(done) = tasks.join_next().await {
                done.unwrap();
            }
            let mut starts = Arc::try_unwrap(starts).unwrap().into_inner().unwrap();
            starts.sort();
            (starts, most.load(Ordering::SeqCst))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn never_too_many_never_too_close_never_too_fast(
            in_flight in 1_usize..25,
            per_second in 1_usize..50,
            spacing in 0_u64..400,
            requests in prop::collection::vec((0_u64..3_000, 0_u64..2_500), 1..120),
        ) {
            let spacing = Duration::from_millis(spacing);
            let limits = Limits { spacing, ..Limits::per_second(in_flight, per_second) };
            let count = requests.len();
            let (starts, most) = run(limits, requests, None);

            prop_assert_eq!(starts.len(), count, "every request starts");
            prop_assert!(most <= in_flight, "{} in flight", most);
            for pair in starts.windows(2) {
                prop_assert!(pair[1] - pair[0] >= spacing, "starts {:?} are too close", pair);
            }
            for window in starts.windows(per_second + 1) {
                prop_assert!(
                    window[per_second] - window[0] >= Duration::from_secs(1),
                    "more than {} starts within a second from {:?}", per_second, window[0]
                );
            }
        }

        #[test]
        fn a_hold_stops_all_starts_until_it_ends(
            at in 0_u64..1_000,
            longer in 1_u64..3_000,
            requests in prop::collection::vec((0_u64..3_000, 0_u64..200), 1..60),
        ) {
            let (starts, _) = run(Limits::per_second(20, 40), requests, Some((at, at + longer)));
            let (at, until) = (Duration::from_millis(at), Duration::from_millis(at + longer));
            prop_assert!(starts.iter().all(|start| *start <= at || *start >= until), "{:?}", starts);
        }
    }

    #[test]
    fn a_burst_uses_the_whole_rate() {
        let (starts, _) = run(Limits::per_second(20, 40), vec![(0, 50); 120], None);
        // 20 at once and 50 ms each: 40 in the first 50 ms, then the window decides.
        assert!(starts[119] < Duration::from_millis(2_350), "{:?}", starts[119]);
    }

    #[test]
    fn a_dropped_wait_gives_its_place_back() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let limiter = Limiter::new(Limits::per_second(1, 1));
            drop(limiter.start().await);
            let waited = tokio::time::timeout(Duration::from_millis(10), limiter.start()).await;
            assert!(waited.is_err(), "the second start waits for its second");
            let origin = Instant::now();
            drop(limiter.start().await);
            assert_eq!(origin.elapsed(), Duration::from_millis(1_090));
        });
    }
}
