//! The function as Lambda runs it: its own process, the Runtime API, S3 and Secrets Manager of the emulator.

mod host;

use serde_json::{Value, json};
use stellarr_standin::{Action, DEFAULT_KEY, FaultRule, Options, Standin};

use host::{Emulator, Outcome};

async fn invoke(emulator: &Emulator, standin: &Standin, locales: &str, event: Value) -> Outcome {
    let base = standin.tmdb_base_url();
    let variables = [("TRENDING_S3_BUCKET", "trending"), ("LOCALES", locales), ("TMDB_BASE_URL", &base)];
    host::invoke(env!("CARGO_BIN_EXE_stellarr-warmer"), emulator, &variables, event).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_function_fills_a_bucket_and_reports() {
    let emulator = Emulator::start().await;
    emulator.create_bucket("trending").await;
    emulator.create_secret("app", DEFAULT_KEY).await;
    let options = Options { fill_pages: true, ..Options::default() };
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();

    let report = invoke(&emulator, &standin, "en,pt-BR", json!({})).await.unwrap();
    assert_eq!(report["success"], true, "{report}");
    assert_eq!(report["files"].as_array().unwrap().len(), 6);
    assert_eq!(report["files"][0]["file"], "trending-all-en.json");
    assert_eq!(report["files"][0]["status"], "written");
    assert!(report["durationMs"].is_u64());
    let object = emulator.object("trending", "trending-movie-pt-BR.json").await;
    assert_eq!(object.headers()["content-type"], "application/json");
    assert_eq!(object.headers()["cache-control"], "public, max-age=3600");
    let etag = object.headers()["etag"].clone();
    let modified = object.headers()["last-modified"].clone();
    let body: Value = object.json().await.unwrap();
    assert_eq!(body["results"].as_array().unwrap().len(), 20);

    let again = invoke(&emulator, &standin, "en,pt-BR", json!({ "locales": ["pt-BR"] })).await.unwrap();
    assert_eq!(again["files"].as_array().unwrap().len(), 3);
    assert!(again["files"].as_array().unwrap().iter().all(|file| file["status"] == "unchanged"), "{again}");
    let object = emulator.object("trending", "trending-movie-pt-BR.json").await;
    assert_eq!((&object.headers()["etag"], &object.headers()["last-modified"]), (&etag, &modified));
    let index: Value = emulator.object("trending", "trending-index.json").await.json().await.unwrap();
    assert_eq!(index["files"].as_array().unwrap().len(), 6, "a run of some languages keeps the others listed");

    // Fault 34 as EventBridge sees it: the good files are written, then the invocation fails.
    let fault = standin.add_fault(FaultRule::new("/3/trending/tv/week", Action::status(503)).query("language", "en"));
    let failure = invoke(&emulator, &standin, "en,pt-BR", json!({})).await.unwrap_err();
    assert!(standin.log().hits(&fault) >= 1);
    assert_eq!(failure["errorType"], "PartialFailure");
    let report: Value = serde_json::from_str(failure["errorMessage"].as_str().unwrap()).unwrap();
    let kept: Vec<&Value> =
        report["files"].as_array().unwrap().iter().filter(|file| file["status"] == "kept").collect();
    assert_eq!((kept.len(), &kept[0]["file"]), (1, &json!("trending-tv-en.json")));
    assert_eq!(emulator.object("trending", "trending-tv-en.json").await.status(), 200);

    let wrong = invoke(&emulator, &standin, "en", json!({ "locales": ["de"] })).await.unwrap_err();
    assert_eq!(wrong["errorType"], "InvalidEvent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_without_its_settings_starts_and_says_what_is_missing() {
    let emulator = Emulator::start().await;
    let standin = Standin::local().unwrap();
    let failure = invoke(&emulator, &standin, "not a language", json!({})).await.unwrap_err();
    assert_eq!(failure["errorType"], "InvalidSettings");
    assert!(failure["errorMessage"].as_str().unwrap().contains("LOCALES"));
}
