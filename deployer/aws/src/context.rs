//! What every adapter shares: the clock, the place that calls come from, and the gate before each write.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use aws_smithy_async::time::TimeSource;

use super::session::Timeouts;
use super::source::Source;

/// A source of the present time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// The computer's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(SystemTime::now))
    }

    /// A clock that a function answers for.
    pub fn from_fn(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        Clock::now(self)
    }
}

/// Counts writes to AWS and, in tests of crash safety, ends the process before a chosen one.
#[derive(Debug, Default)]
pub struct WriteGate {
    passed: AtomicU64,
    crash_at: Option<u64>,
}

impl WriteGate {
    /// A gate that aborts the process before write number `crash_at`, counted from 1; never when none.
    #[must_use]
    pub const fn new(crash_at: Option<u64>) -> Self {
        Self { passed: AtomicU64::new(0), crash_at }
    }

    /// Passes one write.
    pub fn pass(&self) {
        let number = self.passed.fetch_add(1, Ordering::Relaxed) + 1;
        if self.crash_at == Some(number) {
            // The point is to leave no chance to clean up, as a power cut would.
            std::process::abort();
        }
    }

    /// How many writes have passed.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }
}

/// What every adapter knows.
#[derive(Debug)]
pub(super) struct Context {
    /// The region of this adapter's calls.
    pub(super) region: String,
    /// Where the credentials come from.
    pub(super) source: Arc<Source>,
    /// Another address than AWS's own.
    pub(super) endpoint: Option<String>,
    /// For measuring how far the computer's clock is off.
    pub(super) clock: Clock,
    /// Passed before each write.
    pub(super) gate: Arc<WriteGate>,
    /// How long calls may take.
    pub(super) timeouts: Timeouts,
    /// Tries of a call, the first one included.
    pub(super) attempts: u32,
}

impl Context {
    /// Names a read: an IAM action and the thing it is about.
    pub(super) fn reads(&self, operation: &'static str, resource: impl Into<Option<String>>) -> Call<'_> {
        Call { context: self, operation, resource: resource.into() }
    }

    /// Names a write and passes the gate.
    pub(super) fn writes(&self, operation: &'static str, resource: impl Into<Option<String>>) -> Call<'_> {
        self.gate.pass();
        self.reads(operation, resource)
    }
}

/// One call, for telling what failed.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// Who calls.
    pub(super) context: &'a Context,
    /// As IAM names it.
    pub(super) operation: &'static str,
    /// The thing that it is about.
    pub(super) resource: Option<String>,
}
