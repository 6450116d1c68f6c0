//! Why a configuration could not be loaded.

use std::path::PathBuf;

/// Why a configuration could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there.
    #[error("there is no {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Placeholder.
    #[error("{0}")]
    Other(String),
}
