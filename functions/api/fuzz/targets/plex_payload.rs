//! Fuzzes Plex's payloads.

#![no_main]

#[path = "../../tests/all/entry_points/targets.rs"]
#[allow(dead_code, reason = "each program runs one of them")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::plex_payload(data));
