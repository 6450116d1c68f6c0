//! What CloudFormation tells late or less than it knows: answers of before a write, `?` for letters, names that are taken.

use std::collections::{BTreeMap, VecDeque};

use super::Account;
use super::stack::{FakeStack, Stale};
use stellarr_aws::comparison::mangled;
use stellarr_aws::{ChangeSetRequest, ParameterValue, Stack, TemplateSource};

/// In what a change set of somebody else differs from ours.
#[derive(Clone, Debug)]
pub(crate) enum PlantedChangeSet {
    Template(String),
    Parameters(BTreeMap<String, String>),
    Tag,
}

impl FakeStack {
    /// The next answer about the stack where it is an old one; the inner value is none where there was no stack.
    fn stale_answer(&mut self) -> Option<Option<Stack>> {
        let is_old = self.stale.reads.pop_front().unwrap_or_default();
        is_old.then(|| self.stale.shown.clone())
    }

    /// How many of its events the next answer tells.
    fn shown_event_count(&mut self) -> usize {
        if self.stale.event_reads == 0 {
            return self.events.len();
        }
        self.stale.event_reads -= 1;
        self.stale.events
    }
}

impl Account {
    /// Lets every answer be the newest again.
    pub(crate) fn clear_lag(&mut self) {
        self.lag.clear();
        self.event_lag = 0;
        for stack in self.stacks.values_mut().chain(self.deleted_stacks.values_mut()) {
            stack.stale = Stale::default();
        }
    }

    /// Notes that a stack is about to be written to; `before` is none for one that was only now begun.
    pub(crate) fn note_write(&mut self, key: &(String, String), before: Option<Stack>) {
        let (reads, event_reads) = (self.lag.clone(), self.event_lag);
        let Some(stack) = self.stacks.get_mut(key).filter(|_| !reads.is_empty() || event_reads > 0) else { return };
        stack.stale = Stale { shown: before, reads, events: stack.events.len(), event_reads };
    }

    /// The stack of a name or an ARN, as CloudFormation tells it.
    pub(crate) fn describe_stack(&mut self, region: &str, name: &str) -> Option<Stack> {
        let (old, now) = match self.stack_key(region, name) {
            Some(key) => {
                self.poll(&key);
                match self.stacks.get_mut(&key).filter(|stack| stack.is_called(name)) {
                    Some(stack) => (stack.stale_answer(), Some(stack.public())),
                    // It has just gone.
                    None => (self.stale_answer_of_deleted(region, name), None),
                }
            }
            None => (self.stale_answer_of_deleted(region, name), None),
        };
        if let Some(old) = old {
            self.distortions.push("cloudformation:DescribeStacks: Stale".to_owned());
            return old;
        }
        let mut stack = now?;
        for value in stack.outputs.values_mut() {
            *value = self.as_shown(value, "cloudformation:DescribeStacks");
        }
        Some(stack)
    }

    fn stale_answer_of_deleted(&mut self, region: &str, name: &str) -> Option<Option<Stack>> {
        let mut all = self.deleted_stacks.values_mut().filter(|stack| stack.region == region);
        all.find(|stack| stack.is_called(name) && !stack.stale.reads.is_empty())?.stale_answer()
    }

    /// The events of a stack, as CloudFormation tells them.
    pub(crate) fn stack_events(&mut self, stack: &str, region: &str) -> Option<Vec<stellarr_aws::StackEvent>> {
        let key = self.stack_key(region, stack);
        let found = match key {
            Some(key) => self.stacks.get_mut(&key),
            None => self.deleted_stacks.get_mut(stack),
        }?;
        let told = found.shown_event_count();
        let events = found.events[..told].to_vec();
        if told < found.events.len() {
            self.distortions.push("cloudformation:DescribeStackEvents: Stale".to_owned());
        }
        Some(events)
    }

    /// A text as CloudFormation answers it.
    pub(crate) fn as_shown(&mut self, text: &str, operation: &str) -> String {
        if !text.is_ascii() {
            self.distortions.push(format!("{operation}: Mangled"));
        }
        mangled(text)
    }

    /// Lets another stack take the name of one that has just gone, where a test asked for that.
    pub(crate) fn create_successor(&mut self, key: &(String, String)) {
        let Some(template) = self.successors.remove(key) else { return };
        let now = self.tick();
        let serial = self.next();
        let mut stack = FakeStack::new(&key.0, &key.1, &self.caller.account.clone(), serial, now);
        stack.template = Some(template);
        stack.set_status("CREATE_COMPLETE", None, now, Some("by-somebody-else"));
        self.distortions.push("cloudformation:CreateStack: NameTaken".to_owned());
        self.stacks.insert(key.clone(), stack);
    }

    /// Puts another change set under the name that is about to be asked for, where a test asked for that.
    pub(crate) fn make_planted_change_set(&mut self, region: &str, request: &ChangeSetRequest) {
        let Some(planted) = self.planted.get_mut(&request.stack).and_then(VecDeque::pop_front) else { return };
        let mut other = ChangeSetRequest { token: "by-another-process".to_owned(), ..request.clone() };
        match planted {
            PlantedChangeSet::Template(text) => {
                other.template = TemplateSource::Body(text);
                other.parameters.clear();
            }
            PlantedChangeSet::Parameters(values) => {
                other.parameters =
                    values.into_iter().map(|(name, value)| (name, ParameterValue::Value(value))).collect();
            }
            PlantedChangeSet::Tag => drop(other.tags.insert("planted".to_owned(), "yes".to_owned())),
        }
        if self.make_change_set(region, &other).is_ok() {
            self.distortions.push("cloudformation:CreateChangeSet: Planted".to_owned());
        }
    }
}
