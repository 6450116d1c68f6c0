//! One title in full.

use std::sync::atomic::Ordering;

use serde_json::json;
use stellarr_core::tmdb::TmdbError;

use crate::http::support::{FakeTmdb, Plan, SIGNING_KEY, TMDB_KEY};

#[tokio::test]
async fn a_title_is_told_in_full_and_in_its_readers_language() {
    let tmdb = FakeTmdb::default();
    let site = Plan { tmdb: tmdb.clone(), ..Plan::default() }.site();
    let answer = site.as_zoe("GET", "/api/title/tv/1399?language=pt-br", "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.json(),
        json!({
            "id": 1399, "title": "Title 1399", "year": 1922, "overview": "What happens.", "poster_path": "/p.jpg",
            "media_type": "tv", "vote_average": 0.0, "number_of_seasons": 7, "imdb_id": "tt0001399", "tvdb_id": 101_399,
        })
    );
    for address in ["/api/title/movie/653", "/api/title/movie/653?language=", "/api/title/movie/653?language=../x"] {
        assert_eq!(site.as_zoe("GET", address, "").await.json()["imdb_id"], "tt0000653");
    }
    let languages = tmdb.languages.lock().unwrap().clone();
    assert_eq!(languages, [Some("pt-BR".to_owned()), None, None, None]);
}

#[tokio::test]
async fn a_request_is_kept_in_the_language_of_whoever_asks() {
    let tmdb = FakeTmdb::default();
    let site = Plan { tmdb: tmdb.clone(), ..Plan::default() }.site();
    for body in [
        r#"{"tmdb_id":1,"media_type":"movie","language":"de"}"#,
        r#"{"tmdb_id":2,"media_type":"movie","language":null}"#,
        r#"{"tmdb_id":3,"media_type":"movie","language":"no language"}"#,
    ] {
        assert_eq!(site.as_zoe("POST", "/api/request", body).await.json()["success"], true, "{body}");
    }
    assert_eq!(*tmdb.languages.lock().unwrap(), [Some("de".to_owned()), None, None]);
    let ill = site.as_zoe("POST", "/api/request", r#"{"tmdb_id":4,"media_type":"movie","language":7}"#).await;
    assert_eq!(ill.faults(), [r#"string_type ["body","language"]"#]);
}

#[tokio::test]
async fn nobody_else_is_told_and_only_titles_are_asked_for() {
    let tmdb = FakeTmdb::default();
    let site = Plan { tmdb: tmdb.clone(), ..Plan::default() }.site();
    assert_eq!(site.get("/api/title/movie/653").await.status, 401);
    assert_eq!(site.as_zoe("GET", "/api/title/game/653", "").await.faults(), [r#"enum ["path","media_type"]"#]);
    assert_eq!(site.as_zoe("GET", "/api/title/tv/0", "").await.faults(), [r#"id_range ["path","tmdb_id"]"#]);
    assert_eq!(site.as_zoe("GET", "/api/title/game/x", "").await.faults().len(), 2);
    assert_eq!(site.as_zoe("POST", "/api/title/movie/653", "{}").await.status, 405);
    assert_eq!(tmdb.calls.load(Ordering::Relaxed), 0, "TMDB was asked");
}

#[tokio::test]
async fn tmdbs_failures_are_told_apart_and_keep_their_secrets() {
    for (error, status) in [
        (TmdbError::NotFound, 404),
        (TmdbError::Status { status: 500 }, 502),
        (TmdbError::Malformed { reason: "inside".to_owned() }, 502),
        (TmdbError::Timeout, 504),
        (TmdbError::Unauthorized, 503),
    ] {
        let site = Plan { tmdb: FakeTmdb { error: Some(error), ..FakeTmdb::default() }, ..Plan::default() }.site();
        let answer = site.as_zoe("GET", "/api/title/movie/653", "").await;
        assert_eq!(answer.status, status);
        assert!(!answer.text().contains(TMDB_KEY) && !answer.text().contains("inside"), "{}", answer.text());
    }
    let unset = Plan { secrets: vec![("APP_SECRET_KEY", SIGNING_KEY)], ..Plan::default() }.site();
    assert_eq!(unset.as_zoe("GET", "/api/title/movie/653", "").await.status, 503);
}
