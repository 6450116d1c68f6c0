//! The self-hosted process: the API, the site, the trending files and the scheduled work, on one SQLite file.

pub mod args;
pub mod backup;
pub mod connections;
pub mod env_file;
pub mod error;
pub mod folder;
pub mod health;
mod listen;
pub mod log;
pub mod once;
pub mod schedule;
pub mod secrets;
pub mod serve;
pub mod site;
pub mod variables;
