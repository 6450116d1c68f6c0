//! Says that the process answers.

use axum::Json;

use crate::contract::Health;

endpoints! {
    get "/api/health" => health,
}

/// Answers at once and asks nothing of any other service.
#[utoipa::path(get, path = "/api/health", tag = "service", responses((status = 200, body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "healthy", service: "stellarr" })
}
