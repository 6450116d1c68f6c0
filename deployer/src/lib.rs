//! stellarr: puts a private media-request site on a person's own AWS account, and keeps it healthy.
//!
//! `deploy` is the place to begin: it reads from top to bottom as the stages of a deploy.

pub mod base;
pub mod build;
pub mod cli;
pub mod commands;
pub mod config;
pub mod deploy;
pub mod deployment;
pub mod domain;
pub mod household;
pub mod init;
pub mod insight;
pub mod jobs;
pub mod logs;
pub mod migrate;
pub mod options;
pub mod pages;
pub mod policy;
pub mod releases;
pub mod run;
pub mod sandbox;
pub mod secrets;
pub mod site;
pub mod stacks;
pub mod ui;
