//! The household of commit e535c01, as its own program left it in DynamoDB and Secrets Manager.

use std::collections::{BTreeMap, HashMap};
use std::time::UNIX_EPOCH;

use aws_sdk_dynamodb::types::AttributeValue::{self, L, M, N, S};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use stellarr_core::auth::{DerivedKey, is_same_member, issue};
use stellarr_standin::Standin;

use crate::story::emulator::Emulator;
use crate::story::{lambda, script};

const ITEMS: &str = include_str!("../../../../../deployer/tests/all/real_aws/e535c01/items.json");
const SECRET: &str = include_str!("../../../../../deployer/tests/all/real_aws/e535c01/secret.json");
const TOKENS: &str = include_str!("../../../../../deployer/tests/all/real_aws/e535c01/tokens.json");
/// Where the failed sign-ins of the fixture come from, and where the test's requests do.
const CALLERS: [&str; 2] = ["RATELIMIT#203.0.113.7", "RATELIMIT#203.0.113.9"];

fn now() -> i64 {
    i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

/// Reads DynamoDB's JSON: `{"S": "text"}`.
fn attribute(typed: &Value) -> AttributeValue {
    let (kind, value) = typed.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => S(text()),
        "N" => N(text()),
        "L" => L(value.as_array().unwrap().iter().map(attribute).collect()),
        "M" => M(item(value)),
        other => panic!("{other} is not a type of the fixture"),
    }
}

fn item(typed: &Value) -> HashMap<String, AttributeValue> {
    typed.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

/// Fills a table as e535c01 did; the failed sign-ins count for 15 minutes only, and are of a moment ago.
async fn fill(emulator: &Emulator) {
    let items: Vec<Value> = serde_json::from_str(ITEMS).unwrap();
    for mut item in items.iter().map(item) {
        if item["media_type"] == S(CALLERS[0].to_owned()) {
            item.insert("media_type".to_owned(), S(CALLERS[1].to_owned()));
            for (name, second) in [("first_attempt", now()), ("last_attempt", now()), ("ttl", now() + 960)] {
                item.insert(name.to_owned(), N(second.to_string()));
            }
        }
        emulator.client().put_item().table_name("requests").set_item(Some(item)).send().await.unwrap();
    }
}

struct SiteClient {
    http: Client,
    site: String,
    key: String,
}

impl SiteClient {
    async fn call(&self, member: &str, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.http.request(method, format!("{}{path}", self.site));
        let mut request = request.bearer_auth(issue(&self.key, member, now()));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// The ids of a member's requests, newest first, as the page shows them.
    async fn requests_of(&self, member: &str) -> Vec<u64> {
        let (status, answer) = self.call(member, Method::GET, "/api/requests", None).await;
        assert_eq!(status, 200, "{answer}");
        let requests = answer["requests"].as_array().unwrap();
        let own = requests.iter().filter(|one| is_same_member(one["requested_by"].as_str().unwrap(), member));
        own.map(|request| request["tmdb_id"].as_u64().unwrap()).collect()
    }

    async fn is_subscribed(&self, member: &str, device: &str) -> bool {
        let path = format!("/api/push/status?endpoint=https://fcm.googleapis.com/fcm/send/{device}");
        let (status, answer) = self.call(member, Method::GET, &path, None).await;
        assert_eq!(status, 200, "{answer}");
        answer["subscribed"].as_bool().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_keeps_the_household_of_e535c01_on_lambda() {
    let standin = Standin::local().unwrap();
    let emulator = Emulator::start().await;
    emulator.create_table("requests", true).await;
    fill(&emulator).await;
    let secrets: Value = serde_json::from_str(SECRET).unwrap();
    let secret = emulator.create_secret(&secrets).await;
    let function = lambda::Function::start(env!("CARGO_BIN_EXE_stellarr-api"), |site| {
        let mut variables = script::variables(&standin, site);
        variables.extend(crate::story::on(&emulator, &secret));
        variables
    })
    .await;
    let key = secrets["APP_SECRET_KEY"].as_str().unwrap().to_owned();
    let household = SiteClient { http: Client::new(), site: function.url.clone(), key };

    // Tokens count for 30 days, so those of the fixture have ended; these are what they were.
    let tokens: BTreeMap<String, String> = serde_json::from_str(TOKENS).unwrap();
    for (name, token) in &tokens {
        let second = token.split('.').next().unwrap().parse().unwrap();
        assert_eq!(issue(&household.key, name, second), *token);
    }

    // Failed sign-ins are still counted, and the right password does not help meanwhile.
    let site = &household.site;
    let login = DerivedKey::derive(secrets["PRESHARED_PASSWORD"].as_str().unwrap(), site, 100_000);
    let attempt = json!({"origin": site, "timestamp": now(), "hash": login.response(now()), "name": "Anna"});
    assert_eq!(household.call("Anna", Method::POST, "/api/auth/verify", Some(attempt)).await.0, 429);

    // The lists were public, and stay so; the library is whole; the devices are their members'.
    let radarr: Value = reqwest::get(format!("{site}/list/radarr")).await.unwrap().json().await.unwrap();
    let radarr: Vec<_> = radarr.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect();
    assert_eq!(radarr, [603, 550]);
    let (_, library) = household.call("Anna", Method::GET, "/api/library-status", None).await;
    assert_eq!(library["library"], json!({"movie": [11, 12], "tv": [2316]}));
    for member in ["Zoë", "ZOË", "zoe\u{308}"] {
        assert!(
            household.is_subscribed(member, "zoe-phone").await && household.is_subscribed(member, "zoe-laptop").await
        );
        assert!(!household.is_subscribed(member, "anna-phone").await);
    }

    // What arrives of a request is found by the index, as the earlier version wrote it.
    let arrived = json!({"event": "library.new", "Server": {"title": "Home"}, "Metadata": {
        "type": "show", "title": "Another name", "guid": "plex://show/1", "Guid": [{"id": "tvdb://353546"}]}});
    let body = format!("--x\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{arrived}\r\n--x--\r\n");
    let hook = household.http.post(format!("{site}/webhook/plex?token=webhook-token"));
    let hook = hook.header("content-type", "multipart/form-data; boundary=x").body(body).send().await.unwrap();
    let outcome: Value = hook.json().await.unwrap();
    assert_eq!((&outcome["matched_request"], &outcome["tmdb_id"]), (&json!(true), &json!(82728)), "{outcome}");

    // A member has the requests of all spellings of the name, whichever of them is signed in, and can remove them.
    for member in ["Anna", "anna ", "Ａｎｎａ", "ANNA"] {
        assert_eq!(household.requests_of(member).await, [603, 1399, 550], "{member}");
    }
    for (member, path) in [("Anna", "movie/603"), ("Ａｎｎａ", "tv/1399"), ("anna ", "movie/550")] {
        let (status, answer) = household.call(member, Method::DELETE, &format!("/api/request/{path}"), None).await;
        assert_eq!(status, 200, "{answer}");
    }
    assert_eq!(household.requests_of("Anna").await, Vec::<u64>::new());
    assert_eq!(household.requests_of("Zoë").await, [82728, 11]);
}
