//! One run: fetch, judge, write, and list what there is.

use std::time::Duration;

use futures::StreamExt;
use stellarr_core::locale::Locale;
use stellarr_core::reports::{FileReport, FileStatus, WarmReport};
use stellarr_core::tmdb::{Audience, List, Tmdb};
use stellarr_core::trending::{
    INDEX_FILE, LastRun, TrendingFile, TrendingIndex, TrendingIndexEntry, TrendingKind, TrendingObjects, Written,
};
use tokio::time::{Instant, timeout_at};

/// Files under way at once. The TMDB client's limiter is what bounds requests; this bounds memory, however many
/// languages there are.
const FILES_AT_ONCE: usize = 32;

/// Time that writing the index may take beyond the deadline of the files.
const INDEX_TIMEOUT: Duration = Duration::from_secs(5);

/// Tries to write the index when other runs write it meanwhile.
const MAX_INDEX_ATTEMPTS: usize = 10;

/// Collaborators and bounds of a run.
pub struct Warmer<'a> {
    /// Whom to ask. It should give up at the deadline on its own.
    pub tmdb: &'a dyn Tmdb,
    /// Where to write.
    pub objects: &'a dyn TrendingObjects,
    /// Every language that the deployment serves.
    pub served: &'a [Locale],
    /// When a schedule started the run, in unix seconds; `None` when somebody did.
    pub scheduled_at: Option<u64>,
    /// When all files must be done with.
    pub deadline: Instant,
    /// Tells the time, in unix seconds.
    pub now: &'a (dyn Fn() -> u64 + Send + Sync),
}

impl Warmer<'_> {
    /// Renews every file of the given languages, then the index. Never fails: the report says what did.
    pub async fn run(&self, locales: &[Locale]) -> WarmReport {
        let started = Instant::now();
        let wanted = locales.iter().flat_map(|locale| TrendingKind::EACH.map(|kind| (locale, kind)));
        let mut files: Vec<FileReport> = futures::stream::iter(wanted)
            .map(|(locale, kind)| self.renew(locale, kind))
            .buffer_unordered(FILES_AT_ONCE)
            .collect()
            .await;
        files.sort_by(|a, b| a.file.cmp(&b.file));
        let index_error = self.write_index(&files).await.err();
        let fresh = files.iter().all(|file| file.status.is_fresh());
        WarmReport {
            success: fresh && index_error.is_none(),
            files,
            index_error,
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    async fn renew(&self, locale: &Locale, kind: TrendingKind) -> FileReport {
        let name = kind.file_name(locale);
        let renewed = timeout_at(self.deadline, self.fetch_and_write(&name, locale, kind))
            .await
            .unwrap_or_else(|_| Err("not done within the run's time".to_owned()));
        let (status, items, bytes, error) = match renewed {
            Ok((Written::Changed, items, bytes)) => (FileStatus::Written, items, bytes, None),
            Ok((Written::Unchanged, items, bytes)) => (FileStatus::Unchanged, items, bytes, None),
            Err(error) => {
                let exists = timeout_at(self.deadline + INDEX_TIMEOUT, self.objects.exists(&name)).await;
                let status = if matches!(exists, Ok(Ok(true))) { FileStatus::Kept } else { FileStatus::Failed };
                tracing::warn!(file = %name, error = %error, "file not renewed");
                (status, 0, 0, Some(error))
            }
        };
        FileReport { file: name, locale: locale.clone(), kind, status, items, bytes, error }
    }

    async fn fetch_and_write(
        &self,
        name: &str,
        locale: &Locale,
        kind: TrendingKind,
    ) -> Result<(Written, usize, usize), String> {
        let list = List::Trending { media_type: kind.media_type() };
        let audience = Audience { language: Some(locale.clone()), region: None };
        let page = self.tmdb.list(&list, &audience).await.map_err(|error| error.to_string())?;
        let TrendingFile { items, body } = TrendingFile::from_page(&page).map_err(|error| error.to_string())?;
        let bytes = body.len();
        let written = self.objects.write(name, body).await.map_err(|error| error.to_string())?;
        Ok((written, items, bytes))
    }

    /// Lists last, so that the index never names a file that is not there yet. Another run may list its own files at the
    /// same time: the index is only replaced as it was read, else it is read and merged again.
    async fn write_index(&self, files: &[FileReport]) -> Result<(), String> {
        let now = (self.now)();
        let fresh: Vec<TrendingIndexEntry> = files
            .iter()
            .filter(|file| file.status.is_fresh())
            .map(|file| TrendingIndexEntry {
                file: file.file.clone(),
                locale: file.locale.clone(),
                kind: file.kind,
                items: file.items,
                bytes: file.bytes,
                fetched_at: now,
            })
            .collect();
        let run = LastRun { at: now, fresh: fresh.len(), failed: files.len() - fresh.len() };
        let work = async {
            for _ in 0..MAX_INDEX_ATTEMPTS {
                let read = self.objects.read(INDEX_FILE).await.map_err(|error| error.to_string())?;
                let old = read.as_ref().map(|read| TrendingIndex::parse(&read.body)).unwrap_or_default();
                let index = old.merged(&fresh, run, self.scheduled_at).only(self.served);
                let body = serde_json::to_vec(&index).map_err(|error| error.to_string())?;
                if read.as_ref().is_some_and(|read| read.body == body) {
                    return Ok(());
                }
                let replaced = self.objects.replace(INDEX_FILE, body, read.as_ref()).await;
                if replaced.map_err(|error| error.to_string())? {
                    return Ok(());
                }
            }
            Err("other runs kept writing the index".to_owned())
        };
        timeout_at(self.deadline.max(Instant::now()) + INDEX_TIMEOUT, work)
            .await
            .unwrap_or_else(|_| Err("the index was not written in time".to_owned()))
    }
}
