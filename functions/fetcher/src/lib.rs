//! Fills the catalogue that recommendations are served from.

pub mod event;
pub mod report;
