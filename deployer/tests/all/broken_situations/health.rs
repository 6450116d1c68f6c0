//! Everything is deployed, or nearly, and does not work: keys, lists, the site itself.

use bytes::Bytes;
use stellarr::site::verify;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::Invocation;

use crate::broken_situations::process::Process;
use crate::broken_situations::seen::{Seen, There, deploy};
use crate::broken_situations::server::{Reply, Server};
use crate::broken_situations::world::World;

situations! {
    a_key_that_tmdb_does_not_know: SecretInvalid, ["TMDB does not know"], ["themoviedb.org/settings/api"], Nothing;
    no_key_and_nobody_to_ask: SecretMissing, ["TMDB_API_KEY"], ["environment variable TMDB_API_KEY"], Nothing;
    a_password_that_is_a_placeholder: SecretInvalid, ["PRESHARED_PASSWORD", "placeholder"], ["another value for PRESHARED_PASSWORD"], Nothing;
    lists_that_could_not_be_refreshed: TrendingStale, ["everything is deployed", "trending"], ["stellarr warm"], Everything;
    a_warmer_that_crashes: TrendingStale, ["warmer", "Runtime.ExitError"], ["stellarr warm"], Everything;
    a_list_of_one_language_that_is_missing: Unhealthy, ["everything is deployed", "/trending-all-fr.json", "404"], ["stellarr logs --errors", "stellarr deploy"], Nothing;
    a_site_that_answers_with_an_error: Unhealthy, ["everything is deployed", "the API", "503"], ["stellarr logs --errors", "stellarr rollback", "stellarr deploy"], Nothing;
    a_site_that_cannot_be_reached: Unhealthy, ["everything is deployed", "no connection"], ["stellarr deploy"], Nothing;
}

async fn a_key_that_tmdb_does_not_know() -> Seen {
    let server = Server::start(std::iter::repeat_n(Reply::status(401, "{}"), 4)).await;
    let process = Process::new().set("STELLARR_TMDB_URL", &server.address()).set("TMDB_API_KEY", "0123456789abcdef");
    process.run(&["init", "--yes"]).await
}

async fn no_key_and_nobody_to_ask() -> Seen {
    deploy(&World { secrets: vec![("PRESHARED_PASSWORD", "correct horse battery")], ..World::new() }, &[]).await
}

async fn a_password_that_is_a_placeholder() -> Seen {
    let secrets = vec![("PRESHARED_PASSWORD", "changeme-please"), ("TMDB_API_KEY", "0123456789abcdef")];
    deploy(&World { secrets, ..World::new() }, &[]).await
}

async fn lists_that_could_not_be_refreshed() -> Seen {
    let world = World::new();
    let report = serde_json::json!({"success": false, "durationMs": 1, "files": [
        {"file": "trending-all-en.json", "locale": "en", "kind": "all", "status": "kept", "items": 0, "bytes": 0,
         "error": "TMDB answered 503"}]});
    let answer = Invocation { payload: Bytes::from(report.to_string()), function_error: None, log_tail: None };
    world.cloud.on_invoke("home-prod-warmer", answer);
    deploy(&world, &[]).await
}

async fn a_warmer_that_crashes() -> Seen {
    let world = World::new();
    let words = r#"{"errorType": "Runtime.ExitError", "errorMessage": "exit status 101"}"#;
    let answer = Invocation {
        payload: Bytes::from(words),
        function_error: Some("Unhandled".to_owned()),
        log_tail: Some("thread main panicked".replace("panicked", "stopped")),
    };
    world.cloud.on_invoke("home-prod-warmer", answer);
    deploy(&world, &[]).await
}

/// The look at the end of a deploy, at a site that gives these answers.
async fn verified(address: &str) -> Seen {
    let world = World::new();
    let deployment = world.deployment();
    let printer = Printer::captured(Verbosity::Default);
    let before = There::before(&world.cloud);
    let error =
        verify::run(deployment.context(&printer), address, &verify::checks(["en", "fr"]), true).await.unwrap_err();
    Seen::of(&error, &world.cloud, &before)
}

async fn a_site_that_answers_with_an_error() -> Seen {
    let answer = |path: &str| if path == "/" { Reply::ok("<!doctype html>") } else { Reply::status(503, "{}") };
    verified(&Server::answering(answer).await.address()).await
}

async fn a_list_of_one_language_that_is_missing() -> Seen {
    // By path: the pages are fetched together.
    let answer = |path: &str| match path {
        "/" => Reply::ok("<!doctype html>"),
        "/api/health" => Reply::ok("healthy"),
        "/trending-all-en.json" => Reply::ok("{\"results\": []}"),
        _ => Reply::status(404, "no such file"),
    };
    verified(&Server::answering(answer).await.address()).await
}

async fn a_site_that_cannot_be_reached() -> Seen {
    verified("http://127.0.0.1:9").await
}
