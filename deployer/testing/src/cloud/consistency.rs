//! What tests ask for of CloudFormation's late answers, and of somebody else who writes at the same time.

use std::collections::BTreeMap;

use super::FakeCloud;
use crate::account::PlantedChangeSet;

impl FakeCloud {
    /// Lets the next `reads` answers about a stack after each write to it tell the state before the write.
    pub fn lag(&self, reads: usize) -> &Self {
        self.set_stale_reads(&vec![true; reads])
    }

    /// Says for each of the next answers about a stack after a write to it whether it tells the state before the write.
    pub fn set_stale_reads(&self, reads: &[bool]) -> &Self {
        self.account().lag = reads.iter().copied().collect();
        self
    }

    /// Lets the next `reads` answers about a stack's events after each write to it tell those before the write.
    pub fn lag_events(&self, reads: usize) -> &Self {
        self.account().event_lag = reads;
        self
    }

    /// Lets somebody else make a stack of this name as soon as the one that is there has gone.
    pub fn take_name(&self, region: &str, stack: &str, template: &str) -> &Self {
        self.account().successors.insert((region.to_owned(), stack.to_owned()), template.to_owned());
        self
    }

    /// Lets somebody else, just before the next change set of a stack is asked for, make one of its very name: with this
    /// template, or, without one, with a tag more. Said twice, it meets the next two.
    pub fn plant_change_set(&self, stack: &str, template: Option<&str>) -> &Self {
        let planted = template.map_or(PlantedChangeSet::Tag, |text| PlantedChangeSet::Template(text.to_owned()));
        self.account().planted.entry(stack.to_owned()).or_default().push_back(planted);
        self
    }

    /// The same, with these values for its parameters.
    pub fn plant_change_set_of(&self, stack: &str, parameters: &BTreeMap<String, String>) -> &Self {
        let planted = PlantedChangeSet::Parameters(parameters.clone());
        self.account().planted.entry(stack.to_owned()).or_default().push_back(planted);
        self
    }

    /// Removes a stack that somebody else made, with nothing of what it holds.
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
