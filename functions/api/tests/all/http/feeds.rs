//! The feeds, and the library's sync.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::http::support::{PASSWORD, Plan, SIGNING_KEY, Site, TMDB_KEY};

async fn ask_for_two(site: &Site) {
    for body in [r#"{"tmdb_id":653,"media_type":"movie"}"#, r#"{"tmdb_id":1399,"media_type":"tv"}"#] {
        site.as_zoe("POST", "/api/request", body).await;
    }
}

#[tokio::test]
async fn feeds_want_their_token() {
    let site = Site::new();
    ask_for_two(&site).await;
    for path in ["/list/radarr", "/list/sonarr", "/rss/movies", "/rss/tv", "/rss/all"] {
        for query in ["", "?token=", "?token=wrong", "?token=f%C3%A9", "?token=%ff", "?token=feed-tokem"] {
            assert_eq!(site.get(&format!("{path}{query}")).await.status, 401, "{path}{query}");
        }
        assert_eq!(site.get(&format!("{path}?token=feed-token")).await.status, 200, "{path}");
    }
    let radarr = site.get("/list/radarr?token=feed-token").await;
    assert_eq!(radarr.headers["content-type"], "application/json");
    assert_eq!(
        radarr.json(),
        json!([{
            "id": 653, "title": "Title 653 (1922)", "imdb_id": "tt0000653", "poster_url": "https://image.tmdb.org/t/p/w300/p.jpg",
        }])
    );
    let sonarr = site.get("/list/sonarr?token=feed-token").await.json();
    assert_eq!(sonarr, json!([{"tvdbId": "101399", "tmdbId": 1399, "imdbId": "tt0001399", "title": "Title 1399"}]));
    let whole = [("APP_SECRET_KEY", SIGNING_KEY), ("PRESHARED_PASSWORD", PASSWORD), ("TMDB_API_KEY", TMDB_KEY)];
    let open = Plan { secrets: whole.to_vec(), ..Plan::default() }.site();
    assert_eq!(open.get("/list/radarr").await.text(), "[]");
    assert_eq!(open.get("/api/feeds").await.json()["token_required"], false);
}

#[tokio::test]
async fn an_incomplete_secret_opens_nothing() {
    let whole = [("APP_SECRET_KEY", SIGNING_KEY), ("PRESHARED_PASSWORD", PASSWORD), ("TMDB_API_KEY", TMDB_KEY)];
    let placeholder = |name| whole.iter().copied().chain([(name, "changeme")]).collect::<Vec<_>>();
    for secrets in
        [vec![], whole[..2].to_vec(), whole[1..].to_vec(), placeholder("FEED_TOKEN"), placeholder("PLEX_WEBHOOK_TOKEN")]
    {
        let site = Plan { secrets, ..Plan::default() }.site();
        for path in ["/list/radarr", "/list/sonarr?token=changeme", "/rss/movies", "/rss/tv", "/rss/all", "/api/feeds"]
        {
            assert_eq!(site.get(path).await.status, 503, "{path}");
        }
        for path in ["/webhook/plex?token=changeme", "/sync/library?media_type=tv&token=changeme"] {
            assert_eq!(site.call("POST", path, None, "[]").await.status, 503, "{path}");
        }
    }
}

#[tokio::test]
async fn an_unchanged_feed_is_a_304() {
    let site = Site::new();
    ask_for_two(&site).await;
    for path in ["/list/radarr?token=feed-token", "/rss/all?token=feed-token"] {
        let first = site.get(path).await;
        let again =
            || Request::get(path).header("if-none-match", first.headers["etag"].clone()).body(Body::empty()).unwrap();
        let unchanged = site.send(again()).await;
        assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0));
        assert_eq!(unchanged.headers["etag"], first.headers["etag"]);
        site.as_zoe("DELETE", "/api/request/movie/653", "").await;
        assert_eq!(site.send(again()).await.status, 200);
        ask_for_two(&site).await;
    }
}

#[tokio::test]
async fn titles_leave_the_feeds_well_formed() {
    use stellarr_core::media::MediaKey;
    let site = Site::new();
    ask_for_two(&site).await;
    let mut odd = site.store.request(MediaKey::movie(653)).await.unwrap().unwrap();
    odd.tmdb_id = 7;
    odd.title = "<b>&\"'\r\nSet-Cookie: x\u{0}\u{7}]]> \u{ffff}".to_owned();
    site.store.add_request(&odd).await.unwrap();
    let rss = site.get("/rss/movies?token=feed-token").await;
    assert!(rss.headers["content-type"].to_str().unwrap().starts_with("application/rss+xml"));
    let channel = rss::Channel::read_from(&rss.body[..]).unwrap();
    assert_eq!(channel.items().len(), 2);
    let titles: Vec<_> = channel.items().iter().filter_map(|item| item.title()).collect();
    assert!(titles.contains(&"<b>&\"' Set-Cookie: x]]> (1922)"), "{titles:?}");
    assert_eq!(site.get("/list/radarr?token=feed-token").await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn addresses_are_ready_to_paste_for_those_who_are_signed_in() {
    let site = Site::new();
    let anonymous = site.get("/api/feeds").await.json();
    assert_eq!(anonymous["token_required"], true);
    assert_eq!(anonymous["feeds"]["radarr"]["url"], "https://media.example.com/list/radarr?token=YOUR_FEED_TOKEN");
    let signed_in = site.as_zoe("GET", "/api/feeds", "").await.json();
    assert_eq!(signed_in["feeds"]["sonarr"]["url"], "https://media.example.com/list/sonarr?token=feed-token");
    assert_eq!(signed_in["feeds"]["sonarr"]["format"], "json");
    assert_eq!(signed_in["plex_webhook_url"], "https://media.example.com/webhook/plex?token=webhook-token");
    assert_eq!(anonymous.get("plex_webhook_url"), None);
    assert_eq!(site.call("GET", "/api/feeds", Some("0.Wm_Dqw.x"), "").await.status, 401);
}

#[tokio::test]
async fn a_sync_never_empties_the_library() {
    let site = Site::new();
    ask_for_two(&site).await;
    let sync = |query: &'static str, body: &'static str| {
        let site = &site;
        async move { site.call("POST", &format!("/sync/library?token=webhook-token{query}"), None, body).await }
    };
    let first = sync(
        "&media_type=movie&clear=true&final=true",
        r#"[{"tmdb_id":653,"tvdb_id":null,"title":"Nosferatu"},{"tmdb_id":1},{"tmdb_id":1}]"#,
    )
    .await;
    assert_eq!(
        first.json(),
        json!({"status": "success", "synced": 2, "marked_as_added": 1, "removed": 0, "media_type": "movie"})
    );
    let library = || async { site.as_zoe("GET", "/api/library-status", "").await.json()["library"]["movie"].clone() };
    assert_eq!(library().await, json!([1, 653]));
    // The old script's opening, and then nothing more.
    site.clock.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(sync("&media_type=movie&clear=true", "[]").await.json()["synced"], 0);
    assert_eq!(library().await, json!([1, 653]));
    // Bad bodies change nothing, opening or not.
    for (query, body, status) in [
        ("&media_type=movie&clear=true", r#"[{"tmdb_id":"x"}]"#, 422),
        ("&media_type=movie&clear=true", r#"[7]"#, 422),
        ("&media_type=movie&clear=true", "{}", 400),
        ("&media_type=movie&clear=true", "[", 400),
        ("&media_type=movie&clear=perhaps", "[]", 422),
        ("&clear=true", "[]", 422),
        ("&media_type=game", "[]", 400),
    ] {
        assert_eq!(sync(query, body).await.status, status, "{query} {body}");
    }
    assert_eq!(library().await, json!([1, 653]));
    let last = sync("&media_type=movie&final=true", r#"[{"tmdb_id":653}]"#).await.json();
    assert_eq!((&last["synced"], &last["removed"]), (&json!(1), &json!(1)));
    assert_eq!(library().await, json!([653]));
    for token in ["", "?token=wrong&media_type=movie", "?media_type=movie"] {
        assert_eq!(site.call("POST", &format!("/sync/library{token}"), None, "[]").await.status, 401);
    }
}
