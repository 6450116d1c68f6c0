//! The stand-in answers for TVDB and for a push service.

use reqwest::StatusCode;
use serde_json::{Value, json};
use stellarr_standin::{DEFAULT_KEY, Standin, episode_id};

async fn login(standin: &Standin, key: &str) -> (StatusCode, Value) {
    let request =
        reqwest::Client::new().post(format!("{}/login", standin.tvdb_base_url())).json(&json!({"apikey": key}));
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn get(standin: &Standin, path: &str, token: &str) -> (StatusCode, Value) {
    let request = reqwest::Client::new().get(format!("{}{path}", standin.tvdb_base_url())).bearer_auth(token);
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn an_episode_names_its_series() {
    let standin = Standin::local().unwrap();
    let (status, answer) = login(&standin, DEFAULT_KEY).await;
    assert_eq!((status, &answer["status"]), (StatusCode::OK, &json!("success")));
    let token = answer["data"]["token"].as_str().unwrap();

    let episode = format!("/episodes/{}", episode_id(73587, 3));
    let (status, answer) = get(&standin, &episode, token).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"]["seriesId"], 73587);
    assert_eq!(answer["data"]["number"], 3);
    let (_, answer) = get(&standin, "/series/73587", token).await;
    assert_eq!(answer["data"]["name"], "The Twilight Zone");
    for path in ["/episodes/1", "/series/1", "/episodes/x", "/episodes/4735870"] {
        let (status, answer) = get(&standin, path, token).await;
        assert_eq!((status, &answer["status"]), (StatusCode::NOT_FOUND, &json!("failure")));
    }
}

#[tokio::test]
async fn tokens_and_keys_are_checked() {
    let standin = Standin::local().unwrap();
    assert_eq!(login(&standin, "other").await.0, 401);
    let (_, answer) = login(&standin, DEFAULT_KEY).await;
    let token = answer["data"]["token"].as_str().unwrap();
    assert_eq!(get(&standin, "/series/73587", "forged").await.0, 401);
    assert_eq!(get(&standin, "/series/73587", token).await.0, 200);
    standin.expire_tvdb_tokens();
    assert_eq!(get(&standin, "/series/73587", token).await.0, 401);
}

#[tokio::test]
async fn pushes_are_recorded() {
    let standin = Standin::local().unwrap();
    let request = reqwest::Client::new()
        .post(standin.push_url("phone"))
        .header("ttl", "86400")
        .header("content-encoding", "aes128gcm")
        .body(vec![0_u8, 255, 7]);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201);
    assert!(response.headers().contains_key("location"));
    let deliveries = standin.deliveries();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].id, "phone");
    assert_eq!(deliveries[0].headers["content-encoding"], "aes128gcm");
    assert_eq!(deliveries[0].bytes(), [0, 255, 7]);
    let listed = reqwest::get(format!("{}/_standin/push", standin.url())).await.unwrap();
    let listed: Value = listed.json().await.unwrap();
    assert_eq!(listed["deliveries"][0]["id"], "phone");
}
