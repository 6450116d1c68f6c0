//! One file a group of endpoints, which lists them.

use axum::Router;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

use crate::state::Api;

/// Lists the endpoints of a file, each once: makes what serves them and what describes them.
macro_rules! endpoints {
    ($($method:ident $path:literal => $handler:ident),+ $(,)?) => {
        /// Describes the endpoints of this file.
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($handler),+))]
        pub(super) struct Description;

        /// Serves the endpoints of this file.
        pub(super) fn router() -> axum::Router<crate::state::Api> {
            axum::Router::new()$(.route($path, axum::routing::$method($handler)))+
        }

        #[cfg(test)]
        pub(super) const ENDPOINTS: &[(&str, &str)] = &[$((stringify!($method), $path)),+];
    };
}

/// Lists the files of this folder.
macro_rules! groups {
    ($($group:ident),+ $(,)?) => {
        $(pub(crate) mod $group;)+

        /// Serves every endpoint.
        pub(crate) fn router() -> Router<Api> {
            Router::new()$(.merge($group::router()))+
        }

        /// Adds every endpoint to a description.
        pub(crate) fn describe(mut description: OpenApi) -> OpenApi {
            $(description.merge($group::Description::openapi());)+
            description
        }

        #[cfg(test)]
        const ENDPOINTS: &[&[(&str, &str)]] = &[$($group::ENDPOINTS),+];
    };
}

groups![auth, feeds, health, library, plex, push, recommendations, requests, search, sync, title];

#[cfg(test)]
mod tests {
    use super::ENDPOINTS;

    #[test]
    fn every_endpoint_is_described_where_it_is_served() {
        let description = serde_json::to_value(crate::openapi::document()).unwrap();
        let mut described = Vec::new();
        for (path, methods) in description["paths"].as_object().unwrap() {
            described.extend(methods.as_object().unwrap().keys().map(|method| (method.as_str(), path.as_str())));
        }
        let mut served: Vec<(&str, &str)> = ENDPOINTS.concat();
        described.sort_unstable();
        served.sort_unstable();
        assert_eq!(described, served);
        assert!(served.len() > 15, "{served:?}");
    }
}
