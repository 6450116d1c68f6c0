//! Domain types, use cases and the traits they need; no I/O.

pub mod addresses;
pub mod auth;
pub mod catalogue;
pub mod export;
pub mod feed;
pub mod library;
pub mod locale;
pub mod media;
pub mod metrics;
pub mod plex;
pub mod push;
pub mod rate_limit;
pub mod recommend;
pub mod reports;
pub mod request;
pub mod scheduled;
pub mod secrets;
pub mod site;
pub mod store;
pub mod sync;
pub mod table;
pub mod time;
pub mod tmdb;
pub mod trending;
