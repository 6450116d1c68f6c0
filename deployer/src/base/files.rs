//! Files that are whole or not there.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes a file beside its place and renames it there, so that no reader sees half of it.
///
/// # Errors
/// The system's, when the folder cannot be made or the file not written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
