//! One contract suite that every store must pass.
//!
//! Each store has one test, which runs all cases, each on a store of its own. DynamoDB's runs against the emulator.

mod cases;
mod samples;

use std::sync::Arc;

use stellarr_core::store::Store;
use stellarr_store::memory::MemoryStore;

#[tokio::test]
async fn memory_keeps_the_contract() {
    for case in cases::ALL {
        println!("{}", case.name);
        (case.run)(Arc::new(MemoryStore::default()) as Arc<dyn Store>).await;
    }
}
