//! The login.

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use stellarr_core::auth::{Challenge, ChallengeError, DisplayName, MAX_CHALLENGE_AGE_SECONDS, TokenError, is_same_member, issue};
use stellarr_core::rate_limit::{Attempt, Reservation};
use stellarr_core::secrets::SecretsError;
use stellarr_core::time::Timestamp;

use crate::caller::{caller, origins};
use crate::contract::{AuthParams, ErrorBody, Renewed, ValidationBody, Verified, VerifyRequest};
use crate::error::ApiError;
use crate::fields::Fields;
use crate::session::Session;
use crate::state::{Api, Collaborators};

endpoints! {
    get "/api/auth/params" => params,
    post "/api/auth/verify" => verify,
    post "/api/auth/sign-out-everywhere" => sign_out_everywhere,
}

/// How long it takes until everybody can be signed out again, in seconds. Secrets Manager keeps a version of each change,
/// and it keeps a limited number.
const COOLDOWN_SECONDS: i64 = 60;

/// What is said when the site's address is not known.
const NO_SITE: &str = "The site does not know its own address. Set BASE_URL to it; without it, only names and addresses of \
                       the home network are accepted";

/// Says how a login derives its key.
#[utoipa::path(get, path = "/api/auth/params", tag = "auth", responses((status = 200, body = AuthParams)))]
pub(crate) async fn params(State(api): State<Api>) -> Json<AuthParams> {
    Json(AuthParams { iterations: api.settings.iterations })
}

/// Exchanges the answer to a challenge for a session.
///
/// An attempt is reserved before the hash is looked at, so that attempts that come together can't outrun the limit.
/// What is wrong before that, a clock, an origin or a name, costs none.
#[utoipa::path(post, path = "/api/auth/verify", tag = "auth", request_body = VerifyRequest, responses(
    (status = 200, body = Verified),
    (status = 400, description = "The name is empty, too long, or has characters that cannot be seen", body = ErrorBody),
    (status = 401, description = "Wrong password, foreign origin, clock too far off, or an answer used before", body = ErrorBody),
    (status = 413, body = ErrorBody),
    (status = 421, description = "The site does not know its own address", body = ErrorBody),
    (status = 422, body = ValidationBody),
    (status = 429, description = "Too many wrong passwords, from this address or from all addresses without a sign-in \
                                  within 30 days; `Retry-After` contains the seconds to wait", body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn verify(State(api): State<Api>, request: Request) -> Result<Json<Verified>, ApiError> {
    let (parts, body) = request.into_parts();
    let caller = caller(&api.settings, &parts);
    let origins = origins(&api.settings, &parts.headers);
    let mut fields = Fields::of(Request::from_parts(parts, body)).await?;
    let challenge =
        Challenge { origin: fields.text("origin"), timestamp: fields.integer("timestamp"), hash: fields.text("hash") };
    let name = fields.text("name");
    fields.finish()?;

    let now = api.now();
    if origins.is_empty() {
        return Err(ApiError::new(StatusCode::MISDIRECTED_REQUEST, NO_SITE));
    }
    check_frame(&challenge, &origins, now.as_second())?;
    let name = DisplayName::parse(&name).map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let reservation = match &api.settings.rate_limit {
        Some(limit) => match api.store.reserve_attempt(&caller, limit, now).await? {
            Attempt::Allowed(reservation) => Some(reservation),
            Attempt::Refused { retry_after } => {
                let seconds = u64::try_from(retry_after).unwrap_or(1).max(1);
                let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "Too many attempts; try again later");
                return Err(error.retry_after(seconds));
            }
        },
        None => None,
    };
    let secrets = api.secret().await?;
    let signing_key = Collaborators::required(secrets.app_secret_key())?;
    let password = Collaborators::required(secrets.password())?;
    let derived = api.keys.derive(password, &challenge.origin, api.settings.iterations).await;
    if let Err(error) = challenge.check_hash(&derived.key) {
        // The attempts of other addresses are counted already.
        if reservation == Some(Reservation::Known) {
            api.store.count_failure(now).await?;
        }
        return Err(refused(error));
    }
    derived.prove();
    let expires = Timestamp::from_second(challenge.timestamp + MAX_CHALLENGE_AGE_SECONDS + 1).unwrap_or(now);
    if !api.store.accept_challenge(&challenge.hash, now, expires).await? {
        return Err(refused(ChallengeError::Used));
    }
    if let Some(reservation) = reservation {
        api.store.attempt_succeeded(&caller, reservation, now).await?;
    }
    let name = first_seen(&api, name.as_str()).await?;
    let token = issue(signing_key, &name, Collaborators::required(secrets.issue_at(now.as_second()))?);
    Ok(Json(Verified { valid: true, token, name }))
}

/// Returns a member's name in the spelling of the first sign-in.
///
/// Members who signed in before names were kept go by the name of their oldest request.
pub(crate) async fn first_seen(api: &Api, name: &str) -> Result<String, ApiError> {
    if let Some(kept) = api.store.member(name).await? {
        return Ok(kept);
    }
    let requests = api.store.requests(None).await?;
    let names = requests.iter().rev().filter_map(|request| request.requested_by.as_deref());
    let oldest = names.into_iter().find(|other| is_same_member(other, name));
    Ok(api.store.add_member(oldest.unwrap_or(name)).await?)
}

/// Ends the sessions of all members, and continues the caller's with a new token.
///
/// Sessions end at once here, and within a minute in every other process that serves the site. The caller's lasts no longer
/// than it would have: 30 days after the password was given.
#[utoipa::path(post, path = "/api/auth/sign-out-everywhere", tag = "auth", security(("session" = [])), responses(
    (status = 200, body = Renewed),
    (status = 401, body = ErrorBody),
    (status = 429, description = "It was done less than a minute ago; `Retry-After` says how long to wait", body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn sign_out_everywhere(
    State(api): State<Api>,
    Session(session): Session,
) -> Result<Json<Renewed>, ApiError> {
    // Elsewhere the caller's own session may have been ended a moment ago: what is held here may be a minute old.
    let secrets = api.secrets.fresh().await.map_err(unavailable)?;
    let now = api.now().as_second();
    let last = Collaborators::required(secrets.not_before())?.unwrap_or_default();
    let expired = || ApiError::unauthorized(TokenError::Expired.to_string());
    if session.issued_at < last {
        return Err(expired());
    }
    let ready = last.saturating_add(COOLDOWN_SECONDS);
    // A later one was set ahead, with the password or before a clock was set back: nobody waits for that.
    if (last..ready).contains(&now) || now + 1 == last {
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "Everybody was signed out a moment ago");
        return Err(error.retry_after(u64::try_from(ready - now).unwrap_or(1)));
    }
    // Tokens tell seconds: those of this very second are older as well.
    let second = Collaborators::required(secrets.end_of_all(now))?;
    let began_at = secrets.began_at(session.issued_at);
    let secrets = api.secrets.revoke_before(second, Some(began_at)).await.map_err(unavailable)?;
    if Collaborators::required(secrets.not_before())? != Some(second) {
        // Another process ended all sessions meanwhile, this one among them.
        return Err(expired());
    }
    let signing_key = Collaborators::required(secrets.app_secret_key())?;
    let name = session.name.unwrap_or_default();
    let token = issue(signing_key, &name, second);
    tracing::info!(event = "auth.signed_out_everywhere");
    Ok(Json(Renewed { token, name }))
}

fn unavailable(error: SecretsError) -> ApiError {
    tracing::error!(event = "secrets.unavailable", error = %error);
    ApiError::unavailable("The sessions could not be ended; try again in a moment")
}

/// Checks the challenge against each origin that the site may have; the first error counts.
fn check_frame(challenge: &Challenge, origins: &[stellarr_core::auth::Origin], now: i64) -> Result<(), ApiError> {
    let mut first = None;
    for origin in origins {
        match challenge.check_frame(origin, now) {
            Ok(()) => return Ok(()),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(refused(first.unwrap_or(ChallengeError::ForeignOrigin)))
}

fn refused(error: ChallengeError) -> ApiError {
    ApiError::unauthorized(error.to_string())
}
