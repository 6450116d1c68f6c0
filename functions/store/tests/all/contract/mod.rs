//! One contract suite that every store must pass.
//!
//! Each store has one test, which runs all cases, each on a store of its own. DynamoDB's runs against the emulator.

mod adopted;
mod case;
mod cases;
pub(crate) mod emulator;
mod generations;
mod logins;
mod samples;

use std::sync::Arc;

use stellarr_core::store::Store;
use stellarr_store::dynamodb::DynamoStore;
use stellarr_store::memory::MemoryStore;
use stellarr_store::sqlite::SqliteStore;

use emulator::Emulator;

fn all_cases() -> impl Iterator<Item = &'static case::Case> {
    cases::ALL.iter().chain(generations::ALL).chain(logins::ALL)
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    for case in all_cases() {
        println!("{}", case.name);
        (case.run)(Arc::new(MemoryStore::default()) as Arc<dyn Store>).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract() {
    for case in all_cases() {
        println!("{}", case.name);
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&directory.path().join("stellarr.sqlite3")).await.unwrap();
        (case.run)(Arc::new(store.clone())).await;
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dynamodb_keeps_the_contract() {
    let emulator = Emulator::start().await;
    for case in all_cases() {
        println!("{}", case.name);
        emulator.create_table(case.name, true).await;
        (case.run)(Arc::new(DynamoStore::new(case.name, emulator.client()))).await;
    }
    // A table of the old system has no index until its own update.
    for case in all_cases() {
        println!("{} without the index", case.name);
        // Without it a name has one device.
        if ["a_user_has_several_devices", "long_endpoints_are_kept", "a_member_is_the_same_in_any_case"]
            .contains(&case.name)
        {
            continue;
        }
        let table = format!("old-{}", case.name);
        emulator.create_table(&table, false).await;
        (case.run)(Arc::new(DynamoStore::new(table, emulator.client()))).await;
    }
    adopted::all(&emulator).await;
}
