//! The whole API over HTTP, in one process, on a store in memory.

mod abuse;
mod feeds;
mod log;
mod login;
mod plex;
mod routes;
mod sessions;
mod support;
mod title;
