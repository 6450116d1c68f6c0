//! Functions → reproducible zips; frontend → site.

mod artifact;
mod cargo;
mod child;
mod fingerprint;
mod site;
mod source;
mod toolchain;

pub use artifact::{Requirements, check_elf, package};
pub use cargo::build_functions;
pub(crate) use child::stop;
pub use site::{SiteBuild, build_site};
pub use source::{Source, target_directory};
pub use toolchain::{NEWEST_USABLE_GLIBC, Target, Toolchain};

use std::path::PathBuf;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;

/// What can go wrong while building; each with its remedy.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The sources of the functions are not where the command looks.
    #[error("no stellarr sources found at or above {}", .0.display())]
    NoSource(PathBuf),
    /// A tool is missing.
    #[error("{tool} is needed to build {what}, and is not installed")]
    MissingTool {
        /// Its name.
        tool: String,
        /// What needs it.
        what: String,
        /// Exact commands.
        remedy: String,
    },
    /// Rust's standard library for the target is missing.
    #[error("Rust cannot build for {target} yet: its standard library is not installed")]
    MissingTarget {
        /// The target triple.
        target: String,
        /// Exact commands.
        remedy: String,
    },
    /// No linker for the target.
    #[error("no linker for {target} was found")]
    MissingLinker {
        /// The target triple.
        target: String,
        /// Exact commands.
        remedy: String,
    },
    /// A tool failed.
    #[error("{what} failed")]
    ToolFailed {
        /// What was run for.
        what: String,
        /// Its last lines.
        output: String,
    },
    /// A built file is not what Lambda runs.
    #[error("{}: {problem}", .path.display())]
    BadArtifact {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

impl BuildError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

impl From<BuildError> for CommandError {
    fn from(error: BuildError) -> Self {
        let code = match &error {
            BuildError::NoSource(_) => Code::SourcesMissing,
            BuildError::MissingTool { .. } | BuildError::MissingTarget { .. } | BuildError::MissingLinker { .. } => {
                Code::ToolMissing
            }
            BuildError::BadArtifact { .. } => Code::ArtifactUnfit,
            BuildError::ToolFailed { .. } | BuildError::Io { .. } => Code::BuildFailed,
        };
        let result = Self::new(ExitKind::Build, error.to_string()).code(code);
        match error {
            BuildError::NoSource(_) => result.hint("run the command inside a clone of the stellarr repository"),
            BuildError::MissingTool { remedy, .. }
            | BuildError::MissingTarget { remedy, .. }
            | BuildError::MissingLinker { remedy, .. }
            | BuildError::BadArtifact { remedy, .. } => result.hint(remedy),
            BuildError::ToolFailed { output, .. } => {
                result.details(output).hint("nothing was uploaded; mend the build and run the command again")
            }
            BuildError::Io { .. } => result.hint("check that the disk has room and the folder can be written to"),
        }
    }
}
