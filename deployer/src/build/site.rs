//! The frontend → a folder of files, built with npm and skipped when nothing changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::cargo::last_lines;
use super::{BuildError, Source, child, fingerprint};
use crate::base::files;
use crate::ui::{Printer, Progress};

/// The built site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteBuild {
    /// The folder with `index.html`.
    pub folder: PathBuf,
    /// Whether npm had to run.
    pub rebuilt: bool,
}

/// Builds `frontend/` unless its inputs are what they were at the last build.
///
/// # Errors
/// When Node or npm is missing, or a step fails; its last lines are in the error.
pub fn build_site(source: &Source, printer: &Printer) -> Result<SiteBuild, BuildError> {
    let frontend = source.root.join("frontend");
    let folder = frontend.join("build");
    let stamp = source.cache().join("build").join("site.sha256");
    let inputs = fingerprint::of_folder(&frontend).map_err(BuildError::io(&frontend))?;
    let known = fs::read_to_string(&stamp).unwrap_or_default();
    if known == inputs && folder.join("index.html").is_file() {
        return Ok(SiteBuild { folder, rebuilt: false });
    }
    let progress = Progress::start(printer, "installing the site's packages");
    install(&frontend)?;
    progress.say("building the site");
    npm(&frontend, &["run", "build"], "npm run build")?;
    if !folder.join("index.html").is_file() {
        return Err(BuildError::BadArtifact {
            path: folder,
            problem: "npm built no index.html".to_owned(),
            remedy: "look at `npm run build` in frontend/".to_owned(),
        });
    }
    // Hashed again: a build may write generated sources, and those belong to the inputs of the next comparison.
    let inputs = fingerprint::of_folder(&frontend).map_err(BuildError::io(&frontend))?;
    files::write_atomically(&stamp, inputs.as_bytes()).map_err(BuildError::io(&stamp))?;
    Ok(SiteBuild { folder, rebuilt: true })
}

/// Installs the packages of `package-lock.json` unless they are what is installed; the mark lies among them, so that it
/// goes when they go.
fn install(frontend: &Path) -> Result<(), BuildError> {
    let lock = frontend.join("package-lock.json");
    let wanted = hex::encode(Sha256::digest(fs::read(&lock).map_err(BuildError::io(&lock))?));
    let mark = frontend.join("node_modules").join(".stellarr-lock");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed.trim() == wanted) {
        return Ok(());
    }
    npm(frontend, &["ci", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci")?;
    files::write_atomically(&mark, wanted.as_bytes()).map_err(BuildError::io(&mark))
}

fn npm(frontend: &Path, arguments: &[&str], what: &str) -> Result<(), BuildError> {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(frontend).stdin(Stdio::null());
    let output = child::output(&mut command).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => BuildError::MissingTool {
            tool: "npm".to_owned(),
            what: "the site".to_owned(),
            remedy: "install Node.js 20 or newer from https://nodejs.org (npm comes with it)".to_owned(),
        },
        _ => BuildError::Io { path: frontend.to_owned(), source: error },
    })?;
    if output.status.success() {
        return Ok(());
    }
    // npm says what is wrong first and explains its own options last; a build tool does it the other way round.
    let said = String::from_utf8_lossy(&output.stderr);
    let first: Vec<&str> = said.lines().filter(|line| line.trim() != "npm error").take(12).collect();
    let text = format!("{}\n{}", last_lines(&String::from_utf8_lossy(&output.stdout), 25), first.join("\n"));
    Err(BuildError::ToolFailed { what: what.to_owned(), output: text.trim().to_owned() })
}
