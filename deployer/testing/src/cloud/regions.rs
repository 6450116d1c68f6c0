//! Regions that the account's organization closes, what regions lack, and where calls go.

use super::{FakeCloud, rights};

impl FakeCloud {
    /// Lets a control policy of the organization deny every call in a region, as Control Tower's region deny does. Global
    /// services are not in any region.
    pub fn close_region(&self, region: &str) -> &Self {
        self.rules().closed_regions.insert(region.to_owned());
        self
    }

    /// Opens every region again.
    pub fn open_regions(&self) -> &Self {
        self.rules().closed_regions.clear();
        self
    }

    /// Lets CloudFormation not know a type in a region.
    pub fn remove_resource_type(&self, region: &str, kind: &str) -> &Self {
        self.account().unknown_types.push((region.to_owned(), kind.to_owned()));
        self
    }

    /// Every call to a region so far, as `operation resource`.
    #[must_use]
    pub fn calls_in(&self, region: &str) -> Vec<String> {
        self.rules().by_region.iter().filter(|(at, _)| at == region).map(|(_, call)| call.clone()).collect()
    }

    /// Notes where a call goes; AWS's words when its region is closed.
    pub(crate) fn check_region(&self, region: &str, operation: &str, resource: &str) -> Option<String> {
        let caller = self.account().caller.clone();
        let mut rules = self.rules();
        rules.by_region.push((region.to_owned(), format!("{operation} {resource}").trim_end().to_owned()));
        if !rules.closed_regions.contains(region) {
            return None;
        }
        rules.fired.push(format!("{operation}: closed region {region}"));
        drop(rules);
        let (action, on) = rights::asked(operation, resource, region, &caller.account);
        Some(format!(
            "User: {} is not authorized to perform: {action} on resource: {on} with an explicit deny in a service control \
             policy: arn:aws:organizations::444455556666:policy/o-example/service_control_policy/p-regions",
            caller.arn
        ))
    }
}
