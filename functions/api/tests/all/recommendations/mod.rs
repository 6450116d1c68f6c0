//! Recommendations over HTTP: from the catalogue without a call of TMDB, and live when there is none.

mod fallback;
mod home;

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use stellarr_api::{app, read_ahead};
use stellarr_core::catalogue::{Catalogue, Category, KeptCatalogue, Row};
use stellarr_core::library::LibraryItem;
use stellarr_core::media::MediaType;
use stellarr_core::store::LibraryStore as _;
use stellarr_core::time::Timestamp;
use stellarr_core::tmdb::Page;
use tower::ServiceExt as _;

use home::{Home, NOW, ids};

#[tokio::test]
async fn a_warm_catalogue_answers_without_tmdb() {
    let home = Home::new();
    home.fill(&MediaType::ALL).await;
    home.ask_for(4_000, 27).await;
    let (status, answer) = home.get("?media_type=movie&limit=10").await;
    assert_eq!((status, &answer["source"]), (StatusCode::OK, &json!("cache")), "{answer}");
    assert_eq!(ids(&answer).len(), 10);
    assert!(!ids(&answer).contains(&4_000), "what is requested is not recommended");
    let first = &answer["items"][0];
    assert_eq!(first["genre_ids"], json!([27]));
    let because =
        json!({ "kind": "because_you_asked_for", "title": "Asked for 4000", "media_type": "movie", "tmdb_id": 4_000 });
    assert_eq!(first["reason"], because);
    assert_eq!(home.standin.log().requests, 0, "TMDB is not asked");
}

#[tokio::test]
async fn what_was_read_ahead_is_not_read_again() {
    let mut home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    let catalogue = Arc::clone(&home.catalogue) as Arc<dyn Catalogue>;
    home.restart(Arc::new(KeptCatalogue::new(Arc::clone(&catalogue))));
    read_ahead(&home.api).await;

    // Whoever reads the catalogue now finds one title more; a fetch that has not ended yet leaves it so.
    let body = json!({ "results": [{ "id": 9, "title": "Newest", "vote_average": 10, "vote_count": 90_000,
        "popularity": 9_000, "release_date": "2027-01-01", "overview": "", "genre_ids": [35] }] });
    let entry = Page::parse(body.to_string().as_bytes(), Some(MediaType::Movie)).unwrap().entries.remove(0);
    home.catalogue.put(&[Row::new(Category::Popular, entry, NOW as u64)]).await;
    let (_, kept) = home.get("?media_type=movie").await;
    assert_eq!(kept["items"].as_array().unwrap().len(), 20);
    assert!(!ids(&kept).contains(&9));

    home.restart(catalogue);
    let (_, read) = home.get("?media_type=movie").await;
    assert!(ids(&read).contains(&9), "it would have been found");
    assert_eq!(home.standin.log().requests, 0, "TMDB is not asked ahead");
}

#[tokio::test]
async fn what_is_there_or_excluded_is_left_out() {
    let home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    home.ask_for(9_999, 27).await;
    let shelf: Vec<LibraryItem> = (4_000..4_010)
        .map(|id| LibraryItem { media_type: MediaType::Movie, tmdb_id: id, tvdb_id: None, title: None })
        .collect();
    home.store.put_titles(&shelf, Timestamp::from_second(NOW).unwrap()).await.unwrap();
    let (_, answer) = home.get("?media_type=movie&limit=40&exclude=movie:4010,4011,tv:4012,nonsense,").await;
    let ids = ids(&answer);
    assert_eq!(ids.len(), 40);
    assert!(ids.iter().all(|id| !(4_000..=4_011).contains(id)), "{ids:?}");
    assert!(ids.contains(&4_012), "a series of that number was meant");
}

#[tokio::test]
async fn without_history_popular_and_gems_are_mixed() {
    let home = Home::new();
    home.fill(&[MediaType::Movie]).await;
    let (_, answer) = home.get("?media_type=movie&limit=6").await;
    let kinds: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["reason"]["kind"]).collect();
    assert_eq!(kinds, ["popular", "popular", "hidden_gem", "popular", "popular", "hidden_gem"]);
}

#[tokio::test]
async fn bad_questions_are_refused() {
    let home = Home::new();
    for query in ["?media_type=game", "?limit=0", "?limit=41", "?limit=ten"] {
        assert_eq!(home.get(query).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    let request = Request::get("/api/recommendations").body(Body::empty()).unwrap();
    assert_eq!(app(home.api.clone()).oneshot(request).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(home.standin.log().requests, 0);
}
