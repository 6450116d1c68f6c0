//! Who is signed in: the one place that reads a token.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::header::AUTHORIZATION;
use http::request::Parts;
use stellarr_core::auth::{MAX_AGE_SECONDS, TokenError, verify};

use crate::error::ApiError;
use crate::state::{self, Api};

/// Holds a verified session.
#[derive(Clone, Debug)]
pub(crate) struct Session(pub(crate) stellarr_core::auth::Session);

/// Holds the signed name of a verified session.
#[derive(Clone, Debug)]
pub(crate) struct SignedName(pub(crate) String);

async fn read(parts: &Parts, api: &Api) -> Result<Option<Session>, ApiError> {
    let Some(header) = parts.headers.get(AUTHORIZATION) else { return Ok(None) };
    let malformed = || ApiError::unauthorized("Invalid authorization header");
    let (scheme, token) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(malformed());
    }
    let secrets = api.secret().await?;
    let key = state::Collaborators::required(secrets.app_secret_key())?;
    let not_before = state::Collaborators::required(secrets.not_before())?;
    let refused = |error: TokenError| ApiError::unauthorized(error.to_string());
    let now = api.now().as_second();
    let session = verify(key, token.trim(), now, not_before).map_err(refused)?;
    // A session that was renewed lasts no longer than the one that it began as.
    if now.saturating_sub(secrets.began_at(session.issued_at)) > MAX_AGE_SECONDS {
        return Err(refused(TokenError::Expired));
    }
    Ok(Some(Session(session)))
}

impl FromRequestParts<Api> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        read(parts, api).await?.ok_or_else(|| ApiError::unauthorized("Authorization required"))
    }
}

impl OptionalFromRequestParts<Api> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Option<Self>, ApiError> {
        read(parts, api).await
    }
}

impl FromRequestParts<Api> for SignedName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let Session(session) = <Session as FromRequestParts<Api>>::from_request_parts(parts, api).await?;
        session.name.map(Self).ok_or_else(|| ApiError::unauthorized("This session has no name; sign in again"))
    }
}
