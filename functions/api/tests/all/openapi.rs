//! The API's description and its snapshot are the same.

use std::path::Path;

use stellarr_api::openapi::{SNAPSHOT, document};

/// With `STELLARR_UPDATE=1` in the environment the snapshot is written anew.
#[test]
fn the_snapshot_is_fresh() {
    let fresh = document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("STELLARR_UPDATE").is_some() {
        std::fs::write(Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("openapi.json"), &fresh).unwrap();
        return;
    }
    let fresh: serde_json::Value = serde_json::from_str(&fresh).unwrap();
    let kept: serde_json::Value = serde_json::from_str(SNAPSHOT).unwrap();
    assert_eq!(
        fresh, kept,
        "openapi.json is stale; write it anew with STELLARR_UPDATE=1 cargo test -p stellarr-api --test all openapi"
    );
}
