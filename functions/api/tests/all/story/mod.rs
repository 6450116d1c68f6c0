//! The whole life of a household, over HTTP, against the function: its own binary behind a Runtime API, with DynamoDB
//! and Secrets Manager of the emulator.

#[path = "../../../../store/tests/all/contract/emulator.rs"]
mod emulator;
pub(crate) mod lambda;
mod script;
mod upgrade;

use stellarr_standin::Standin;

/// Where the function finds its table and its secret.
fn on(emulator: &emulator::Emulator, secret: &str) -> Vec<(String, String)> {
    [
        ("DYNAMODB_TABLE", "requests"),
        ("APP_SECRET_ARN", secret),
        ("AWS_ENDPOINT_URL", &emulator.endpoint),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_of_a_household_on_lambda() {
    let standin = Standin::local().unwrap();
    let emulator = emulator::Emulator::start().await;
    emulator.create_table("requests", true).await;
    let secret = emulator.create_secret(&script::secrets()).await;
    let function = lambda::Function::start(env!("CARGO_BIN_EXE_stellarr-api"), |site| {
        let mut variables = script::variables(&standin, site);
        variables.extend(on(&emulator, &secret));
        variables
    })
    .await;
    script::play(&function.url, &standin).await;
}
