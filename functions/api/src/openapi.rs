//! The API's description, made from the handlers. A snapshot of it lies in the repository and is what is served; a
//! test fails when the two differ, so that clients' types can be made from the file.

use axum::response::{IntoResponse, Response};
use http::header;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::routes;

/// The description as it lies in the repository.
pub const SNAPSHOT: &str = include_str!("../openapi.json");

/// Describes what all endpoints share.
#[derive(OpenApi)]
#[openapi(
    info(title = "Stellarr", description = "Requests for films and series", license(name = "MIT")),
    modifiers(&Session)
)]
struct Service;

/// Describes the whole API.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    routes::describe(Service::openapi())
}

struct Session;

impl Modify for Session {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A token of `/api/auth/verify`"));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::Http(scheme.build()));
    }
}

/// Serves the description.
pub(crate) async fn serve() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], SNAPSHOT).into_response()
}
