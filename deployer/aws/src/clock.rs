//! The present time, which tests replace.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_async::time::TimeSource;

/// A source of the present time.
#[derive(Clone)]
pub struct SdkClock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl SdkClock {
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

impl Default for SdkClock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for SdkClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SdkClock")
    }
}

impl TimeSource for SdkClock {
    fn now(&self) -> SystemTime {
        SdkClock::now(self)
    }
}
