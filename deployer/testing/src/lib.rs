//! A whole AWS in memory, strict where AWS is strict, for tests of deploys.
//!
//! [`FakeCloud::strict`] panics on a call that the test did not allow; [`FakeCloud::permissive`] takes every call. Stacks
//! really come up: their templates are evaluated, buckets, tables, the secret, functions and the distribution appear when
//! a change set is executed, and disappear or stay by their deletion policies.

mod account;
mod change;
mod cloud;
mod costs;
mod dns_records;
mod evaluate;
mod finish;
mod import;
mod inject;
mod inspection;
mod late;
mod operate;
mod propose;
mod regions;
mod resource;
mod rights;
mod services;
mod setting;
mod stack;
mod storage;

#[cfg(test)]
mod tests;

pub use cloud::{Effect, FakeCloud};
pub use inject::Fault;
pub use operate::StackFailure;
