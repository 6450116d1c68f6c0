//! A DynamoDB of our own: the emulator on a free port, in its own process group.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};

/// A running emulator; dropping it ends the whole process group.
pub(crate) struct Emulator {
    process: Child,
    /// Where it answers.
    pub(crate) endpoint: String,
}

impl Emulator {
    /// Starts the emulator and waits until it answers.
    pub(crate) async fn start() -> Self {
        let program = std::env::var("STELLARR_MINISTACK")
            .expect("STELLARR_MINISTACK must name the emulator's executable; `tests/run` installs it and sets it");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let process = Command::new(program)
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "ERROR")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let emulator = Self { process, endpoint };
        let started = Instant::now();
        let health = format!("{}/_ministack/health", emulator.endpoint);
        while reqwest::get(&health).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "the emulator does not answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        emulator
    }

    /// Makes a client.
    pub(crate) fn client(&self) -> Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&self.endpoint)
            .build();
        Client::from_conf(config)
    }

    /// Keeps a secret, and returns its ARN.
    #[allow(dead_code, reason = "only some of the tests that include this file need it")]
    pub(crate) async fn create_secret(&self, values: &serde_json::Value) -> String {
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(aws_sdk_secretsmanager::config::BehaviorVersion::latest())
            .region(aws_sdk_secretsmanager::config::Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&self.endpoint)
            .build();
        let client = aws_sdk_secretsmanager::Client::from_conf(config);
        let created = client.create_secret().name("app").secret_string(values.to_string()).send().await.unwrap();
        created.arn().unwrap().to_owned()
    }

    /// Creates a table as the templates do; without the index, as the old system did.
    pub(crate) async fn create_table(&self, name: &str, with_index: bool) {
        let attribute = |name: &str, kind| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
        };
        let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
        let mut table = self
            .client()
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute("media_type", ScalarAttributeType::S))
            .attribute_definitions(attribute("tmdb_id", ScalarAttributeType::N))
            .key_schema(key("media_type", KeyType::Hash))
            .key_schema(key("tmdb_id", KeyType::Range));
        if with_index {
            table = table.attribute_definitions(attribute("lookup", ScalarAttributeType::S)).global_secondary_indexes(
                GlobalSecondaryIndex::builder()
                    .index_name("lookup-index")
                    .key_schema(key("lookup", KeyType::Hash))
                    .projection(Projection::builder().projection_type(ProjectionType::All).build())
                    .build()
                    .unwrap(),
            );
        }
        table.send().await.unwrap();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let group = nix::unistd::Pid::from_raw(i32::try_from(self.process.id()).unwrap());
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.process.wait();
    }
}
