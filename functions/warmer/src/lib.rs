//! Writes the trending files that the public page shows.
//!
//! Once a day EventBridge starts the function, which asks TMDB for each language and kind and writes what is good. A
//! file that could not be renewed stays as it was, and the invocation fails after the good files are written, so that
//! retries and alarms see it.

pub mod event;
pub mod lambda;
pub mod run;
pub mod settings;
