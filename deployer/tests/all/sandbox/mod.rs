//! The sandbox against the real emulator: it starts, shows a site, remembers, repairs itself, and ends.

#![cfg(target_os = "linux")]
mod aws;
mod doors;
mod edge;
mod life;
mod project;
