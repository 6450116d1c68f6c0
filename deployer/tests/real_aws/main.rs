//! Whole deploys by the real adapters, where a proxy lets the emulator answer as real AWS sometimes does.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod account;
mod call;
mod change_sets;
mod e535c01;
#[path = "../aws_ministack/emulator.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod emulator;
mod proxy;
mod proxy_itself;
mod reads;
mod rules;
#[path = "../aws_answers/server.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod server;
mod templates;
mod upgrade;

/// The region that the tests call home.
const REGION: &str = "eu-west-1";
