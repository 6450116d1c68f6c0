//! Searching TMDB.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Request, State};
use futures::future::join_all;
use stellarr_core::library::Standing;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::request::UNKNOWN_TITLE;
use stellarr_core::tmdb::{TitleEntry, Search, Tmdb};

use crate::contract::{ErrorBody, SearchItem, SearchRequest, SearchResults, ValidationBody};
use crate::error::ApiError;
use crate::fields::Fields;
use crate::session::Session;
use crate::state::{Api, Collaborators};

endpoints! {
    post "/api/search" => search,
}

/// How long a search may take, season counts included.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(9);

/// Longest text that is searched for.
const MAX_QUERY_BYTES: usize = 500;

/// Searches films and series, and tells of each whether it is requested or there.
#[utoipa::path(post, path = "/api/search", tag = "media", request_body = SearchRequest, security(("session" = [])), responses(
    (status = 200, body = SearchResults),
    (status = 401, body = ErrorBody),
    (status = 413, body = ErrorBody),
    (status = 422, body = ValidationBody),
    (status = 502, description = "TMDB failed", body = ErrorBody),
    (status = 503, body = ErrorBody),
    (status = 504, description = "TMDB did not answer in time", body = ErrorBody),
))]
pub(crate) async fn search(
    State(api): State<Api>,
    _session: Session,
    request: Request,
) -> Result<Json<SearchResults>, ApiError> {
    let mut fields = Fields::of(request).await?;
    let query = fields.text("query").trim().to_owned();
    let media_type = fields.optional_text("media_type").and_then(|text| text.parse().ok());
    let page = fields.optional_integer("page").unwrap_or(1);
    let language = fields.optional_text("language").and_then(|text| text.parse().ok());
    let page = u16::try_from(page).ok().filter(|page| (1..=500).contains(page)).unwrap_or_else(|| {
        fields.refuse("page", "Input should be between 1 and 500");
        1
    });
    if query.len() > MAX_QUERY_BYTES {
        fields.refuse("query", "Input should have at most 500 bytes");
    }
    fields.finish()?;
    if query.is_empty() {
        return Ok(Json(SearchResults { results: Vec::new(), page: 1, total_pages: 0, total_results: 0 }));
    }

    let secrets = api.secret().await?;
    let deadline = Instant::now() + SEARCH_TIMEOUT;
    let tmdb = api.tmdb.tmdb(Collaborators::required(secrets.tmdb_api_key())?, deadline).await?;
    let found = tmdb.search(&Search { query, media_type, page, language }).await?;
    let keys: Vec<MediaKey> = found.entries.iter().map(key_of).collect();
    let standings = api.store.standings(&keys, api.now()).await?;
    let standing = |entry: &TitleEntry| standings.get(&key_of(entry)).copied().unwrap_or_default();
    let seasons = join_all(found.entries.iter().map(|entry| seasons(&*tmdb, entry, standing(entry)))).await;
    let results = found
        .entries
        .iter()
        .zip(seasons)
        .map(|(entry, number_of_seasons)| item(entry, standing(entry), number_of_seasons))
        .collect();
    Ok(Json(SearchResults {
        results,
        page: found.page,
        total_pages: found.total_pages,
        total_results: found.total_results,
    }))
}

const fn key_of(entry: &TitleEntry) -> MediaKey {
    MediaKey::new(entry.media_type, entry.id)
}

/// Asks for the number of seasons where somebody may still ask for the series; a failure costs the badge only.
async fn seasons(tmdb: &dyn Tmdb, entry: &TitleEntry, standing: Standing) -> Option<u32> {
    if entry.media_type != MediaType::Tv || standing.requested || standing.in_library {
        return None;
    }
    tmdb.details(MediaType::Tv, entry.id, None).await.ok()?.number_of_seasons
}

fn item(entry: &TitleEntry, standing: Standing, number_of_seasons: Option<u32>) -> SearchItem {
    let title = if entry.title.is_empty() { UNKNOWN_TITLE } else { &entry.title };
    SearchItem {
        id: entry.id,
        title: title.to_owned(),
        year: entry.year().ok().flatten(),
        overview: entry.overview.clone(),
        poster_path: entry.poster_path.clone(),
        media_type: entry.media_type,
        vote_average: entry.vote_average,
        requested: standing.requested,
        in_library: standing.in_library,
        number_of_seasons,
    }
}
