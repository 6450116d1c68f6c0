//! The HTTP API: one router, served as a Lambda function and by the self-hosted process.

pub mod body_cache;
mod caller;
pub mod compress;
mod contract;
mod cors;
pub mod error;
mod fields;
pub mod household;
pub mod key_cache;
pub mod lambda;
pub mod log;
pub mod openapi;
pub mod origin;
pub mod router;
mod routes;
mod session;
pub mod settings;
pub mod state;

pub use router::app;
pub use routes::recommendations::read_ahead;
pub use state::Api;
