//! Fault 46 on the catalogue: what DynamoDB leaves out of a batch, keys named twice, answers in several pages.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use serde_json::{Value, json};
use stellarr_core::catalogue::{Catalogue, Category, ListId, Row};
use stellarr_core::media::MediaType;
use stellarr_store::catalogue::dynamodb::DynamoCatalogue;
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::catalogue::cases::{NOW, row};

/// A table that takes ten of each batch while its fault lasts, and refuses a batch with one key twice.
#[derive(Clone, Default)]
struct Table {
    rounds_left: Arc<AtomicUsize>,
    hits: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
    keys: Arc<Mutex<BTreeSet<String>>>,
}

impl Table {
    /// Returns the ids of what is stored.
    fn keys(&self) -> BTreeSet<String> {
        self.keys.lock().unwrap().clone()
    }

    /// Empties it.
    fn forget(&self) {
        self.keys.lock().unwrap().clear();
        self.written.store(0, Ordering::SeqCst);
    }
}

impl Respond for Table {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let puts = body["RequestItems"]["catalogue"].as_array().unwrap().clone();
        let key = |put: &Value| put["PutRequest"]["Item"]["tmdb_id"]["N"].as_str().unwrap().to_owned();
        let keys: BTreeSet<String> = puts.iter().map(key).collect();
        if keys.len() < puts.len() || puts.len() > 25 {
            let error = json!({ "__type": "com.amazon.coral.validate#ValidationException", "message": "duplicates" });
            return ResponseTemplate::new(400).set_body_json(error);
        }
        let faulty =
            self.rounds_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        let taken = if faulty { puts.len().min(10) } else { puts.len() };
        if faulty {
            self.hits.fetch_add(1, Ordering::SeqCst);
        }
        self.written.fetch_add(taken, Ordering::SeqCst);
        self.keys.lock().unwrap().extend(puts[..taken].iter().map(key));
        let left = &puts[taken..];
        let unprocessed = if left.is_empty() { json!({}) } else { json!({ "catalogue": left }) };
        ResponseTemplate::new(200).set_body_json(json!({ "UnprocessedItems": unprocessed }))
    }
}

async fn catalogue(server: &MockServer) -> DynamoCatalogue {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(server.uri())
        .build();
    DynamoCatalogue::new("catalogue", Client::from_conf(config))
}

async fn serve(table: &Table) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(header("x-amz-target", "DynamoDB_20120810.BatchWriteItem"))
        .respond_with(table.clone())
        .mount(&server)
        .await;
    server
}

fn rows(count: u64) -> Vec<Row> {
    (1..=count).map(|id| row(Category::Popular, MediaType::Movie, id, id as f64)).collect()
}

#[tokio::test]
async fn fault_46_unprocessed_items_are_sent_again_until_all_are_written() {
    let table = Table::default();
    let server = serve(&table).await;
    let catalogue = catalogue(&server).await;
    assert_eq!(catalogue.put(&rows(60)).await.written, 60, "without the fault");
    assert_eq!(table.hits.load(Ordering::SeqCst), 0);

    table.rounds_left.store(4, Ordering::SeqCst);
    table.written.store(0, Ordering::SeqCst);
    let stored = catalogue.put(&rows(60)).await;
    assert_eq!(table.hits.load(Ordering::SeqCst), 4, "the fault fired");
    assert_eq!((stored.written, stored.failed), (60, Vec::new()));
    assert_eq!(table.written.load(Ordering::SeqCst), 60);
    let kept = table.keys();

    let again = catalogue.put(&rows(60)).await;
    assert_eq!((again.written, table.hits.load(Ordering::SeqCst)), (60, 4), "the fault has cleared");
    assert_eq!((table.keys(), kept.len()), (kept, 60), "as if it had never been");
}

#[tokio::test]
async fn fault_46_items_that_stay_unprocessed_are_reported_and_a_later_run_writes_them() {
    let table = Table::default();
    let server = serve(&table).await;
    let catalogue = catalogue(&server).await;
    assert_eq!(catalogue.put(&rows(20)).await.written, 20, "without the fault");
    let wanted = table.keys();
    table.forget();
    // Takes nothing at all, whatever the round.
    Mock::given(header("x-amz-target", "DynamoDB_20120810.BatchWriteItem"))
        .respond_with(|request: &Request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            ResponseTemplate::new(200).set_body_json(json!({ "UnprocessedItems": body["RequestItems"] }))
        })
        .with_priority(1)
        .up_to_n_times(9)
        .mount(&server)
        .await;
    let stored = catalogue.put(&rows(20)).await;
    assert_eq!((stored.written, stored.failed.len()), (0, 20), "the fault fired, and no row is claimed");
    assert_eq!(table.written.load(Ordering::SeqCst), 0);

    let again = catalogue.put(&rows(20)).await;
    assert_eq!((again.written, again.failed.len()), (20, 0));
    assert_eq!(table.keys(), wanted);
}

#[tokio::test]
async fn fault_46_a_key_named_twice_costs_nothing() {
    let table = Table::default();
    let server = serve(&table).await;
    let catalogue = catalogue(&server).await;
    assert_eq!(catalogue.put(&rows(30)).await.written, 30, "without the fault");
    let wanted = table.keys();
    table.forget();
    let twice: Vec<Row> = rows(30).into_iter().chain(rows(30)).collect();
    let stored = catalogue.put(&twice).await;
    assert_eq!((stored.written, stored.failed), (30, Vec::new()));
    assert_eq!(table.written.load(Ordering::SeqCst), 30);
    assert_eq!(table.keys(), wanted);
    assert_eq!(catalogue.put(&rows(30)).await.written, 30);
    assert_eq!(table.keys(), wanted);
}

#[tokio::test]
async fn fault_46_one_refused_row_does_not_cost_the_others() {
    let table = Table::default();
    let server = serve(&table).await;
    let catalogue = catalogue(&server).await;
    assert_eq!(catalogue.put(&rows(5)).await.written, 5, "without the fault");
    let wanted = table.keys();
    table.forget();
    let refused = || {
        let error = json!({ "__type": "com.amazon.coral.validate#ValidationException", "message": "item too large" });
        ResponseTemplate::new(400).set_body_json(error)
    };
    Mock::given(header("x-amz-target", "DynamoDB_20120810.BatchWriteItem"))
        .respond_with(refused())
        .with_priority(1)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let keys = Arc::clone(&table.keys);
    Mock::given(header("x-amz-target", "DynamoDB_20120810.PutItem"))
        .respond_with(move |request: &Request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let id = body["Item"]["tmdb_id"]["N"].as_str().unwrap();
            if id == "3" {
                return refused();
            }
            keys.lock().unwrap().insert(id.to_owned());
            ResponseTemplate::new(200).set_body_json(json!({}))
        })
        .mount(&server)
        .await;
    let stored = catalogue.put(&rows(5)).await;
    assert_eq!(server.received_requests().await.unwrap().len(), 1 + 1 + 5, "the fault fired: row by row");
    assert_eq!(stored.written, 4);
    assert_eq!(stored.failed.len(), 1);
    assert_eq!(stored.failed[0].0.tmdb_id, 3);

    assert_eq!(catalogue.put(&rows(5)).await.written, 5);
    assert_eq!(table.keys(), wanted);
}

#[tokio::test]
async fn fault_46_a_list_in_several_pages_is_read_whole() {
    // How many of the six items one answer holds: first all of them, then two.
    let held = Arc::new(AtomicUsize::new(6));
    let in_one_answer = Arc::clone(&held);
    let server = MockServer::start().await;
    let item = |id: u32| {
        json!({ "list": { "S": "popular#movie" }, "tmdb_id": { "N": id.to_string() }, "score": { "N": "1" },
            "ttl": { "N": (NOW + 9).to_string() }, "fetched": { "N": NOW.to_string() } })
    };
    Mock::given(header("x-amz-target", "DynamoDB_20120810.Query"))
        .respond_with(move |request: &Request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let start = body["ExclusiveStartKey"]["tmdb_id"]["N"].as_str().map_or(0, |id| id.parse().unwrap());
            let end = (start + u32::try_from(in_one_answer.load(Ordering::SeqCst)).unwrap()).min(6);
            let mut answer = json!({ "Items": (start + 1..=end).map(item).collect::<Vec<_>>() });
            if end < 6 {
                answer["LastEvaluatedKey"] = json!({ "list": { "S": "popular#movie" },
                    "tmdb_id": { "N": end.to_string() }, "score": { "N": "1" } });
            }
            ResponseTemplate::new(200).set_body_json(answer)
        })
        .mount(&server)
        .await;
    let catalogue = catalogue(&server).await;
    let list = ListId::new(Category::Popular, MediaType::Movie);
    for (in_one_answer, calls) in [(6, 2), (2, 6), (6, 2)] {
        held.store(in_one_answer, Ordering::SeqCst);
        let before = server.received_requests().await.unwrap().len();
        let page = catalogue.page(list, 100, None, NOW).await.unwrap();
        assert_eq!(page.rows.iter().map(|row| row.entry.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(catalogue.measure(list, NOW).await.unwrap().items, 6);
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.len() - before, calls, "answers of {in_one_answer}, for the page and for the count");
        // The table itself is read as it is now; an index can't be.
        for request in &requests[before..] {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            assert_eq!(body["ConsistentRead"] == true, body["IndexName"].is_null());
        }
    }
}
