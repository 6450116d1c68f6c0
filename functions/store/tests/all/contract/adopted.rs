//! A table of the old system, with its items as the old code wrote them.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue::{self, M, N, S};
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::store::{GuidStore as _, KnownIds, LibraryStore as _, RequestStore as _, SubscriptionStore as _};
use stellarr_store::dynamodb::DynamoStore;

use crate::contract::emulator::Emulator;
use crate::contract::samples::{at, subscription};

async fn put<const COUNT: usize>(client: &Client, table: &str, item: [(&str, AttributeValue); COUNT]) {
    let item: HashMap<String, AttributeValue> =
        item.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    client.put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
}

fn s(text: &str) -> AttributeValue {
    S(text.to_owned())
}

fn n(number: u64) -> AttributeValue {
    N(number.to_string())
}

async fn fill(client: &Client, table: &str) {
    put(
        client,
        table,
        [
            ("media_type", s("tv")),
            ("tmdb_id", n(82728)),
            ("title", s("Bluey")),
            ("created_at", s("2024-01-02T03:04:05.000006+00:00")),
            ("tvdb_id", n(353_546)),
            ("requested_by", s("Zoë")),
        ],
    )
    .await;
    for (kind, id) in [("tv", 1399), ("movie", 653)] {
        let guid = format!("plex://{kind}/added");
        let created = ("created_at", s("2023-01-02T03:04:05.000006+00:00"));
        let item = [("media_type", s(kind)), ("tmdb_id", n(id)), ("title", s("x")), created, ("plex_guid", s(&guid))];
        put(client, table, item).await;
    }
    put(
        client,
        table,
        [("media_type", s("LIBRARY#movie")), ("tmdb_id", n(653)), ("synced_at", s("2024-01-02T03:04:05+00:00"))],
    )
    .await;
    put(
        client,
        table,
        [
            ("media_type", s("PLEX_GUID_CACHE")),
            ("tmdb_id", n(1_234_567)),
            ("plex_guid", s("plex://show/a")),
            ("show_tmdb_id", n(82728)),
            ("cached_at", s("2024-01-02T03:04:05.000006+00:00")),
        ],
    )
    .await;
    let keys = M(HashMap::from([("p256dh".to_owned(), s("BCVxsr7N")), ("auth".to_owned(), s("BTBZMqHH"))]));
    put(
        client,
        table,
        [
            ("media_type", s("PUSH#Zoë")),
            ("tmdb_id", n(0)),
            ("endpoint", s("https://push.test/old")),
            ("keys", keys),
            ("subscribed_at", s("2024-01-02T03:04:05.000006+00:00")),
        ],
    )
    .await;
    // Left behind by the old API, which took any text for a media type.
    put(client, table, [("media_type", s("game")), ("tmdb_id", n(1)), ("title", s("x"))]).await;
}

/// Runs the cases with and without the index.
pub(crate) async fn all(emulator: &Emulator) {
    for with_index in [true, false] {
        println!("adopted, with index: {with_index}");
        let table = format!("adopted-{with_index}");
        emulator.create_table(&table, with_index).await;
        fill(&emulator.client(), &table).await;
        let store = DynamoStore::new(&table, emulator.client());
        old_items_are_understood(&store).await;
        old_devices_stay(&store, with_index).await;
        if with_index {
            devices_of_other_spellings_are_found(&emulator.client(), &table, &store).await;
        }
        no_device_is_left(&emulator.client(), &table).await;
        an_earlier_generation_is_taken_over(&emulator.client(), &table, &store).await;
        if with_index {
            // Another process finds the table adopted.
            let other = DynamoStore::new(&table, emulator.client());
            assert!(other.request_by_tvdb(353_546).await.unwrap().is_some());
            assert!(other.request_by_tvdb(1).await.unwrap().is_none());
        }
    }
}

async fn old_items_are_understood(store: &DynamoStore) {
    let requests = store.requests(None).await.unwrap();
    let keys: Vec<MediaKey> = requests.iter().map(|request| request.key()).collect();
    assert_eq!(keys, [MediaKey::tv(82728), MediaKey::movie(653), MediaKey::tv(1399)]);
    for round in 0..3 {
        for (guid, key) in [("plex://tv/added", MediaKey::tv(1399)), ("plex://movie/added", MediaKey::movie(653))] {
            let found = store.request_by_guid(guid).await.unwrap();
            assert_eq!(found.map(|request| request.key()), Some(key), "round {round}");
        }
        assert_eq!(store.request_by_guid("plex://tv/other").await.unwrap(), None);
    }
    for _ in 0..3 {
        let found = store.request_by_tvdb(353_546).await.unwrap();
        assert_eq!(found.map(|request| request.key()), Some(MediaKey::tv(82728)));
        assert_eq!(store.request_by_tvdb(7).await.unwrap(), None);
    }
    let known = store.known_ids("plex://show/a").await.unwrap();
    assert_eq!(known, Some(KnownIds { tmdb_id: Some(82728), tvdb_id: None }));
    assert_eq!(store.library(at(0)).await.unwrap().movie, [653].into());
    // A row of the old system is of no generation.
    store.open_generation(MediaType::Movie, at(0)).await.unwrap();
    store.put_synced_titles(&[crate::contract::samples::item(MediaKey::movie(1))], at(1)).await.unwrap();
    assert_eq!(store.close_generation(MediaType::Movie).await.unwrap(), 1);
    let marked = store.mark_added(MediaKey::tv(82728), Some("plex://show/a"), at(0)).await.unwrap();
    assert!(marked.is_some());
}

async fn old_devices_stay(store: &DynamoStore, with_index: bool) {
    let endpoints = |name: &'static str| async move {
        let mut endpoints: Vec<String> =
            store.subscriptions(name).await.unwrap().into_iter().map(|device| device.endpoint).collect();
        endpoints.sort();
        endpoints
    };
    assert_eq!(endpoints("Zoë").await, ["https://push.test/old"]);
    store.subscribe(&subscription("Zoë", "https://push.test/new")).await.unwrap();
    if with_index {
        assert_eq!(endpoints("Zoë").await, ["https://push.test/new", "https://push.test/old"]);
    } else {
        // Until the index is there a name has one device, as before.
        assert_eq!(endpoints("Zoë").await, ["https://push.test/new"]);
    }
    store.unsubscribe("Zoë", None).await.unwrap();
    assert!(endpoints("Zoë").await.is_empty());
    for name in ["phone", "laptop", "tablet"] {
        store.subscribe(&subscription("Zoë", &format!("https://push.test/{name}"))).await.unwrap();
    }
    store.unsubscribe("Zoë", Some("https://push.test/tablet")).await.unwrap();
    store.unsubscribe("Zoë", None).await.unwrap();
}

/// Earlier versions looked devices up by the name as it was spelled.
async fn devices_of_other_spellings_are_found(client: &Client, table: &str, store: &DynamoStore) {
    let endpoint = |spelling: &str| format!("https://push.test/{spelling}");
    for spelling in ["Zoë", "ZOË", "zoë", "zOë"] {
        let keys = M(HashMap::from([("p256dh".to_owned(), s("BCVxsr7N")), ("auth".to_owned(), s("BTBZMqHH"))]));
        put(
            client,
            table,
            [
                ("media_type", s(&format!("PUSH#{}", endpoint(spelling)))),
                ("tmdb_id", n(0)),
                ("endpoint", s(&endpoint(spelling))),
                ("keys", keys),
                ("name", s(spelling)),
                ("lookup", s(&format!("USER#{spelling}"))),
                ("subscribed_at", s("2026-01-02T03:04:05.000006+00:00")),
            ],
        )
        .await;
    }
    let endpoints = |name: &'static str| async move {
        let mut endpoints: Vec<String> =
            store.subscriptions(name).await.unwrap().into_iter().map(|device| device.endpoint).collect();
        endpoints.sort();
        endpoints
    };
    let usual = ["ZOË", "Zoë", "zoë"].map(endpoint);
    assert_eq!(endpoints("Zoë").await, usual);
    assert_eq!(endpoints("ZOË").await, usual);
    // An odd spelling is found once its own session has been here.
    let all = ["ZOË", "Zoë", "zOë", "zoë"].map(endpoint);
    assert_eq!(endpoints("zOë").await, all);
    assert_eq!(endpoints("Zoë").await, all);
    let item = client
        .get_item()
        .table_name(table)
        .key("media_type", s(&format!("PUSH#{}", endpoint("ZOË"))))
        .key("tmdb_id", n(0))
        .send()
        .await
        .unwrap();
    assert_eq!(item.item.unwrap()["lookup"], s("USER#zoë"));
    // What the old system kept is found as well.
    let keys = M(HashMap::from([("p256dh".to_owned(), s("BCVxsr7N")), ("auth".to_owned(), s("BTBZMqHH"))]));
    let old =
        [("media_type", s("PUSH#ZOË")), ("tmdb_id", n(0)), ("endpoint", s("https://push.test/old")), ("keys", keys)];
    put(client, table, old).await;
    assert_eq!(endpoints("zoë").await.len(), 5);
    store.unsubscribe("Zoë", None).await.unwrap();
    assert!(endpoints("zOë").await.is_empty());
}

/// A device that can't be found without the index would be back once the index is there.
async fn no_device_is_left(client: &Client, table: &str) {
    let items = client.scan().table_name(table).send().await.unwrap().items.unwrap();
    let partitions = items.iter().map(|item| item["media_type"].as_s().unwrap());
    let left: Vec<_> = partitions.filter(|partition| partition.starts_with("PUSH#")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Earlier versions kept the last opening of a generation only.
async fn an_earlier_generation_is_taken_over(client: &Client, table: &str, store: &DynamoStore) {
    let day = stellarr_core::library::GENERATION_SECONDS;
    let micros = |second: i64| N(at(second).as_microsecond().to_string());
    let library = |second| async move { store.library(at(second)).await.unwrap().tv.into_iter().collect::<Vec<_>>() };
    for (start, received, left) in [(0, 0, vec![1, 2]), (3 * day, 1, vec![2])] {
        store.put_titles(&[1, 2].map(|id| crate::contract::samples::item(MediaKey::tv(id))), at(start)).await.unwrap();
        put(
            client,
            table,
            [
                ("media_type", s("GENERATION#tv")),
                ("tmdb_id", n(0)),
                ("opened_at", micros(start + 10)),
                ("received", n(received)),
            ],
        )
        .await;
        store.put_titles(&[crate::contract::samples::item(MediaKey::tv(2))], at(start + 11)).await.unwrap();
        assert_eq!(library(start + 11 + day).await, left);
        // Another one that opens meanwhile does not make it forgotten.
        store.open_generation(MediaType::Tv, at(start + 20)).await.unwrap();
        assert_eq!(library(start + 10 + day).await, [1, 2]);
        assert_eq!(library(start + 11 + day).await, left);
        store.open_generation(MediaType::Tv, at(start + 2 * day)).await.unwrap();
        assert_eq!(library(start).await, left, "what is gone is deleted");
    }
}
