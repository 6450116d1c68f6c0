//! DynamoDB that does its work in part, in pages, or not at all.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use serde_json::{Value, json};
use stellarr_core::library::LibraryItem;
use stellarr_core::media::MediaType;
use stellarr_core::store::{LibraryStore as _, RequestStore as _, StoreError, SubscriptionStore as _};
use stellarr_core::time::Timestamp;
use stellarr_store::dynamodb::DynamoStore;
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn store(server: &MockServer) -> DynamoStore {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(server.uri())
        .retry_config(RetryConfig::disabled())
        .build();
    DynamoStore::new("requests", Client::from_conf(config))
}

async fn on<R: wiremock::Respond + 'static>(server: &MockServer, operation: &str, answer: R) {
    let operation = format!("DynamoDB_20120810.{operation}");
    Mock::given(header("x-amz-target", operation.as_str())).respond_with(answer).mount(server).await;
}

fn answer(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_string(), "application/x-amz-json-1.0")
}

fn film(tmdb_id: u64) -> LibraryItem {
    LibraryItem { media_type: MediaType::Movie, tmdb_id, tvdb_id: None, title: None }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// Writes one item of each batch, and leaves the rest unprocessed.
async fn one_at_a_time(server: &MockServer, at_most: usize) -> Arc<Mutex<HashSet<String>>> {
    on(server, "BatchGetItem", answer(&json!({"Responses": {}}))).await;
    let written = Arc::new(Mutex::new(HashSet::new()));
    let kept = Arc::clone(&written);
    on(server, "BatchWriteItem", move |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let rows = body["RequestItems"]["requests"].as_array().unwrap().clone();
        let keys: Vec<String> =
            rows.iter().map(|row| row["PutRequest"]["Item"]["tmdb_id"]["N"].as_str().unwrap().to_owned()).collect();
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len(), "DynamoDB refuses a key that comes twice");
        assert!(keys.len() <= 25);
        let mut kept = kept.lock().unwrap();
        if kept.len() >= at_most {
            return answer(&json!({"UnprocessedItems": {"requests": rows}}));
        }
        kept.insert(keys[0].clone());
        let left = &rows[1..];
        let unprocessed = if left.is_empty() { json!({}) } else { json!({"requests": left}) };
        answer(&json!({"UnprocessedItems": unprocessed}))
    })
    .await;
    written
}

#[tokio::test]
async fn unprocessed_items_are_brought_again() {
    let server = MockServer::start().await;
    let written = one_at_a_time(&server, usize::MAX).await;
    let batch = [film(1), film(2), film(1), film(3), film(2)];
    assert_eq!(store(&server).put_titles(&batch, now()).await.unwrap(), 3);
    assert_eq!(written.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn what_could_not_be_finished_is_said() {
    let server = MockServer::start().await;
    one_at_a_time(&server, 2).await;
    let batch: Vec<_> = (1..=30).map(film).collect();
    let error = store(&server).put_titles(&batch, now()).await.unwrap_err();
    let StoreError::Incomplete { left, total } = error else { panic!("{error}") };
    assert_eq!((left, total), (28, 30));
}

#[tokio::test]
async fn a_partition_is_read_page_by_page() {
    let server = MockServer::start().await;
    on(&server, "Query", |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let start: u64 = body["ExclusiveStartKey"]["tmdb_id"]["N"].as_str().map_or(0, |text| text.parse().unwrap());
        let key = json!({"media_type": {"S": "movie"}, "tmdb_id": {"N": (start + 1).to_string()}});
        let mut page = json!({"Items": [key], "Count": 1, "ScannedCount": 1});
        if start < 4 {
            page["LastEvaluatedKey"] = key;
        }
        answer(&page)
    })
    .await;
    assert_eq!(store(&server).requests(Some(MediaType::Movie)).await.unwrap().len(), 5);
}

/// A new index answers like this until it is filled, which takes minutes.
#[tokio::test]
async fn an_index_that_is_being_filled_counts_as_none() {
    let server = MockServer::start().await;
    on(&server, "Query", |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        if body["IndexName"].is_null() {
            let series = json!({"media_type": {"S": "tv"}, "tmdb_id": {"N": "1"}, "tvdb_id": {"N": "2"}, "title": {"S": "x"}, "created_at": {"S": "2024-01-02T03:04:05+00:00"}});
            return answer(&json!({"Items": [series], "Count": 1, "ScannedCount": 1}));
        }
        let filling = json!({
            "__type": "com.amazon.coral.validate#ValidationException",
            "message": "Cannot read from backfilling global secondary index: lookup-index",
        });
        ResponseTemplate::new(400).set_body_raw(filling.to_string(), "application/x-amz-json-1.0")
    })
    .await;
    on(&server, "GetItem", answer(&json!({}))).await;
    on(&server, "BatchGetItem", answer(&json!({"Responses": {}}))).await;
    let found = store(&server).request_by_tvdb(2).await.unwrap();
    assert_eq!(found.map(|request| request.tmdb_id), Some(1));
    assert_eq!(store(&server).subscriptions("Zoë").await.unwrap(), []);
}

#[tokio::test]
async fn a_failure_is_an_error_and_never_an_empty_list() {
    let server = MockServer::start().await;
    let refused = json!({"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException", "message": "no"});
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(400).set_body_raw(refused.to_string(), "application/x-amz-json-1.0"))
        .mount(&server)
        .await;
    let error = store(&server).requests(None).await.unwrap_err();
    let text = "the store is unavailable while it should list the requests: AccessDeniedException: no";
    assert_eq!(error.to_string(), text);
    assert!(store(&server).library(now()).await.is_err());
    assert!(store(&server).standings(&[stellarr_core::media::MediaKey::movie(1)], now()).await.is_err());
}
