//! The whole life of a household, over HTTP, against the function: its own binary behind a Runtime API, with DynamoDB
//! and Secrets Manager of the emulator.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what a test can't go on without fails it")]

#[path = "../../../store/tests/contract/emulator.rs"]
mod emulator;
mod lambda;
mod script;

use stellarr_standin::Standin;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_of_a_household_on_lambda() {
    let standin = Standin::local().unwrap();
    let emulator = emulator::Emulator::start().await;
    emulator.create_table("requests", true).await;
    let secret = emulator.create_secret(&script::secrets()).await;
    let function = lambda::Function::start(env!("CARGO_BIN_EXE_stellarr-api"), |site| {
        let mut variables = script::variables(&standin, site);
        variables.extend([
            ("DYNAMODB_TABLE".to_owned(), "requests".to_owned()),
            ("APP_SECRET_ARN".to_owned(), secret.clone()),
            ("AWS_ENDPOINT_URL".to_owned(), emulator.endpoint.clone()),
            ("AWS_REGION".to_owned(), "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID".to_owned(), "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "test".to_owned()),
        ]);
        variables
    })
    .await;
    script::play(&function.url, &standin).await;
}
