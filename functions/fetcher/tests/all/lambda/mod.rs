//! The function as Lambda runs it: its own process, the Runtime API, DynamoDB and Secrets Manager of the emulator.

#[path = "../../../../warmer/tests/all/lambda/host.rs"]
#[expect(dead_code, reason = "the warmer's test uses the rest")]
mod host;

use serde_json::{Value, json};
use stellarr_standin::{Action, DEFAULT_KEY, FaultRule, Options, Standin};

use host::{Emulator, Outcome};

async fn invoke(emulator: &Emulator, standin: &Standin, event: Value) -> Outcome {
    let base = standin.tmdb_base_url();
    let variables = [
        ("DYNAMODB_TABLE", "requests"),
        ("CATALOGUE_TABLE", "catalogue"),
        ("LOCALES", "en"),
        ("FETCHER_SPACING_MS", "10"),
        ("TMDB_BASE_URL", &base),
    ];
    host::invoke(env!("CARGO_BIN_EXE_stellarr-fetcher"), emulator, &variables, event).await
}

fn key(name: &str, kind: &str) -> Value {
    json!({ "AttributeName": name, "KeyType": kind })
}

fn attribute(name: &str, kind: &str) -> Value {
    json!({ "AttributeName": name, "AttributeType": kind })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_function_fills_the_catalogue_and_reports() {
    let emulator = Emulator::start().await;
    emulator.create_secret("app", DEFAULT_KEY).await;
    let requests = json!({ "TableName": "requests", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute("media_type", "S"), attribute("tmdb_id", "N")],
        "KeySchema": [key("media_type", "HASH"), key("tmdb_id", "RANGE")] });
    let catalogue = json!({ "TableName": "catalogue", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute("list", "S"), attribute("tmdb_id", "N"), attribute("score", "N")],
        "KeySchema": [key("list", "HASH"), key("tmdb_id", "RANGE")],
        "GlobalSecondaryIndexes": [{ "IndexName": "best-first", "Projection": { "ProjectionType": "ALL" },
            "KeySchema": [key("list", "HASH"), key("score", "RANGE")] }] });
    for table in [requests, catalogue] {
        emulator.call("dynamodb", "DynamoDB_20120810.CreateTable", &table).await;
    }
    let movie = stellarr_standin::Catalogue::embedded().movies[0].id.to_string();
    let item = json!({ "TableName": "requests", "Item": { "media_type": { "S": "LIBRARY#movie" },
        "tmdb_id": { "N": movie }, "synced_at": { "S": "2026-11-20T00:00:00.000000+00:00" } } });
    emulator.call("dynamodb", "DynamoDB_20120810.PutItem", &item).await;
    let options = Options { fill_pages: true, ..Options::default() };
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();

    let report = invoke(&emulator, &standin, json!({ "scheduleType": "full" })).await.unwrap();
    assert_eq!((&report["success"], &report["scheduleType"]), (&json!(true), &json!("full")), "{report}");
    assert_eq!(report["itemsFetched"], 139 + 280);
    let rows = report["itemsWritten"].as_u64().unwrap();
    assert_eq!(report["cacheStats"]["totalCachedItems"], rows, "{report}");
    let count = json!({ "TableName": "catalogue", "Select": "COUNT" });
    let counted = emulator.call("dynamodb", "DynamoDB_20120810.Scan", &count).await;
    assert_eq!(counted["Count"], rows + 2, "the rows, the facts of one library title, and the summary");

    // The genres of what is in the library are known by now, and join.
    let joined = invoke(&emulator, &standin, json!({ "scheduleType": "full" })).await.unwrap();
    assert_eq!(joined["success"], true, "{joined}");
    assert!(joined["itemsFetched"].as_u64() > report["itemsFetched"].as_u64(), "{joined}");
    let again = invoke(&emulator, &standin, json!({ "scheduleType": "full" })).await.unwrap();
    assert_eq!((&again["success"], &again["itemsWritten"]), (&json!(true), &json!(0)), "{again}");

    let fault = standin.add_fault(FaultRule::new("/3/tv/popular", Action::status(503)));
    let failure = invoke(&emulator, &standin, json!({ "detail": { "scheduleType": "daily" } })).await.unwrap_err();
    assert!(standin.log().hits(&fault) >= 2);
    assert_eq!(failure["errorType"], "PartialFailure");
    let report: Value = serde_json::from_str(failure["errorMessage"].as_str().unwrap()).unwrap();
    assert_eq!((&report["success"], report["failures"].as_array().unwrap().len()), (&json!(false), 2), "{report}");
}
