//! The whole API over HTTP, in one process, on a store in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what a test can't go on without fails it")]

mod abuse;
mod feeds;
mod log;
mod login;
mod plex;
mod routes;
mod sessions;
mod support;
mod title;
