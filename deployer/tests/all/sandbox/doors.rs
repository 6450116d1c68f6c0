//! The sandbox accepts requests only from its own programs and pages.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::json;

use crate::sandbox::aws::Aws;
use crate::sandbox::project::Project;

#[tokio::test(flavor = "multi_thread")]
async fn no_page_and_no_stranger_is_let_in() {
    let project = Project::new();
    let sandbox = project.up().await;
    let aws = Aws::new(&sandbox);
    aws.deploy().await;
    sandbox.serve(&aws.output("DistributionId").await).unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let text = std::fs::read_to_string(project.root().join("state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&text).unwrap();
    let edge = state["keys"]["edge"].as_str().unwrap();
    assert_ne!(edge, sandbox.credentials().access_key_id);

    // The emulator: each fault alone in a request that is answered without it.
    let signed = aws.authorization("secretsmanager");
    let ask = |pairs: &[(&'static str, &str)]| {
        let mut request = client
            .post(sandbox.endpoint())
            .header("x-amz-target", "secretsmanager.GetSecretValue")
            .header("content-type", "application/x-amz-json-1.1")
            .body(json!({"SecretId": "story"}).to_string());
        for (name, value) in pairs {
            request = request.header(*name, *value);
        }
        async { request.send().await.unwrap() }
    };
    let good = ask(&[("authorization", &signed)]).await;
    assert_eq!(good.status(), 200);
    assert!(good.headers().keys().all(|name| !name.as_str().starts_with("access-control-")), "{:?}", good.headers());
    assert!(good.text().await.unwrap().contains("kept"));
    let made_up = signed.replace(&sandbox.credentials().access_key_id, "test");
    let account = signed.replace(&sandbox.credentials().access_key_id, "000000000000");
    let none = ("sec-fetch-site", "none");
    assert_eq!(ask(&[("authorization", &signed), none]).await.status(), 200);
    for pairs in [
        &[][..],
        &[("authorization", made_up.as_str())],
        &[("authorization", account.as_str())],
        &[("authorization", &signed), ("origin", "http://localhost:1")],
        &[("authorization", &signed), ("origin", "null")],
        &[("authorization", &signed), ("sec-fetch-site", "cross-site")],
        &[("authorization", &signed), ("sec-fetch-site", "same-site")],
        &[("authorization", &signed), ("host", "evil.example")],
        &[("authorization", &signed), ("host", "d1.cloudfront.net")],
        &[("host", "d1.cloudfront.net"), ("x-stellarr-edge", "EDGE")],
        &[("x-stellarr-edge", edge)],
    ] {
        let answer = ask(pairs).await;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::FORBIDDEN, "{pairs:?}: {text}");
        assert!(text.starts_with("The sandbox's AWS refused this request: "), "{text}");
        assert!(headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{headers:?}");
    }
    let preflight = client
        .request(Method::OPTIONS, sandbox.endpoint())
        .header("origin", "http://evil.example")
        .header("access-control-request-method", "POST");
    assert_eq!(preflight.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let health = format!("{}/_ministack/health", sandbox.endpoint());
    assert_eq!(client.get(health).send().await.unwrap().status(), StatusCode::FORBIDDEN);

    // A function can ask for services, and sees nothing of the edge.
    let site = sandbox.site_url();
    let echo: serde_json::Value = client.get(format!("{site}/api/echo")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&echo["key"], &echo["edge"]), (&json!(sandbox.credentials().access_key_id), &json!([])));

    // Where the function takes its events from: a browser would get one, or wait for it.
    let next = format!("http://{}/2018-06-01/runtime/invocation/next", echo["runtime"].as_str().unwrap());
    for (name, value) in [("origin", "http://evil.example"), ("host", "evil.example"), ("sec-fetch-site", "cross-site")]
    {
        let request = client.get(&next).header(name, value).timeout(Duration::from_secs(5));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{name}");
    }

    // Site and stand-in.
    let standin = sandbox.upstreams().image_base_url + "/w342/movie653de.jpg";
    for url in [&site, &standin] {
        let get = |name: &'static str, value: &str| {
            let request = client.get(url).header(name, value);
            async { request.send().await.unwrap().status() }
        };
        assert_eq!(get("origin", &site).await, 200, "{url}");
        assert_eq!(get("origin", "http://evil.example").await, 403, "{url}");
        assert_eq!(get("origin", "null").await, 403, "{url}");
        assert_eq!(get("host", "evil.example").await, 403, "{url}");
    }
    let faults = standin.replace("/t/p/w342/movie653de.jpg", "/_standin/faults");
    let planted = client.post(faults).header("origin", "http://evil.example").body("{}").send().await.unwrap();
    assert_eq!(planted.status(), StatusCode::FORBIDDEN);
    let link = client.get(&site).header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
    assert_eq!(link.header("sec-fetch-dest", "document").send().await.unwrap().status(), 200);
    let picture = client.get(&site).header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "no-cors");
    assert_eq!(picture.send().await.unwrap().status(), 403);
    project.down().await;
}
