//! The services of the account, one file each.

mod cdn;
mod costs;
mod domains;
mod functions;
mod identity;
mod live_resources;
mod monitoring;
mod objects;
mod secrets;
mod stacks;
mod tables;

use std::sync::Arc;

use cdn::FakeCdn;
use costs::FakeCosts;
use domains::{FakeCertificates, FakeZones};
use functions::FakeFunctions;
use identity::{FakeIdentity, FakePermissions};
use live_resources::FakeLiveResources;
use monitoring::{FakeAlarms, FakeLogs, FakeMetrics};
use objects::FakeObjects;
use secrets::FakeSecrets;
use stacks::FakeStacks;
use tables::FakeTables;

use crate::cloud::FakeCloud;
use stellarr_aws::{
    Alarms, Cdn, Certificates, Cloud, Costs, Functions, Identity, LiveResources, Logs, Metrics, Objects, Permissions,
    Secrets, Stacks, Tables, Zones,
};

impl Cloud for FakeCloud {
    fn home_region(&self) -> &str {
        &self.shared.region
    }

    fn identity(&self) -> Arc<dyn Identity> {
        Arc::new(FakeIdentity(self.clone()))
    }

    fn stacks(&self, region: &str) -> Arc<dyn Stacks> {
        Arc::new(FakeStacks { cloud: self.clone(), region: region.to_owned() })
    }

    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(FakeObjects(self.clone()))
    }

    fn cdn(&self) -> Arc<dyn Cdn> {
        Arc::new(FakeCdn(self.clone()))
    }

    fn functions(&self) -> Arc<dyn Functions> {
        Arc::new(FakeFunctions(self.clone()))
    }

    fn secrets(&self) -> Arc<dyn Secrets> {
        Arc::new(FakeSecrets(self.clone()))
    }

    fn zones(&self) -> Arc<dyn Zones> {
        Arc::new(FakeZones(self.clone()))
    }

    fn certificates(&self) -> Arc<dyn Certificates> {
        Arc::new(FakeCertificates(self.clone()))
    }

    fn logs(&self) -> Arc<dyn Logs> {
        Arc::new(FakeLogs(self.clone()))
    }

    fn alarms(&self) -> Arc<dyn Alarms> {
        Arc::new(FakeAlarms(self.clone()))
    }

    fn tables(&self) -> Arc<dyn Tables> {
        Arc::new(FakeTables(self.clone()))
    }

    fn live_resources(&self) -> Arc<dyn LiveResources> {
        Arc::new(FakeLiveResources(self.clone()))
    }

    fn metrics(&self) -> Arc<dyn Metrics> {
        Arc::new(FakeMetrics(self.clone()))
    }

    fn permissions(&self) -> Arc<dyn Permissions> {
        Arc::new(FakePermissions(self.clone()))
    }

    fn costs(&self) -> Arc<dyn Costs> {
        Arc::new(FakeCosts(self.clone()))
    }
}
