//! A function that is built and packaged.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A packaged function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Short name: `api`, `warmer`, `fetcher`.
    pub function: String,
    /// The zip on disk.
    pub path: PathBuf,
    /// Lower-case hex SHA-256 of the zip.
    pub sha256: String,
    /// Bytes of the zip.
    pub size: u64,
}

impl Artifact {
    /// The key in the artifact bucket: content-addressed, so that it is uploaded once.
    #[must_use]
    pub fn key(&self) -> String {
        format!("functions/{}/{}.zip", self.function, self.sha256)
    }

    /// The hash as Lambda reports it.
    #[must_use]
    pub fn code_sha256(&self) -> String {
        hex::decode(&self.sha256).map(|bytes| STANDARD.encode(bytes)).unwrap_or_default()
    }
}

/// The functions, built and packaged.
#[derive(Clone, Debug)]
pub struct FunctionBuild {
    /// Lambda's name for the processor they run on.
    pub architecture: &'static str,
    /// One a function, by name.
    pub artifacts: Vec<Artifact>,
}
