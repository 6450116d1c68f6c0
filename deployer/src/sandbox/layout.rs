//! Where the sandbox keeps its files.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::SandboxError;

/// The files of one project's sandbox, under `.stellarr/sandbox/` beside its `stellarr.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The project's directory.
    pub(super) project: PathBuf,
    /// `.stellarr/sandbox` in it.
    pub(super) root: PathBuf,
}

impl Layout {
    /// Finds the files for a configuration file, which need not exist.
    pub(super) fn of_config(config: &Path) -> Self {
        let folder = config.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::of_project(folder)
    }

    /// Finds the files for a project's directory.
    pub(super) fn of_project(folder: &Path) -> Self {
        // One spelling, whatever the caller's working directory: it marks the processes.
        let project = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        Self { root: project.join(".stellarr/sandbox"), project }
    }

    /// What is known of the processes and ports.
    pub(super) fn state(&self) -> PathBuf {
        self.root.join("state.json")
    }

    /// Which distribution the CDN proxy serves.
    pub(super) fn site(&self) -> PathBuf {
        self.root.join("site.json")
    }

    /// Held while the sandbox is started or stopped.
    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// The emulator's own state, without objects.
    pub(super) fn emulator_state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// When the emulator last saved its state.
    pub(super) fn saved(&self) -> PathBuf {
        self.emulator_state().join("saved")
    }

    /// The buckets' objects.
    pub(super) fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    /// The emulator's temporary files: unpacked functions.
    pub(super) fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// The script that starts the emulator.
    pub(super) fn launcher(&self) -> PathBuf {
        self.root.join("launch.py")
    }

    /// What the emulator and the functions say.
    pub(super) fn emulator_log(&self) -> PathBuf {
        self.root.join("emulator.log")
    }

    /// What the stand-in and the CDN proxy say.
    pub(super) fn services_log(&self) -> PathBuf {
        self.root.join("services.log")
    }

    /// What marks the emulator's processes.
    pub(super) fn emulator_mark(&self) -> PathBuf {
        self.root.join("emulator")
    }

    /// What marks the process of stand-in and CDN proxy.
    pub(super) fn services_mark(&self) -> PathBuf {
        self.root.join("services")
    }

    /// Creates the folders.
    pub(super) fn create(&self) -> Result<(), SandboxError> {
        for folder in [&self.root, &self.emulator_state(), &self.objects(), &self.temporary()] {
            fs::create_dir_all(folder).map_err(SandboxError::file(folder, "created"))?;
        }
        // The emulator writes the secret's values down in plain text.
        fs::set_permissions(&self.root, Permissions::from_mode(0o700))
            .map_err(SandboxError::file(&self.root, "kept private"))
    }

    /// Deletes what was deployed, and the logs; the ports are remembered.
    pub(super) fn empty(&self) -> Result<(), SandboxError> {
        for path in [self.emulator_state(), self.objects(), self.temporary()] {
            remove(&path, fs::remove_dir_all(&path))?;
        }
        for path in [self.site(), self.emulator_log(), self.services_log()] {
            remove(&path, fs::remove_file(&path))?;
        }
        Ok(())
    }
}

fn remove(path: &Path, result: std::io::Result<()>) -> Result<(), SandboxError> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(SandboxError::file(path, "deleted")(error)),
        _ => Ok(()),
    }
}

/// Writes a file whole or not at all: a reader sees the old text or the new one.
pub(super) fn write_atomically(path: &Path, text: &str) -> Result<(), SandboxError> {
    let temporary = path.with_extension("new");
    // The state holds the sandbox's keys. One that was left half written may have been open to others.
    remove(&temporary, fs::remove_file(&temporary))?;
    let write = |mut file: fs::File| file.write_all(text.as_bytes());
    let file = fs::File::options().write(true).create_new(true).mode(0o600).open(&temporary);
    file.and_then(write).map_err(SandboxError::file(&temporary, "written"))?;
    fs::rename(&temporary, path).map_err(SandboxError::file(path, "written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_reads_the_secrets_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::of_project(folder.path());
        layout.create().unwrap();
        assert_eq!(fs::metadata(&layout.root).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_bare_file_name_means_the_working_directory() {
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(Layout::of_config(Path::new("stellarr.yaml")).root, here.join(".stellarr/sandbox"));
        assert_eq!(Layout::of_config(&here.join("stellarr.yaml")), Layout::of_config(Path::new("stellarr.yaml")));
    }
}
