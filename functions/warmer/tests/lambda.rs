//! The function as Lambda runs it: its own process, the Runtime API, S3 and Secrets Manager of the emulator.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a test can't go on without fails it")]

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use stellarr_standin::{Action, DEFAULT_KEY, FaultRule, Options, Standin};
use tokio::sync::mpsc;
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A process group that ends with its owner.
struct Group(Child);

impl Group {
    fn spawn(command: &mut Command) -> Self {
        Self(command.process_group(0).spawn().unwrap())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = killpg(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

/// The emulator reads the region here and checks nothing else.
fn signed_for(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20261121/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

struct Emulator {
    _process: Group,
    endpoint: String,
    http: reqwest::Client,
}

impl Emulator {
    async fn start() -> Self {
        let program = std::env::var("STELLARR_MINISTACK")
            .expect("STELLARR_MINISTACK must name the emulator's executable; `tests/run` installs it and sets it");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let process = Group::spawn(
            Command::new(program)
                .env("AWS_ENDPOINT_URL", &endpoint)
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", port.to_string())
                .env("IOT_MTLS_ENABLED", "0")
                .env("SFTP_ENABLED", "0")
                .env("LOG_LEVEL", "ERROR")
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let emulator = Self { _process: process, endpoint, http: reqwest::Client::new() };
        let started = Instant::now();
        while emulator.http.get(format!("{}/_ministack/health", emulator.endpoint)).send().await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "the emulator does not answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        emulator
    }

    async fn create_bucket(&self, name: &str) {
        let body = "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>";
        let request = self.http.put(format!("{}/{name}", self.endpoint)).header("authorization", signed_for("s3"));
        assert!(request.body(body).send().await.unwrap().status().is_success());
    }

    async fn create_secret(&self, name: &str, key: &str) {
        let body = json!({ "Name": name, "SecretString": json!({ "TMDB_API_KEY": key }).to_string() });
        let answer = self
            .http
            .post(&self.endpoint)
            .header("x-amz-target", "secretsmanager.CreateSecret")
            .header("content-type", "application/x-amz-json-1.1")
            .header("authorization", signed_for("secretsmanager"))
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    async fn object(&self, bucket: &str, name: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}/{bucket}/{name}", self.endpoint));
        request.header("authorization", signed_for("s3")).send().await.unwrap()
    }
}

/// What the function answered: its result, or its error.
type Outcome = Result<Value, Value>;

/// Runs one invocation in a process of its own.
async fn invoke(emulator: &Emulator, standin: &Standin, locales: &str, event: Value) -> Outcome {
    let runtime = MockServer::start().await;
    let (answers, mut answered) = mpsc::unbounded_channel::<Outcome>();
    let event = ResponseTemplate::new(200)
        .set_body_json(event)
        .insert_header("lambda-runtime-aws-request-id", "one")
        .insert_header("lambda-runtime-deadline-ms", "4102444800000")
        .insert_header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:000000000000:function:a-test-warmer",
        );
    let next = || Mock::given(method("GET")).and(path("/2018-06-01/runtime/invocation/next"));
    next().respond_with(event).up_to_n_times(1).mount(&runtime).await;
    next().respond_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(600))).mount(&runtime).await;
    Mock::given(method("POST"))
        .and(path_regex("/2018-06-01/runtime/invocation/one/(response|error)"))
        .respond_with(move |request: &Request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let outcome = if request.url.path().ends_with("error") { Err(body) } else { Ok(body) };
            answers.send(outcome).unwrap();
            ResponseTemplate::new(202)
        })
        .mount(&runtime)
        .await;
    let _function = Group::spawn(
        Command::new(env!("CARGO_BIN_EXE_stellarr-warmer"))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", runtime.address().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "a-test-warmer")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL", &emulator.endpoint)
            .env("APP_SECRET_ARN", "app")
            .env("TRENDING_S3_BUCKET", "trending")
            .env("LOCALES", locales)
            .env("TMDB_BASE_URL", standin.tmdb_base_url())
            .stdout(Stdio::null()),
    );
    tokio::time::timeout(Duration::from_secs(60), answered.recv()).await.expect("an answer within a minute").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_function_fills_a_bucket_and_reports() {
    let emulator = Emulator::start().await;
    emulator.create_bucket("trending").await;
    emulator.create_secret("app", DEFAULT_KEY).await;
    let options = Options { fill_pages: true, ..Options::default() };
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();

    let report = invoke(&emulator, &standin, "en,pt-BR", json!({})).await.unwrap();
    assert_eq!(report["success"], true, "{report}");
    assert_eq!(report["files"].as_array().unwrap().len(), 6);
    assert_eq!(report["files"][0]["file"], "trending-all-en.json");
    assert_eq!(report["files"][0]["status"], "written");
    assert!(report["durationMs"].is_u64());
    let object = emulator.object("trending", "trending-movie-pt-BR.json").await;
    assert_eq!(object.headers()["content-type"], "application/json");
    assert_eq!(object.headers()["cache-control"], "public, max-age=3600");
    let etag = object.headers()["etag"].clone();
    let modified = object.headers()["last-modified"].clone();
    let body: Value = object.json().await.unwrap();
    assert_eq!(body["results"].as_array().unwrap().len(), 20);

    let again = invoke(&emulator, &standin, "en,pt-BR", json!({ "locales": ["pt-BR"] })).await.unwrap();
    assert_eq!(again["files"].as_array().unwrap().len(), 3);
    assert!(again["files"].as_array().unwrap().iter().all(|file| file["status"] == "unchanged"), "{again}");
    let object = emulator.object("trending", "trending-movie-pt-BR.json").await;
    assert_eq!((&object.headers()["etag"], &object.headers()["last-modified"]), (&etag, &modified));
    let index: Value = emulator.object("trending", "trending-index.json").await.json().await.unwrap();
    assert_eq!(index["files"].as_array().unwrap().len(), 6, "a run of some languages keeps the others listed");

    // Fault 34 as EventBridge sees it: the good files are written, then the invocation fails.
    let fault = standin.add_fault(FaultRule::new("/3/trending/tv/week", Action::status(503)).query("language", "en"));
    let failure = invoke(&emulator, &standin, "en,pt-BR", json!({})).await.unwrap_err();
    assert!(standin.log().hits(&fault) >= 1);
    assert_eq!(failure["errorType"], "PartialFailure");
    let report: Value = serde_json::from_str(failure["errorMessage"].as_str().unwrap()).unwrap();
    let kept: Vec<&Value> =
        report["files"].as_array().unwrap().iter().filter(|file| file["status"] == "kept").collect();
    assert_eq!((kept.len(), &kept[0]["file"]), (1, &json!("trending-tv-en.json")));
    assert_eq!(emulator.object("trending", "trending-tv-en.json").await.status(), 200);

    let wrong = invoke(&emulator, &standin, "en", json!({ "locales": ["de"] })).await.unwrap_err();
    assert_eq!(wrong["errorType"], "InvalidEvent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_without_its_settings_starts_and_says_what_is_missing() {
    let emulator = Emulator::start().await;
    let standin = Standin::local().unwrap();
    let failure = invoke(&emulator, &standin, "not a language", json!({})).await.unwrap_err();
    assert_eq!(failure["errorType"], "InvalidSettings");
    assert!(failure["errorMessage"].as_str().unwrap().contains("LOCALES"));
}
