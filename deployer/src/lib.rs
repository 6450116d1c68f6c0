//! stellarr: puts a private media-request site on a person's own AWS account, and keeps it healthy.
//!
//! `commands/deploy.rs` is the place to begin: it reads like the road that a deploy takes.

pub mod apply;
pub mod aws;
pub mod build;
pub mod catalogue;
pub mod certificate;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod context;
pub mod deployment;
pub mod dns;
pub mod doctor;
pub mod domains;
pub mod edge;
pub mod error;
pub mod fetch;
pub mod files;
pub mod history;
pub mod init;
pub mod invalidate;
pub mod invoke;
pub mod local_server;
pub mod lock;
pub mod manifest;
pub mod parameters;
pub mod plan;
pub mod plex;
pub mod publish;
pub mod release;
pub mod render;
pub mod requests;
pub mod sandbox;
pub mod schedules;
pub mod secrets;
pub mod site_config;
pub mod survey;
pub mod sync;
pub mod teardown;
pub mod template;
pub mod ui;
pub mod verify;
pub mod warm;
pub mod zone;
