//! The services' faces: each passes its calls through [`FakeCloud::call`](super::FakeCloud).

mod delivery;
mod objects;
mod records;
mod stacks;
mod vault;
mod watching;

pub(super) use delivery::{FakeCdn, FakeFunctions};
pub(super) use objects::FakeObjects;
pub(super) use records::{FakeMetrics, FakeTables};
pub(super) use stacks::FakeStacks;
pub(super) use vault::{FakeCertificates, FakeIdentity, FakePermissions, FakeSecrets, FakeZones};
pub(super) use watching::{FakeAlarms, FakeLogs};
