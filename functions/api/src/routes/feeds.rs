//! The feeds of Radarr, Sonarr and feed readers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Uri};
use stellarr_core::auth::same;
use stellarr_core::feed::{Channel, Topic, radarr, rss, sonarr};
use stellarr_core::media::MediaType;
use stellarr_core::request::MediaRequest;

use crate::body_cache::{Encoded, Name};
use crate::caller::site;
use crate::contract::{ErrorBody, Feed, FeedList, Feeds};
use crate::error::ApiError;
use crate::fields::Query;
use crate::session::Session;
use crate::state::Api;

endpoints! {
    get "/api/feeds" => describe,
    get "/list/radarr" => list_radarr,
    get "/list/sonarr" => list_sonarr,
    get "/rss/movies" => rss_movies,
    get "/rss/tv" => rss_tv,
    get "/rss/all" => rss_all,
}

/// Stands where the token belongs, for whoever is not signed in.
const PLACEHOLDER: &str = "YOUR_FEED_TOKEN";

/// Lets a request pass that carries the feed token, or any if none is configured.
async fn check_token(api: &Api, uri: &Uri) -> Result<(), ApiError> {
    let secrets = api.whole_secret().await?;
    let Some(expected) = secrets.feed_token() else { return Ok(()) };
    let query = Query::of(uri);
    let given = query.get("token").unwrap_or_default();
    if same(expected.as_bytes(), given.as_bytes()) {
        Ok(())
    } else {
        Err(ApiError::unauthorized("Invalid or missing feed token"))
    }
}

/// Answers with a feed, made anew or kept.
async fn serve(
    api: &Api,
    headers: &HeaderMap,
    name: Name,
    content_type: &'static str,
    wanted: Option<MediaType>,
    write: impl FnOnce(&[MediaRequest]) -> Vec<u8>,
) -> Result<Response, ApiError> {
    let version = api.store.version().await?;
    if let Some(kept) = version.and_then(|version| api.bodies.get(&name, (version, 0))) {
        return Ok(kept.respond(headers, true));
    }
    let requests = api.store.requests(wanted).await?;
    let body = Arc::new(Encoded::new(content_type, write(&requests)));
    if let Some(version) = version {
        api.bodies.put(name, (version, 0), Arc::clone(&body));
    }
    Ok(body.respond(headers, version.is_some()))
}

/// Lists films for Radarr.
#[utoipa::path(get, path = "/list/radarr", tag = "feeds", params(("token" = Option<String>, Query)), responses(
    (status = 200, description = "An array of `id`, `title`, `imdb_id`, `poster_url`", body = Vec<Object>),
    (status = 401, body = ErrorBody),
    (status = 503, description = "Never an empty list instead: Radarr may delete what a list no longer names", body = ErrorBody),
))]
pub(crate) async fn list_radarr(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    check_token(&api, &uri).await?;
    let name = Name("/list/radarr", String::new());
    let (listing, images) = (api.settings.listing, &api.settings.image_base);
    let write = |requests: &[MediaRequest]| radarr(requests, listing, images);
    serve(&api, &headers, name, "application/json", Some(MediaType::Movie), write).await
}

/// Lists series for Sonarr.
#[utoipa::path(get, path = "/list/sonarr", tag = "feeds", params(("token" = Option<String>, Query)), responses(
    (status = 200, description = "An array of `tvdbId`, `tmdbId`, `imdbId`, `title`", body = Vec<Object>),
    (status = 401, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn list_sonarr(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    check_token(&api, &uri).await?;
    let name = Name("/list/sonarr", String::new());
    let write = |requests: &[MediaRequest]| sonarr(requests, api.settings.listing);
    serve(&api, &headers, name, "application/json", Some(MediaType::Tv), write).await
}

async fn serve_rss(api: &Api, uri: &Uri, headers: &HeaderMap, topic: Topic) -> Result<Response, ApiError> {
    check_token(api, uri).await?;
    let site = site(&api.settings, headers);
    let name = Name(topic.path(), site.clone());
    let write = |requests: &[MediaRequest]| rss(Channel { topic, site: &site }, requests, api.settings.listing);
    serve(api, headers, name, "application/rss+xml; charset=utf-8", topic.media_type(), write).await
}

/// Lists films as RSS 2.0.
#[utoipa::path(get, path = "/rss/movies", tag = "feeds", params(("token" = Option<String>, Query)), responses(
    (status = 200, content_type = "application/rss+xml", body = String), (status = 401, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub(crate) async fn rss_movies(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    serve_rss(&api, &uri, &headers, Topic::Movies).await
}

/// Lists series as RSS 2.0.
#[utoipa::path(get, path = "/rss/tv", tag = "feeds", params(("token" = Option<String>, Query)), responses(
    (status = 200, content_type = "application/rss+xml", body = String), (status = 401, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub(crate) async fn rss_tv(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    serve_rss(&api, &uri, &headers, Topic::Tv).await
}

/// Lists everything as RSS 2.0.
#[utoipa::path(get, path = "/rss/all", tag = "feeds", params(("token" = Option<String>, Query)), responses(
    (status = 200, content_type = "application/rss+xml", body = String), (status = 401, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub(crate) async fn rss_all(State(api): State<Api>, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    serve_rss(&api, &uri, &headers, Topic::All).await
}

/// Describes the feeds; whoever is signed in gets addresses that are ready to paste.
#[utoipa::path(get, path = "/api/feeds", tag = "feeds", security((), ("session" = [])), responses(
    (status = 200, body = Feeds), (status = 401, description = "A session was sent that does not count", body = ErrorBody),
    (status = 503, description = "The site is not configured yet", body = ErrorBody),
))]
pub(crate) async fn describe(
    State(api): State<Api>,
    session: Option<Session>,
    headers: HeaderMap,
) -> Result<Json<Feeds>, ApiError> {
    let secrets = api.whole_secret().await?;
    let site = site(&api.settings, &headers);
    let encode = |token: &str| url::form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>();
    let plex_webhook_url = match (secrets.webhook_token(), &session) {
        (Some(token), Some(_)) => Some(format!("{site}/webhook/plex?token={}", encode(token))),
        _ => None,
    };
    let query = match (secrets.feed_token(), session) {
        (None, _) => String::new(),
        (Some(token), Some(_)) => format!("?token={}", encode(token)),
        (Some(_), None) => format!("?token={PLACEHOLDER}"),
    };
    let url = |path: &str| format!("{site}{path}{query}");
    Ok(Json(Feeds {
        token_required: secrets.feed_token().is_some(),
        plex_webhook_url,
        feeds: FeedList {
            radarr: Feed {
                name: "Radarr",
                description: "Requested movies",
                url: url("/list/radarr"),
                format: "json",
                setup: "Radarr: Settings, Import Lists, add a StevenLu Custom list or a Custom List",
            },
            sonarr: Feed {
                name: "Sonarr",
                description: "Requested TV shows",
                url: url("/list/sonarr"),
                format: "json",
                setup: "Sonarr: Settings, Import Lists, add a Custom List",
            },
            rss: Feed {
                name: "RSS",
                description: "All requests",
                url: url("/rss/all"),
                format: "rss",
                setup: "Any feed reader; /rss/movies and /rss/tv list one kind only",
            },
        },
    }))
}
