//! The stand-in's own routes: faults, the log, recorded pushes.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::Response,
    routing::{delete, get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    answer::{json_with, ok},
    faults::FaultRule,
    state::Shared,
};

/// Where the control routes are; they are neither logged nor hit by faults.
pub(crate) const PREFIX: &str = "/_standin/";

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_standin/health", get(health))
        .route("/_standin/faults", post(add_faults).get(list_faults).delete(clear_faults))
        .route("/_standin/log", get(log).delete(clear_log))
        .route("/_standin/push", get(pushes).delete(clear_pushes))
        .route("/_standin/tvdb/tokens", delete(expire_tokens))
}

async fn health() -> Response {
    ok(&json!({
        "status": "healthy",
        "service": "stellarr-standin",
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// One rule, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rules {
    Many(Vec<FaultRule>),
    One(Box<FaultRule>),
}

async fn add_faults(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    // Told apart by hand: serde's message for an untagged value names no field.
    let rules = match serde_json::from_slice::<Value>(&body) {
        Ok(value @ Value::Array(_)) => serde_json::from_value(value).map(Rules::Many),
        Ok(value) => serde_json::from_value(value).map(|rule| Rules::One(Box::new(rule))),
        Err(error) => Err(error),
    };
    let rules = match rules {
        Ok(Rules::Many(rules)) => rules,
        Ok(Rules::One(rule)) => vec![*rule],
        Err(error) => {
            return json_with(StatusCode::BAD_REQUEST, &json!({"error": format!("not a fault rule: {error}")}));
        }
    };
    let ids: Vec<String> = rules.into_iter().map(|rule| shared.faults().add(rule)).collect();
    json_with(StatusCode::CREATED, &json!({"ids": ids}))
}

async fn list_faults(State(shared): State<Arc<Shared>>) -> Response {
    let faults = shared.faults();
    ok(&json!({"rules": faults.rules(), "hits": faults.hits()}))
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.faults().clear();
    StatusCode::NO_CONTENT
}

async fn log(State(shared): State<Arc<Shared>>) -> Response {
    ok(&json!(shared.snapshot()))
}

async fn clear_log(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.log().clear();
    StatusCode::NO_CONTENT
}

async fn pushes(State(shared): State<Arc<Shared>>) -> Response {
    ok(&json!({"deliveries": *shared.deliveries()}))
}

async fn clear_pushes(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.deliveries().clear();
    StatusCode::NO_CONTENT
}

async fn expire_tokens(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.tokens().expire();
    StatusCode::NO_CONTENT
}
