//! Fills the catalogue that recommendations are served from.
//!
//! Every day EventBridge starts the function for what is popular and trending, and every week for genres, hidden gems
//! and award winners. Only what changed is written. What could not be fetched or stored fails the invocation after
//! the rest is stored, so that retries and alarms see it.

pub mod event;
pub mod fetcher;
pub mod household;
pub mod lambda;
pub mod plan;
pub mod run;
pub mod settings;
