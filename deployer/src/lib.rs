//! stellarr: puts a private media-request site on a person's own AWS account, and keeps it healthy.

pub mod aws;
pub mod config;
