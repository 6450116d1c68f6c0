//! What a proxy distorts: rules, and the log of each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::real_aws::call::{Answer, Call};
use crate::real_aws::server::Reply;

/// Which calls of its operation a rule distorts.
enum Calls {
    Every,
    /// These, counted from 1.
    Numbers(Vec<u64>),
    /// These, counted from each success of another operation on the same subject.
    After(&'static str, Vec<u64>),
    /// All, until another operation has succeeded on the same subject.
    Until(&'static str),
}

type Rewrite = Arc<dyn Fn(&Call, &mut Answer) + Send + Sync>;

/// What happens to a call.
#[derive(Clone)]
pub(crate) enum Effect {
    /// Changes the call before the emulator gets it.
    Change(Arc<dyn Fn(&Call) -> Call + Send + Sync>),
    /// Makes another call first; the hit keeps its answer.
    Precede(Arc<dyn Fn(&Call) -> Call + Send + Sync>),
    /// Answers in place of the emulator, which never gets the call.
    Instead(Reply),
    /// Answers in place of the emulator, which has done what the call asks for.
    Afterwards(Reply),
    /// Changes the emulator's answer.
    Rewrite(Rewrite),
    /// Answers a read as it was answered before the write that the calls are counted from.
    Stale(fn(&Call) -> Call),
}

/// What the proxy distorts.
pub(crate) struct Rule {
    operation: &'static str,
    calls: Calls,
    only: Box<dyn Fn(&Call) -> bool + Send>,
    pub(crate) effect: Effect,
}

impl Rule {
    fn new(operation: &'static str, effect: Effect) -> Self {
        Self { operation, calls: Calls::Every, only: Box::new(|_| true), effect }
    }

    /// Sends another call in place of each.
    pub(crate) fn change(operation: &'static str, change: impl Fn(&Call) -> Call + Send + Sync + 'static) -> Self {
        Self::new(operation, Effect::Change(Arc::new(change)))
    }

    /// Sends another call before each: one of another process, or a read of the real state.
    pub(crate) fn precede(operation: &'static str, other: impl Fn(&Call) -> Call + Send + Sync + 'static) -> Self {
        Self::new(operation, Effect::Precede(Arc::new(other)))
    }

    /// Replies without asking the emulator.
    pub(crate) fn reply(operation: &'static str, reply: Reply) -> Self {
        Self::new(operation, Effect::Instead(reply))
    }

    /// Replies after the emulator did what it was asked for; [`Reply::Reset`] loses its answer.
    pub(crate) fn reply_afterwards(operation: &'static str, reply: Reply) -> Self {
        Self::new(operation, Effect::Afterwards(reply))
    }

    /// Rewrites the emulator's answers.
    pub(crate) fn rewrite(
        operation: &'static str,
        rewrite: impl Fn(&Call, &mut Answer) + Send + Sync + 'static,
    ) -> Self {
        Self::new(operation, Effect::Rewrite(Arc::new(rewrite)))
    }

    /// Answers reads as before `write`, where `numbers` counts the reads after it. `read` makes the read of a write.
    pub(crate) fn stale(
        operation: &'static str,
        read: fn(&Call) -> Call,
        write: &'static str,
        numbers: impl IntoIterator<Item = u64>,
    ) -> Self {
        Self::new(operation, Effect::Stale(read)).after(write, numbers)
    }

    /// Distorts only the calls with these numbers, counted from 1.
    pub(crate) fn numbers(self, numbers: impl IntoIterator<Item = u64>) -> Self {
        Self { calls: Calls::Numbers(numbers.into_iter().collect()), ..self }
    }

    /// Distorts only the calls with these numbers, counted from each success of `operation` on the same subject.
    pub(crate) fn after(self, operation: &'static str, numbers: impl IntoIterator<Item = u64>) -> Self {
        Self { calls: Calls::After(operation, numbers.into_iter().collect()), ..self }
    }

    /// Distorts until `operation` has succeeded on the same subject.
    pub(crate) fn until(self, operation: &'static str) -> Self {
        Self { calls: Calls::Until(operation), ..self }
    }

    /// Distorts, and counts, only some of the operation's calls.
    pub(crate) fn only(self, only: impl Fn(&Call) -> bool + Send + 'static) -> Self {
        Self { only: Box::new(only), ..self }
    }

    /// Whether a call is the one that the rule counts from, and on what. Operations of two services have no subject in
    /// common.
    pub(crate) fn is_marked_by(&self, call: &Call) -> Option<String> {
        match self.calls {
            Calls::After(marker, _) | Calls::Until(marker) if marker == call.operation() => {
                Some(self.subject(marker, call))
            }
            _ => None,
        }
    }

    fn subject(&self, marker: &str, call: &Call) -> String {
        let same_service = self.operation.split(':').next() == marker.split(':').next();
        if same_service { call.subject() } else { String::new() }
    }
}

/// A call that a rule has distorted.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    /// The call as the deployer sent it.
    pub(crate) call: Call,
    /// Its place among all calls of the proxy.
    pub(crate) place: usize,
    /// The answer to the call that was made first.
    pub(crate) first: Option<Answer>,
}

/// The log of a rule.
#[derive(Clone, Default)]
pub(crate) struct Distortion(Arc<Mutex<Vec<Hit>>>);

impl Distortion {
    pub(crate) fn note(&self, call: &Call, place: usize, first: Option<Answer>) {
        self.0.lock().unwrap().push(Hit { call: call.clone(), place, first });
    }

    /// The calls that were distorted.
    pub(crate) fn hits(&self) -> Vec<Hit> {
        self.0.lock().unwrap().clone()
    }

    /// How many calls about a subject were distorted.
    pub(crate) fn count(&self, subject: &str) -> usize {
        self.hits().iter().filter(|hit| hit.call.subject() == subject).count()
    }
}

/// How far a rule is with one subject.
#[derive(Default)]
struct Progress {
    /// Whether the operation that it counts from was seen.
    marked: bool,
    count: u64,
    before: Option<Answer>,
}

/// A rule that is in force.
pub(crate) struct Active {
    pub(crate) rule: Rule,
    pub(crate) log: Distortion,
    progress: BTreeMap<String, Progress>,
}

impl Active {
    pub(crate) fn new(rule: Rule, log: Distortion) -> Self {
        Self { rule, log, progress: BTreeMap::new() }
    }

    /// Keeps the answer that reads get after a write.
    pub(crate) fn remember(&mut self, subject: String, before: Answer) {
        self.progress.entry(subject).or_default().before = Some(before);
    }

    /// Begins to count after a call that succeeded.
    pub(crate) fn mark(&mut self, call: &Call) {
        if let Some(subject) = self.rule.is_marked_by(call) {
            let progress = self.progress.entry(subject).or_default();
            (progress.marked, progress.count) = (true, 0);
        }
    }

    /// Counts a call; returns what happens to it, and the answer of before the write.
    pub(crate) fn meet(&mut self, call: &Call) -> Option<(Effect, Option<Answer>, Distortion)> {
        if call.operation() != self.rule.operation || !(self.rule.only)(call) {
            return None;
        }
        let subject = match self.rule.calls {
            Calls::After(marker, _) | Calls::Until(marker) => self.rule.subject(marker, call),
            _ => String::new(),
        };
        let progress = self.progress.entry(subject).or_default();
        progress.count += 1;
        let is_due = match &self.rule.calls {
            Calls::Every => true,
            Calls::Numbers(numbers) => numbers.contains(&progress.count),
            Calls::After(_, numbers) => progress.marked && numbers.contains(&progress.count),
            Calls::Until(_) => !progress.marked,
        };
        is_due.then(|| (self.rule.effect.clone(), progress.before.clone(), self.log.clone()))
    }
}
