//! Runs a function as Lambda does: its own process and the Runtime API, with the emulator for everything else.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A process group that ends with its owner.
pub(crate) struct Group(Child);

impl Group {
    pub(crate) fn spawn(command: &mut Command) -> Self {
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
pub(crate) fn signed_for(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20261121/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

pub(crate) struct Emulator {
    _process: Group,
    endpoint: String,
    http: reqwest::Client,
}

impl Emulator {
    pub(crate) async fn start() -> Self {
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

    pub(crate) async fn create_bucket(&self, name: &str) {
        let body = "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>";
        let request = self.http.put(format!("{}/{name}", self.endpoint)).header("authorization", signed_for("s3"));
        assert!(request.body(body).send().await.unwrap().status().is_success());
    }

    pub(crate) async fn create_secret(&self, name: &str, key: &str) {
        let body = json!({ "Name": name, "SecretString": json!({ "TMDB_API_KEY": key }).to_string() });
        self.call("secretsmanager", "secretsmanager.CreateSecret", &body).await;
    }

    /// Makes a call of a JSON protocol.
    pub(crate) async fn call(&self, service: &str, target: &str, body: &Value) -> Value {
        let request = self
            .http
            .post(&self.endpoint)
            .header("x-amz-target", target)
            .header(
                "content-type",
                if service == "dynamodb" { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" },
            )
            .header("authorization", signed_for(service))
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{target}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn object(&self, bucket: &str, name: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}/{bucket}/{name}", self.endpoint));
        request.header("authorization", signed_for("s3")).send().await.unwrap()
    }
}

/// What the function answered: its result, or its error.
pub(crate) type Outcome = Result<Value, Value>;

/// Runs one invocation in a process of its own.
pub(crate) async fn invoke(program: &str, emulator: &Emulator, variables: &[(&str, &str)], event: Value) -> Outcome {
    let runtime = MockServer::start().await;
    let (answers, mut answered) = mpsc::unbounded_channel::<Outcome>();
    let event = ResponseTemplate::new(200)
        .set_body_json(event)
        .insert_header("lambda-runtime-aws-request-id", "one")
        .insert_header("lambda-runtime-deadline-ms", "4102444800000")
        .insert_header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:000000000000:function:a-test-function",
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
        Command::new(program)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", runtime.address().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "a-test-function")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL", &emulator.endpoint)
            .env("APP_SECRET_ARN", "app")
            .envs(variables.iter().copied())
            .stdout(Stdio::null()),
    );
    tokio::time::timeout(Duration::from_secs(60), answered.recv()).await.expect("an answer within a minute").unwrap()
}
