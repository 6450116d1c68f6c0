//! Trending objects as files of a folder.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use stellarr_core::trending::{ObjectError, TrendingObjects, Written};
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
}

#[async_trait]
impl TrendingObjects for FileObjects {
    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        match fs::read(self.folder.join(name)).await {
            Ok(body) => Ok(Some(body)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("reading", name, &error)),
        }
    }

    async fn exists(&self, name: &str) -> Result<bool, ObjectError> {
        fs::try_exists(self.folder.join(name)).await.map_err(|error| failed("reading", name, &error))
    }

    async fn write(&self, name: &str, body: Vec<u8>) -> Result<Written, ObjectError> {
        if self.read(name).await.is_ok_and(|stored| stored.as_ref() == Some(&body)) {
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
}

fn failed(action: &'static str, name: &str, error: &std::io::Error) -> ObjectError {
    ObjectError { action, name: name.to_owned(), reason: error.to_string() }
}
