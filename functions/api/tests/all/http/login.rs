//! Signing in.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use http::Request;
use stellarr_api::settings::Host;

use crate::http::support::{BrokenStore, NOW, ORIGIN, PASSWORD, Plan, Site, login, token};

pub(crate) async fn verify(site: &Site, address: &str, body: &str) -> crate::http::support::Answer {
    let request = Request::post("/api/auth/verify").header("x-test-address", address);
    site.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn the_right_password_opens_a_session() {
    let site = Site::new();
    assert_eq!(site.get("/api/auth/params").await.json(), serde_json::json!({"iterations": 100}));
    let answer = verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW, "  Zoë ")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let session = answer.json();
    assert_eq!((session["valid"].as_bool(), session["name"].as_str()), (Some(true), Some("Zoë")));
    let token = session["token"].as_str().unwrap();
    assert_eq!(site.call("GET", "/api/requests", Some(token), "").await.status, 200);
    // 30 days later it is over.
    site.clock.fetch_add(30 * 86_400 + 1, Ordering::Relaxed);
    assert_eq!(site.call("GET", "/api/requests", Some(token), "").await.status, 401);
}

#[tokio::test]
async fn a_challenge_is_answered_once_and_by_nobody_else() {
    let site = Site::new();
    let body = login(PASSWORD, ORIGIN, NOW, "Zoë");
    assert_eq!(verify(&site, "203.0.113.9", &body).await.status, 200);
    for (address, name) in [("203.0.113.9", "Zoë"), ("203.0.113.10", "John"), ("203.0.113.10", "zoë")] {
        let answer = verify(&site, address, &body.replace("Zoë", name)).await;
        assert_eq!(answer.status, 401, "replayed as {name}");
        // The site's page looks for these words, and tries again with another second.
        assert_eq!(answer.json()["detail"], "This login was used before; sign in again");
    }
    let another_second = login(PASSWORD, ORIGIN, NOW - 7, "John");
    assert_eq!(verify(&site, "203.0.113.10", &another_second).await.status, 200);
    for (origin, timestamp) in
        [("https://evil.example", NOW), (ORIGIN, NOW + 299), (ORIGIN, NOW - 301), (ORIGIN, NOW + 301)]
    {
        let answer = verify(&site, "203.0.113.9", &login(PASSWORD, origin, timestamp, "Zoë")).await;
        assert_eq!(answer.status, 401, "{origin} {timestamp}");
    }
    let late = verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW - 350, "Zoë")).await;
    assert!(late.text().contains("350"), "the skew is told: {}", late.text());
    assert_eq!(verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW - 299, "Zoë")).await.status, 200);
}

#[tokio::test]
async fn bad_names_are_400_and_cost_no_attempt() {
    let site = Site::new();
    for second in 0..8 {
        for name in ["   ", &"x".repeat(51), "Zo\u{200b}ë", "\u{202e}Zoë", "Zo\u{7}ë"] {
            let answer = verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW - second, name)).await;
            assert_eq!(answer.status, 400, "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_replay_clears_no_count() {
    let site = Site::new();
    let body = login(PASSWORD, ORIGIN, NOW, "Zoë");
    assert_eq!(verify(&site, "203.0.113.9", &body).await.status, 200);
    for guess in 0..5 {
        let wrong = login("wrong", ORIGIN, NOW - guess, "Eve");
        assert_eq!(verify(&site, "203.0.113.66", &wrong).await.status, 401);
        assert_eq!(verify(&site, "203.0.113.66", &body.replace("Zoë", " ")).await.status, 400);
    }
    assert_eq!(verify(&site, "203.0.113.66", &login("wrong", ORIGIN, NOW - 5, "Eve")).await.status, 429);
}

#[tokio::test]
async fn without_an_address_only_the_home_network_signs_in() {
    let site = Plan { variables: vec![], ..Plan::default() }.site();
    let sign_in = |host: &'static str, second: i64| {
        let body = login(PASSWORD, &format!("http://{host}"), NOW - second, "Zoë");
        site.send(Request::post("/api/auth/verify").header("host", host).body(Body::from(body)).unwrap())
    };
    for (second, host) in
        ["nas.lan:8000", "192.168.1.2", "localhost:8000", "[fd00::1]:8000", "nas"].into_iter().enumerate()
    {
        let answer = sign_in(host, i64::try_from(second).unwrap()).await;
        assert_eq!(answer.status, 200, "{host}: {}", answer.text());
    }
    for host in ["rebound.evil.example", "media.example.com", "203.0.113.9:8000"] {
        let answer = sign_in(host, 9).await;
        assert_eq!(answer.status, 421, "{host}");
        assert!(answer.text().contains("BASE_URL"), "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_wrong_passwords_at_once_five_are_looked_at() {
    let site = Arc::new(Site::new());
    let tasks: Vec<_> = (0..24)
        .map(|second| {
            let site = Arc::clone(&site);
            tokio::spawn(async move {
                let body = login("wrong", ORIGIN, NOW - second, "Eve");
                // The header that a client can set itself changes nothing.
                let request = Request::post("/api/auth/verify")
                    .header("x-test-address", "203.0.113.9")
                    .header("x-forwarded-for", format!("10.0.0.{second}"));
                site.send(request.body(Body::from(body)).unwrap()).await
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        if answer.status == 429 {
            assert_eq!(answer.headers["retry-after"], "900");
        }
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 19);
    // Without the password no key is derived and no hash compared.
    assert_eq!(site.secrets.reads.load(Ordering::Relaxed), 5, "19 were stopped before the secret was read");
    let right = login(PASSWORD, ORIGIN, NOW, "Zoë");
    assert_eq!(verify(&site, "203.0.113.9", &right).await.status, 429, "the right password too");
    assert_eq!(verify(&site, "203.0.113.10", &right).await.status, 200, "others are not affected");
    site.clock.fetch_add(901, Ordering::Relaxed);
    assert_eq!(verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW + 901, "Zoë")).await.status, 200);
}

#[tokio::test]
async fn an_ipv6_household_is_one_caller() {
    let site = Site::new();
    for host in 0..5 {
        let body = login("wrong", ORIGIN, NOW - host, "Eve");
        assert_eq!(verify(&site, &format!("2001:db8:1:2::{host}"), &body).await.status, 401);
    }
    assert_eq!(verify(&site, "2001:db8:1:2:ffff::1", &login("wrong", ORIGIN, NOW, "Eve")).await.status, 429);
    assert_eq!(verify(&site, "2001:db8:1:3::1", &login("wrong", ORIGIN, NOW, "Eve")).await.status, 401);
}

#[tokio::test]
async fn success_clears_the_count() {
    let site = Site::new();
    for round in 0..3 {
        for attempt in 0..4 {
            let body = login("wrong", ORIGIN, NOW - 10 * round - attempt, "Zoë");
            assert_eq!(verify(&site, "203.0.113.9", &body).await.status, 401);
        }
        assert_eq!(verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW - round, "Zoë")).await.status, 200);
    }
}

#[tokio::test]
async fn without_a_limiter_or_a_secret_nobody_signs_in() {
    let database = BrokenStore::start().await;
    let broken = Plan { store: database.store(), ..Plan::default() }.site();
    let answer = verify(&broken, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW, "Zoë")).await;
    assert_eq!(answer.status, 503);
    assert!(!answer.text().contains("cause-for-the-log"));
    for secrets in [vec![], vec![("APP_SECRET_KEY", "changeme"), ("PRESHARED_PASSWORD", PASSWORD)]] {
        let site = Plan { secrets, ..Plan::default() }.site();
        assert_eq!(verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW, "Zoë")).await.status, 503);
        assert_eq!(site.as_zoe("GET", "/api/requests", "").await.status, 503);
        assert_eq!(site.get("/api/health").await.status, 200);
    }
}

#[tokio::test]
async fn every_fault_of_a_login_is_reported() {
    let site = Site::new();
    let answer = verify(&site, "203.0.113.9", r#"{"timestamp":"soon","hash":7}"#).await;
    assert_eq!(
        answer.faults(),
        [
            r#"missing ["body","origin"]"#,
            r#"int_parsing ["body","timestamp"]"#,
            r#"string_type ["body","hash"]"#,
            r#"missing ["body","name"]"#,
        ]
    );
    let digits = format!(r#"{{"origin":"x","timestamp":{},"hash":"x","name":"x"}}"#, "9".repeat(400));
    for body in ["", "[]", "NaN", r#"{"name":"\ud800"}"#, digits.as_str(), &"[".repeat(50_000)] {
        assert_eq!(verify(&site, "203.0.113.9", body).await.status, 422);
    }
    let long = format!(r#"{{"origin":"{}"}}"#, "x".repeat(70_000));
    assert_eq!(verify(&site, "203.0.113.9", &long).await.status, 413);
}

#[tokio::test]
async fn behind_the_cdn_the_viewer_decides() {
    use sha2::{Digest as _, Sha256};
    let digest: &'static str = Box::leak(hex::encode(Sha256::digest("from-the-cdn")).into_boxed_str());
    let plan = Plan { host: Host::Lambda, variables: vec![("ORIGIN_VERIFY_SHA256", digest)], ..Plan::default() };
    let site = plan.site();
    let send = |verified: &'static str, address: &'static str, body: String| {
        let request = Request::post("/api/auth/verify")
            .header("x-origin-verify", verified)
            .header("x-stellarr-host", "d1.cloudfront.net")
            .header("x-stellarr-address", address);
        site.send(request.body(Body::from(body)).unwrap())
    };
    let right = login(PASSWORD, "https://d1.cloudfront.net", NOW, "Zoë");
    assert_eq!(send("guessed", "203.0.113.9", right.clone()).await.status, 403);
    assert_eq!(site.get("/api/health").await.status, 403);
    assert_eq!(send("from-the-cdn", "203.0.113.9", login(PASSWORD, ORIGIN, NOW, "Zoë")).await.status, 401);
    assert_eq!(send("from-the-cdn", "203.0.113.9", right).await.status, 200);
    // A viewer's own claims about the address count for nothing.
    for attempt in 0..6 {
        let body = login("wrong", "https://d1.cloudfront.net", NOW - attempt, "Eve");
        let answer = send("from-the-cdn", "203.0.113.66", body).await;
        assert_eq!(answer.status, if attempt < 5 { 401 } else { 429 });
    }
}

/// Sends a wrong password from each of `addresses`, `each` times, all at once; returns the statuses.
async fn guess(site: &Arc<Site>, addresses: u16, each: u16) -> Vec<u16> {
    let body = login("wrong", ORIGIN, NOW, "Eve");
    let tasks: Vec<_> = (0..addresses * each)
        .map(|guess| {
            let (site, body) = (Arc::clone(site), body.clone());
            let address = format!("2001:db8:0:{:x}::{guess:x}", guess % addresses);
            tokio::spawn(async move { verify(&site, &address, &body).await.status.as_u16() })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_guesses_from_four_hundred_addresses_are_mostly_not_looked_at() {
    let site = Arc::new(Site::new());
    let at_home = "2001:db8:ffff:1::7";
    assert_eq!(verify(&site, at_home, &login(PASSWORD, ORIGIN, NOW - 9, "Zoë")).await.status, 200);
    let reads = site.secrets.reads.load(Ordering::Relaxed);
    let statuses = guess(&site, 400, 5).await;
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(401), count(429)), (30, 1_970));
    assert_eq!(site.secrets.reads.load(Ordering::Relaxed) - reads, 30, "the others were stopped before");

    // A stranger has to wait until the next minute, a member who has signed in from an address does not.
    let right = |second: i64| login(PASSWORD, ORIGIN, NOW - second, "John");
    let refused = verify(&site, "203.0.113.10", &right(1)).await;
    assert_eq!((refused.status.as_u16(), refused.headers["retry-after"].to_str().unwrap()), (429, "60"));
    assert_eq!(verify(&site, at_home, &right(2)).await.status, 200);
    assert_eq!(verify(&site, "2001:db8:ffff:1:9::9", &right(3)).await.status, 200, "nor do others of its /64");
    site.clock.fetch_add(60, Ordering::Relaxed);
    assert_eq!(verify(&site, "203.0.113.10", &right(4)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_configured_number_of_failures_counts_with_those_of_members() {
    let variables =
        vec![("BASE_URL", ORIGIN), ("CLIENT_IP_HEADER", "x-test-address"), ("RATE_LIMIT_MAX_PER_MINUTE", "3")];
    let site = Arc::new(Plan { variables, ..Plan::default() }.site());
    for second in 0..5 {
        let body = login(PASSWORD, ORIGIN, NOW - second, "Zoë");
        assert_eq!(verify(&site, &format!("203.0.113.{second}"), &body).await.status, 200, "no failure");
    }
    // Members mistype: it counts, and they go on trying.
    for second in 0..4 {
        assert_eq!(verify(&site, "203.0.113.1", &login("wrong", ORIGIN, NOW - second, "Zoë")).await.status, 401);
    }
    assert_eq!(verify(&site, "203.0.113.99", &login(PASSWORD, ORIGIN, NOW - 20, "Ann")).await.status, 429);
    assert_eq!(verify(&site, "203.0.113.1", &login(PASSWORD, ORIGIN, NOW - 21, "Zoë")).await.status, 200);
}

#[tokio::test]
async fn a_member_is_the_same_in_any_case_and_goes_by_the_name_as_first_seen() {
    let site = Site::new();
    // A session and a request of before names were kept.
    let old = token("zoë");
    let request = stellarr_core::request::MediaRequest {
        requested_by: Some("Zoë".to_owned()),
        ..serde_json::from_str(
            r#"{"media_type":"tv","tmdb_id":7,"title":"x","created_at":"2024-01-02T03:04:05+00:00"}"#,
        )
        .unwrap()
    };
    assert!(site.store.add_request(&request).await.unwrap());
    let session = verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW, "  ZOE\u{308}  ")).await.json();
    assert_eq!(session["name"], "Zoë", "of the oldest request");
    let device = serde_json::json!({"endpoint": "https://fcm.googleapis.com/fcm/send/abc", "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    }});
    let subscribed = site.call("POST", "/api/push/subscribe", Some(&old), &device.to_string()).await;
    assert_eq!(subscribed.status, 200, "{}", subscribed.text());
    let status = site.call("GET", "/api/push/status", session["token"].as_str(), "").await;
    assert_eq!(status.json()["subscribed"], true, "the devices are the member's");

    let ask = r#"{"tmdb_id":653,"media_type":"movie"}"#;
    assert_eq!(site.call("POST", "/api/request", Some(&old), ask).await.status, 200, "the old session counts");
    let requests = site.store.requests(None).await.unwrap();
    assert!(requests.iter().all(|request| request.requested_by.as_deref() == Some("Zoë")));
    let arrived = r#"{"event":"library.new","Metadata":{"type":"show","title":"x","guid":"plex://show/1","Guid":[{"id":"tmdb://7"}]}}"#;
    assert_eq!(site.plex(arrived).await.json()["notification_sent"], true);

    let new = verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW - 1, "anna  MARIA")).await.json();
    assert_eq!(new["name"], "anna MARIA");
    let again = verify(&site, "203.0.113.9", &login(PASSWORD, ORIGIN, NOW - 2, "Anna Maria")).await.json();
    assert_eq!(again["name"], "anna MARIA");
}
