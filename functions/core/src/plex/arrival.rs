//! What follows when something arrives: it goes into the library, and the request for it is marked.

use async_trait::async_trait;

use super::payload::PlexItem;
use super::title::TitleKey;
use crate::library::LibraryItem;
use crate::media::{MediaKey, MediaType};
use crate::request::MediaRequest;
use crate::store::{KnownIds, Store, StoreError};
use crate::time::Timestamp;

/// Says why TheTVDB gave no answer. Holds no address and no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("TheTVDB can't say which series an episode belongs to: {0}")]
pub struct TvdbError(pub String);

/// Finds the series that an episode belongs to.
#[async_trait]
pub trait TvdbSeries: Send + Sync {
    /// Returns TheTVDB's id of the series; `None` when it knows none, or when there is no key to ask with.
    async fn series_of(&self, episode_id: u64) -> Result<Option<u64>, TvdbError>;
}

/// Says what became of an arrival.
#[derive(Debug)]
pub struct Arrival {
    /// TMDB's id of the film or show, if it is known.
    pub tmdb_id: Option<u64>,
    /// It went into the library.
    pub added_to_library: bool,
    /// The request that this delivery, and no other, has marked.
    pub fulfilled: Option<MediaRequest>,
    /// Why TheTVDB was of no help, for the log.
    pub tvdb_error: Option<TvdbError>,
}

/// What the search for a request found.
enum Found {
    /// This delivery marked it.
    Marked(Box<MediaRequest>),
    /// It was marked before.
    Before(MediaKey),
    /// There is none.
    Nothing,
}

/// Handles an arrival. Five ways lead to its request: TMDB's id, TheTVDB's, Plex's guid, the episode's series at
/// TheTVDB, and, when no id is known, the title.
///
/// The same delivery may come again or several times at once: only one of them is told which request it fulfilled.
pub async fn arrive(
    store: &dyn Store,
    tvdb: &dyn TvdbSeries,
    item: &PlexItem,
    now: Timestamp,
) -> Result<Arrival, StoreError> {
    let media_type = item.kind.media_type();
    let guid = item.guid.as_deref();
    let remembered = match guid {
        Some(guid) => store.known_ids(guid).await?.unwrap_or_default(),
        None => KnownIds::default(),
    };
    let mut ids = item.ids.or(remembered);
    let mut tvdb_error = None;

    let mut found = by_ids(store, media_type, ids, guid, now).await?;
    if let (Found::Nothing, Some(guid)) = (&found, guid)
        && let Some(request) = store.request_by_guid(guid).await?
    {
        found = mark(store, request.key(), Some(guid), now).await?;
    }
    if let (Found::Nothing, None, Some(episode_id)) = (&found, ids.tvdb_id, item.episode_tvdb_id) {
        match tvdb.series_of(episode_id).await {
            Ok(Some(series_id)) => {
                ids.tvdb_id = Some(series_id);
                found = by_ids(store, media_type, ids, guid, now).await?;
            }
            Ok(None) => {}
            Err(error) => tvdb_error = Some(error),
        }
    }
    if let Found::Nothing = found {
        found = by_name(store, item, ids, now).await?;
    }

    let request = match &found {
        Found::Marked(request) => Some(request.key()),
        Found::Before(key) => Some(*key),
        Found::Nothing => None,
    };
    ids.tmdb_id = ids.tmdb_id.or(request.filter(|key| key.media_type == media_type).map(|key| key.tmdb_id));
    if let Some(tmdb_id) = ids.tmdb_id {
        let title = Some(item.title.clone()).filter(|title| !title.is_empty());
        store.put_titles(&[LibraryItem { media_type, tmdb_id, tvdb_id: ids.tvdb_id, title }], now).await?;
    }
    if let Some(guid) = guid
        && !ids.is_empty()
        && ids != remembered
    {
        store.remember_ids(guid, ids, now).await?;
    }
    Ok(Arrival {
        tmdb_id: ids.tmdb_id,
        added_to_library: ids.tmdb_id.is_some(),
        fulfilled: match found {
            Found::Marked(request) => Some(*request),
            Found::Before(_) | Found::Nothing => None,
        },
        tvdb_error,
    })
}

async fn mark(store: &dyn Store, key: MediaKey, guid: Option<&str>, now: Timestamp) -> Result<Found, StoreError> {
    if let Some(request) = store.mark_added(key, guid, now).await? {
        return Ok(Found::Marked(Box::new(request)));
    }
    Ok(if store.request(key).await?.is_some() { Found::Before(key) } else { Found::Nothing })
}

async fn by_ids(
    store: &dyn Store,
    media_type: MediaType,
    ids: KnownIds,
    guid: Option<&str>,
    now: Timestamp,
) -> Result<Found, StoreError> {
    if let Some(tmdb_id) = ids.tmdb_id {
        let found = mark(store, MediaKey::new(media_type, tmdb_id), guid, now).await?;
        if !matches!(found, Found::Nothing) {
            return Ok(found);
        }
    }
    if let (MediaType::Tv, Some(tvdb_id)) = (media_type, ids.tvdb_id)
        && let Some(request) = store.request_by_tvdb(tvdb_id).await?
    {
        return mark(store, request.key(), guid, now).await;
    }
    Ok(Found::Nothing)
}

/// Goes by IMDb's id, else by the title; only when no other id is known, and only if it is the only one.
async fn by_name(store: &dyn Store, item: &PlexItem, ids: KnownIds, now: Timestamp) -> Result<Found, StoreError> {
    if !ids.is_empty() {
        return Ok(Found::Nothing);
    }
    let requests = store.requests(Some(item.kind.media_type())).await?;
    let guid = item.guid.as_deref();
    if let Some(imdb_id) = &item.imdb_id
        && let Some(request) = requests.iter().find(|request| request.imdb_id.as_ref() == Some(imdb_id))
    {
        return mark(store, request.key(), guid, now).await;
    }
    let title = TitleKey::new(&item.title, item.year);
    let mut hits = requests
        .iter()
        .filter(|request| request.is_pending())
        .filter(|request| title.matches(&TitleKey::new(&request.title, request.year)));
    match (hits.next(), hits.next()) {
        (Some(request), None) => mark(store, request.key(), guid, now).await,
        _ => Ok(Found::Nothing),
    }
}
