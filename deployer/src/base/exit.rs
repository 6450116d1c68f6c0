//! Why a command ended, as its exit code tells.

/// Why a command ended, as its exit code tells. The README lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitKind {
    /// 1: something failed.
    Failed,
    /// 2: the command line or `stellarr.yaml` is wrong; nothing was called.
    Usage,
    /// 3: `diff --exit-code` found differences.
    Differences,
    /// 4: credentials are missing, expired or not allowed to do this.
    Access,
    /// 5: functions or site could not be built.
    Build,
    /// 6: a stack could not be created or updated, and was rolled back.
    Stack,
    /// 7: a stack is stuck and needs a decision.
    StackStuck,
    /// 8: everything is deployed, but the warmer or the site's own check failed.
    Unhealthy,
    /// 9: a certificate waits for a DNS record that only the person can enter; the next run goes on waiting.
    Waiting,
    /// 75: somebody else is deploying; try again later.
    Busy,
    /// 130: interrupted; the next run picks up.
    Interrupted,
}

impl ExitKind {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Differences => 3,
            Self::Access => 4,
            Self::Build => 5,
            Self::Stack => 6,
            Self::StackStuck => 7,
            Self::Unhealthy => 8,
            Self::Waiting => 9,
            Self::Busy => 75,
            Self::Interrupted => 130,
        }
    }
}
