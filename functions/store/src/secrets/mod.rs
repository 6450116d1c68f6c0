//! The one secret.

pub mod manager;

pub use manager::SecretsManager;
