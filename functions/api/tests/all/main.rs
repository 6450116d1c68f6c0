//! Every integration test of stellarr-api, in one program, so that it is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod entry_points;
mod events;
mod http;
mod openapi;
mod recommendations;
mod story;
