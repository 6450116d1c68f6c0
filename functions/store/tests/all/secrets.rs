//! The one secret: read again in time, and changed without a loss. Secrets Manager is a small one of the test's own, whose
//! labels move as the real ones do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use serde_json::{Value, json};
use stellarr_core::secrets::{SecretSource, SecretsError, password_mark};
use stellarr_store::secrets::SecretsManager;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// When each version was written.
const WRITTEN_AT: i64 = 1_750_000_000;

/// Holds the versions' texts, and which of them is current.
#[derive(Default)]
struct Vault {
    versions: Vec<String>,
    current: usize,
    calls: Vec<String>,
    /// What somebody else makes current before each of our own changes.
    others: Vec<String>,
}

impl Vault {
    fn answer(&mut self, operation: &str, body: &Value) -> Result<Value, &'static str> {
        self.calls.push(operation.to_owned());
        let number = |name: &str| body[name].as_str().unwrap().trim_start_matches('v').parse::<usize>().unwrap();
        match operation {
            "GetSecretValue" => Ok(json!({
                "VersionId": format!("v{}", self.current),
                "SecretString": self.versions[self.current],
                "CreatedDate": WRITTEN_AT,
            })),
            "PutSecretValue" => {
                assert_eq!(body["VersionStages"], json!(["STELLARR_NEXT"]), "not current before the condition holds");
                if let Some(text) = self.others.pop() {
                    self.versions.push(text);
                    self.current = self.versions.len() - 1;
                }
                self.versions.push(body["SecretString"].as_str().unwrap().to_owned());
                Ok(json!({"VersionId": format!("v{}", self.versions.len() - 1)}))
            }
            "UpdateSecretVersionStage" => {
                assert_eq!(body["VersionStage"], "AWSCURRENT");
                if number("RemoveFromVersionId") != self.current {
                    return Err("InvalidParameterException");
                }
                self.current = number("MoveToVersionId");
                Ok(json!({}))
            }
            other => panic!("{other} was not expected"),
        }
    }

    fn count(&self, operation: &str) -> usize {
        self.calls.iter().filter(|call| *call == operation).count()
    }
}

static SECONDS: AtomicU64 = AtomicU64::new(0);

/// Tells the time that the test decides.
fn clock() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now) + Duration::from_secs(SECONDS.load(Ordering::Relaxed))
}

struct World {
    vault: Arc<Mutex<Vault>>,
    server: MockServer,
}

impl World {
    async fn start(secret: Value) -> Self {
        let vault = Arc::new(Mutex::new(Vault { versions: vec![secret.to_string()], ..Vault::default() }));
        let server = MockServer::start().await;
        let answers = Arc::clone(&vault);
        Mock::given(any())
            .respond_with(move |request: &Request| {
                let operation = request.headers["x-amz-target"].to_str().unwrap().trim_start_matches("secretsmanager.");
                let body = serde_json::from_slice(&request.body).unwrap();
                let (status, answer) = match answers.lock().unwrap().answer(operation, &body) {
                    Ok(answer) => (200, answer),
                    Err(code) => (400, json!({"__type": code, "message": "hunter2hunter2 is not right"})),
                };
                ResponseTemplate::new(status).set_body_raw(answer.to_string(), "application/x-amz-json-1.1")
            })
            .mount(&server)
            .await;
        Self { vault, server }
    }

    /// Returns the secret as one instance of the function has it.
    fn instance(&self) -> SecretsManager {
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(self.server.uri())
            .retry_config(RetryConfig::disabled())
            .build();
        SecretsManager::new(Client::from_conf(config), "app").with_clock(clock)
    }

    fn current(&self) -> Value {
        let vault = self.vault.lock().unwrap();
        serde_json::from_str(&vault.versions[vault.current]).unwrap()
    }
}

#[tokio::test]
async fn a_rotation_counts_after_a_minute() {
    let world = World::start(json!({"PRESHARED_PASSWORD": "old"})).await;
    let instance = world.instance();
    let password = || async { instance.secrets().await.unwrap().get("PRESHARED_PASSWORD").unwrap().to_owned() };
    assert_eq!(password().await, "old");
    world.vault.lock().unwrap().versions[0] = json!({"PRESHARED_PASSWORD": "new"}).to_string();
    SECONDS.fetch_add(59, Ordering::Relaxed);
    assert_eq!(password().await, "old");
    assert_eq!(world.vault.lock().unwrap().count("GetSecretValue"), 1, "one call a minute");
    SECONDS.fetch_add(1, Ordering::Relaxed);
    let (a, b, c) = tokio::join!(password(), password(), password());
    assert_eq!([a, b, c], ["new", "new", "new"]);
    assert_eq!(world.vault.lock().unwrap().count("GetSecretValue"), 2, "who asks together reads once");

    // What can't be read any more does not count any more.
    world.server.reset().await;
    assert_eq!(password().await, "new");
    SECONDS.fetch_add(60, Ordering::Relaxed);
    let SecretsError::Unavailable(_) = instance.secrets().await.unwrap_err() else { panic!("another error") };
}

#[tokio::test]
async fn a_revocation_is_known_here_at_once_and_elsewhere_within_a_minute() {
    let world = World::start(json!({"FEED_TOKEN": "feed", "ORIGIN_VERIFY_1": "x"})).await;
    let (here, there) = (world.instance(), world.instance());
    assert_eq!(there.secrets().await.unwrap().not_before(), Ok(None));
    assert_eq!(here.secrets().await.unwrap().not_before(), Ok(None));
    assert_eq!(here.revoke_before(1_800_000_000, None).await.unwrap().not_before(), Ok(Some(1_800_000_000)));
    assert_eq!(here.secrets().await.unwrap().not_before(), Ok(Some(1_800_000_000)));
    assert_eq!(there.fresh().await.unwrap().not_before(), Ok(Some(1_800_000_000)), "when it is asked for");
    assert_eq!(
        world.current(),
        json!({"FEED_TOKEN": "feed", "ORIGIN_VERIFY_1": "x", "NOT_BEFORE": "1800000000"}),
        "nothing else changes"
    );
    // A second one for the same moment, or an earlier one, changes nothing.
    assert_eq!(there.revoke_before(1_700_000_000, None).await.unwrap().not_before(), Ok(Some(1_800_000_000)));
    assert_eq!(world.vault.lock().unwrap().count("PutSecretValue"), 1);
}

#[tokio::test]
async fn a_password_that_was_changed_in_the_console_ends_sessions() {
    let key = "0123456789abcdef0123456789abcdef";
    let mark = password_mark(key, "correct horse battery");
    let secret = |password: &str| json!({"APP_SECRET_KEY": key, "PRESHARED_PASSWORD": password, "PASSWORD_MARK": mark});
    let world = World::start(secret("correct horse battery")).await;
    let instance = world.instance();
    assert_eq!(instance.secrets().await.unwrap().not_before(), Ok(None));
    world.vault.lock().unwrap().versions[0] = secret("battery horse correct").to_string();
    // Those too that a process opens which knows the old one for a minute more. Each process concludes it by itself.
    for instance in [instance, world.instance()] {
        assert_eq!(instance.fresh().await.unwrap().not_before(), Ok(Some(WRITTEN_AT + 61)));
    }
    assert_eq!(world.vault.lock().unwrap().count("PutSecretValue"), 0, "reading writes nothing");
    // Once something is written, it counts for good.
    let renewed = world.instance().revoke_before(WRITTEN_AT + 500, Some(WRITTEN_AT + 100)).await.unwrap();
    assert_eq!(
        (renewed.not_before(), renewed.began_at(WRITTEN_AT + 500)),
        (Ok(Some(WRITTEN_AT + 500)), WRITTEN_AT + 100)
    );
    let mark = password_mark(key, "battery horse correct");
    let stored = world.current();
    assert_eq!(
        (&stored["PASSWORD_MARK"], &stored["NOT_BEFORE"]),
        (&json!(mark), &json!((WRITTEN_AT + 500).to_string()))
    );
    assert_eq!(stored["RENEWED_SESSION"], format!("{} {}", WRITTEN_AT + 500, WRITTEN_AT + 100));
}

#[tokio::test]
async fn what_another_changes_meanwhile_is_kept() {
    let world = World::start(json!({"FEED_TOKEN": "old"})).await;
    let (first, second) = (json!({"FEED_TOKEN": "new"}), json!({"FEED_TOKEN": "new", "TVDB_API_KEY": "added"}));
    world.vault.lock().unwrap().others = vec![second.to_string(), first.to_string()];
    let secrets = world.instance().revoke_before(1_800_000_000, None).await.unwrap();
    assert_eq!((secrets.feed_token(), secrets.tvdb_api_key()), (Some("new"), Some("added")));
    assert_eq!(
        world.current(),
        json!({"FEED_TOKEN": "new", "TVDB_API_KEY": "added", "NOT_BEFORE": "1800000000"}),
        "two tries failed and the third held"
    );

    let world = World::start(json!({})).await;
    world.vault.lock().unwrap().others = vec!["{}".to_owned(); 9];
    let error = world.instance().revoke_before(1_800_000_000, None).await.unwrap_err();
    assert_eq!(error.to_string(), "the secret can't be changed: others keep changing it");
    assert_eq!(world.vault.lock().unwrap().count("PutSecretValue"), 5, "it gives up");
}
