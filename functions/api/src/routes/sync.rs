//! The library, as the sync client sends it.

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde_json::Value;
use stellarr_core::library::LibraryItem;
use stellarr_core::media::{MediaType, short_title};
use stellarr_core::sync::{Batch, sync};

use super::plex::check_token;
use crate::contract::{ErrorBody, SyncItem, SyncOutcome, ValidationBody};
use crate::error::ApiError;
use crate::fields::{Fields, MAX_UPLOAD_BYTES, Query, missing_in, read_body};
use crate::state::Api;

endpoints! {
    post "/sync/library" => library,
}

/// Most titles of one batch.
const MAX_BATCH_TITLES: usize = 20_000;

/// Puts a batch of titles into the library and marks the requests that it fulfils.
///
/// `clear` opens a new generation and deletes nothing; `final` closes it and removes what it did not bring.
#[utoipa::path(post, path = "/sync/library", tag = "plex", request_body = Vec<SyncItem>, params(
    ("token" = String, Query),
    ("media_type" = MediaType, Query),
    ("clear" = Option<bool>, Query),
    ("final" = Option<bool>, Query),
), responses(
    (status = 200, body = SyncOutcome),
    (status = 400, description = "Not an array, or an unknown media type", body = ErrorBody),
    (status = 401, body = ErrorBody),
    (status = 413, body = ErrorBody),
    (status = 422, description = "A title is not what it should be; nothing was changed", body = ValidationBody),
    (status = 503, description = "Storage failed; the same call again completes it", body = ErrorBody),
))]
pub(crate) async fn library(State(api): State<Api>, request: Request) -> Result<Json<SyncOutcome>, ApiError> {
    check_token(&api, request.uri()).await?;
    let query = Query::of(request.uri());
    let bad = |what: &str| ApiError::new(StatusCode::BAD_REQUEST, what);
    let media_type = query.get("media_type").ok_or_else(|| missing_in("query", "media_type"))?;
    let media_type: MediaType = media_type.parse().map_err(|_| bad("media_type must be 'movie' or 'tv'"))?;
    let (opens, closes) = (query.flag("clear")?, query.flag("final")?);
    let (parts, body) = request.into_parts();
    let body = read_body(body, &parts.headers, MAX_UPLOAD_BYTES).await?;
    let body: Value = serde_json::from_slice(&body).map_err(|_| bad("The body is not JSON"))?;
    let Value::Array(entries) = body else { return Err(bad("The body must be an array")) };
    if entries.len() > MAX_BATCH_TITLES {
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, format!("A batch holds at most {MAX_BATCH_TITLES} titles")));
    }
    let items = items(media_type, entries)?;
    let done = sync(&*api.store, &Batch { media_type, items, opens, closes }, api.now()).await?;
    tracing::info!(event = "library.synced", %media_type, synced = done.synced, swept = done.swept, opens, closes);
    Ok(Json(SyncOutcome {
        status: "success",
        synced: done.synced,
        marked_as_added: done.marked_as_added,
        removed: done.swept,
        media_type,
    }))
}

fn items(media_type: MediaType, entries: Vec<Value>) -> Result<Vec<LibraryItem>, ApiError> {
    let mut items = Vec::with_capacity(entries.len());
    let mut faults = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let mut fields = match Fields::at(entry, vec!["body".into(), index.into()]) {
            Ok(fields) => fields,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        items.push(LibraryItem {
            media_type,
            tmdb_id: fields.id("tmdb_id"),
            tvdb_id: fields.optional_id("tvdb_id"),
            title: fields.optional_text("title").filter(|title| !title.is_empty()).map(|title| short_title(&title)),
        });
        faults.extend(fields.into_faults());
        if faults.len() > 100 {
            break;
        }
    }
    if faults.is_empty() { Ok(items) } else { Err(ApiError::invalid(faults)) }
}
