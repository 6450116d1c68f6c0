//! What the household asked for and owns, and a server of its own on this computer.

pub mod catalogue;
pub mod local_server;
pub mod plex;
pub mod requests;
