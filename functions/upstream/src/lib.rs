//! Clients of the services that stellarr asks: time limits, retries, rate limits.

pub mod http;
pub mod limiter;
pub mod push;
pub mod tmdb;
pub mod tmdb_source;
pub mod tvdb;
