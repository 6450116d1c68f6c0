//! Plex's webhook.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::json;
use stellarr_core::auth::same;
use stellarr_core::plex::{PlexKind, Reading, arrive, read};

use super::push::notify;
use crate::caller::site;
use crate::contract::{ErrorBody, ValidationBody, WebhookOutcome};
use crate::error::ApiError;
use crate::fields::{MAX_UPLOAD_BYTES, Query, missing_in, read_body};
use crate::state::Api;

endpoints! {
    post "/webhook/plex" => webhook,
}

/// Most parts of a multipart body that are looked at; Plex sends two.
const MAX_PARTS: usize = 32;

/// Lets a request pass that carries the webhook token; without a configured one none passes.
pub(super) async fn check_token(api: &Api, uri: &Uri) -> Result<(), ApiError> {
    let secrets = api.whole_secret().await?;
    let query = Query::of(uri);
    let given = query.get("token").unwrap_or_default();
    match secrets.webhook_token() {
        Some(expected) if same(expected.as_bytes(), given.as_bytes()) => Ok(()),
        _ => Err(ApiError::unauthorized("Invalid or missing webhook token")),
    }
}

/// Takes note of what arrived in the Plex library.
#[utoipa::path(post, path = "/webhook/plex", tag = "plex", params(("token" = String, Query)),
    request_body(content_type = "multipart/form-data", description = "A part `payload` with Plex's JSON; others are ignored. At most 6 MB; about 4.5 MB as a Lambda function, which takes it in base64"), responses(
    (status = 200, description = "Or `status: ignored` with a `reason`, for what does not concern us", body = WebhookOutcome),
    (status = 400, description = "The payload is not JSON, or the body is broken", body = ErrorBody),
    (status = 401, body = ErrorBody),
    (status = 413, body = ErrorBody),
    (status = 422, description = "There is no payload", body = ValidationBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn webhook(State(api): State<Api>, request: Request) -> Result<Response, ApiError> {
    check_token(&api, request.uri()).await?;
    let (parts, body) = request.into_parts();
    let body = read_body(body, &parts.headers, MAX_UPLOAD_BYTES).await?;
    let payload = payload(&parts.headers, body).await?.ok_or_else(|| missing_in("body", "payload"))?;
    let secrets = api.secret().await?;
    let reading = read(&payload, secrets.plex_server_name())
        .map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "The payload is not JSON"))?;
    let item = match reading {
        Reading::Arrived(item) => item,
        Reading::Ignored(reason) => return Ok(Json(json!({"status": "ignored", "reason": reason})).into_response()),
    };
    let tvdb = api.tvdb.with_key(secrets.tvdb_api_key());
    let arrival = arrive(&*api.store, &tvdb, &item, api.now()).await?;
    if let Some(error) = &arrival.tvdb_error {
        tracing::warn!(event = "tvdb.failed", error = %error);
    }
    let notification_sent = match &arrival.fulfilled {
        Some(request) => notify(&api, request, &site(&api.settings, &parts.headers)).await,
        None => false,
    };
    let outcome = WebhookOutcome {
        status: "success",
        title: item.title,
        media_type: item.kind.media_type(),
        plex_type: match item.kind {
            PlexKind::Movie => "movie",
            PlexKind::Show => "show",
            PlexKind::Season => "season",
            PlexKind::Episode => "episode",
        },
        tmdb_id: arrival.tmdb_id.or(item.item_tmdb_id),
        added_to_library: arrival.added_to_library,
        matched_request: arrival.fulfilled.is_some(),
        notification_sent,
    };
    tracing::info!(
        event = "plex.arrival",
        plex_type = outcome.plex_type,
        tmdb_id = outcome.tmdb_id,
        added_to_library = outcome.added_to_library,
        matched_request = outcome.matched_request,
        notification_sent,
    );
    Ok(Json(outcome).into_response())
}

/// Finds the payload in a form, of either kind.
async fn payload(headers: &HeaderMap, body: Bytes) -> Result<Option<String>, ApiError> {
    let broken = |what: &str| ApiError::new(StatusCode::BAD_REQUEST, what);
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        let mut fields = url::form_urlencoded::parse(&body);
        return Ok(fields.find(|(name, _)| name == "payload").map(|(_, value)| value.into_owned()));
    }
    if !content_type.starts_with("multipart/form-data") {
        return Ok(None);
    }
    let boundary = multer::parse_boundary(content_type).map_err(|_| broken("The multipart body has no boundary"))?;
    let stream = futures::stream::once(async { Ok::<_, std::convert::Infallible>(body) });
    let mut parts = multer::Multipart::new(stream, boundary);
    for _ in 0..MAX_PARTS {
        let part = parts.next_field().await.map_err(|_| broken("The multipart body is broken"))?;
        let Some(part) = part else { return Ok(None) };
        if part.name() == Some("payload") {
            let bytes = part.bytes().await.map_err(|_| broken("The multipart body is broken"))?;
            let text = String::from_utf8(bytes.to_vec()).map_err(|_| broken("The payload is not UTF-8"))?;
            return Ok(Some(text));
        }
    }
    Err(broken("The multipart body has too many parts"))
}
