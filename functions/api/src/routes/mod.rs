//! One file a group of routes.

pub(crate) mod auth;
pub(crate) mod feeds;
pub(crate) mod health;
pub(crate) mod library;
pub(crate) mod plex;
pub(crate) mod push;
pub(crate) mod recommendations;
pub(crate) mod requests;
pub(crate) mod search;
pub(crate) mod sync;
pub(crate) mod title;
