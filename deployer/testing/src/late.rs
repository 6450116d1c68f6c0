//! What CloudFormation tells late or less than it knows: answers of before a write, `?` for letters, names that are taken.

use std::collections::{BTreeMap, VecDeque};

use super::account::Account;
use super::cloud::FakeCloud;
use super::stack::FakeStack;
use stellarr_aws::comparison::mangled;
use stellarr_aws::{ChangeSetRequest, ParameterValue, Stack, TemplateSource};

/// Answers about a stack that are older than its last write.
#[derive(Clone, Debug, Default)]
pub(super) struct Stale {
    /// The stack before the write; none where there was none.
    shown: Option<Stack>,
    /// For each of the next reads, whether it tells the state of before.
    reads: VecDeque<bool>,
    /// How many events there were before the write, and how many of the next reads tell no more.
    events: usize,
    event_reads: usize,
}

/// How a change set of another process differs from ours.
#[derive(Clone, Debug)]
pub(super) enum Planted {
    Template(String),
    Parameters(BTreeMap<String, String>),
    Tag,
}

impl FakeStack {
    /// The next answer about the stack where it is an old one; the inner value is none where there was no stack.
    fn old_answer(&mut self) -> Option<Option<Stack>> {
        let is_old = self.stale.reads.pop_front().unwrap_or_default();
        is_old.then(|| self.stale.shown.clone())
    }

    /// How many of its events the next answer tells.
    fn told_events(&mut self) -> usize {
        if self.stale.event_reads == 0 {
            return self.events.len();
        }
        self.stale.event_reads -= 1;
        self.stale.events
    }
}

impl Account {
    /// Lets every answer be the newest again.
    pub(super) fn catch_up(&mut self) {
        self.lag.clear();
        self.event_lag = 0;
        for stack in self.stacks.values_mut().chain(self.deleted_stacks.values_mut()) {
            stack.stale = Stale::default();
        }
    }

    /// Notes that a stack is about to be written to; `before` is none for one that was only now begun.
    pub(super) fn written(&mut self, key: &(String, String), before: Option<Stack>) {
        let (reads, event_reads) = (self.lag.clone(), self.event_lag);
        let Some(stack) = self.stacks.get_mut(key).filter(|_| !reads.is_empty() || event_reads > 0) else { return };
        stack.stale = Stale { shown: before, reads, events: stack.events.len(), event_reads };
    }

    /// The stack of a name or an ARN, as CloudFormation describes it.
    pub(super) fn told(&mut self, region: &str, name: &str) -> Option<Stack> {
        let (old, now) = match self.stack_key(region, name) {
            Some(key) => {
                self.look(&key);
                match self.stacks.get_mut(&key).filter(|stack| stack.is_called(name)) {
                    Some(stack) => (stack.old_answer(), Some(stack.public())),
                    // It has just gone.
                    None => (self.old_answer_of_deleted(region, name), None),
                }
            }
            None => (self.old_answer_of_deleted(region, name), None),
        };
        if let Some(old) = old {
            self.happened.push("cloudformation:DescribeStacks: Stale".to_owned());
            return old;
        }
        let mut stack = now?;
        for value in stack.outputs.values_mut() {
            *value = self.less(value, "cloudformation:DescribeStacks");
        }
        Some(stack)
    }

    fn old_answer_of_deleted(&mut self, region: &str, name: &str) -> Option<Option<Stack>> {
        let mut all = self.deleted_stacks.values_mut().filter(|stack| stack.region == region);
        all.find(|stack| stack.is_called(name) && !stack.stale.reads.is_empty())?.old_answer()
    }

    /// The events of a stack, as CloudFormation tells them.
    pub(super) fn told_events(&mut self, stack: &str, region: &str) -> Option<Vec<stellarr_aws::StackEvent>> {
        let key = self.stack_key(region, stack);
        let found = match key {
            Some(key) => self.stacks.get_mut(&key),
            None => self.deleted_stacks.get_mut(stack),
        }?;
        let told = found.told_events();
        let events = found.events[..told].to_vec();
        if told < found.events.len() {
            self.happened.push("cloudformation:DescribeStackEvents: Stale".to_owned());
        }
        Some(events)
    }

    /// A text as CloudFormation answers it.
    pub(super) fn less(&mut self, text: &str, operation: &str) -> String {
        if !text.is_ascii() {
            self.happened.push(format!("{operation}: Mangled"));
        }
        mangled(text)
    }

    /// Lets another stack take the name of one that has just gone, where a test asked for that.
    pub(super) fn take_name(&mut self, key: &(String, String)) {
        let Some(template) = self.successors.remove(key) else { return };
        let now = self.tick();
        let serial = self.next();
        let mut stack = FakeStack::new(&key.0, &key.1, &self.caller.account.clone(), serial, now);
        stack.template = Some(template);
        stack.set_status("CREATE_COMPLETE", None, now, Some("by-another-process"));
        self.happened.push("cloudformation:CreateStack: NameTaken".to_owned());
        self.stacks.insert(key.clone(), stack);
    }

    /// Puts another change set under the name that is about to be asked for, where a test asked for that.
    pub(super) fn plant(&mut self, region: &str, request: &ChangeSetRequest) {
        let Some(planted) = self.planted.get_mut(&request.stack).and_then(VecDeque::pop_front) else { return };
        let mut other = ChangeSetRequest { token: "by-another-process".to_owned(), ..request.clone() };
        match planted {
            Planted::Template(text) => {
                other.template = TemplateSource::Body(text);
                other.parameters.clear();
            }
            Planted::Parameters(values) => {
                other.parameters =
                    values.into_iter().map(|(name, value)| (name, ParameterValue::Value(value))).collect();
            }
            Planted::Tag => drop(other.tags.insert("planted".to_owned(), "yes".to_owned())),
        }
        if self.make_change_set(region, &other).is_ok() {
            self.happened.push("cloudformation:CreateChangeSet: Planted".to_owned());
        }
    }
}

impl FakeCloud {
    /// Lets the next `reads` answers about a stack after each write to it tell the state before the write.
    pub fn lag(&self, reads: usize) -> &Self {
        self.flicker(&vec![true; reads])
    }

    /// Says for each of the next answers about a stack after a write to it whether it tells the state before the write.
    pub fn flicker(&self, reads: &[bool]) -> &Self {
        self.account().lag = reads.iter().copied().collect();
        self
    }

    /// Lets the next `reads` answers about a stack's events after each write to it tell those before the write.
    pub fn lag_events(&self, reads: usize) -> &Self {
        self.account().event_lag = reads;
        self
    }

    /// Lets another process create a stack of this name as soon as the present one is gone.
    pub fn take_name(&self, region: &str, stack: &str, template: &str) -> &Self {
        self.account().successors.insert((region.to_owned(), stack.to_owned()), template.to_owned());
        self
    }

    /// Lets another process create a change set of the same name just before the next one of a stack: with this
    /// template, or, without one, with an extra tag. Two calls affect the next two change sets.
    pub fn plant_change_set(&self, stack: &str, template: Option<&str>) -> &Self {
        let planted = template.map_or(Planted::Tag, |text| Planted::Template(text.to_owned()));
        self.account().planted.entry(stack.to_owned()).or_default().push_back(planted);
        self
    }

    /// The same, with these values for its parameters.
    pub fn plant_change_set_of(&self, stack: &str, parameters: &BTreeMap<String, String>) -> &Self {
        let planted = Planted::Parameters(parameters.clone());
        self.account().planted.entry(stack.to_owned()).or_default().push_back(planted);
        self
    }

    /// Removes a stack that another process created, without deleting its resources.
    pub fn discard_stack(&self, region: &str, stack: &str) -> &Self {
        self.account().stacks.remove(&(region.to_owned(), stack.to_owned()));
        self
    }

    /// Puts another template in force past all checks, as an earlier version would have left it.
    pub fn set_live_template(&self, region: &str, stack: &str, template: &str) -> &Self {
        if let Some(stack) = self.account().stacks.get_mut(&(region.to_owned(), stack.to_owned())) {
            stack.template = Some(template.to_owned());
        }
        self
    }
}
