//! Notifications: subscribing devices, and telling them.

use axum::Json;
use axum::extract::{Request, State};
use futures::future::join_all;
use http::{HeaderMap, StatusCode, Uri, header};
use stellarr_core::push::{Delivery, Identity, Notification, Subscription};
use stellarr_core::request::MediaRequest;
use stellarr_core::time::iso;
use stellarr_upstream::push::Vapid;

use crate::contract::{ErrorBody, PushStatus, SubscribeRequest, Subscribed, ValidationBody, VapidKey};
use crate::error::ApiError;
use crate::fields::{Fields, Query};
use crate::session::{Session, SignedName};
use crate::state::Api;

endpoints! {
    get "/api/push/vapid-public-key" => vapid_public_key,
    post "/api/push/subscribe" => subscribe,
    delete "/api/push/subscribe" => unsubscribe,
    get "/api/push/status" => status,
}

/// Most devices that one user keeps; the oldest make room.
const MAX_DEVICES: usize = 10;

/// Gives the key that browsers subscribe with.
#[utoipa::path(get, path = "/api/push/vapid-public-key", tag = "push", security(("session" = [])), responses(
    (status = 200, body = VapidKey),
    (status = 401, body = ErrorBody),
    (status = 501, description = "Notifications are not configured", body = ErrorBody),
))]
pub(crate) async fn vapid_public_key(State(api): State<Api>, _session: Session) -> Result<Json<VapidKey>, ApiError> {
    let secrets = api.secret().await?;
    let unset = || ApiError::new(StatusCode::NOT_IMPLEMENTED, "Notifications are not configured");
    let vapid = Vapid::new(secrets.vapid_private_key().ok_or_else(unset)?).map_err(|error| {
        tracing::error!(event = "secrets.unfit", error = %error);
        unset()
    })?;
    Ok(Json(VapidKey { public_key: vapid.public_key().to_owned() }))
}

/// Subscribes a device of whoever is signed in.
#[utoipa::path(post, path = "/api/push/subscribe", tag = "push", request_body = SubscribeRequest, security(("session" = [])), responses(
    (status = 200, body = PushStatus),
    (status = 401, body = ErrorBody),
    (status = 413, body = ErrorBody),
    (status = 422, description = "Also when the endpoint is not one of a known push service", body = ValidationBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn subscribe(
    State(api): State<Api>,
    SignedName(name): SignedName,
    request: Request,
) -> Result<Json<PushStatus>, ApiError> {
    let spoken = language(request.headers());
    let mut fields = Fields::of(request).await?;
    let endpoint = fields.text("endpoint");
    let mut keys = fields.object("keys");
    let faultless = keys.is_faultless();
    let (p256dh, auth) = if faultless { (keys.text("p256dh"), keys.text("auth")) } else { <_>::default() };
    let language = fields.optional_text("language").filter(|text| text.len() <= 35).or(spoken);
    let subscription = Subscription { name, endpoint, p256dh, auth, language, subscribed_at: iso(api.now()) };
    fields.join(keys);
    if fields.is_faultless() {
        if let Err(error) = api.settings.push_hosts.check(&subscription.endpoint) {
            fields.refuse("endpoint", &error.to_string());
        }
        if let Err(error) = subscription.check_keys() {
            fields.refuse("keys", &error.to_string());
        }
    }
    fields.finish()?;
    api.store.subscribe(&subscription).await?;
    let mut devices = api.store.subscriptions(&subscription.name).await?;
    devices.sort_by(|a, b| b.subscribed_at.cmp(&a.subscribed_at));
    for device in devices.iter().skip(MAX_DEVICES) {
        api.store.unsubscribe(&subscription.name, Some(&device.endpoint)).await?;
    }
    Ok(Json(PushStatus { status: "subscribed" }))
}

/// Takes the first language of `Accept-Language`.
fn language(headers: &HeaderMap) -> Option<String> {
    let list = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let first = list.split([',', ';']).next()?.trim();
    let fits =
        (2..=35).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then(|| first.to_owned())
}

/// Forgets the devices of whoever is signed in, or the one that `endpoint` names.
#[utoipa::path(delete, path = "/api/push/subscribe", tag = "push", params(("endpoint" = Option<String>, Query)), security(("session" = [])), responses(
    (status = 200, body = PushStatus), (status = 401, body = ErrorBody), (status = 503, body = ErrorBody),
))]
pub(crate) async fn unsubscribe(
    State(api): State<Api>,
    SignedName(name): SignedName,
    uri: Uri,
) -> Result<Json<PushStatus>, ApiError> {
    api.store.unsubscribe(&name, Query::of(&uri).get("endpoint")).await?;
    Ok(Json(PushStatus { status: "unsubscribed" }))
}

/// Tells whether whoever is signed in has a device subscribed, or the one that `endpoint` names; nobody has none.
#[utoipa::path(get, path = "/api/push/status", tag = "push", params(("endpoint" = Option<String>, Query)), security((), ("session" = [])), responses(
    (status = 200, body = Subscribed),
    (status = 401, description = "A session was sent that does not count", body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn status(
    State(api): State<Api>,
    session: Option<Session>,
    uri: Uri,
) -> Result<Json<Subscribed>, ApiError> {
    let query = Query::of(&uri);
    let endpoint = query.get("endpoint").filter(|text| !text.is_empty());
    let is_meant = |device: &Subscription| endpoint.is_none_or(|endpoint| device.endpoint == endpoint);
    let subscribed = match session.and_then(|Session(session)| session.name) {
        Some(name) => api.store.subscriptions(&name).await?.iter().any(is_meant),
        None => false,
    };
    Ok(Json(Subscribed { subscribed }))
}

/// Tells whoever asked that it is there. Returns whether any device was told; a failure is logged and no more.
///
/// `site` is the site's address, for push services to know whom a message is from.
pub(crate) async fn notify(api: &Api, request: &MediaRequest, site: &str) -> bool {
    let Some(name) = &request.requested_by else { return false };
    let Ok(secrets) = api.secret().await else { return false };
    let Some(private_key) = secrets.vapid_private_key() else { return false };
    let devices = match api.store.subscriptions(name).await {
        Ok(devices) => devices,
        Err(error) => {
            tracing::error!(event = "store.failed", error = %error);
            return false;
        }
    };
    let from = Identity { private_key, contact: api.settings.push_contact.as_deref().unwrap_or(site) };
    let notification = Notification { request, image_base: &api.settings.image_base };
    let tell = |device: Subscription| {
        let payload = notification.payload(device.language.as_deref());
        async move {
            let delivery = api.push.send(from, &device, &payload).await;
            if matches!(delivery, Delivery::Gone | Delivery::Refused)
                && let Err(error) = api.store.unsubscribe(&device.name, Some(&device.endpoint)).await
            {
                tracing::error!(event = "store.failed", error = %error);
            }
            delivery == Delivery::Sent
        }
    };
    join_all(devices.into_iter().map(tell)).await.contains(&true)
}
