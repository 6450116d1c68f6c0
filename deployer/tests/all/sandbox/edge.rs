//! The edge shows a deployed site as CloudFront would.

use std::net::IpAddr;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, IF_NONE_MATCH};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use stellarr::sandbox::Sandbox;
use stellarr::ui::{Printer, Verbosity};

use crate::sandbox::aws::Aws;
use crate::sandbox::project::Project;

#[tokio::test(flavor = "multi_thread")]
async fn the_edge_adds_what_the_emulator_s_cdn_lacks() {
    let project = Project::new();
    let sandbox = project.up().await;
    let aws = Aws::new(&sandbox);
    aws.deploy().await;
    // Before it is told which distribution to serve, the only one is served.
    let site = sandbox.site_url();
    let client = Client::builder().no_proxy().no_gzip().no_brotli().build().unwrap();
    let page = client.get(&site).send().await.unwrap();
    let status = page.status();
    assert_eq!(status, 200, "{}\n{}", page.text().await.unwrap(), project.logs());
    sandbox.serve(&aws.output("DistributionId").await).unwrap();

    // Compression, as the viewer wishes, and the weak tag that comes with it.
    let plain = client.get(&site).send().await.unwrap();
    assert!(!plain.headers().contains_key(CONTENT_ENCODING));
    let length = plain.bytes().await.unwrap().len();
    for coding in ["br", "gzip"] {
        let packed = client.get(&site).header(ACCEPT_ENCODING, coding).send().await.unwrap();
        assert_eq!(packed.headers()[CONTENT_ENCODING], coding);
        assert!(packed.headers()["vary"].to_str().unwrap().contains("Accept-Encoding"));
        let tag = packed.headers()[ETAG].clone();
        assert!(tag.to_str().unwrap().starts_with("W/"));
        assert!(packed.bytes().await.unwrap().len() < length / 4);
        let request = client.get(&site).header(ACCEPT_ENCODING, coding).header(IF_NONE_MATCH, tag);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    }

    // Paths that the emulator would answer itself.
    for path in [
        "/health",
        "/_ministack/health",
        "/requests",
        "/%68ealth",
        "/%5Fministack/health",
        "/_ministack%2Fhealth",
        "/%5Fministack/sqs/messages",
        "/%5Flocalstack/health",
        "/v2/_catalog",
        "/%6Cogout",
        "/%69ceberg/v1/config",
        "/%6Fauth2/authorize",
    ] {
        let page = client.get(format!("{site}{path}")).send().await.unwrap();
        assert_eq!(page.status(), 200, "{path}");
        assert!(page.text().await.unwrap().contains("<title>Story</title>"), "{path}");
    }
    for path in [
        "/_ministack/reset",
        "/%5Fministack/reset",
        "/%5Fministack/config",
        "/v2/email/identities",
        "/Execute",
        "/login",
        "/WriteGetObjectResponse",
    ] {
        let sent = client.post(format!("{site}{path}")).header("x-amz-request-route", "any").body("{}").send();
        assert_eq!(sent.await.unwrap().status(), 403, "{path}");
    }
    aws.check().await;

    // The viewer's address, query, body and own headers.
    let other = IpAddr::from([127, 0, 0, 9]);
    let viewer = Client::builder().no_proxy().no_gzip().no_brotli().local_address(other).build().unwrap();
    let url = format!("{}/api/echo%20this?a=1&a=2%2F3", site.replace("localhost", "127.0.0.1"));
    let request = viewer
        .post(url)
        .header("x-forwarded-for", "203.0.113.9")
        .header("content-type", "text/plain")
        .body("hello ".repeat(50_000));
    let echo: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(echo["viewer"], "127.0.0.9");
    assert_eq!(echo["forwarded"].as_str().unwrap().split(',').next(), Some("203.0.113.9"));
    assert_eq!(echo["path"], "/api/echo%20this");
    assert_eq!(echo["query"], "a=1&a=2%2F3");
    assert_eq!(echo["body"].as_str().unwrap().len(), 300_000);
    assert!(echo["host"].as_str().unwrap().ends_with(".cloudfront.net"));
    assert_eq!(echo["private"], Value::Null);

    // The stand-in, with posters for the browser and data for the functions.
    let upstreams = sandbox.upstreams();
    let poster = client.get(format!("{}/w342/movie653de.jpg", upstreams.image_base_url)).send().await.unwrap();
    assert_eq!(poster.headers()["content-type"], "image/svg+xml");
    let trending = client.get(format!("{}/trending/all/week?api_key=any", upstreams.tmdb_base_url));
    assert_eq!(trending.send().await.unwrap().status(), 200);

    // What the edge, the emulator and the function said.
    let quiet = Printer::captured(Verbosity::Quiet);
    Sandbox::logs(&project.config(), false, &quiet).await.unwrap();
    let said = quiet.transcript();
    for line in ["site      GET / 200 ", "emulator  ", "story     asked for /api/echo%20this"] {
        assert!(said.lines().any(|said| said.starts_with(line)), "{line}\n{said}");
    }

    project.down().await;
    assert!(client.get(&site).send().await.is_err());
}
