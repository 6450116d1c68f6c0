//! Secrets that were given before there is a stack to store them in: a private file beside the configuration.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::input::parse;
use super::{KEYS, SecretDocument};
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::base::files;

const HEAD: &str = "# Waiting to be stored on AWS: the next `stellarr deploy` does that, and then deletes this file.\n";

/// The file `.stellarr/secrets.env` of a project. Its Debug shows key names only.
#[derive(Clone, Debug)]
pub struct Pending {
    path: PathBuf,
    document: SecretDocument,
}

impl Pending {
    /// Reads the file that belongs to a configuration file; one that is not there is empty.
    ///
    /// # Errors
    /// When it can't be read, or a line is not `KEY=VALUE` with a known key.
    pub fn open(config: &Path) -> Result<Self, CommandError> {
        let path = folder(config).join("secrets.env");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(CommandError::unreadable(&path, &error)),
        };
        let values = parse(&text).map_err(|(line, problem)| {
            CommandError::usage(format!("{}:{line}:1: {problem}", path.display()))
                .hint("each line is KEY=VALUE; delete the file to begin anew with `stellarr init`")
        })?;
        let mut document = SecretDocument::default();
        for (key, value) in values {
            document.set(&key, value);
        }
        Ok(Self { path, document })
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The values.
    #[must_use]
    pub fn document(&self) -> &SecretDocument {
        &self.document
    }

    /// Adds a value and writes the file, which only its owner may read.
    ///
    /// # Errors
    /// When the value is unfit, or the file can't be written.
    pub fn set(&mut self, key: &str, value: String) -> Result<(), CommandError> {
        let mut changed = self.document.clone();
        changed.set(key, value);
        if let Some(problem) = changed.as_stored().problems().into_iter().next() {
            return Err(CommandError::usage(problem.to_string())
                .code(Code::SecretInvalid)
                .hint("nothing was stored; give another value"));
        }
        let lines: BTreeMap<&str, &str> =
            KEYS.iter().filter_map(|key| Some((key.name, changed.get(key.name)?))).collect();
        let text: String = lines.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        let unwritable = |error: std::io::Error| CommandError::unwritable(&self.path, &error);
        keep_out_of_git(&self.path).map_err(unwritable)?;
        // The new file is private from the moment it exists.
        files::write_atomically(&self.path, format!("{HEAD}{text}").as_bytes()).map_err(unwritable)?;
        self.document = changed;
        Ok(())
    }
}

/// The folder for a project's private files.
#[must_use]
pub fn folder(config: &Path) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join(".stellarr")
}

fn keep_out_of_git(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let ignore = folder.join(".gitignore");
    if ignore.exists() {
        return Ok(());
    }
    files::write_atomically(&ignore, b"*\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::secrets::Input;

    #[test]
    fn only_its_owner_reads_the_file_and_git_does_not_see_it() {
        let project = tempfile::tempdir().unwrap();
        let config = project.path().join("stellarr.yaml");
        let mut pending = Pending::open(&config).unwrap();
        pending.set("PRESHARED_PASSWORD", "correct horse battery".to_owned()).unwrap();
        assert_eq!(fs::metadata(pending.path()).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(project.path().join(".stellarr/.gitignore")).unwrap(), "*\n");
        let again = Pending::open(&config).unwrap();
        assert_eq!(again.document().get("PRESHARED_PASSWORD"), Some("correct horse battery"));
        assert!(!format!("{again:?}").contains("horse"));
    }

    #[test]
    fn unfit_values_are_refused_and_the_file_stays() {
        let project = tempfile::tempdir().unwrap();
        let mut pending = Pending::open(&project.path().join("stellarr.yaml")).unwrap();
        let error = pending.set("PRESHARED_PASSWORD", "changeme".to_owned()).unwrap_err();
        assert!(error.message.contains("placeholder"), "{error}");
        assert!(pending.document().is_empty("PRESHARED_PASSWORD") && !pending.path().exists());
    }

    #[test]
    fn a_deploy_takes_the_values_and_the_file_goes_once_they_are_stored() {
        let project = tempfile::tempdir().unwrap();
        let config = project.path().join("stellarr.yaml");
        let mut pending = Pending::open(&config).unwrap();
        pending.set("TMDB_API_KEY", "0123456789abcdef".to_owned()).unwrap();
        let environment = |key: &str| (key == "FEED_TOKEN").then(|| "from the environment".to_owned());
        let input = Input::gather(None, environment).unwrap().with_pending(&config).unwrap();
        assert_eq!(input.get("TMDB_API_KEY").as_deref(), Some("0123456789abcdef"));
        assert_eq!(input.get("FEED_TOKEN").as_deref(), Some("from the environment"));
        input.stored().unwrap();
        assert!(!pending.path().exists());
    }
}
