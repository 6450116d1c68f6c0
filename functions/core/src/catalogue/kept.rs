//! The lists that recommendations read, kept between two fetches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{
    Catalogue, CatalogueError, CatalogueSummary, Cursor, ListId, ListSummary, Row, RowKey, RowPage, Stamp, Stored,
    TitleFacts,
};
use crate::media::MediaType;

/// More lists than these are not read in a day.
const MAX_PAGES: usize = 64;

/// A catalogue whose first pages are kept in memory until a fetch has written a new summary.
///
/// The catalogue changes once a day, and reading five hundred rows takes a function longer than all that is made of them.
/// A fetch writes its rows first and the summary last, so pages that were read under one summary are whole or were whole
/// a moment ago; rows that have expired since are read again.
pub struct KeptCatalogue {
    catalogue: Arc<dyn Catalogue>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// When the fetch ended whose rows these are; without a summary nothing is kept.
    updated_at: Option<u64>,
    pages: HashMap<(ListId, usize), RowPage>,
}

impl KeptCatalogue {
    /// Keeps pages of a catalogue.
    #[must_use]
    pub fn new(catalogue: Arc<dyn Catalogue>) -> Self {
        Self { catalogue, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing panics while it is held.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        *self.kept() = Kept::default();
    }
}

#[async_trait]
impl Catalogue for KeptCatalogue {
    async fn page(
        &self,
        list: ListId,
        limit: usize,
        after: Option<Cursor>,
        now: u64,
    ) -> Result<RowPage, CatalogueError> {
        let name = (list, limit);
        let updated_at = {
            let kept = self.kept();
            if after.is_none()
                && let Some(page) = kept.pages.get(&name)
                && page.rows.iter().all(|row| row.expires_at > now)
            {
                return Ok(page.clone());
            }
            kept.updated_at
        };
        let page = self.catalogue.page(list, limit, after, now).await?;
        let mut kept = self.kept();
        if after.is_none() && updated_at.is_some() && kept.updated_at == updated_at && kept.pages.len() < MAX_PAGES {
            kept.pages.insert(name, page.clone());
        }
        Ok(page)
    }

    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError> {
        let summary = self.catalogue.summary().await?;
        let updated_at = summary.as_ref().map(|summary| summary.updated_at);
        let mut kept = self.kept();
        if kept.updated_at != updated_at {
            *kept = Kept { updated_at, pages: HashMap::new() };
        }
        Ok(summary)
    }

    async fn stamps(&self, keys: &[RowKey]) -> Result<HashMap<RowKey, Stamp>, CatalogueError> {
        self.catalogue.stamps(keys).await
    }

    async fn put(&self, rows: &[Row]) -> Stored {
        let stored = self.catalogue.put(rows).await;
        self.forget();
        stored
    }

    async fn renew(&self, stamps: &[(RowKey, Stamp)]) -> Stored {
        let stored = self.catalogue.renew(stamps).await;
        self.forget();
        stored
    }

    async fn measure(&self, list: ListId, now: u64) -> Result<ListSummary, CatalogueError> {
        self.catalogue.measure(list, now).await
    }

    async fn facts(&self, media_type: MediaType) -> Result<HashMap<u64, TitleFacts>, CatalogueError> {
        self.catalogue.facts(media_type).await
    }

    async fn put_facts(&self, media_type: MediaType, facts: &[(u64, TitleFacts)]) -> Result<usize, CatalogueError> {
        self.catalogue.put_facts(media_type, facts).await
    }

    async fn put_summary(&self, summary: &CatalogueSummary) -> Result<(), CatalogueError> {
        self.catalogue.put_summary(summary).await?;
        self.forget();
        Ok(())
    }
}
