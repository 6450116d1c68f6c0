//! Stands for TVDB v4: a login, episodes and series.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    answer::{ok, tvdb_error},
    catalogue::{Catalogue, Title},
    state::Shared,
};

/// How many episodes of a series have ids here.
const EPISODES_PER_SERIES: u64 = 9;
/// Keeps episode ids clear of series ids.
const EPISODE_BASE: u64 = 4_000_000;

/// Returns the stand-in's TVDB id for the nth episode, 1 to 9, of a series' first season.
#[must_use]
pub fn episode_id(series: u64, number: u64) -> u64 {
    EPISODE_BASE + series * 10 + number.clamp(1, EPISODES_PER_SERIES)
}

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v4/login", post(login))
        .route("/v4/episodes/{id}", get(episode))
        .route("/v4/episodes/{id}/extended", get(episode))
        .route("/v4/series/{id}", get(series))
        .route("/v4/series/{id}/extended", get(series))
}

async fn login(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    match request.get("apikey").and_then(Value::as_str) {
        Some(key) if shared.knows_key(key) => {
            let token = shared.tokens().issue();
            ok(&json!({"status": "success", "data": {"token": token}}))
        }
        _ => tvdb_error(StatusCode::UNAUTHORIZED, "InvalidAPIKey: Check your username, apikey, or pin"),
    }
}

fn authorised(shared: &Shared, headers: &HeaderMap) -> Result<(), Response> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if token.is_some_and(|token| shared.tokens().is_valid(token)) {
        Ok(())
    } else {
        Err(tvdb_error(StatusCode::UNAUTHORIZED, "Unauthorized"))
    }
}

async fn episode(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refusal) = authorised(&shared, &headers) {
        return refusal;
    }
    let Some((title, series, number)) = find_episode(&id) else {
        return tvdb_error(StatusCode::NOT_FOUND, "NotFoundException: episode not found");
    };
    ok(&json!({"status": "success", "data": {
        "id": episode_id(series, number),
        "seriesId": series,
        "name": format!("Episode {number}"),
        "aired": title.date,
        "runtime": title.runtime,
        "number": number,
        "seasonNumber": 1,
        "absoluteNumber": 0,
        "finaleType": null,
        "image": "",
        "imageType": null,
        "isMovie": 0,
        "lastUpdated": "2026-01-01 00:00:00",
        "nameTranslations": null,
        "overviewTranslations": null,
        "overview": null,
        "seasonName": "",
        "seasons": null,
        "year": title.year(),
    }}))
}

fn find_episode(id: &str) -> Option<(&'static Title, u64, u64)> {
    let offset = id.parse::<u64>().ok()?.checked_sub(EPISODE_BASE)?;
    let (series, number) = (offset / 10, offset % 10);
    if number == 0 {
        return None;
    }
    let title = Catalogue::embedded().series_by_tvdb(series)?;
    Some((title, series, number))
}

async fn series(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refusal) = authorised(&shared, &headers) {
        return refusal;
    }
    let found = id.parse().ok().and_then(|id| Catalogue::embedded().series_by_tvdb(id));
    let Some(title) = found else {
        return tvdb_error(StatusCode::NOT_FOUND, "NotFoundException: series not found");
    };
    ok(&json!({"status": "success", "data": {
        "id": title.tvdb_id,
        "name": title.title("en"),
        "slug": title.title("en").to_lowercase().replace(' ', "-"),
        "image": "",
        "firstAired": title.date,
        "lastAired": "",
        "nextAired": "",
        "score": title.votes,
        "status": {"id": 2, "name": "Ended", "recordType": "series", "keepUpdated": false},
        "originalCountry": title.countries.first().map(|country| country.to_lowercase()),
        "originalLanguage": title.language,
        "averageRuntime": title.runtime,
        "overview": title.overview("en"),
        "year": title.year(),
    }}))
}
