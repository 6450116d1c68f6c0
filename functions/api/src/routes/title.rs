//! One film or series in full: what a list says of it, its seasons and its ids elsewhere.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{RawPathParams, State};
use http::Uri;
use serde::Serialize;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::request::UNKNOWN_TITLE;
use stellarr_core::tmdb::Details;
use utoipa::ToSchema;

use crate::contract::{ErrorBody, ValidationBody};
use crate::error::ApiError;
use crate::fields::{Query, id_at, media_type_at};
use crate::session::Session;
use crate::state::{Api, Collaborators};

endpoints! {
    get "/api/title/{media_type}/{tmdb_id}" => title,
}

/// How long TMDB may take.
const TMDB_TIMEOUT: Duration = Duration::from_secs(9);

/// Holds one film or series in full. What is there and what is requested is told by the library status.
#[derive(Serialize, ToSchema)]
pub(crate) struct TitleInFull {
    /// TMDB's id.
    id: u64,
    /// The title.
    title: String,
    /// Year of release.
    #[schema(required = true)]
    year: Option<u16>,
    /// The overview.
    overview: String,
    /// Path of the poster at the image host.
    #[schema(required = true)]
    poster_path: Option<String>,
    /// Film or series.
    media_type: MediaType,
    /// Mean vote, 0 to 10.
    vote_average: f64,
    /// Seasons, of series.
    #[schema(required = true)]
    number_of_seasons: Option<u32>,
    /// `tt…`
    #[schema(required = true)]
    imdb_id: Option<String>,
    /// TheTVDB's id, of series.
    #[schema(required = true)]
    tvdb_id: Option<u64>,
}

/// Tells all that TMDB knows of one film or series.
#[utoipa::path(get, path = "/api/title/{media_type}/{tmdb_id}", tag = "media", security(("session" = [])),
    params(("media_type" = MediaType, Path), ("tmdb_id" = u64, Path),
        ("language" = Option<String>, Query, description = "Language of title and overview, such as `de` or `pt-BR`; nonsense is left out")),
    responses(
    (status = 200, body = TitleInFull),
    (status = 401, body = ErrorBody),
    (status = 404, description = "TMDB does not know the title", body = ErrorBody),
    (status = 422, body = ValidationBody),
    (status = 502, description = "TMDB failed", body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn title(
    State(api): State<Api>,
    _session: Session,
    path: RawPathParams,
    uri: Uri,
) -> Result<Json<TitleInFull>, ApiError> {
    let text = |name: &str| path.iter().find(|(found, _)| *found == name).map(|(_, value)| value).unwrap_or_default();
    let media_type = media_type_at("path", "media_type", text("media_type"));
    let tmdb_id = id_at("path", "tmdb_id", text("tmdb_id"));
    let key = match (media_type, tmdb_id) {
        (Ok(media_type), Ok(tmdb_id)) => MediaKey::new(media_type, tmdb_id),
        (media_type, tmdb_id) => {
            return Err(ApiError::invalid([media_type.err(), tmdb_id.err()].into_iter().flatten().collect()));
        }
    };
    let language = Query::of(&uri).get("language").and_then(|text| text.parse().ok());
    let secrets = api.secret().await?;
    let tmdb = api.tmdb.tmdb(Collaborators::required(secrets.tmdb_api_key())?, Instant::now() + TMDB_TIMEOUT).await?;
    let details = tmdb.details(key.media_type, key.tmdb_id, language.as_ref()).await?;
    Ok(Json(in_full(key, details)))
}

fn in_full(key: MediaKey, details: Details) -> TitleInFull {
    let Details { entry, number_of_seasons, imdb_id, tvdb_id } = details;
    let year = entry.year().ok().flatten();
    TitleInFull {
        id: key.tmdb_id,
        title: if entry.title.is_empty() { UNKNOWN_TITLE.to_owned() } else { entry.title },
        year,
        overview: entry.overview,
        poster_path: entry.poster_path,
        media_type: key.media_type,
        vote_average: entry.vote_average,
        number_of_seasons,
        imdb_id,
        tvdb_id,
    }
}
