//! Every integration test of stellarr-server, in one program, so that it is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod durability;
mod limits;
mod process;
mod schedule;
mod story;
mod upgrade;
