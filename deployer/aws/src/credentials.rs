//! Credentials as a command uses them: asked for once, kept until they end, and waited for on their own time.
//!
//! A source may be a program that asks the person, a browser sign-in that is renewed, or a chain of roles. The SDK asks it
//! within the time of a call, and again for each client; both are too much for a slow one.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_types::sdk_config::SharedHttpClient;
use futures::future::{BoxFuture, FutureExt, Shared};
use tokio::time::{Instant, sleep, timeout};

use super::clock::SdkClock;
use super::credential_source::{CredentialSource, CredentialSourceKind};
use super::options::{ConnectOptions, Notify, Timeouts};

/// How long a source may take: a person may have to find a key, or to approve on a phone.
const SOURCE_TIMEOUT: Duration = Duration::from_mins(5);
/// A wait that is longer than this is told.
const NOTIFY_AFTER: Duration = Duration::from_secs(1);
/// Credentials are renewed this long before their end, so that no call is signed with such as end under way.
const RENEW_BEFORE_EXPIRY: Duration = Duration::from_mins(1);
/// A source is not asked more often than this, whatever it answered.
const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(30);

type Outcome = Result<Credentials, Arc<CredentialsError>>;

/// What a source answered last.
#[derive(Default)]
struct CacheState {
    held: Option<Credentials>,
    /// When it was asked last, and how it failed if it did.
    asked: Option<(Instant, Option<Arc<CredentialsError>>)>,
    /// Its answer, while it is awaited.
    coming: Option<Shared<BoxFuture<'static, Outcome>>>,
}

impl CacheState {
    /// What is known without asking; none when the source has to be asked.
    fn known(&self, now: SystemTime) -> Option<Outcome> {
        let recent = self.asked.as_ref().filter(|(at, _)| at.elapsed() < MIN_REFRESH_INTERVAL);
        let valid_at =
            |time: SystemTime| self.held.as_ref().filter(|held| held.expiry().is_none_or(|end| end > time)).cloned();
        match (valid_at(now + RENEW_BEFORE_EXPIRY), recent) {
            (Some(held), _) => Some(Ok(held)),
            // The credentials expire at once. Another request to the source changes nothing, and AWS's error names the cause.
            (None, Some((_, None))) => self.held.clone().map(Ok),
            (None, Some((_, Some(failure)))) => Some(valid_at(now).ok_or_else(|| Arc::clone(failure))),
            (None, None) => None,
        }
    }
}

/// A source whose answer is kept.
#[derive(Clone)]
pub(super) struct CachedCredentials {
    source: SharedCredentialsProvider,
    label: String,
    clock: SdkClock,
    notify: Option<Notify>,
    state: Arc<Mutex<CacheState>>,
}

impl CachedCredentials {
    /// The user's own credentials, as AWS's other tools find them.
    pub(super) async fn of_the_user(
        options: &ConnectOptions,
        source: &CredentialSource,
        http_client: SharedHttpClient,
    ) -> Self {
        // A browser sign-in is renewed in the region that it was made in, which may be another one than the deployment's.
        let region = source.region.clone().filter(|_| source.kind == CredentialSourceKind::Login);
        let region = Region::new(region.unwrap_or_else(|| options.region.clone()));
        let around = ProviderConfig::without_region()
            .with_region(Some(region.clone()))
            .with_http_client(http_client)
            .with_time_source(options.clock.clone())
            .with_timeout_config(Timeouts::default().into());
        let provider = match &options.profile {
            // As with AWS's own tools, a profile that was asked for counts before an access key in the environment.
            Some(profile) => SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder().configure(&around).profile_name(profile).build(),
            ),
            None => SharedCredentialsProvider::new(
                DefaultCredentialsChain::builder().configure(around).region(region).build().await,
            ),
        };
        let (clock, notify) = (options.clock.clone(), options.notify.clone());
        Self { source: provider, label: source.label(), clock, notify, state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, CacheState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn provide(&self) -> provider::Result {
        let coming = {
            let mut state = self.state();
            match (state.known(self.clock.now()), &state.coming) {
                (Some(known), _) => return known.map_err(|failure| copy_of_failure(&failure)),
                (None, Some(coming)) => coming.clone(),
                (None, None) => {
                    let coming = self.clone().asking();
                    state.coming = Some(coming.clone());
                    coming
                }
            }
        };
        coming.await.map_err(|failure| copy_of_failure(&failure))
    }

    /// Asks on a task of its own: a call that gives up waiting must not end a program that a person is answering.
    fn asking(self) -> Shared<BoxFuture<'static, Outcome>> {
        let task = tokio::spawn(async move {
            let outcome = self.ask().await.map_err(Arc::new);
            let mut state = self.state();
            state.coming = None;
            state.asked = Some((Instant::now(), outcome.as_ref().err().cloned()));
            match outcome {
                Ok(credentials) => {
                    state.held = Some(credentials.clone());
                    Ok(credentials)
                }
                // Renewing failed, and what is held is still good.
                Err(failure) => state.known(self.clock.now()).unwrap_or(Err(failure)),
            }
        });
        async { task.await.unwrap_or_else(|ended| Err(Arc::new(CredentialsError::unhandled(ended)))) }.boxed().shared()
    }

    async fn ask(&self) -> provider::Result {
        let answer = timeout(SOURCE_TIMEOUT, self.source.provide_credentials());
        tokio::pin!(answer);
        let early = tokio::select! {
            answer = &mut answer => Some(answer),
            () = sleep(NOTIFY_AFTER) => None,
        };
        let answer = match (early, &self.notify) {
            (Some(answer), _) => answer,
            (None, notify) => {
                if let Some(notify) = notify {
                    notify.line(&format!("waiting for the credentials of {}", self.label));
                }
                answer.await
            }
        };
        answer.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(SOURCE_TIMEOUT)))
    }
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

impl fmt::Debug for CachedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredentials").field("label", &self.label).finish_non_exhaustive()
    }
}

/// A failure that several calls meet: the SDK's error can't be cloned.
#[derive(Debug)]
struct SameFailure(Arc<CredentialsError>);

impl fmt::Display for SameFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for SameFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

fn copy_of_failure(failure: &Arc<CredentialsError>) -> CredentialsError {
    let same = SameFailure(Arc::clone(failure));
    match failure.as_ref() {
        CredentialsError::CredentialsNotLoaded(_) => CredentialsError::not_loaded(same),
        CredentialsError::ProviderTimedOut(after) => CredentialsError::provider_timed_out(after.timeout_duration()),
        CredentialsError::InvalidConfiguration(_) => CredentialsError::invalid_configuration(same),
        CredentialsError::ProviderError(_) => CredentialsError::provider_error(same),
        _ => CredentialsError::unhandled(same),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

    use super::*;

    /// A source that takes its time, counts, and gives credentials for so many seconds; none for such as stay.
    #[derive(Debug)]
    struct Slow {
        takes: Duration,
        asked: Arc<AtomicUsize>,
        lasts: Option<u64>,
        works: Arc<std::sync::atomic::AtomicBool>,
        now: Arc<AtomicU64>,
    }

    impl ProvideCredentials for Slow {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(async {
                tokio::time::sleep(self.takes).await;
                let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
                if !self.works.load(Ordering::Relaxed) {
                    return Err(CredentialsError::provider_error("the vault is locked"));
                }
                let end = self.lasts.map(|seconds| at(self.now.load(Ordering::Relaxed) + seconds));
                Ok(Credentials::new(format!("KEY{number}"), "s", None, end, "test"))
            })
        }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    struct Bench {
        kept: CachedCredentials,
        asked: Arc<AtomicUsize>,
        works: Arc<std::sync::atomic::AtomicBool>,
        now: Arc<AtomicU64>,
        told: Arc<Mutex<Vec<String>>>,
    }

    impl Bench {
        fn new(takes: Duration, lasts: Option<u64>) -> Self {
            let (asked, now) = (Arc::<AtomicUsize>::default(), Arc::new(AtomicU64::new(1_000_000)));
            let works = Arc::new(std::sync::atomic::AtomicBool::new(true));
            let told: Arc<Mutex<Vec<String>>> = Arc::default();
            let slow =
                Slow { takes, asked: Arc::clone(&asked), lasts, works: Arc::clone(&works), now: Arc::clone(&now) };
            let clock = SdkClock::from_fn({
                let now = Arc::clone(&now);
                move || at(now.load(Ordering::Relaxed))
            });
            let notify = Notify::new({
                let told = Arc::clone(&told);
                move |line| told.lock().unwrap().push(line.to_owned())
            });
            let kept = CachedCredentials {
                source: SharedCredentialsProvider::new(slow),
                label: "profile work (credential_process)".to_owned(),
                clock,
                notify: Some(notify),
                state: Arc::default(),
            };
            Self { kept, asked, works, now, told }
        }

        async fn key(&self) -> String {
            self.kept.provide_credentials().await.unwrap().access_key_id().to_owned()
        }

        /// Lets time pass, on both clocks.
        async fn later(&self, seconds: u64) {
            self.now.fetch_add(seconds, Ordering::Relaxed);
            tokio::time::advance(Duration::from_secs(seconds)).await;
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::Relaxed)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn row_17_calls_side_by_side_ask_once_and_the_wait_is_told_once() {
        let bench = Bench::new(Duration::from_secs(20), None);
        let keys = futures::future::join_all((0..5).map(|_| bench.key())).await;
        assert_eq!((keys, bench.asked()), (vec!["KEY1".to_owned(); 5], 1));
        assert_eq!(*bench.told.lock().unwrap(), ["waiting for the credentials of profile work (credential_process)"]);
        bench.later(10_000).await;
        assert_eq!(
            (bench.key().await.as_str(), bench.asked()),
            ("KEY1", 1),
            "such as do not end are not asked for again"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn row_17_a_call_that_gives_up_does_not_end_the_source() {
        let bench = Bench::new(Duration::from_secs(20), None);
        for _ in 0..4 {
            assert!(timeout(Duration::from_secs(4), bench.key()).await.is_err());
        }
        assert_eq!((bench.key().await.as_str(), bench.asked()), ("KEY1", 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_source_is_not_told() {
        let bench = Bench::new(Duration::from_millis(300), None);
        bench.key().await;
        assert!(bench.told.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn row_16_credentials_are_renewed_before_they_end() {
        let bench = Bench::new(Duration::ZERO, Some(900));
        assert_eq!(bench.key().await, "KEY1");
        bench.later(800).await;
        assert_eq!(bench.key().await, "KEY1");
        bench.later(60).await;
        assert_eq!(bench.key().await, "KEY2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_fails_leaves_what_is_still_good() {
        let bench = Bench::new(Duration::ZERO, Some(900));
        bench.key().await;
        bench.works.store(false, Ordering::Relaxed);
        bench.later(850).await;
        assert_eq!((bench.key().await.as_str(), bench.key().await.as_str()), ("KEY1", "KEY1"));
        assert_eq!(bench.asked(), 2, "the source is not asked for each call");
        bench.later(60).await;
        assert!(bench.kept.provide_credentials().await.is_err());
        bench.works.store(true, Ordering::Relaxed);
        bench.later(40).await;
        assert_eq!(bench.key().await, "KEY4");
    }

    #[tokio::test(start_paused = true)]
    async fn row_17_a_source_that_fails_is_not_asked_by_each_call() {
        let bench = Bench::new(Duration::from_secs(3), None);
        bench.works.store(false, Ordering::Relaxed);
        for _ in 0..3 {
            let failure = bench.kept.provide_credentials().await.unwrap_err();
            assert!(matches!(failure, CredentialsError::ProviderError(_)), "{failure:?}");
            let cause = failure.source().and_then(Error::source).map(ToString::to_string);
            assert_eq!(cause.as_deref(), Some("the vault is locked"));
        }
        assert_eq!(bench.asked(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn credentials_that_have_ended_already_are_not_asked_for_again_and_again() {
        let bench = Bench::new(Duration::ZERO, Some(0));
        assert_eq!((bench.key().await.as_str(), bench.key().await.as_str(), bench.asked()), ("KEY1", "KEY1", 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_never_answers_is_given_up() {
        let bench = Bench::new(Duration::from_secs(86_400), None);
        let failure = bench.kept.provide_credentials().await.unwrap_err();
        assert!(matches!(failure, CredentialsError::ProviderTimedOut(_)), "{failure:?}");
    }
}
