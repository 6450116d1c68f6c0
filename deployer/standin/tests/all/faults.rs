//! The stand-in goes wrong on demand, and says how often it did.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use stellarr_standin::{Action, DEFAULT_KEY, FaultRule, Options, Standin};

const PATH: &str = "/3/trending/movie/week";

fn url(standin: &Standin, path: &str) -> String {
    format!("{}{path}?api_key={DEFAULT_KEY}", standin.url())
}

async fn fetch(standin: &Standin) -> reqwest::Result<reqwest::Response> {
    // A client each, so that a broken connection is never one that lay idle.
    reqwest::Client::new().get(url(standin, PATH)).send().await
}

#[tokio::test]
async fn a_status_is_answered_once_with_its_headers() {
    let standin = Standin::local().unwrap();
    let id = standin.add_fault(FaultRule::new("/3/*", Action::rate_limited(2)).nth(2).times(1));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let response = fetch(&standin).await.unwrap();
        if response.status() == 429 {
            assert_eq!(response.headers()["retry-after"], "2");
            let body: Value = response.json().await.unwrap();
            assert_eq!(body["status_code"], 25);
            statuses.push(429);
        } else {
            statuses.push(response.status().as_u16());
        }
    }
    assert_eq!(statuses, [200, 429, 200]);
    assert_eq!(standin.log().hits(&id), 1);
    assert_eq!(standin.log().count(PATH), 3);
    assert_eq!(standin.log().latest[1].fault, Some(id));
}

#[tokio::test]
async fn bodies_are_replaced() {
    let standin = Standin::local().unwrap();
    for (action, start) in [
        (Action::Empty, "{}"),
        (Action::Html, "<!doctype html>"),
        (Action::respond(200, json!("{\"results\":[")), "{\"results\":["),
        (Action::respond(200, json!({"results": []})), "{\"results\":[]}"),
        (Action::respond(200, Value::Null), ""),
    ] {
        standin.clear_faults();
        standin.add_fault(FaultRule::new(PATH, action));
        let response = fetch(&standin).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.text().await.unwrap().starts_with(start));
    }
    standin.clear_faults();
    standin
        .add_fault(FaultRule::new(PATH, Action::Merge { body: json!({"total_pages": "many", "total_results": null}) }));
    let body: Value = fetch(&standin).await.unwrap().json().await.unwrap();
    assert_eq!(body["total_pages"], "many");
    assert!(body.get("total_results").is_none());
    assert_eq!(body["results"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn connections_break() {
    let standin = Standin::local().unwrap();
    standin.add_fault(FaultRule::new(PATH, Action::Reset).times(1));
    let error = fetch(&standin).await.unwrap_err();
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");

    standin.add_fault(FaultRule::new(PATH, Action::Truncate { bytes: Some(100) }).times(1));
    let mut response = fetch(&standin).await.unwrap();
    assert!(response.content_length().unwrap() > 1_000);
    let mut received = 0;
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            Ok(None) => panic!("the body ended as if it were whole"),
            Err(error) => break error,
        }
    };
    assert_eq!(received, 100, "{error:?}");
    assert_eq!(fetch(&standin).await.unwrap().status(), 200);
}

#[tokio::test]
async fn answers_are_late_slow_or_never_come() {
    let standin = Standin::local().unwrap();
    let hang = standin.add_fault(FaultRule::new(PATH, Action::Hang).times(1));
    let asked = async {
        while standin.log().hits(&hang) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    tokio::select! {
        answer = fetch(&standin) => panic!("{answer:?}"),
        () = asked => {}
    }
    assert_eq!(standin.log().hits(&hang), 1);

    let delay = Duration::from_millis(60);
    standin.add_fault(FaultRule::new(PATH, Action::delay(delay)).times(1));
    let start = std::time::Instant::now();
    assert_eq!(fetch(&standin).await.unwrap().status(), 200);
    assert!(start.elapsed() >= delay);

    standin.add_fault(FaultRule::new(PATH, Action::Drip { bytes_per_second: 20 }).times(1));
    let start = std::time::Instant::now();
    let mut response = fetch(&standin).await.unwrap();
    let mut bytes = 0;
    while bytes < 3 {
        bytes += u32::try_from(response.chunk().await.unwrap().unwrap().len()).unwrap();
    }
    // The first comes at once; a reader that is late gets several together.
    let most = 1.0 + start.elapsed().as_secs_f64() * 20.0;
    assert!(f64::from(bytes) <= most, "{bytes} of {most}");
}

#[tokio::test]
async fn a_huge_body_is_as_long_as_asked() {
    let standin = Standin::local().unwrap();
    standin.add_fault(FaultRule::new(PATH, Action::Huge { bytes: 3_000_001 }));
    let body = fetch(&standin).await.unwrap().bytes().await.unwrap();
    assert_eq!(body.len(), 3_000_001);
}

#[tokio::test]
async fn faults_and_the_log_go_over_http() {
    let standin = Standin::local().unwrap();
    let client = reqwest::Client::new();
    let faults = format!("{}/_standin/faults", standin.url());
    let rules = json!([{
        "id": "french", "path": "/3/trending/*", "query": {"language": "fr"},
        "action": {"kind": "respond", "status": 500},
    }]);
    let response = client.post(&faults).json(&rules).send().await.unwrap();
    assert_eq!(response.status(), 201);
    for (language, status) in [("fr", 500), ("de", 200)] {
        let request = client.get(url(&standin, PATH)).query(&[("language", language)]);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    let log = format!("{}/_standin/log", standin.url());
    let seen: Value = client.get(&log).send().await.unwrap().json().await.unwrap();
    assert_eq!(seen["faults"]["french"], 1);
    assert_eq!(seen["paths"][PATH], 2);
    assert_eq!(seen["requests"], 2);

    assert_eq!(client.delete(&faults).send().await.unwrap().status(), 204);
    assert_eq!(client.delete(&log).send().await.unwrap().status(), 204);
    assert_eq!(standin.log().requests, 0);
    let bad = client.post(&faults).json(&json!({"path": "/", "acton": 1}));
    let bad = bad.send().await.unwrap();
    assert_eq!(bad.status(), 400);
    assert!(bad.text().await.unwrap().contains("acton"));
}

#[tokio::test]
async fn peak_concurrency_is_counted() {
    let options = Options { latency: Duration::from_millis(150), ..Options::default() };
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();
    for response in join_all((0..5).map(|_| fetch(&standin))).await {
        assert_eq!(response.unwrap().status(), 200);
    }
    assert_eq!(standin.log().peak_concurrency, 5);
    assert_eq!(standin.log().in_flight, 0);
}

#[tokio::test]
async fn dropping_it_frees_the_port_even_while_requests_hang() {
    let standin = Standin::local().unwrap();
    let hang = standin.add_fault(FaultRule::new("*", Action::Hang));
    let address = standin.addr;
    let request = tokio::spawn(reqwest::get(url(&standin, PATH)));
    while standin.log().hits(&hang) == 0 {
        tokio::task::yield_now().await;
    }
    drop(standin);
    request.await.unwrap().unwrap_err();
    let again = Standin::start(address, Options::default()).unwrap();
    assert_eq!(again.addr, address);
}
