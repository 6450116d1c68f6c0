//! Trending objects as files of a folder.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use stellarr_core::trending::{Object, ObjectError, TrendingObjects, Written};
use tempfile::NamedTempFile;
use tokio::fs;

/// Keeps trending objects as files.
#[derive(Debug)]
pub struct FileObjects {
    folder: PathBuf,
}

/// Writes a file whole or not at all, for its owner alone. A reader sees the old content or the new, also after a power
/// cut, and a failure leaves nothing beside it.
///
/// # Errors
/// The system's.
pub fn write_whole(file: &Path, body: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    // Dropped before it is renamed, it removes itself.
    let mut beside = NamedTempFile::new_in(folder)?;
    beside.write_all(body)?;
    beside.as_file().sync_all()?;
    beside.persist(file)?;
    std::fs::File::open(folder)?.sync_all()
}

impl FileObjects {
    /// Uses a folder, which the first write creates.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Keeps every other writer of a file away until the lock is dropped: a command may run beside the server.
    async fn lock(&self, name: &str) -> std::io::Result<std::fs::File> {
        fs::create_dir_all(&self.folder).await?;
        let lock = self.folder.join(format!(".{name}.lock"));
        let locking = tokio::task::spawn_blocking(move || {
            let file = std::fs::File::create(lock)?;
            file.lock()?;
            Ok(file)
        });
        locking.await.map_err(std::io::Error::other)?
    }
}

#[async_trait]
impl TrendingObjects for FileObjects {
    async fn read(&self, name: &str) -> Result<Option<Object>, ObjectError> {
        match fs::read(self.folder.join(name)).await {
            Ok(body) => Ok(Some(super::object(body))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("reading", name, &error)),
        }
    }

    async fn exists(&self, name: &str) -> Result<bool, ObjectError> {
        fs::try_exists(self.folder.join(name)).await.map_err(|error| failed("reading", name, &error))
    }

    async fn write(&self, name: &str, body: Vec<u8>) -> Result<Written, ObjectError> {
        if self.read(name).await.is_ok_and(|stored| stored.is_some_and(|stored| stored.body == body)) {
            return Ok(Written::Unchanged);
        }
        let file = self.folder.join(name);
        let written = async {
            fs::create_dir_all(&self.folder).await?;
            tokio::task::spawn_blocking(move || write_whole(&file, &body)).await.map_err(std::io::Error::other)?
        };
        written.await.map_err(|error| failed("writing", name, &error))?;
        Ok(Written::Changed)
    }

    async fn replace(&self, name: &str, body: Vec<u8>, read: Option<&Object>) -> Result<bool, ObjectError> {
        let _alone = self.lock(name).await.map_err(|error| failed("writing", name, &error))?;
        let is_as_read = self.read(name).await?.map(|stored| stored.body).as_ref() == read.map(|read| &read.body);
        if is_as_read {
            self.write(name, body).await?;
        }
        Ok(is_as_read)
    }
}

fn failed(action: &'static str, name: &str, error: &std::io::Error) -> ObjectError {
    ObjectError { action, name: name.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_file_is_written_whole_and_only_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let objects = FileObjects::new(folder.path().join("trending"));
        assert_eq!(objects.read("a.json").await.unwrap(), None);
        assert!(!objects.exists("a.json").await.unwrap());
        assert_eq!(objects.write("a.json", b"one".to_vec()).await.unwrap(), Written::Changed);
        let written = folder.path().join("trending/a.json").metadata().unwrap().modified().unwrap();
        assert_eq!(objects.write("a.json", b"one".to_vec()).await.unwrap(), Written::Unchanged);
        assert_eq!(folder.path().join("trending/a.json").metadata().unwrap().modified().unwrap(), written);
        assert_eq!(objects.write("a.json", b"two".to_vec()).await.unwrap(), Written::Changed);
        assert_eq!(objects.read("a.json").await.unwrap().unwrap().body, b"two");
        let names: Vec<_> =
            std::fs::read_dir(folder.path().join("trending")).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["a.json"], "nothing is left beside it");
        let mode = folder.path().join("trending/a.json").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_file_is_replaced_only_as_it_was_read() {
        let folder = tempfile::tempdir().unwrap();
        // A server, and a command beside it.
        let (one, other) = (FileObjects::new(folder.path()), FileObjects::new(folder.path()));
        assert!(one.replace("a.json", b"one".to_vec(), None).await.unwrap());
        assert!(!other.replace("a.json", b"lost".to_vec(), None).await.unwrap(), "it is there by now");
        let read = one.read("a.json").await.unwrap();
        assert!(other.replace("a.json", b"two".to_vec(), read.as_ref()).await.unwrap());
        assert!(!one.replace("a.json", b"lost".to_vec(), read.as_ref()).await.unwrap());
        assert_eq!(one.read("a.json").await.unwrap().unwrap().body, b"two");
    }

    /// Runs itself as another process, whose files may have 8 to 16 KB: the shell's blocks have 512 or 1,024 bytes.
    #[test]
    fn a_full_disk_leaves_the_old_file_and_nothing_beside_it() {
        const FOLDER: &str = "STELLARR_FULL_DISK";
        if let Some(folder) = std::env::var_os(FOLDER) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let objects = FileObjects::new(PathBuf::from(folder));
            match runtime.block_on(objects.write("a.json", vec![b'x'; 1_000_000])) {
                Ok(_) => println!("written"),
                Err(error) => println!("refused: {}", error.reason),
            }
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.json"), "old").unwrap();
        let run = |limit: &str| {
            // Without the trap, the signal would end the process instead.
            let own = "objects::files::tests::a_full_disk_leaves_the_old_file_and_nothing_beside_it";
            let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" --exact {own} --nocapture");
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", &script]).arg(std::env::current_exe().unwrap()).env(FOLDER, folder.path());
            String::from_utf8(shell.output().unwrap().stdout).unwrap()
        };
        let printed = run("16");
        assert!(printed.contains("refused: File too large"), "{printed}");
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["a.json"], "nothing is left beside it");
        assert_eq!(std::fs::read(folder.path().join("a.json")).unwrap(), b"old");
        let printed = run("unlimited");
        assert!(printed.contains("written"), "{printed}");
        assert_eq!(std::fs::metadata(folder.path().join("a.json")).unwrap().len(), 1_000_000);
    }

    #[tokio::test]
    async fn a_folder_that_cant_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), b"").unwrap();
        let objects = FileObjects::new(folder.path().join("file/below"));
        let error = objects.write("a.json", b"one".to_vec()).await.unwrap_err();
        assert_eq!((error.action, error.name.as_str()), ("writing", "a.json"));
    }
}
