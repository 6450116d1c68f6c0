//! What can go wrong with the sandbox, each with what to do about it.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::base::error::CommandError;
use crate::base::failures::Code;

/// Why the sandbox does not do what it should.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// No Python that is new enough is on the path.
    #[error("the sandbox's AWS emulator needs Python 3.10 or newer, and {found}")]
    Python {
        /// What was found instead.
        found: String,
    },
    /// Python lacks the modules that make a virtual environment.
    #[error("{} can't make a virtual environment: its module {module} is missing", python.display())]
    PythonModule {
        /// The interpreter.
        python: PathBuf,
        /// The module.
        module: &'static str,
    },
    /// Node.js is missing.
    #[error("the sandbox's CloudFront runs its functions on Node.js, and there is no `node` on the path")]
    Node,
    /// The user has no folder of their own to install the emulator into.
    #[error("the sandbox's AWS emulator can't be installed: neither HOME nor XDG_CACHE_HOME names a folder")]
    NoCache,
    /// The emulator could not be installed.
    #[error("ministack {version} could not be installed into {}", directory.display())]
    Install {
        /// The pinned version.
        version: &'static str,
        /// The virtual environment.
        directory: PathBuf,
        /// What the installer said last.
        output: String,
    },
    /// `STELLARR_MINISTACK` names no executable.
    #[error("STELLARR_MINISTACK is {}, which is no executable file", path.display())]
    NotExecutable {
        /// What it names.
        path: PathBuf,
    },
    /// `STELLARR_MINISTACK` names something that can't be guarded.
    #[error("STELLARR_MINISTACK is {}, which does not begin with the path of a Python", path.display())]
    NotPython {
        /// What it names.
        path: PathBuf,
    },
    /// A process ended or never answered.
    #[error("{name} did not start: {reason}")]
    NotStarted {
        /// Which one.
        name: &'static str,
        /// How that was seen.
        reason: String,
        /// Where it says more.
        log: PathBuf,
        /// The last lines of that file.
        output: String,
    },
    /// Nothing runs.
    #[error("the sandbox of {} does not run", project.display())]
    NotRunning {
        /// The project's directory.
        project: PathBuf,
    },
    /// Processes outlived being killed.
    #[error("these processes of the sandbox could not be ended: {pids:?}")]
    Unkillable {
        /// Their ids.
        pids: Vec<i32>,
    },
    /// No port is free.
    #[error("no port on 127.0.0.1 is free")]
    NoPort(#[source] std::io::Error),
    /// A file could not be read or written.
    #[error("{} can't be {action}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read`, `written`, …
        action: &'static str,
        /// The cause.
        source: std::io::Error,
    },
}

impl SandboxError {
    /// Creates the error of a file operation, for `map_err`.
    pub(super) fn file(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, action, source }
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(&self) -> Vec<String> {
        let hints: &[&str] = match self {
            Self::Python { .. } => &[
                "install it: `apt install python3 python3-venv`, `dnf install python3`, `brew install python`",
                "or set STELLARR_MINISTACK to a `ministack` that is installed already",
            ],
            Self::PythonModule { .. } => &["install it: `apt install python3-venv python3-pip` on Debian and Ubuntu"],
            Self::Node => {
                &["install it: `apt install nodejs`, `dnf install nodejs`, `brew install node`, or https://nodejs.org"]
            }
            Self::NoCache => &[
                "set HOME to your own folder: stellarr runs what it installs, so only you may have write access there",
                "or set STELLARR_MINISTACK to a `ministack` that is installed already",
            ],
            Self::Install { .. } => &[
                "it comes from https://pypi.org: check the connection, and PIP_INDEX_URL or HTTPS_PROXY where you need them",
                "or set STELLARR_MINISTACK to a `ministack` that is installed already",
            ],
            Self::NotExecutable { .. } => {
                &["unset it to have ministack installed, or set it to the `ministack` executable"]
            }
            Self::NotPython { .. } => &[
                "name the `ministack` of a virtual environment, or unset it to have ministack installed: what is started \
                 in another way would take orders from any web page",
            ],
            Self::NotStarted { log, .. } => {
                return vec![
                    format!("read {} for more", log.display()),
                    "run `stellarr sandbox reset` if it goes on, which deletes what was deployed to it".to_owned(),
                ];
            }
            Self::NotRunning { .. } => &["run `stellarr sandbox up`, or `stellarr deploy --sandbox`"],
            Self::Unkillable { .. } => &["they belong to another user, or wait for a disk: end them by hand"],
            Self::NoPort(_) => &["close programs that hold many connections"],
            Self::File { .. } => &["check who owns the folder, and whether the disk is full"],
        };
        hints.iter().map(|hint| (*hint).to_owned()).collect()
    }
}

impl From<SandboxError> for CommandError {
    fn from(error: SandboxError) -> Self {
        let mut result = Self::failed(error.to_string()).code(Code::Sandbox);
        if let SandboxError::Install { output, .. } | SandboxError::NotStarted { output, .. } = &error
            && !output.trim().is_empty()
        {
            result = result.details(output.trim_end());
        }
        error.remedy().into_iter().fold(result, Self::hint)
    }
}
