//! One contract suite that every catalogue must pass. DynamoDB's runs against the emulator.

mod cases;
use crate::contract::emulator;
mod unprocessed;

use std::sync::Arc;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use stellarr_core::catalogue::{Catalogue, CatalogueSummary, Category, KeptCatalogue, ListId};
use stellarr_core::media::MediaType;
use stellarr_store::catalogue::dynamodb::DynamoCatalogue;
use stellarr_store::catalogue::memory::MemoryCatalogue;
use stellarr_store::catalogue::sqlite::SqliteCatalogue;
use stellarr_store::sqlite::SqliteStore;

use emulator::Emulator;

#[tokio::test]
async fn memory_keeps_the_contract() {
    cases::all(&MemoryCatalogue::default()).await;
}

#[tokio::test]
async fn kept_in_memory_it_keeps_the_contract() {
    cases::all(&KeptCatalogue::new(Arc::new(MemoryCatalogue::default()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&directory.path().join("stellarr.sqlite3")).await.unwrap();
    cases::all(&SqliteCatalogue::new(store.pool().clone())).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dynamodb_keeps_the_contract() {
    let emulator = Emulator::start().await;
    create_table(&emulator, "catalogue").await;
    cases::all(&DynamoCatalogue::new("catalogue", emulator.client())).await;
}

/// Creates the table as the templates do.
async fn create_table(emulator: &Emulator, name: &str) {
    let attribute =
        |name: &str, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap();
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    emulator
        .client()
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("list", ScalarAttributeType::S))
        .attribute_definitions(attribute("tmdb_id", ScalarAttributeType::N))
        .attribute_definitions(attribute("score", ScalarAttributeType::N))
        .key_schema(key("list", KeyType::Hash))
        .key_schema(key("tmdb_id", KeyType::Range))
        .global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name("best-first")
                .key_schema(key("list", KeyType::Hash))
                .key_schema(key("score", KeyType::Range))
                .projection(Projection::builder().projection_type(ProjectionType::All).build())
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn pages_are_kept_until_a_fetch_has_ended() {
    let inner = Arc::new(MemoryCatalogue::default());
    let kept = KeptCatalogue::new(Arc::clone(&inner) as Arc<dyn Catalogue>);
    let list = ListId::new(Category::Popular, MediaType::Movie);
    let ids = async |now: u64| -> Vec<u64> {
        let page = kept.page(list, 10, None, now).await.unwrap();
        page.rows.iter().map(|row| row.entry.id).collect()
    };
    let film = |id| cases::row(Category::Popular, MediaType::Movie, id, 9.0);
    inner.put(&[film(1)]).await;
    assert_eq!((kept.summary().await.unwrap(), ids(cases::NOW).await), (None, vec![1]));
    inner.put(&[film(2)]).await;
    assert_eq!(ids(cases::NOW).await, [2, 1], "without a summary nothing is kept");

    inner.put_summary(&CatalogueSummary { updated_at: 1, ..CatalogueSummary::default() }).await.unwrap();
    kept.summary().await.unwrap();
    assert_eq!(ids(cases::NOW).await, [2, 1]);
    inner.put(&[film(3)]).await;
    kept.summary().await.unwrap();
    assert_eq!(ids(cases::NOW).await, [2, 1], "a fetch that is under way elsewhere");
    assert_eq!(ids(film(1).expires_at).await, [0; 0], "what has expired is not served");
    inner.put_summary(&CatalogueSummary { updated_at: 2, ..CatalogueSummary::default() }).await.unwrap();
    kept.summary().await.unwrap();
    assert_eq!(ids(cases::NOW).await, [3, 2, 1]);
    kept.put(&[film(4)]).await;
    assert_eq!(ids(cases::NOW).await, [4, 3, 2, 1], "a fetch of this process is seen at once");
}
