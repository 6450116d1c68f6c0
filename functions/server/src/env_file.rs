//! A file of variables: `NAME=VALUE` lines, as Compose and systemd know them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Says what is wrong with the file. Shows no value.
#[derive(Debug, thiserror::Error)]
pub enum EnvFileError {
    /// It can't be read.
    #[error("{file} can't be read: {cause}", file = file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A line is not `NAME=VALUE`.
    #[error("{file}:{line}: not NAME=VALUE", file = file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}

/// Reads a file.
pub fn read(file: &Path) -> Result<HashMap<String, String>, EnvFileError> {
    let text = std::fs::read_to_string(file).map_err(|cause| EnvFileError::Read { file: file.to_owned(), cause })?;
    parse(&text).map_err(|line| EnvFileError::Line { file: file.to_owned(), line })
}

/// Reads lines; an error is the number of the first bad one.
fn parse(text: &str) -> Result<HashMap<String, String>, usize> {
    let mut variables = HashMap::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=').ok_or(index + 1)?;
        let name = name.trim();
        let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !named {
            return Err(index + 1);
        }
        let value = value.trim();
        let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
        let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
        variables.insert(name.to_owned(), value.to_owned());
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_variables() {
        let variables = parse("# comment\r\nA=1\n\nexport B = \"two words\" \nC='x=y#z'\nD=\n").unwrap();
        let mut found: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        found.sort();
        assert_eq!(found, ["A=1", "B=two words", "C=x=y#z", "D="]);
        assert_eq!(parse("A=1\nnonsense"), Err(2));
        assert_eq!(parse("A B=1"), Err(1));
    }
}
