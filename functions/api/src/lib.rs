//! The HTTP API: one router, served as a Lambda function and by the self-hosted process.

pub mod error;
pub mod origin;
pub mod router;
mod routes;
pub mod settings;
pub mod state;

pub use router::app;
pub use state::Api;
