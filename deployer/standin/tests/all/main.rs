//! Every integration test of stellarr-standin, in one program, so that it is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod faults;
mod tmdb;
mod tvdb_and_push;
