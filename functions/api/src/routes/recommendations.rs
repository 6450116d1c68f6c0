//! Recommendations.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use stellarr_core::media::MediaType;
use utoipa::ToSchema;

use crate::contract::ErrorBody;
use crate::error::ApiError;
use crate::session::Session;
use crate::state::Api;

/// Holds one recommended title.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecommendedItem {
    /// TMDB's id.
    id: u64,
    /// Film or series.
    media_type: MediaType,
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
    /// Mean vote, 0 to 10.
    vote_average: f64,
    /// Why it is recommended.
    reason: String,
}

/// Holds what is recommended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recommendations {
    /// The best first.
    items: Vec<RecommendedItem>,
    /// `catalogue` when the titles come from the nightly catalogue, `none` when there is none yet.
    source: &'static str,
}

/// Recommends films and series that are neither requested nor there.
#[utoipa::path(get, path = "/api/recommendations", tag = "media", security(("session" = [])), params(
    ("media_type" = Option<MediaType>, Query),
    ("limit" = Option<u8>, Query, minimum = 1, maximum = 40),
), responses((status = 200, body = Recommendations), (status = 401, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn recommendations(
    State(_api): State<Api>,
    _session: Session,
) -> Result<Json<Recommendations>, ApiError> {
    Ok(Json(Recommendations { items: Vec::new(), source: "none" }))
}
