//! A Runtime API, and before it a front that turns requests into events as a Function URL behind the CDN does.

use std::collections::{HashMap, VecDeque};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};

/// What the header of the CDN holds.
pub(crate) const VERIFY: &str = "what-only-the-cdn-knows";

/// A running function; dropping it ends its process.
pub(crate) struct Function {
    process: Child,
    queue: Arc<Queue>,
    /// Where the CDN would answer.
    #[allow(dead_code, reason = "only the story sends requests")]
    pub(crate) url: String,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<(String, String)>>,
    running: Mutex<HashMap<String, oneshot::Sender<Value>>>,
    arrived: Notify,
    count: std::sync::atomic::AtomicU64,
}

impl Function {
    /// Starts the binary with the variables that are made for the site's address.
    pub(crate) async fn start(program: &str, variables: impl FnOnce(&str) -> Vec<(String, String)>) -> Self {
        let queue = Arc::new(Queue::default());
        let runtime = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(answer))
            .with_state(Arc::clone(&queue));
        let runtime = serve(runtime).await;
        let front = serve(Router::new().fallback(invoke).with_state(Arc::clone(&queue))).await;
        let url = format!("http://{front}");
        let process = Command::new(program)
            .env_clear()
            .envs(variables(&url))
            .env("AWS_LAMBDA_RUNTIME_API", runtime)
            .env("AWS_LAMBDA_FUNCTION_NAME", "story")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("ORIGIN_VERIFY_SHA256", hex::encode(Sha256::digest(VERIFY)))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, queue, url }
    }

    /// Sends an event as it is; returns the answer, or nothing once the process has ended.
    #[allow(dead_code, reason = "the story sends requests only")]
    pub(crate) async fn send(&mut self, event: &Value) -> Option<Value> {
        let mut answer = send(&self.queue, event.to_string());
        loop {
            match tokio::time::timeout(Duration::from_millis(50), &mut answer).await {
                Ok(answer) => return answer.ok(),
                Err(_) if self.process.try_wait().unwrap().is_some() => return None,
                Err(_) => {}
            }
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn next(State(queue): State<Arc<Queue>>) -> Response {
    loop {
        let arrived = queue.arrived.notified();
        let waiting = queue.waiting.lock().unwrap().pop_front();
        if let Some((id, event)) = waiting {
            return Response::builder()
                .header("lambda-runtime-aws-request-id", id)
                .header("lambda-runtime-deadline-ms", "4102444800000")
                .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:1:function:story")
                .body(Body::from(event))
                .unwrap();
        }
        arrived.await;
    }
}

async fn answer(State(queue): State<Arc<Queue>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    if let Some(sender) = queue.running.lock().unwrap().remove(&id) {
        let _ = sender.send(serde_json::from_slice(&body).unwrap_or(Value::Null));
    }
    StatusCode::ACCEPTED
}

fn send(queue: &Queue, event: String) -> oneshot::Receiver<Value> {
    let id = queue.count.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
    let (sender, receiver) = oneshot::channel();
    queue.running.lock().unwrap().insert(id.clone(), sender);
    queue.waiting.lock().unwrap().push_back((id, event));
    queue.arrived.notify_one();
    receiver
}

async fn invoke(State(queue): State<Arc<Queue>>, request: Request) -> Response {
    let event = event(request).await.to_string();
    let receiver = send(&queue, event);
    let Ok(answer) = receiver.await else { return StatusCode::BAD_GATEWAY.into_response() };
    let status = answer["statusCode"].as_u64().unwrap_or(502);
    let mut response = Response::builder().status(u16::try_from(status).unwrap());
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    let body = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => STANDARD.decode(body).unwrap(),
        _ => body.as_bytes().to_vec(),
    };
    response.body(Body::from(body)).unwrap()
}

/// Writes the event of a Function URL, format 2.0, with what the CDN adds.
async fn event(request: Request) -> Value {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = joined(&parts.headers);
    // Lambda decides by the type.
    let content_type = headers.get("content-type").map(String::as_str).unwrap_or_default();
    let is_text = content_type.starts_with("text/") || content_type.starts_with("application/json");
    headers.insert("x-origin-verify".to_owned(), VERIFY.to_owned());
    headers.insert("x-stellarr-host".to_owned(), headers.get("host").cloned().unwrap_or_default());
    headers.insert("x-stellarr-address".to_owned(), "203.0.113.9".to_owned());
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": parts.uri.path(),
        "rawQueryString": parts.uri.query().unwrap_or_default(), "headers": headers,
        "requestContext": {
            "accountId": "anonymous", "apiId": "story", "domainName": "story.lambda-url.eu-central-1.on.aws",
            "domainPrefix": "story", "requestId": "story", "routeKey": "$default", "stage": "$default",
            "time": "21/Nov/2026:04:00:00 +0000", "timeEpoch": 1_795_233_600_000_u64,
            "http": {
                "method": parts.method.as_str(), "path": parts.uri.path(), "protocol": "HTTP/1.1",
                "sourceIp": "130.176.0.1", "userAgent": "Amazon CloudFront",
            },
        },
        "body": if is_text { String::from_utf8(body.to_vec()).unwrap() } else { STANDARD.encode(&body) },
        "isBase64Encoded": !is_text,
    })
}

fn joined(headers: &HeaderMap) -> HashMap<String, String> {
    let mut joined: HashMap<String, String> = HashMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        joined.entry(name.as_str().to_owned()).and_modify(|all| *all = format!("{all},{value}")).or_insert(value);
    }
    joined
}
