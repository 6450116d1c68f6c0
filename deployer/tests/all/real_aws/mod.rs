//! Whole deploys by the real adapters, where a proxy lets the emulator answer as real AWS sometimes does.

#![cfg(unix)]
mod account;
mod call;
mod change_sets;
pub(crate) mod e535c01;
use crate::aws_ministack::emulator;
mod proxy;
mod proxy_itself;
mod reads;
mod rules;
use crate::aws_answers::server;
mod templates;
mod upgrade;

/// The region that the tests call home.
const REGION: &str = "eu-west-1";
