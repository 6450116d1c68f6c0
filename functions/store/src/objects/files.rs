//! Trending objects as files of a folder.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use stellarr_core::trending::{Object, ObjectError, TrendingObjects, Written};
use tokio::fs;

/// Keeps trending objects as files.
#[derive(Debug)]
pub struct FileObjects {
    folder: PathBuf,
    writes: AtomicU64,
}

impl FileObjects {
    /// Uses a folder, which the first write creates.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), writes: AtomicU64::new(0) }
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
        // Written beside and renamed, so a reader sees the old file or the new one, and never half of one.
        let turn = self.writes.fetch_add(1, Ordering::Relaxed);
        let beside = self.folder.join(format!(".{name}.{}.{turn}", std::process::id()));
        let written = async {
            fs::create_dir_all(&self.folder).await?;
            fs::write(&beside, &body).await?;
            fs::rename(&beside, self.folder.join(name)).await
        };
        if let Err(error) = written.await {
            let _ = fs::remove_file(&beside).await;
            return Err(failed("writing", name, &error));
        }
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

    #[tokio::test]
    async fn a_folder_that_cant_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), b"").unwrap();
        let objects = FileObjects::new(folder.path().join("file/below"));
        let error = objects.write("a.json", b"one".to_vec()).await.unwrap_err();
        assert_eq!((error.action, error.name.as_str()), ("writing", "a.json"));
    }
}
