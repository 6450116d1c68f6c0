//! Shows the logs of the sandbox's processes.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a followed log is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How much is read from the end of a log.
const TAIL_BYTES: u64 = 64 * 1024;
/// A log longer than this is put aside at the next start.
const MAX_LOG_BYTES: u64 = 10_000_000;

/// Returns the last lines of a file; nothing where there is none.
pub(super) fn tail(path: &Path, lines: usize) -> String {
    let Ok(mut file) = File::open(path) else {
        return String::new();
    };
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES))).is_err() || file.read_to_end(&mut bytes).is_err() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Puts a long log aside as `….old`, in place of the one before it.
pub(super) fn rotate(path: &Path) {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > MAX_LOG_BYTES) {
        // Only room is at stake.
        fs::rename(path, path.with_extension("log.old")).ok();
    }
}

/// Reads the lines that are added to files, each with the file's name for people.
pub(super) struct Follow {
    files: Vec<(&'static str, PathBuf, u64)>,
}

impl Follow {
    /// Begins at the present ends.
    pub(super) fn new(files: Vec<(&'static str, PathBuf)>) -> Self {
        let end = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        Self { files: files.into_iter().map(|(name, path)| (name, path.clone(), end(&path))).collect() }
    }

    /// Waits for whole lines.
    pub(super) async fn next(&mut self) -> Vec<String> {
        loop {
            let lines = self.read();
            if !lines.is_empty() {
                return lines;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    fn read(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, path, position) in &mut self.files {
            let Ok(mut file) = File::open(path) else {
                *position = 0;
                continue;
            };
            if file.metadata().is_ok_and(|metadata| metadata.len() < *position) {
                // Emptied or put aside.
                *position = 0;
            }
            let mut bytes = Vec::new();
            if file.seek(SeekFrom::Start(*position)).is_err() || file.read_to_end(&mut bytes).is_err() {
                continue;
            }
            let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
                continue;
            };
            *position += end as u64 + 1;
            let text = String::from_utf8_lossy(&bytes[..end]);
            lines.extend(text.lines().map(|line| labelled(name, line)));
        }
        lines
    }
}

/// Puts the process's name before a line.
pub(super) fn labelled(name: &str, line: &str) -> String {
    format!("{name:<9} {line}")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[tokio::test]
    async fn whole_lines_are_followed_through_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("services.log");
        fs::write(&path, "old\n").unwrap();
        let mut follow = Follow::new(vec![("site", path.clone())]);
        let mut file = File::options().append(true).open(&path).unwrap();
        write!(file, "one\ntw").unwrap();
        assert_eq!(follow.next().await, ["site      one"]);
        assert!(follow.read().is_empty());
        writeln!(file, "o").unwrap();
        assert_eq!(follow.next().await, ["site      two"]);
        fs::write(&path, "new\n").unwrap();
        assert_eq!(follow.next().await, ["site      new"]);
    }

    #[test]
    fn a_tail_is_the_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "1\n2\n3\n").unwrap();
        assert_eq!(tail(&path, 2), "2\n3");
        assert_eq!(tail(&folder.path().join("none"), 2), "");
    }
}
