//! A whole AWS in memory, strict where AWS is strict, for tests of deploys.
//!
//! [`FakeCloud::strict`] panics on a call that the test did not allow; [`FakeCloud::permissive`] takes every call. Stacks
//! really come up: their templates are evaluated, buckets, tables, the secret, functions and the distribution appear when
//! a change set is executed, and disappear or stay by their deletion policies.

mod account;
mod cloud;
mod services;

#[cfg(test)]
mod tests;

pub use account::StackFailure;
pub use cloud::{FakeCloud, Fault};
