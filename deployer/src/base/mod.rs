//! What everything may use: errors and exit codes, their catalogue, time, files and the public DNS.

pub mod artifact;
pub mod clock;
pub mod dns;
pub mod error;
pub mod exit;
pub mod failures;
pub mod files;
pub mod functions;
pub mod prices;
