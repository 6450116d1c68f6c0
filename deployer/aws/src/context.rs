//! What every adapter shares: region, credentials' source, clock, time limits, and the gate before each write.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::clock::SdkClock;
use super::credential_source::CredentialSource;
use super::options::Timeouts;

/// Counts writes to AWS and, in tests of crash safety, ends the process before a chosen one.
#[derive(Debug, Default)]
pub(super) struct WriteGate {
    passed: AtomicU64,
    crash_at: Option<u64>,
}

impl WriteGate {
    /// A gate that aborts the process before write number `crash_at`, counted from 1; never when none.
    pub(super) const fn new(crash_at: Option<u64>) -> Self {
        Self { passed: AtomicU64::new(0), crash_at }
    }

    /// Passes one write.
    pub(super) fn pass(&self) {
        let number = self.passed.fetch_add(1, Ordering::Relaxed) + 1;
        if self.crash_at == Some(number) {
            // The point is to leave no chance to clean up, as a power cut would.
            std::process::abort();
        }
    }
}

/// What every adapter knows.
#[derive(Debug)]
pub(super) struct AdapterContext {
    /// The region of this adapter's calls.
    pub(super) region: String,
    /// Where the credentials come from.
    pub(super) source: Arc<CredentialSource>,
    /// Another address than AWS's own.
    pub(super) endpoint: Option<String>,
    /// For measuring how far the computer's clock is off.
    pub(super) clock: SdkClock,
    /// Passed before each write.
    pub(super) gate: Arc<WriteGate>,
    /// How long calls may take.
    pub(super) timeouts: Timeouts,
    /// Tries of a call, the first one included.
    pub(super) attempts: u32,
}

impl AdapterContext {
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
    pub(super) context: &'a AdapterContext,
    /// As IAM names it.
    pub(super) operation: &'static str,
    /// The thing that it is about.
    pub(super) resource: Option<String>,
}
