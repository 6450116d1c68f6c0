//! Recommendations.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use http::Uri;
use serde::Serialize;
use stellarr_core::catalogue::{Catalogue, CatalogueError, Cursor, ListId, RowPage, CatalogueSummary};
use stellarr_core::locale::Locale;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::metrics::{self, Metric};
use stellarr_core::recommend::gather::{RecommendationQuery, CatalogueReader, CandidateSource, answer};
use stellarr_core::recommend::{Reason, Recommendation};
use stellarr_core::tmdb::{Audience, Details, List, Page, Search, Tmdb, TmdbError};
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::contract::{ErrorBody, ValidationBody};
use crate::error::ApiError;
use crate::fields::{Query, fault, media_type_at};
use crate::session::Session;
use crate::state::{Api, Collaborators};

endpoints! {
    get "/api/recommendations" => recommendations,
}

/// How long TMDB may take when the catalogue does not help, from its first call on.
const TMDB_TIMEOUT: Duration = Duration::from_secs(9);

/// How long one read of the catalogue may take; what takes longer counts as not there.
const CATALOGUE_TIMEOUT: Duration = Duration::from_secs(2);

/// Titles of an answer, when the asker does not say how many.
const DEFAULT_LIMIT: usize = 20;

/// Most titles of an answer.
const MAX_LIMIT: usize = 40;

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
    /// Path of the backdrop at the image host.
    #[schema(required = true)]
    backdrop_path: Option<String>,
    /// Mean vote, 0 to 10.
    vote_average: f64,
    /// Genre ids of its media type.
    genre_ids: Vec<u32>,
    /// How well it fits, 0 to 1.
    score: f64,
    /// Why it is recommended.
    reason: RecommendationReason,
}

/// Says why a title is recommended.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecommendationReason {
    /// `because_you_asked_for`, `favourite_genre`, `trending`, `hidden_gem`, `award_winning` or `popular`.
    kind: &'static str,
    /// The requested title that it is like; with `because_you_asked_for` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// That title's kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<MediaType>,
    /// That title's TMDB id.
    #[serde(skip_serializing_if = "Option::is_none")]
    tmdb_id: Option<u64>,
    /// TMDB's id of the genre; with `favourite_genre` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    genre_id: Option<u32>,
}

/// Holds what is recommended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recommendations {
    /// The best first.
    items: Vec<RecommendedItem>,
    /// `cache` when all titles come from the catalogue, `live` when they come from TMDB, `mixed` when from both.
    source: &'static str,
}

/// Recommends films and series that are neither requested nor there.
#[utoipa::path(get, path = "/api/recommendations", tag = "media", security(("session" = [])), params(
    ("media_type" = Option<MediaType>, Query),
    ("limit" = Option<u8>, Query, minimum = 1, maximum = 40),
    ("exclude" = Option<String>, Query, description = "Comma list of titles to leave out: `movie:653`, or `653` for both kinds"),
    ("locale" = Option<String>, Query, description = "Language of titles that have to be asked of TMDB"),
), responses(
    (status = 200, body = Recommendations),
    (status = 401, body = ErrorBody),
    (status = 422, body = ValidationBody),
    (status = 502, description = "The catalogue is empty and TMDB failed", body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn recommendations(
    State(api): State<Api>,
    _session: Session,
    uri: Uri,
) -> Result<Json<Recommendations>, ApiError> {
    let question = question(&Query::of(&uri), &api.audience)?;
    let now = api.now();
    let household = api.household.read(&*api.store, api.now()).await?;
    let tmdb = WhenNeeded { api: &api, deadline: OnceLock::new() };
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let answer = answer(&InTime(&*api.catalogue), &tmdb, &household, &question, seconds).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(none) => {
            emit_metrics(&api, false, none.live_calls, None, now.as_millisecond());
            return Err(none.error.into());
        }
    };
    emit_metrics(&api, answer.source == CandidateSource::Cache, answer.live_calls, answer.age, now.as_millisecond());
    let source = match answer.source {
        CandidateSource::Cache => "cache",
        CandidateSource::Live => "live",
        CandidateSource::Mixed => "mixed",
    };
    Ok(Json(Recommendations { items: answer.recommendations.into_iter().map(item).collect(), source }))
}

/// Reads what an answer needs, so that the next asker does not wait for it. TMDB is not asked.
///
/// What can't be read is read again when somebody asks, who then learns of it.
pub async fn read_ahead(api: &Api) {
    let Ok(household) = api.household.read(&*api.store, api.now()).await else { return };
    let question = RecommendationQuery { limit: 1, ..RecommendationQuery::default() };
    let seconds = u64::try_from(api.now().as_second()).unwrap_or_default();
    let _ = answer(&InTime(&*api.catalogue), &Nothing, &household, &question, seconds).await;
}

fn question(query: &Query, audience: &Audience) -> Result<RecommendationQuery, ApiError> {
    let given = |name| query.get(name).filter(|text| !text.is_empty());
    let invalid = |fault| ApiError::invalid(vec![fault]);
    let media_type =
        given("media_type").map(|text| media_type_at("query", "media_type", text)).transpose().map_err(invalid)?;
    let limit = match given("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(|| {
            invalid(fault(
                "int_range",
                &["query".into(), "limit".into()],
                "Input should be between 1 and 40",
                text.into(),
            ))
        })?,
    };
    // What can't be read excludes nothing: the list is the asker's wish, not a key.
    let exclude: HashSet<MediaKey> =
        given("exclude").unwrap_or_default().split(',').take(500).flat_map(excluded).collect();
    let locale: Option<Locale> = given("locale").and_then(|text| text.parse().ok());
    let audience = Audience { language: locale.or_else(|| audience.language.clone()), region: audience.region.clone() };
    Ok(RecommendationQuery { media_type, limit, exclude, audience })
}

fn excluded(text: &str) -> Vec<MediaKey> {
    match text.trim().split_once(':') {
        Some((media_type, id)) => match (media_type.parse(), id.parse()) {
            (Ok(media_type), Ok(id)) => vec![MediaKey::new(media_type, id)],
            _ => Vec::new(),
        },
        None => text.trim().parse().map(|id| vec![MediaKey::movie(id), MediaKey::tv(id)]).unwrap_or_default(),
    }
}

fn item(recommendation: Recommendation) -> RecommendedItem {
    let Recommendation { entry, year, score, reason } = recommendation;
    RecommendedItem {
        id: entry.id,
        media_type: entry.media_type,
        title: entry.title,
        year,
        overview: entry.overview,
        poster_path: entry.poster_path,
        backdrop_path: entry.backdrop_path,
        vote_average: entry.vote_average,
        genre_ids: entry.genre_ids,
        score: (score * 1_000.0).round() / 1_000.0,
        reason: reason.into(),
    }
}

impl From<Reason> for RecommendationReason {
    fn from(reason: Reason) -> Self {
        let plain = |kind| Self { kind, title: None, media_type: None, tmdb_id: None, genre_id: None };
        match reason {
            Reason::BecauseYouAskedFor { media_type, tmdb_id, title } => Self {
                title: Some(title),
                media_type: Some(media_type),
                tmdb_id: Some(tmdb_id),
                ..plain("because_you_asked_for")
            },
            Reason::FavouriteGenre { genre_id } => Self { genre_id: Some(genre_id), ..plain("favourite_genre") },
            Reason::Trending => plain("trending"),
            Reason::HiddenGem => plain("hidden_gem"),
            Reason::AwardWinning => plain("award_winning"),
            Reason::Popular => plain("popular"),
        }
    }
}

/// Writes the line that CloudWatch makes metrics of; a process without a namespace writes none. An answer that failed is
/// a miss too.
/// `age` is in seconds, `at` in unix milliseconds.
#[expect(clippy::cast_precision_loss, reason = "ages of days and a handful of calls")]
fn emit_metrics(api: &Api, hit: bool, live_calls: usize, age: Option<u64>, at: i64) {
    let Some(namespace) = &api.metrics_namespace else { return };
    let hit = if hit { 1.0 } else { 0.0 };
    let mut values = vec![(Metric::CatalogueHit, hit), (Metric::LiveFallbacks, live_calls as f64)];
    values.extend(age.map(|age| (Metric::CatalogueAge, age as f64)));
    (api.write_metrics)(&metrics::line(namespace, u64::try_from(at).unwrap_or_default(), &values));
}

/// The catalogue, to a reader who does not wait for ever: a table that hangs must not cost the time that TMDB needs.
struct InTime<'a>(&'a dyn Catalogue);

impl InTime<'_> {
    async fn read<T>(
        doing: &'static str,
        reading: impl Future<Output = Result<T, CatalogueError>>,
    ) -> Result<T, CatalogueError> {
        let read = timeout(CATALOGUE_TIMEOUT, reading)
            .await
            .unwrap_or_else(|_| Err(CatalogueError { doing, cause: "no answer in time".to_owned() }));
        read.inspect_err(|error| tracing::warn!(event = "catalogue.failed", error = %error))
    }
}

#[async_trait]
impl CatalogueReader for InTime<'_> {
    async fn page(
        &self,
        list: ListId,
        limit: usize,
        after: Option<Cursor>,
        now: u64,
    ) -> Result<RowPage, CatalogueError> {
        Self::read("read a list", self.0.page(list, limit, after, now)).await
    }

    async fn summary(&self) -> Result<Option<CatalogueSummary>, CatalogueError> {
        Self::read("read the summary", self.0.summary()).await
    }
}

/// In the place of TMDB, where it is not to be asked.
struct Nothing;

#[async_trait]
impl Tmdb for Nothing {
    async fn search(&self, _: &Search) -> Result<Page, TmdbError> {
        Err(TmdbError::Unauthorized)
    }

    async fn details(&self, _: MediaType, _: u64, _: Option<&Locale>) -> Result<Details, TmdbError> {
        Err(TmdbError::Unauthorized)
    }

    async fn list(&self, _: &List, _: &Audience) -> Result<Page, TmdbError> {
        Err(TmdbError::Unauthorized)
    }
}

/// TMDB, of which nothing is made before it is asked: with a warm catalogue it never is.
struct WhenNeeded<'a> {
    api: &'a Api,
    /// When it must be done, known from its first call on.
    deadline: OnceLock<Instant>,
}

impl WhenNeeded<'_> {
    async fn client(&self) -> Result<Box<dyn Tmdb>, TmdbError> {
        let deadline = *self.deadline.get_or_init(|| Instant::now() + TMDB_TIMEOUT);
        let unavailable = || TmdbError::Unauthorized;
        let secrets = self.api.secret().await.map_err(|_| unavailable())?;
        let key = Collaborators::required(secrets.tmdb_api_key()).map_err(|_| unavailable())?;
        self.api.tmdb.tmdb(key, deadline).await
    }
}

#[async_trait]
impl Tmdb for WhenNeeded<'_> {
    async fn search(&self, search: &Search) -> Result<Page, TmdbError> {
        self.client().await?.search(search).await
    }

    async fn details(&self, media_type: MediaType, id: u64, language: Option<&Locale>) -> Result<Details, TmdbError> {
        self.client().await?.details(media_type, id, language).await
    }

    async fn list(&self, list: &List, audience: &Audience) -> Result<Page, TmdbError> {
        self.client().await?.list(list, audience).await
    }
}
