//! Requests: making, listing, removing.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use http::Uri;
use stellarr_core::media::MediaKey;
use stellarr_core::request::MediaRequest;
use stellarr_core::time::iso;

use crate::contract::{ErrorBody, NewRequest, Outcome, Requests, ValidationBody};
use crate::error::ApiError;
use crate::fields::{Fields, Query, id_at, media_type_at};
use crate::routes::auth::first_seen;
use crate::session::Session;
use crate::state::{Api, Collaborators};

endpoints! {
    post "/api/request" => create,
    delete "/api/request/{media_type}/{tmdb_id}" => remove,
    get "/api/requests" => list,
}

const TMDB_TIMEOUT: Duration = Duration::from_secs(9);

/// Asks for a film or series, in the name of whoever is signed in.
#[utoipa::path(post, path = "/api/request", tag = "requests", request_body = NewRequest, security(("session" = [])), responses(
    (status = 200, description = "`success` is false when it is requested already", body = Outcome),
    (status = 401, body = ErrorBody),
    (status = 404, description = "TMDB does not know the title", body = ErrorBody),
    (status = 413, body = ErrorBody),
    (status = 422, body = ValidationBody),
    (status = 502, description = "TMDB failed", body = ErrorBody),
    (status = 503, body = ErrorBody),
    (status = 504, description = "TMDB did not answer in time", body = ErrorBody),
))]
pub(crate) async fn create(
    State(api): State<Api>,
    Session(session): Session,
    request: Request,
) -> Result<Json<Outcome>, ApiError> {
    let mut fields = Fields::of(request).await?;
    let key = MediaKey::new(fields.media_type("media_type"), fields.id("tmdb_id"));
    // Only its type is checked: the signed name counts.
    let _ = fields.optional_text("requested_by");
    let language = fields.optional_text("language").and_then(|text| text.parse().ok());
    fields.finish()?;
    if let Some(request) = api.store.request(key).await? {
        return Ok(Json(already(&request.title)));
    }
    let secrets = api.secret().await?;
    let tmdb = api.tmdb.tmdb(Collaborators::required(secrets.tmdb_api_key())?, Instant::now() + TMDB_TIMEOUT).await?;
    let details = tmdb.details(key.media_type, key.tmdb_id, language.as_ref()).await?;
    let requested_by = match &session.name {
        Some(name) => Some(first_seen(&api, name).await?),
        None => None,
    };
    let request = MediaRequest::new(key, details, requested_by, iso(api.now()));
    if !api.store.add_request(&request).await? {
        return Ok(Json(already(&request.title)));
    }
    Ok(Json(Outcome { success: true, message: format!("{} has been requested", request.title) }))
}

fn already(title: &str) -> Outcome {
    Outcome { success: false, message: format!("{title} is already requested") }
}

/// Removes a request; also succeeds when there is none.
#[utoipa::path(delete, path = "/api/request/{media_type}/{tmdb_id}", tag = "requests", security(("session" = [])),
    params(("media_type" = stellarr_core::media::MediaType, Path), ("tmdb_id" = u64, Path)), responses(
    (status = 200, body = Outcome),
    (status = 401, body = ErrorBody),
    (status = 422, body = ValidationBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn remove(
    State(api): State<Api>,
    _session: Session,
    path: Result<RawPathParams, RawPathParamsRejection>,
    uri: Uri,
) -> Result<Json<Outcome>, ApiError> {
    // What is not UTF-8 once decoded is told of as it was sent.
    let sent = |at| uri.path().rsplit('/').nth(at).unwrap_or_default();
    let text = |name: &str| match &path {
        Ok(path) => path.iter().find(|(found, _)| *found == name).map(|(_, value)| value).unwrap_or_default(),
        Err(_) => sent(usize::from(name == "media_type")),
    };
    let media_type = media_type_at("path", "media_type", text("media_type"));
    let tmdb_id = id_at("path", "tmdb_id", text("tmdb_id"));
    let key = match (media_type, tmdb_id) {
        (Ok(media_type), Ok(tmdb_id)) => MediaKey::new(media_type, tmdb_id),
        (media_type, tmdb_id) => {
            return Err(ApiError::invalid([media_type.err(), tmdb_id.err()].into_iter().flatten().collect()));
        }
    };
    api.store.remove_request(key).await?;
    Ok(Json(Outcome { success: true, message: "The request has been removed".to_owned() }))
}

/// Lists requests, newest first, arrived ones included.
#[utoipa::path(get, path = "/api/requests", tag = "requests", security(("session" = [])),
    params(("media_type" = Option<stellarr_core::media::MediaType>, Query)), responses(
    (status = 200, body = Requests),
    (status = 401, body = ErrorBody),
    (status = 422, body = ValidationBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn list(State(api): State<Api>, _session: Session, uri: Uri) -> Result<Json<Requests>, ApiError> {
    let query = Query::of(&uri);
    let wanted = query.get("media_type").filter(|text| !text.is_empty());
    let wanted = wanted
        .map(|text| media_type_at("query", "media_type", text))
        .transpose()
        .map_err(|fault| ApiError::invalid(vec![fault]))?;
    Ok(Json(Requests { requests: api.store.requests(wanted).await? }))
}
