//! The API's description and its snapshot are the same, and every route is described.

use std::path::Path;

use stellarr_api::openapi::{Document, SNAPSHOT};
use utoipa::OpenApi as _;

/// With `STELLARR_UPDATE=1` in the environment the snapshot is written anew.
#[test]
fn the_snapshot_is_fresh() {
    let document = Document::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("STELLARR_UPDATE").is_some() {
        std::fs::write(Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("openapi.json"), &document)
            .unwrap();
        return;
    }
    let fresh: serde_json::Value = serde_json::from_str(&document).unwrap();
    let kept: serde_json::Value = serde_json::from_str(SNAPSHOT).unwrap();
    assert_eq!(
        fresh, kept,
        "openapi.json is stale; write it anew with STELLARR_UPDATE=1 cargo test -p stellarr-api --test openapi"
    );
}

#[test]
fn every_route_is_described() {
    let router = include_str!("../src/router.rs");
    let document = Document::openapi();
    let routes: Vec<&str> =
        router.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")?.split('"').next()).collect();
    assert!(routes.len() > 15, "{routes:?}");
    for route in routes {
        let described = document.paths.paths.contains_key(route);
        assert_eq!(described, route != "/api/openapi.json", "{route}");
    }
}
