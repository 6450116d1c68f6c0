//! The shapes that go over the wire and are not the domain's own.

use serde::Serialize;
use stellarr_core::library::LibraryIds;
use stellarr_core::media::MediaType;
use stellarr_core::request::MediaRequest;
use utoipa::ToSchema;

/// Answers `GET /api/health`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `healthy`
    pub(crate) status: &'static str,
    /// `stellarr`
    pub(crate) service: &'static str,
}

/// Says how a login derives its key.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuthParams {
    /// Rounds of PBKDF2-HMAC-SHA-256.
    pub(crate) iterations: u32,
}

/// Asks for a session.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read field by field, so that every fault is reported")]
pub(crate) struct VerifyRequest {
    /// The page's origin, which is the salt.
    origin: String,
    /// The browser's clock, in unix seconds.
    timestamp: i64,
    /// Lower-case hexadecimal SHA-256 of `<derived key in hexadecimal>:<timestamp>`.
    hash: String,
    /// The user's name: 1 to 50 characters.
    name: String,
}

/// Holds a new session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Verified {
    /// Always true.
    pub(crate) valid: bool,
    /// The token to send as `Authorization: Bearer …`.
    pub(crate) token: String,
    /// The trimmed name.
    pub(crate) name: String,
}

/// Holds the session that goes on after all others have ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Renewed {
    /// The token to send from now on.
    pub(crate) token: String,
    /// The name that it is for; empty when the old token had none.
    pub(crate) name: String,
}

/// Asks for a search.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read field by field, so that every fault is reported")]
pub(crate) struct SearchRequest {
    /// What the user typed.
    query: String,
    /// `movie` or `tv`; anything else searches both.
    #[schema(nullable, required = false)]
    media_type: Option<String>,
    /// The page, 1 to 500.
    #[schema(required = false, default = 1, minimum = 1, maximum = 500)]
    page: u16,
    /// Language of titles and overviews, such as `de` or `pt-BR`.
    #[schema(nullable, required = false)]
    language: Option<String>,
}

/// Holds one title that a search found.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchItem {
    /// TMDB's id.
    pub(crate) id: u64,
    /// The title.
    pub(crate) title: String,
    /// Year of release.
    #[schema(required = true)]
    pub(crate) year: Option<u16>,
    /// The overview.
    pub(crate) overview: String,
    /// Path of the poster at the image host.
    #[schema(required = true)]
    pub(crate) poster_path: Option<String>,
    /// Film or series.
    pub(crate) media_type: MediaType,
    /// Mean vote, 0 to 10.
    pub(crate) vote_average: f64,
    /// Somebody asked for it.
    pub(crate) requested: bool,
    /// It is in the library.
    pub(crate) in_library: bool,
    /// Seasons, of series that are neither requested nor there.
    #[schema(required = true)]
    pub(crate) number_of_seasons: Option<u32>,
}

/// Holds one page of a search.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchResults {
    /// Films and series.
    pub(crate) results: Vec<SearchItem>,
    /// The page.
    pub(crate) page: u32,
    /// How many pages there are.
    pub(crate) total_pages: u32,
    /// TMDB's count, persons included.
    pub(crate) total_results: u32,
}

/// Asks for a film or series.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read field by field, so that every fault is reported")]
pub(crate) struct NewRequest {
    /// TMDB's id.
    tmdb_id: u64,
    /// Film or series.
    media_type: MediaType,
    /// Ignored: whoever is signed in asks.
    #[schema(nullable, required = false)]
    requested_by: Option<String>,
    /// Language of the title and overview that are kept, such as `de` or `pt-BR`; TMDB's own without it.
    #[schema(nullable, required = false)]
    language: Option<String>,
}

/// Says what became of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// False when there was nothing to do.
    pub(crate) success: bool,
    /// A sentence about it.
    pub(crate) message: String,
}

/// Lists requests.
#[derive(Serialize, ToSchema)]
pub(crate) struct Requests {
    /// Newest first.
    pub(crate) requests: Vec<MediaRequest>,
}

/// Says what is there and what is awaited.
#[derive(Serialize, ToSchema)]
pub(crate) struct LibraryStatus {
    /// TMDB ids in the library, by kind.
    pub(crate) library: LibraryIds,
    /// Requests that wait, newest first.
    pub(crate) requests: Vec<MediaRequest>,
}

/// Holds the public half of the VAPID pair.
#[derive(Serialize, ToSchema)]
pub(crate) struct VapidKey {
    /// 65 bytes in base64url.
    pub(crate) public_key: String,
}

/// Holds a browser's `PushSubscription`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read field by field, so that every fault is reported")]
pub(crate) struct SubscribeRequest {
    /// Where the push service takes messages.
    endpoint: String,
    /// The device's keys.
    keys: SubscribeKeys,
    /// Language of the notifications, such as `de`.
    #[schema(nullable, required = false)]
    language: Option<String>,
}

/// Holds a device's keys.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read field by field, so that every fault is reported")]
pub(crate) struct SubscribeKeys {
    /// Public key: 65 bytes in base64url.
    p256dh: String,
    /// Authentication secret: 16 bytes in base64url.
    auth: String,
}

/// Says what became of a subscription.
#[derive(Serialize, ToSchema)]
pub(crate) struct PushStatus {
    /// `subscribed` or `unsubscribed`
    pub(crate) status: &'static str,
}

/// Says whether a user has a subscribed device.
#[derive(Serialize, ToSchema)]
pub(crate) struct Subscribed {
    /// At least one device, or the one that was asked about.
    pub(crate) subscribed: bool,
}

/// Describes one feed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Feed {
    /// Its name.
    pub(crate) name: &'static str,
    /// Who reads it.
    pub(crate) description: &'static str,
    /// Its address; for whoever is signed in it holds the token, and else a placeholder.
    pub(crate) url: String,
    /// `json` or `rss`
    pub(crate) format: &'static str,
    /// Where to paste the address.
    pub(crate) setup: &'static str,
}

/// Describes the feeds by their names.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedList {
    /// Films for Radarr.
    pub(crate) radarr: Feed,
    /// Series for Sonarr.
    pub(crate) sonarr: Feed,
    /// Everything, for feed readers.
    pub(crate) rss: Feed,
}

/// Describes the feeds.
#[derive(Serialize, ToSchema)]
pub(crate) struct Feeds {
    /// Whether the feeds ask for a token.
    pub(crate) token_required: bool,
    /// The feeds.
    pub(crate) feeds: FeedList,
    /// The address that Plex is given, token included; only whoever is signed in is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) plex_webhook_url: Option<String>,
}

/// Says what became of a library batch.
#[derive(Serialize, ToSchema)]
pub(crate) struct SyncOutcome {
    /// `success`
    pub(crate) status: &'static str,
    /// Titles that are in the library now.
    pub(crate) synced: usize,
    /// Requests that were marked as arrived.
    pub(crate) marked_as_added: usize,
    /// Rows that were swept at the end of a sync.
    pub(crate) removed: usize,
    /// Films or series.
    pub(crate) media_type: MediaType,
}

/// Holds one title of the library.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read field by field, so that every fault is reported")]
pub(crate) struct SyncItem {
    /// TMDB's id.
    tmdb_id: u64,
    /// TheTVDB's id.
    #[schema(nullable, required = false)]
    tvdb_id: Option<u64>,
    /// The title.
    #[schema(nullable, required = false)]
    title: Option<String>,
}

/// Says what became of a webhook that concerned us.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookOutcome {
    /// `success`
    pub(crate) status: &'static str,
    /// Title of the film or show.
    pub(crate) title: String,
    /// Film or series.
    pub(crate) media_type: MediaType,
    /// Plex's word for what arrived.
    pub(crate) plex_type: &'static str,
    /// TMDB's id, as far as it is known.
    #[schema(required = true)]
    pub(crate) tmdb_id: Option<u64>,
    /// It went into the library.
    pub(crate) added_to_library: bool,
    /// This delivery fulfilled a request.
    pub(crate) matched_request: bool,
    /// Whoever asked has been told.
    pub(crate) notification_sent: bool,
}

/// Holds an error.
#[derive(ToSchema)]
#[expect(dead_code, reason = "errors are written by `ApiError`")]
pub(crate) struct ErrorBody {
    /// A sentence for people.
    detail: String,
}

/// Holds the faults of a request.
#[derive(ToSchema)]
#[expect(dead_code, reason = "errors are written by `ApiError`")]
pub(crate) struct ValidationBody {
    /// One entry a fault.
    detail: Vec<Fault>,
}

/// Describes one fault of a request.
#[derive(ToSchema)]
#[expect(dead_code, reason = "errors are written by `ApiError`")]
pub(crate) struct Fault {
    /// What kind of fault, such as `missing`.
    r#type: String,
    /// Where: `body` and the field's name, for example.
    #[schema(value_type = Vec<Object>)]
    loc: Vec<String>,
    /// A sentence for people.
    msg: String,
    /// What was found there.
    #[schema(value_type = Object, nullable)]
    input: String,
    /// Where the kind is explained.
    url: String,
}
