//! Every integration test of stellarr, in one program, so that it is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod aws_answers;
mod aws_ministack;
mod broken_situations;
mod cli;
mod common;
mod config_errors;
mod config_files;
mod config_roundtrip;
mod content;
mod day_two;
mod deploys;
mod destroying;
mod differences;
mod domains;
mod fake_golden;
mod foreign;
mod going_back;
mod golden;
mod interruptions;
mod late_answers;
mod left_behind;
mod migrate;
mod pages;
mod plex_sync;
mod private_lists;
mod reads;
mod real_aws;
mod region_limits;
mod render_property;
mod retries;
mod rights;
mod sandbox;
mod stack_states;
mod taken_records;
mod template_text;
mod upgrades;
