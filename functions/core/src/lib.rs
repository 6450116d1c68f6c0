//! Domain types, use cases and the traits they need; no I/O.

pub mod locale;
pub mod media;
pub mod secrets;
pub mod tmdb;
pub mod trending;
