//! The stand-in answers in TMDB's shapes.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};
use stellarr_standin::{DEFAULT_KEY, Options, Standin};

async fn get(standin: &Standin, path: &str) -> (StatusCode, Value) {
    let separator = if path.contains('?') { '&' } else { '?' };
    let url = format!("{}{path}{separator}api_key={DEFAULT_KEY}", standin.url());
    let response = reqwest::get(url).await.unwrap();
    (response.status(), response.json().await.unwrap())
}

fn names(page: &Value, field: &str) -> Vec<String> {
    let results = page["results"].as_array().unwrap();
    results.iter().map(|item| item[field].as_str().unwrap_or("-").to_owned()).collect()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn trending_has_twenty_localised_items_with_a_media_type() {
    let standin = Standin::local().unwrap();
    for kind in ["all", "movie", "tv"] {
        for window in ["day", "week"] {
            let (status, page) = get(&standin, &format!("/3/trending/{kind}/{window}")).await;
            assert_eq!(status, 200);
            assert_eq!(page["page"], 1);
            assert_eq!(page["results"].as_array().unwrap().len(), 20);
            for kind in names(&page, "media_type") {
                assert!(["movie", "tv", "person"].contains(&kind.as_str()));
            }
        }
    }
    let (_, all) = get(&standin, "/3/trending/all/week").await;
    assert!(names(&all, "media_type").contains(&"person".to_owned()));
    let (_, english) = get(&standin, "/3/trending/movie/week?language=en").await;
    let (_, german) = get(&standin, "/3/trending/movie/week?language=de-DE").await;
    let (_, other) = get(&standin, "/3/trending/movie/week?language=pt-BR").await;
    assert!(names(&german, "title").contains(&"Die Nacht der lebenden Toten".to_owned()));
    assert_ne!(names(&english, "overview"), names(&german, "overview"));
    assert_eq!(english, other);
}

#[tokio::test]
async fn items_have_the_fields_of_their_kind() {
    let standin = Standin::local().unwrap();
    let common = [
        "adult",
        "backdrop_path",
        "genre_ids",
        "id",
        "media_type",
        "original_language",
        "overview",
        "popularity",
        "poster_path",
        "vote_average",
        "vote_count",
    ];
    for (kind, own) in [
        ("movie", ["title", "original_title", "release_date", "video"]),
        ("tv", ["name", "original_name", "first_air_date", "origin_country"]),
    ] {
        let (_, page) = get(&standin, &format!("/3/trending/{kind}/week")).await;
        let expected: BTreeSet<&str> = common.into_iter().chain(own).collect();
        assert_eq!(keys(&page["results"][0]), expected);
        let (_, genres) = get(&standin, &format!("/3/genre/{kind}/list?language=fr")).await;
        let known: BTreeSet<u64> =
            genres["genres"].as_array().unwrap().iter().map(|genre| genre["id"].as_u64().unwrap()).collect();
        for item in page["results"].as_array().unwrap() {
            for id in item["genre_ids"].as_array().unwrap() {
                assert!(known.contains(&id.as_u64().unwrap()));
            }
        }
        assert_eq!(known.contains(&10765), kind == "tv");
        assert_eq!(known.contains(&878), kind == "movie");
    }
}

#[tokio::test]
async fn details_append_what_is_asked_for() {
    let standin = Standin::local().unwrap();
    let path = "/3/tv/6357?language=es&append_to_response=external_ids,credits,keywords,unknown";
    let (_, series) = get(&standin, path).await;
    assert_eq!(series["name"], "La dimensión desconocida");
    assert_eq!(series["external_ids"]["imdb_id"], "tt0052520");
    assert_eq!(series["external_ids"]["tvdb_id"], 73587);
    assert_eq!(series["number_of_seasons"], 5);
    assert_eq!(series["genres"][0], json!({"id": 18, "name": "Drama"}));
    assert_eq!(series["credits"]["cast"][0]["name"], "Rod Serling");
    assert_eq!(series["keywords"]["results"][0]["name"], "anthology");
    assert!(series.get("unknown").is_none());

    let (_, film) = get(&standin, "/3/movie/653?append_to_response=external_ids").await;
    assert_eq!(film["imdb_id"], "tt0013442");
    assert_eq!(film["external_ids"]["imdb_id"], "tt0013442");
    assert!(film["external_ids"].get("tvdb_id").is_none());
    let (_, ids) = get(&standin, "/3/movie/9761/external_ids").await;
    assert_eq!(ids["imdb_id"], Value::Null);
    assert_eq!(ids["id"], 9761);
}

#[tokio::test]
async fn search_finds_words_in_every_language_and_people() {
    let standin = Standin::local().unwrap();
    let (_, found) = get(&standin, "/3/search/multi?query=nuit+morts&language=fr").await;
    assert_eq!(names(&found, "title"), ["La Nuit des morts-vivants"]);
    assert_eq!(found["results"][0]["media_type"], "movie");
    let (_, found) = get(&standin, "/3/search/multi?query=keaton").await;
    assert_eq!(names(&found, "media_type"), ["person"]);
    assert!(found["results"][0].get("title").is_none());
    let (_, found) = get(&standin, "/3/search/tv?query=TWILIGHT").await;
    assert_eq!(names(&found, "name"), ["The Twilight Zone"]);
    assert!(found["results"][0].get("media_type").is_none());
    let (_, found) = get(&standin, "/3/search/movie?query=the&year=1926").await;
    assert_eq!(names(&found, "title"), ["The General", "The Adventures of Prince Achmed"]);
    let (status, none) = get(&standin, "/3/search/movie?query=").await;
    assert_eq!((status, &none["total_results"]), (StatusCode::OK, &json!(0)));
}

#[tokio::test]
async fn pages_hold_twenty_and_end() {
    let standin = Standin::local().unwrap();
    let (_, first) = get(&standin, "/3/movie/popular?page=1").await;
    let (_, second) = get(&standin, "/3/movie/popular?page=2").await;
    assert_eq!(first["total_pages"], 2);
    assert_eq!(first["total_results"], 40);
    let mut ids: Vec<u64> = [&first, &second]
        .iter()
        .flat_map(|page| page["results"].as_array().unwrap())
        .map(|item| item["id"].as_u64().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    let (_, beyond) = get(&standin, "/3/movie/popular?page=3").await;
    assert_eq!(beyond["results"], json!([]));
    for page in ["0", "501", "x"] {
        let (status, error) = get(&standin, &format!("/3/movie/popular?page={page}")).await;
        assert_eq!(status, 400);
        assert_eq!((&error["status_code"], &error["success"]), (&json!(22), &json!(false)));
    }
}

#[tokio::test]
async fn pages_are_filled_on_request() {
    let options = Options { fill_pages: true, ..Options::default() };
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();
    let (_, page) = get(&standin, "/3/tv/popular?page=500").await;
    assert_eq!(page["results"].as_array().unwrap().len(), 20);
    assert_eq!(page["total_pages"], 500);
    let (_, none) = get(&standin, "/3/discover/tv?with_genres=1").await;
    assert_eq!(none["results"], json!([]));
}

#[tokio::test]
async fn discover_filters_and_sorts() {
    let standin = Standin::local().unwrap();
    let path = "/3/discover/movie?with_genres=27&sort_by=vote_average.desc\
                &vote_count.gte=500&vote_count.lte=1000&region=US";
    let (_, page) = get(&standin, path).await;
    let results = page["results"].as_array().unwrap();
    assert!(results.len() > 2);
    let mut last = 10.0;
    for item in results {
        let votes = item["vote_count"].as_u64().unwrap();
        assert!((500..=1000).contains(&votes));
        assert!(item["genre_ids"].as_array().unwrap().contains(&json!(27)));
        let rating = item["vote_average"].as_f64().unwrap();
        assert!(rating <= last);
        last = rating;
    }
    // TMDB's genres for films are unknown among series.
    let (_, none) = get(&standin, "/3/discover/tv?with_genres=878").await;
    assert_eq!(none["total_results"], 0);
    let (_, some) = get(&standin, "/3/discover/tv?with_genres=10765").await;
    assert!(some["total_results"].as_u64().unwrap() > 3);
}

#[tokio::test]
async fn keys_are_checked_in_both_places() {
    let options = Options { keys: vec!["mine".to_owned()], ..Options::default() };
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), options).unwrap();
    let url = format!("{}/configuration", standin.tmdb_base_url());
    let client = reqwest::Client::new();
    let status = async |request: reqwest::RequestBuilder| {
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    for (code, request) in [
        (200, client.get(&url).query(&[("api_key", "mine")])),
        (200, client.get(&url).bearer_auth(DEFAULT_KEY)),
        (401, client.get(&url)),
        (401, client.get(&url).query(&[("api_key", "other")])),
        (401, client.get(&url).query(&[("api_key", "")])),
    ] {
        let (status, body) = status(request).await;
        assert_eq!(status, code, "{body}");
        if code == 401 {
            assert_eq!(body["status_code"], 7);
        }
    }
    assert!(standin.log().latest.iter().all(|entry| !entry.query.contains("mine")));
}

#[tokio::test]
async fn unknown_paths_and_titles_are_404() {
    let standin = Standin::local().unwrap();
    for path in [
        "/3/movie/1",
        "/3/game/653",
        "/3/movie/653/unknown",
        "/3/trending/all/year",
        "/3/search/game?query=x",
        "/3/nothing",
        "/3/movie/x",
    ] {
        let (status, error) = get(&standin, path).await;
        assert_eq!(status, 404, "{path}");
        assert_eq!(error["status_code"], 34, "{path}");
    }
}

#[tokio::test]
async fn posters_are_drawn_with_the_title() {
    let standin = Standin::local().unwrap();
    let (_, page) = get(&standin, "/3/trending/all/week?language=de").await;
    let mut drawn = 0;
    for item in page["results"].as_array().unwrap() {
        for field in ["poster_path", "backdrop_path", "profile_path"] {
            let Some(file) = item[field].as_str() else {
                continue;
            };
            let url = format!("{}/w342{file}", standin.image_base_url());
            let response = reqwest::get(url).await.unwrap();
            assert_eq!(response.status(), 200, "{file}");
            assert_eq!(response.headers()["content-type"], "image/svg+xml");
            let svg = response.text().await.unwrap();
            assert!(svg.starts_with("<svg ") && svg.contains(r#"width="342""#));
            if field != "backdrop_path" {
                assert!(svg.contains(r#"height="513""#), "{file}");
            }
            drawn += 1;
        }
    }
    assert!(drawn >= 39);
    let poster = reqwest::get(format!("{}/w92/movie10331de.jpg", standin.image_base_url()));
    assert!(poster.await.unwrap().text().await.unwrap().contains("lebenden"));
    for file in ["w342/movie1en.jpg", "w0/movie653en.jpg", "w342/..%2Fx.jpg", "x/movie653en.jpg"] {
        let response = reqwest::get(format!("{}/{file}", standin.image_base_url())).await;
        assert_eq!(response.unwrap().status(), 404, "{file}");
    }
}

#[tokio::test]
async fn titles_are_found_by_the_ids_of_others() {
    let standin = Standin::local().unwrap();
    let (_, found) = get(&standin, "/3/find/tt0013442?external_source=imdb_id").await;
    assert_eq!(found["movie_results"][0]["id"], 653);
    let (_, found) = get(&standin, "/3/find/73587?external_source=tvdb_id").await;
    assert_eq!(found["tv_results"][0]["id"], 6357);
    assert_eq!(found["movie_results"], json!([]));
}
