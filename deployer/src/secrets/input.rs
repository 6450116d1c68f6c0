//! Values a person hands in: a file, then the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{KEYS, Pending};
use crate::base::error::CommandError;

/// Values by key. Its Debug shows key names only.
#[derive(Clone, Default)]
pub struct Input {
    values: BTreeMap<String, String>,
    generate_all: bool,
    /// Values that are no one's own, which a given one takes the place of, by key.
    stand_ins: BTreeMap<String, String>,
    /// A file whose values have no other place until they are stored.
    pending: Option<PathBuf>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Input {
    /// Reads `--secrets FILE`, if given, then the environment for what the file does not say.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is not `KEY=VALUE` with a known key.
    pub fn gather(file: Option<&Path>, environment: impl Fn(&str) -> Option<String>) -> Result<Self, CommandError> {
        let mut values = match file {
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|error| CommandError::unreadable(file, &error))?;
                parse(&text).map_err(|(line, problem)| {
                    CommandError::usage(format!("{}:{line}:1: {problem}", file.display())).hint(
                        "each line is KEY=VALUE; `stellarr secrets list` names the keys; empty lines and # comments are fine",
                    )
                })?
            }
            None => BTreeMap::new(),
        };
        for key in KEYS {
            if !values.contains_key(key.name)
                && let Some(value) = environment(key.name).filter(|value| !value.is_empty())
            {
                values.insert(key.name.to_owned(), value);
            }
        }
        Ok(Self { values, generate_all: false, stand_ins: BTreeMap::new(), pending: None })
    }

    /// Takes what `stellarr init` left beside the configuration, for keys that nothing else gives.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn with_pending(mut self, config: &Path) -> Result<Self, CommandError> {
        let pending = Pending::open(config)?;
        for key in KEYS {
            if let Some(value) = pending.document().get(key.name) {
                self.values.entry(key.name.to_owned()).or_insert_with(|| value.to_owned());
            }
        }
        self.pending = pending.path().exists().then(|| pending.path().to_owned());
        Ok(self)
    }

    /// Deletes the file of [`Self::with_pending`]: its values are where they belong.
    pub(super) fn stored(&self) -> Result<(), CommandError> {
        match self.pending.as_ref().map(std::fs::remove_file) {
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
                let path = self.pending.as_deref().unwrap_or(Path::new("")).display();
                Err(CommandError::failed(format!("{path} cannot be deleted: {error}"))
                    .hint("its values are stored on AWS: delete it yourself"))
            }
            _ => Ok(()),
        }
    }

    /// Lets every value that can be made be made, and takes `key` from `value` when it is not given; for the sandbox. One
    /// that is given later takes the place of such a `value`.
    #[must_use]
    pub fn generating(mut self, defaults: &[(&str, &str)]) -> Self {
        self.generate_all = true;
        for (key, value) in defaults {
            self.values.entry((*key).to_owned()).or_insert_with(|| (*value).to_owned());
            self.stand_ins.insert((*key).to_owned(), (*value).to_owned());
        }
        self
    }

    /// Says whether what is stored of a key only stood in for what is given now.
    pub(super) fn replaces(&self, key: &str, stored: &str) -> bool {
        let given = self.values.get(key).is_some_and(|given| given != stored);
        given && self.stand_ins.get(key).is_some_and(|stand_in| stand_in == stored)
    }

    pub(super) fn get(&self, key: &str) -> Option<String> {
        self.values.get(key).cloned()
    }

    pub(super) fn generate_all(&self) -> bool {
        self.generate_all
    }
}

/// Reads `KEY=VALUE` lines; on failure says which line and what is wrong, never the value.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, String>, (usize, String)> {
    let mut values = BTreeMap::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(|| (index + 1, "this line has no `=`".to_owned()))?;
        let key = key.trim().trim_start_matches("export ").trim();
        if !KEYS.iter().any(|known| known.name == key) {
            let near = KEYS
                .iter()
                .map(|known| known.name)
                .max_by(|one, other| strsim::jaro_winkler(one, key).total_cmp(&strsim::jaro_winkler(other, key)));
            return Err((index + 1, format!("unknown key {key}; did you mean {}?", near.unwrap_or_default())));
        }
        let value = value.trim();
        let unquoted =
            ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value);
        if !unquoted.is_empty() {
            values.insert(key.to_owned(), unquoted.to_owned());
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_be_quoted_exported_and_commented() {
        let values = parse("# mine\nexport TMDB_API_KEY='abc def'\n\nFEED_TOKEN=\"x=y\"\r\n").unwrap();
        assert_eq!(values["TMDB_API_KEY"], "abc def");
        assert_eq!(values["FEED_TOKEN"], "x=y");
    }

    #[test]
    fn a_typo_names_line_and_key_but_not_the_value() {
        let (line, problem) = parse("\nTMDB_KEY=hidden").unwrap_err();
        assert_eq!((line, problem.as_str()), (2, "unknown key TMDB_KEY; did you mean TMDB_API_KEY?"));
    }

    #[test]
    fn the_file_wins_over_the_environment() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "TMDB_API_KEY=file").unwrap();
        let environment = |key: &str| (key != "TVDB_API_KEY").then(|| "environment".to_owned());
        let input = Input::gather(Some(file.path()), environment).unwrap();
        assert_eq!(input.get("TMDB_API_KEY").as_deref(), Some("file"));
        assert_eq!(input.get("FEED_TOKEN").as_deref(), Some("environment"));
        assert_eq!(input.get("TVDB_API_KEY"), None);
    }
}
