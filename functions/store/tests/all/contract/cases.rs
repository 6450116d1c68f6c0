//! What every store must do.

use std::sync::Arc;

use stellarr_core::library::Standing;
use stellarr_core::media::{MediaKey, MediaType};
use stellarr_core::store::{KnownIds, Store};
use stellarr_core::time::iso;

use crate::contract::samples::{at, item, request, subscription};

crate::cases![
    a_request_is_kept_whole,
    a_request_is_kept_once,
    one_of_many_concurrent_requests_wins,
    requests_come_newest_first,
    a_thousand_long_requests_are_all_listed,
    a_removed_request_is_gone,
    standings_come_in_one_batch,
    a_request_is_marked_once,
    marking_keeps_what_is_known,
    requests_are_found_by_tvdb_id,
    requests_are_found_by_guid,
    a_batch_names_each_title_once,
    guids_are_remembered,
    long_guids_are_remembered,
    the_version_tells_of_every_write,
    a_user_has_several_devices,
    long_endpoints_are_kept,
    nobody_unsubscribes_another,
    a_member_is_the_same_in_any_case,
    a_member_goes_by_the_name_as_first_seen,
];

async fn a_request_is_kept_whole(store: Arc<dyn Store>) {
    let film = request(MediaKey::movie(653), 0);
    assert!(store.add_request(&film).await.unwrap());
    assert_eq!(store.request(film.key()).await.unwrap(), Some(film.clone()));
    assert_eq!(store.requests(None).await.unwrap(), [film]);
    let mut sparse = request(MediaKey::tv(1), 1);
    (sparse.year, sparse.overview, sparse.poster_path, sparse.imdb_id) = (None, None, None, None);
    (sparse.tvdb_id, sparse.requested_by, sparse.original_language) = (None, None, None);
    sparse.genre_ids.clear();
    assert!(store.add_request(&sparse).await.unwrap());
    assert_eq!(store.request(sparse.key()).await.unwrap(), Some(sparse));
    assert_eq!(store.request(MediaKey::tv(653)).await.unwrap(), None);
}

async fn a_request_is_kept_once(store: Arc<dyn Store>) {
    let first = request(MediaKey::movie(1), 0);
    let second = request(MediaKey::movie(1), 9);
    assert!(store.add_request(&first).await.unwrap());
    assert!(!store.add_request(&second).await.unwrap());
    assert_eq!(store.request(first.key()).await.unwrap(), Some(first));
    assert!(store.add_request(&request(MediaKey::tv(1), 0)).await.unwrap(), "ids are unique within a kind only");
}

async fn one_of_many_concurrent_requests_wins(store: Arc<dyn Store>) {
    let tasks: Vec<_> = (0..8)
        .map(|seconds| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.add_request(&request(MediaKey::movie(1), seconds)).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap());
    }
    assert_eq!(won, 1);
}

async fn requests_come_newest_first(store: Arc<dyn Store>) {
    for (key, seconds) in [(MediaKey::movie(1), 5), (MediaKey::tv(2), 9), (MediaKey::movie(3), 7)] {
        store.add_request(&request(key, seconds)).await.unwrap();
    }
    let ids = |requests: Vec<stellarr_core::request::MediaRequest>| -> Vec<u64> {
        requests.iter().map(|request| request.tmdb_id).collect()
    };
    assert_eq!(ids(store.requests(None).await.unwrap()), [2, 3, 1]);
    assert_eq!(ids(store.requests(Some(MediaType::Movie)).await.unwrap()), [3, 1]);
    assert_eq!(ids(store.requests(Some(MediaType::Tv)).await.unwrap()), [2]);
}

async fn a_thousand_long_requests_are_all_listed(store: Arc<dyn Store>) {
    // More than the megabyte that one DynamoDB page holds.
    for id in 1..=300 {
        let mut long = request(MediaKey::movie(id), 0);
        long.overview = Some("x".repeat(5_000));
        store.add_request(&long).await.unwrap();
    }
    assert_eq!(store.requests(Some(MediaType::Movie)).await.unwrap().len(), 300);
}

async fn a_removed_request_is_gone(store: Arc<dyn Store>) {
    let series = request(MediaKey::tv(5), 0);
    store.add_request(&series).await.unwrap();
    assert!(store.remove_request(series.key()).await.unwrap());
    assert!(!store.remove_request(series.key()).await.unwrap());
    assert_eq!(store.requests(None).await.unwrap(), []);
    assert_eq!(store.request_by_tvdb(100_005).await.unwrap(), None);
    assert!(store.add_request(&series).await.unwrap(), "it can be asked for again");
}

async fn standings_come_in_one_batch(store: Arc<dyn Store>) {
    store.add_request(&request(MediaKey::movie(1), 0)).await.unwrap();
    store.put_titles(&[item(MediaKey::movie(2)), item(MediaKey::tv(1))], at(0)).await.unwrap();
    // More than one DynamoDB batch of 100 keys, and one key twice.
    let mut keys: Vec<MediaKey> = (1..=120).map(MediaKey::movie).collect();
    keys.extend([MediaKey::tv(1), MediaKey::tv(2), MediaKey::tv(1)]);
    let standings = store.standings(&keys, at(1)).await.unwrap();
    assert_eq!(standings.len(), 122);
    assert_eq!(standings[&MediaKey::movie(1)], Standing { requested: true, in_library: false });
    assert_eq!(standings[&MediaKey::movie(2)], Standing { requested: false, in_library: true });
    assert_eq!(standings[&MediaKey::tv(1)], Standing { requested: false, in_library: true });
    assert_eq!(standings[&MediaKey::tv(2)], Standing::default());
    assert!(store.standings(&[], at(1)).await.unwrap().is_empty());
}

async fn a_request_is_marked_once(store: Arc<dyn Store>) {
    let key = MediaKey::movie(1);
    assert_eq!(store.mark_added(key, None, at(0)).await.unwrap(), None, "nobody asked for it");
    assert_eq!(store.request(key).await.unwrap(), None, "marking makes no request");
    store.add_request(&request(key, 0)).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.mark_added(key, Some("plex://movie/a"), at(5)).await.unwrap() })
        })
        .collect();
    let mut marked = Vec::new();
    for task in tasks {
        marked.extend(task.await.unwrap());
    }
    let [marked] = marked.as_slice() else { panic!("{} callers marked it", marked.len()) };
    assert_eq!(marked.added_at.as_deref(), Some(iso(at(5)).as_str()));
    assert_eq!(store.request(key).await.unwrap().as_ref(), Some(marked));
    assert_eq!(store.requests(None).await.unwrap().len(), 1, "an added request stays listed");
}

async fn marking_keeps_what_is_known(store: Arc<dyn Store>) {
    let series = request(MediaKey::tv(7), 0);
    store.add_request(&series).await.unwrap();
    let marked = store.mark_added(series.key(), Some("plex://show/b"), at(1)).await.unwrap().unwrap();
    assert_eq!(marked.plex_guid.as_deref(), Some("plex://show/b"));
    let before = stellarr_core::request::MediaRequest { added_at: None, plex_guid: None, ..marked };
    assert_eq!(before, series);
    assert!(store.request_by_tvdb(100_007).await.unwrap().is_some(), "it is still found by its other id");
}

async fn requests_are_found_by_tvdb_id(store: Arc<dyn Store>) {
    store.add_request(&request(MediaKey::tv(7), 0)).await.unwrap();
    store.add_request(&request(MediaKey::movie(100_007), 0)).await.unwrap();
    let found = store.request_by_tvdb(100_007).await.unwrap().unwrap();
    assert_eq!(found.key(), MediaKey::tv(7));
    assert_eq!(store.request_by_tvdb(7).await.unwrap(), None);
}

async fn requests_are_found_by_guid(store: Arc<dyn Store>) {
    for key in [MediaKey::tv(7), MediaKey::movie(8)] {
        let guid = format!("plex://{}/{}", key.media_type, key.tmdb_id);
        store.add_request(&request(key, 0)).await.unwrap();
        assert_eq!(store.request_by_guid(&guid).await.unwrap(), None);
        store.mark_added(key, Some(&guid), at(1)).await.unwrap();
        assert_eq!(store.request_by_guid(&guid).await.unwrap().map(|request| request.key()), Some(key));
        store.remove_request(key).await.unwrap();
        assert_eq!(store.request_by_guid(&guid).await.unwrap(), None);
    }
    // What is only remembered about a guid is no request.
    store.remember_ids("plex://show/c", KnownIds { tmdb_id: Some(7), tvdb_id: None }, at(0)).await.unwrap();
    assert_eq!(store.request_by_guid("plex://show/c").await.unwrap(), None);
}

async fn a_batch_names_each_title_once(store: Arc<dyn Store>) {
    let mut batch: Vec<_> = (1..=60).map(|id| item(MediaKey::movie(id))).collect();
    batch.extend((1..=60).map(|id| item(MediaKey::movie(id))));
    assert_eq!(store.put_titles(&batch, at(0)).await.unwrap(), 60);
    let library = store.library(at(1)).await.unwrap();
    assert_eq!(library.movie, (1..=60).collect());
    assert!(library.tv.is_empty());
    assert_eq!(store.put_titles(&[], at(0)).await.unwrap(), 0);
}

async fn guids_are_remembered(store: Arc<dyn Store>) {
    let guid = "plex://show/5d9c086c46115600200aa2fe";
    assert_eq!(store.known_ids(guid).await.unwrap(), None);
    store.remember_ids(guid, KnownIds { tmdb_id: None, tvdb_id: Some(301_376) }, at(0)).await.unwrap();
    store.remember_ids(guid, KnownIds { tmdb_id: Some(82_728), tvdb_id: None }, at(1)).await.unwrap();
    let known = KnownIds { tmdb_id: Some(82_728), tvdb_id: Some(301_376) };
    assert_eq!(store.known_ids(guid).await.unwrap(), Some(known));
}

async fn long_guids_are_remembered(store: Arc<dyn Store>) {
    let known = KnownIds { tmdb_id: Some(1), tvdb_id: None };
    let guid = format!("local://{}", "g".repeat(4_000));
    let other = format!("{guid}2");
    store.remember_ids(&guid, known, at(0)).await.unwrap();
    assert_eq!(store.known_ids(&guid).await.unwrap(), Some(known));
    assert_eq!(store.known_ids(&other).await.unwrap(), None);
}

async fn the_version_tells_of_every_write(store: Arc<dyn Store>) {
    let key = MediaKey::tv(1);
    let mut seen = Vec::new();
    // A minute may end between two looks, which changes the number as well; so only changes are asked for.
    let mut changed = async |what: &str| {
        let version = store.version().await.unwrap().unwrap();
        assert!(!seen.contains(&version), "{what} is told of");
        seen.push(version);
    };
    changed("the beginning").await;
    assert!(store.add_request(&request(key, 0)).await.unwrap());
    changed("a request").await;
    store.mark_added(key, Some("plex://show/1"), at(1)).await.unwrap().unwrap();
    changed("an arrival").await;
    store.put_titles(&[item(key)], at(2)).await.unwrap();
    changed("a title in the library").await;
    store.open_generation(MediaType::Tv, at(3)).await.unwrap();
    store.put_synced_titles(&[item(MediaKey::tv(2))], at(4)).await.unwrap();
    assert_eq!(store.close_generation(MediaType::Tv).await.unwrap(), 1);
    changed("a sweep").await;
    assert!(store.remove_request(key).await.unwrap());
    changed("a removal").await;
}

async fn a_user_has_several_devices(store: Arc<dyn Store>) {
    let phone = subscription("Zoë", "https://push.test/phone");
    let laptop = subscription("Zoë", "https://push.test/laptop");
    for device in [&phone, &laptop, &phone, &subscription("John", "https://push.test/john")] {
        store.subscribe(device).await.unwrap();
    }
    let mut devices = store.subscriptions("Zoë").await.unwrap();
    devices.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
    assert_eq!(devices, [laptop.clone(), phone.clone()]);
    store.unsubscribe("Zoë", Some(&phone.endpoint)).await.unwrap();
    assert_eq!(store.subscriptions("Zoë").await.unwrap(), std::slice::from_ref(&laptop));
    // The device changes hands.
    store.subscribe(&subscription("John", &laptop.endpoint)).await.unwrap();
    assert_eq!(store.subscriptions("Zoë").await.unwrap(), []);
    store.unsubscribe("John", None).await.unwrap();
    assert_eq!(store.subscriptions("John").await.unwrap(), []);
    store.unsubscribe("John", None).await.unwrap();
}

async fn long_endpoints_are_kept(store: Arc<dyn Store>) {
    let long = |end: &str| format!("https://push.test/{}{end}", "e".repeat(3_000));
    store.subscribe(&subscription("Zoë", &long("1"))).await.unwrap();
    store.subscribe(&subscription("Zoë", &long("2"))).await.unwrap();
    assert_eq!(store.subscriptions("Zoë").await.unwrap().len(), 2);
    store.unsubscribe("Zoë", Some(&long("1"))).await.unwrap();
    assert_eq!(store.subscriptions("Zoë").await.unwrap(), [subscription("Zoë", &long("2"))]);
}

async fn nobody_unsubscribes_another(store: Arc<dyn Store>) {
    let device = subscription("Zoë", "https://push.test/phone");
    store.subscribe(&device).await.unwrap();
    store.unsubscribe("John", Some(&device.endpoint)).await.unwrap();
    store.unsubscribe("John", None).await.unwrap();
    assert_eq!(store.subscriptions("Zoë").await.unwrap(), [device]);
}

async fn a_member_is_the_same_in_any_case(store: Arc<dyn Store>) {
    let phone = subscription("Zoë", "https://push.test/phone");
    let laptop = subscription("ZOE\u{308}", "https://push.test/laptop");
    for device in [&phone, &laptop, &subscription("Zoe", "https://push.test/other")] {
        store.subscribe(device).await.unwrap();
    }
    for name in ["Zoë", "zoë", "ZOË"] {
        let mut devices = store.subscriptions(name).await.unwrap();
        devices.sort_by(|a, b| b.endpoint.cmp(&a.endpoint));
        assert_eq!(devices, [phone.clone(), laptop.clone()], "{name}: each in its own spelling");
    }
    store.unsubscribe("zOË", Some(&laptop.endpoint)).await.unwrap();
    assert_eq!(store.subscriptions("Zoë").await.unwrap(), std::slice::from_ref(&phone));
    store.unsubscribe("ZOË", None).await.unwrap();
    assert_eq!(store.subscriptions("Zoë").await.unwrap(), []);
    assert_eq!(store.subscriptions("Zoe").await.unwrap().len(), 1, "another member's");
}

async fn a_member_goes_by_the_name_as_first_seen(store: Arc<dyn Store>) {
    assert_eq!(store.member("zoë").await.unwrap(), None);
    assert_eq!(store.add_member("Zoë").await.unwrap(), "Zoë");
    assert_eq!(store.add_member("ZOË").await.unwrap(), "Zoë");
    assert_eq!(store.member("zoë").await.unwrap().as_deref(), Some("Zoë"));
    assert_eq!(store.member("Zoe").await.unwrap(), None);
}
