//! What a Function URL passes on unchecked, against the function's own binary behind a Runtime API.

use crate::story::lambda;

use serde_json::{Value, json};

/// Writes an event of somebody who calls the Function URL around the CDN.
fn event(path: &str, query: &str, headers: &Value) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": headers,
        "requestContext": {
            "accountId": "anonymous", "apiId": "x", "domainName": "x.lambda-url.eu-central-1.on.aws",
            "domainPrefix": "x", "requestId": "1", "routeKey": "$default", "stage": "$default",
            "time": "21/Nov/2026:04:00:00 +0000", "timeEpoch": 1_795_233_600_000_u64,
            "http": {
                "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "x",
            },
        },
        "isBase64Encoded": false,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_ends_the_process() {
    let mut function = lambda::Function::start(env!("CARGO_BIN_EXE_stellarr-api"), |_| Vec::new()).await;
    let host = json!({"host": "x.lambda-url.eu-central-1.on.aws", "x-forwarded-proto": "https"});
    let long = "a b".repeat(30_000);
    let queries = ["a=<\"> b", "\u{0}\u{7f}", "a=\r\nb", "ä{}|\\^`#?", "%", "%zz", "[::1", &long];
    let paths = ["/a b", "", "no slash", ":99999999/", "@[", "//a", "/\u{1}<>\"{}|\\^`#?", "/../..", "/%", &long];
    let hosts = ["", " ", "a b", "a:99999999", "[", "xn--a", "1.2.3.999", "a/b?c#d@e", "ä"];
    let schemes = ["", "://", "a b", "https://x:99999999", "ä"];
    let mut events: Vec<Value> = Vec::new();
    events.extend(queries.map(|query| event("/api/health", query, &host)));
    events.extend(paths.map(|path| event(path, "a=b", &host)));
    events.extend(hosts.map(|host| event("/api/health", "", &json!({ "host": host }))));
    events.extend(schemes.map(|scheme| {
        event("/api/health", "", &json!({"host": "x.lambda-url.eu-central-1.on.aws", "x-forwarded-proto": scheme}))
    }));
    for event in events {
        let answer = function.send(&event).await.unwrap_or_else(|| panic!("the process has ended over {event}"));
        assert_eq!(answer["statusCode"], 403, "{event}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_uri_means_the_same_encoded() {
    let mut function = lambda::Function::start(env!("CARGO_BIN_EXE_stellarr-api"), |_| Vec::new()).await;
    let verified = json!({"x-origin-verify": lambda::VERIFY});
    let healthy = function.send(&event("/api/health", "a=<\"> b", &verified)).await.unwrap();
    assert_eq!(healthy["statusCode"], 200, "{healthy}");
    let unknown = function.send(&event("/api/ health", "", &verified)).await.unwrap();
    assert_eq!(unknown["statusCode"], 404, "{unknown}");
}
