//! How to reach AWS: region, credentials, retries and time limits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_types::timeout::TimeoutConfig;

use super::SecretText;
use super::clock::SdkClock;

/// How to reach AWS.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The region that the deployment lives in.
    pub region: String,
    /// A profile of `~/.aws/config`; none for the usual search.
    pub profile: Option<String>,
    /// Another address than AWS's own, such as the sandbox's. Without [`Self::credentials`] it gets made-up ones: the
    /// user's own never go to another address.
    pub endpoint: Option<String>,
    /// Credentials to use instead of the user's.
    pub credentials: Option<StaticCredentials>,
    /// The present time, for signatures.
    pub clock: SdkClock,
    /// How failures that pass are repeated.
    pub retry: RetryPolicy,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// Told what a person waits for.
    pub notify: Option<Notify>,
    /// Ends the process before this write, counted from 1; for tests of crash safety.
    pub crash_at: Option<u64>,
}

impl ConnectOptions {
    /// Options for AWS itself with the user's own credentials.
    pub fn new(region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            profile: None,
            endpoint: None,
            credentials: None,
            clock: SdkClock::system(),
            retry: RetryPolicy::default(),
            timeouts: Timeouts::default(),
            notify: None,
            crash_at: None,
        }
    }

    /// Options for an emulator: its address, and short pauses between attempts.
    pub fn emulator(region: impl Into<String>, endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: Some(endpoint.into()),
            retry: RetryPolicy { first_pause: Duration::from_millis(50), ..RetryPolicy::default() },
            ..Self::new(region)
        }
    }

    /// Shortens every wait for AWS, for commands that look around while a person watches. Credentials have their own
    /// time: see [`crate::AwsCloud::sign_in`].
    pub fn use_short_timeouts(&mut self) {
        self.retry = RetryPolicy { attempts: 2, first_pause: Duration::from_millis(100) };
        self.timeouts = Timeouts {
            connect: Duration::from_millis(1_500),
            attempt: Duration::from_secs(2),
            operation: Duration::from_secs(4),
        };
    }
}

/// A fixed access key.
#[derive(Clone, Debug)]
pub struct StaticCredentials {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: SecretText,
}

impl StaticCredentials {
    /// The pair that emulators take for account 000000000000.
    #[must_use]
    pub fn for_emulator() -> Self {
        Self { access_key_id: "test".to_owned(), secret_access_key: SecretText("test".to_owned()) }
    }
}

/// How failures that pass (throttling, server faults, broken connections) are repeated.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Tries in all, the first one included.
    pub attempts: u32,
    /// The longest pause before the second try; it doubles each time, and jitter shortens it.
    pub first_pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 6, first_pause: Duration::from_millis(500) }
    }
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For one try of a call. Uploads add time by their size, invocations by the function's own limit.
    pub attempt: Duration,
    /// For a call with all its tries.
    pub operation: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), attempt: Duration::from_secs(20), operation: Duration::from_secs(150) }
    }
}

impl From<Timeouts> for TimeoutConfig {
    fn from(wanted: Timeouts) -> Self {
        Self::builder()
            .connect_timeout(wanted.connect)
            .operation_attempt_timeout(wanted.attempt)
            .operation_timeout(wanted.operation)
            .build()
    }
}

/// Takes lines for the person, from whichever task has one.
#[derive(Clone)]
pub struct Notify(Arc<dyn Fn(&str) + Send + Sync>);

impl Notify {
    /// Gives the lines to a function.
    pub fn new(line: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(line))
    }

    /// Passes a line on.
    pub(super) fn line(&self, text: &str) {
        (self.0)(text);
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notify")
    }
}
