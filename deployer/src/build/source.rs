//! Where the sources are and which functions they hold.

use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

use super::BuildError;

/// A clone of the repository.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its top folder.
    pub root: PathBuf,
}

impl Source {
    /// Finds the clone that holds `start`, or one of its parents.
    ///
    /// # Errors
    /// When no folder above has `Cargo.toml`, `functions/` and `frontend/`.
    pub fn find(start: &Path) -> Result<Self, BuildError> {
        let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
        let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
        start
            .ancestors()
            .find(|folder| {
                folder.join("Cargo.toml").is_file()
                    && folder.join("functions").is_dir()
                    && folder.join("frontend").is_dir()
            })
            .map(|root| Self { root: root.to_owned() })
            .ok_or(BuildError::NoSource(start))
    }

    /// The folder for what can be made again.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.root.join(".stellarr")
    }
}

/// Returns cargo's target folder.
///
/// # Errors
/// When cargo cannot read the workspace.
pub fn target_directory(source: &Source) -> Result<PathBuf, BuildError> {
    let metadata =
        MetadataCommand::new().manifest_path(source.root.join("Cargo.toml")).no_deps().exec().map_err(|error| {
            match error {
                cargo_metadata::Error::Io(_) => BuildError::MissingTool {
                    tool: "cargo".to_owned(),
                    what: "the functions".to_owned(),
                    remedy: "install Rust from https://rustup.rs".to_owned(),
                },
                other => BuildError::ToolFailed { what: "cargo metadata".to_owned(), output: other.to_string() },
            }
        })?;
    Ok(metadata.target_directory.into_std_path_buf())
}
