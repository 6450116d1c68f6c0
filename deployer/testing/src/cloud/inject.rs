//! Failures on demand, and the record of what was called.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::FakeCloud;
use stellarr_aws::AwsErrorKind;

/// What goes wrong at a call.
pub enum Fault {
    /// The call has no effect and fails.
    Fail(AwsErrorKind),
    /// The call has no effect and fails with these words of AWS's.
    Say(AwsErrorKind, &'static str),
    /// The call has its effect, but its answer is lost.
    DropAfter,
    /// The call never returns.
    Hang,
    /// Somebody else does this just before the call.
    Before(Box<dyn FnOnce(&FakeCloud) + Send>),
}

impl Fault {
    /// Makes a fault of what somebody else does just before the call.
    pub fn before(action: impl FnOnce(&FakeCloud) + Send + 'static) -> Self {
        Self::Before(Box::new(action))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fail(kind) => f.debug_tuple("Fail").field(kind).finish(),
            Self::Say(kind, words) => f.debug_tuple("Say").field(kind).field(words).finish(),
            Self::DropAfter => f.write_str("DropAfter"),
            Self::Hang => f.write_str("Hang"),
            Self::Before(_) => f.write_str("Before"),
        }
    }
}

/// A fault and the calls that it meets.
#[derive(Debug)]
struct Rule {
    pattern: String,
    /// Which matching call, counted from 1 since the rule was made; every one when none.
    nth: Option<u64>,
    seen: u64,
    fault: Option<Fault>,
}

/// What the tests asked for, and what happened.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// Operations that may be called; none when all may.
    pub(crate) allowed: Option<Vec<String>>,
    /// The policy that every call is judged by; none allows all.
    pub(crate) policy: Option<Value>,
    rules: Vec<Rule>,
    /// Faults that fired, as `operation: fault`.
    pub(crate) fired: Vec<String>,
    /// Every call, as `operation resource`.
    pub(crate) log: Vec<String>,
    /// The rights that they needed: action and ARN.
    pub(crate) asked: BTreeSet<(String, String)>,
    /// Every write among them.
    pub(crate) writes: Vec<String>,
    /// The process dies before this write, counted from 1 since it was asked for.
    pub(crate) crash_in: Option<u64>,
    /// Whether the process is dead.
    pub(crate) crashed: bool,
    /// Regions in which every call is denied.
    pub(crate) closed_regions: BTreeSet<String>,
    /// Every call with its region.
    pub(crate) by_region: Vec<(String, String)>,
}

impl Rules {
    pub(crate) fn add(&mut self, pattern: &str, nth: Option<u64>, fault: Fault) {
        self.rules.push(Rule { pattern: pattern.to_owned(), nth, seen: 0, fault: Some(fault) });
    }

    pub(crate) fn heal(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn is_allowed(&self, operation: &str) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.iter().any(|pattern| matches(pattern, operation)))
    }

    /// The faults that meet this call.
    pub(crate) fn faults(&mut self, operation: &str) -> Vec<Fault> {
        let mut met = Vec::new();
        for rule in self.rules.iter_mut().filter(|rule| matches(&rule.pattern, operation)) {
            rule.seen += 1;
            let fault = match (rule.nth, &rule.fault) {
                (Some(nth), _) if nth == rule.seen => rule.fault.take(),
                (None, Some(Fault::Fail(kind))) => Some(Fault::Fail(*kind)),
                (None, Some(Fault::Say(kind, words))) => Some(Fault::Say(*kind, words)),
                (None, Some(Fault::DropAfter)) => Some(Fault::DropAfter),
                (None, Some(Fault::Hang)) => Some(Fault::Hang),
                (None, Some(Fault::Before(_))) => rule.fault.take(),
                _ => None,
            };
            met.extend(fault);
        }
        self.fired.extend(met.iter().map(|fault| format!("{operation}: {fault:?}")));
        met
    }
}

/// Says whether `s3:*` or `s3:PutObject` stands for the operation.
pub(crate) fn matches(pattern: &str, operation: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => operation.starts_with(start),
        None => pattern == operation,
    }
}
