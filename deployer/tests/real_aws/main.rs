//! Whole deploys by the real adapters, where a proxy lets the emulator answer as real AWS sometimes does.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod call;
mod proxy;
mod proxy_itself;
mod rules;
#[path = "../aws_answers/server.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod server;
