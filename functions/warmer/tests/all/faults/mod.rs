//! Faults 32 to 38: what TMDB and the store can do to a run. Each test passes without its fault, proves that the fault
//! fired, and ends where a run ends that never saw it.

mod site;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use stellarr_core::reports::{FileStatus, WarmReport};
use stellarr_standin::{Action, DEFAULT_KEY, FaultRule};
use tokio::time::Instant;

use site::{Site, Trouble};

const FILES: usize = 12;

fn statuses(report: &WarmReport) -> BTreeMap<&str, FileStatus> {
    report.files.iter().map(|file| (file.file.as_str(), file.status)).collect()
}

fn count(report: &WarmReport, status: FileStatus) -> usize {
    report.files.iter().filter(|file| file.status == status).count()
}

#[tokio::test]
async fn fault_32_two_deliveries_at_once_leave_every_file_whole() {
    let site = Site::new();
    let alone = site.warm().await;
    assert!(alone.success && count(&alone, FileStatus::Written) == FILES, "{alone:?}");
    let wanted = site.contents();

    let site = Site::new();
    let (one, other) = tokio::join!(site.warm(), site.warm());
    assert!(one.success && other.success);
    // More when a request was too slow for its time and was made again.
    assert!(site.standin.log().requests >= 2 * FILES as u64, "both were delivered");
    assert_eq!(site.contents(), wanted);
    let again = site.warm().await;
    assert_eq!(count(&again, FileStatus::Unchanged), FILES);
    assert_eq!(site.contents(), wanted);
}

#[tokio::test]
async fn fault_33_retry_after_is_waited_out_within_the_deadline() {
    let site = Site::new();
    assert!(site.warm().await.success);
    let wanted = site.contents();

    let site = Site::new();
    let fault = site.standin.add_fault(FaultRule::new("/3/trending/*", Action::rate_limited(1)).times(5));
    let started = Instant::now();
    let report = site.warm().await;
    assert_eq!(site.standin.log().hits(&fault), 5, "the fault fired");
    assert!(started.elapsed() >= Duration::from_secs(1), "it waited");
    assert!(report.success && count(&report, FileStatus::Written) == FILES, "{report:?}");
    assert_eq!(site.contents(), wanted);

    site.standin.clear_faults();
    let again = site.warm().await;
    assert_eq!(count(&again, FileStatus::Unchanged), FILES, "{again:?}");
    assert_eq!(site.contents(), wanted);
}

#[tokio::test]
async fn fault_33_a_wait_beyond_the_deadline_is_not_begun() {
    let calm = Site::new();
    assert!(calm.warm().await.success);

    let site = Site::new();
    let fault = site.standin.add_fault(FaultRule::new("/3/trending/*", Action::rate_limited(3_600)));
    let started = Instant::now();
    let report = site.warm().await;
    assert!(site.standin.log().hits(&fault) > 0);
    assert!(!report.success && count(&report, FileStatus::Failed) == FILES);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(report.files[0].error.as_ref().unwrap().contains("slow down"));

    site.standin.clear_faults();
    // The upstream's hold belongs to the client that was told; the next invocation's client is new.
    assert!(site.warm().await.success);
    assert_eq!(site.contents(), calm.contents());
}

#[tokio::test]
async fn fault_34_one_locale_one_timeout_and_one_write_fail_alone() {
    let site = Site::new();
    assert!(site.warm().await.success);
    let before = site.contents();

    let down = site.standin.add_fault(FaultRule::new("/3/trending/*", Action::status(503)).query("language", "es"));
    let slow = site.standin.add_fault(FaultRule::new("/3/trending/tv/week", Action::Hang).query("language", "en"));
    site.retitle("Changed");
    site.objects.trouble("trending-movie-fr.json", Trouble::FailWrite);
    let report = site.warm().await;
    assert!(site.standin.log().hits(&down) >= 3 && site.standin.log().hits(&slow) >= 1, "the faults fired");
    assert_eq!(site.objects.fired(), 1);

    assert!(!report.success, "so that retries and alarms see it");
    let kept = [
        "trending-all-es.json",
        "trending-movie-es.json",
        "trending-movie-fr.json",
        "trending-tv-en.json",
        "trending-tv-es.json",
    ];
    for (file, status) in statuses(&report) {
        let wanted = if kept.contains(&file) { FileStatus::Kept } else { FileStatus::Written };
        assert_eq!(status, wanted, "{file}");
    }
    let after = site.contents();
    for file in kept {
        assert_eq!(after[file], before[file], "{file} keeps its last good content");
    }
    assert_ne!(after["trending-all-en.json"], before["trending-all-en.json"]);

    site.standin.clear_faults();
    site.retitle("Changed");
    site.objects.calm();
    assert!(site.warm().await.success);
    let healed = site.contents();
    let never = Site::new();
    never.retitle("Changed");
    assert!(never.warm().await.success);
    assert_eq!(healed, never.contents());
}

#[tokio::test]
async fn fault_35_the_last_good_file_outlives_every_bad_answer() {
    let bad = [
        ("{}", Action::Empty),
        ("no results", Action::respond(200, json!({ "page": 1, "results": [], "total_pages": 1, "total_results": 0 }))),
        ("results of null", Action::respond(200, json!({ "results": null }))),
        ("a web page", Action::Html),
        ("half of the JSON", Action::Truncate { bytes: None }),
        (
            "JSON that ends early",
            Action::respond(200, Value::String("{\"results\":[{\"id\":1,\"media_type\":\"movie\"".to_owned())),
        ),
        ("an array", Action::respond(200, json!([]))),
        ("persons", Action::respond(200, json!({ "results": [{ "id": 1, "media_type": "person", "name": "A" }] }))),
        ("nothing", Action::respond(200, Value::String(String::new()))),
        ("a reset", Action::Reset),
    ];
    for (name, action) in bad {
        let site = Site::new();
        let fault = site.standin.add_fault(FaultRule::new("/3/trending/*", action.clone()));
        let report = site.warm().await;
        assert_eq!(count(&report, FileStatus::Failed), FILES, "{name}: without a last good one there is none");
        let contents = site.contents();
        assert!(contents.keys().all(|file| file == "trending-index.json"), "{name}: nothing bad is published");

        site.standin.clear_faults();
        assert!(site.warm().await.success, "{name}");
        let good = site.contents();
        let fault_again = site.standin.add_fault(FaultRule::new("/3/trending/*", action));
        let report = site.warm().await;
        assert!(site.standin.log().hits(&fault_again) >= FILES as u64, "{name}: {fault} fired");
        assert_eq!(count(&report, FileStatus::Kept), FILES, "{name}");
        assert!(!report.success);
        let files = |mut contents: BTreeMap<String, Vec<u8>>| {
            // It tells of the run that failed.
            contents.remove("trending-index.json");
            contents
        };
        assert_eq!(files(site.contents()), files(good.clone()), "{name}");

        site.standin.clear_faults();
        assert!(site.warm().await.success);
        assert_eq!(site.contents(), good, "{name}");
    }
}

#[tokio::test]
async fn fault_36_bad_items_are_dropped_and_the_rest_is_published() {
    let site = Site::new();
    assert!(site.warm().await.success);
    let calm = site.contents();
    let good = json!({ "id": 653, "media_type": "movie", "title": "Nosferatu", "release_date": "1922-03-04", "vote_average": 7.6 });
    let items = json!([
        good,
        { "id": null, "media_type": "movie", "title": "No id" },
        { "id": 2, "media_type": "movie", "title": "Undated", "release_date": "soon" },
        { "id": 3, "media_type": "person", "name": "A person" },
        { "id": 4, "media_type": "tv" },
        { "id": "five", "media_type": "movie", "title": "An id of letters" },
        null, 7, "text", [], {},
        { "id": 6, "media_type": "tv", "name": "Dated by nothing", "first_air_date": "", "overview": null }
    ]);
    let fault = site
        .standin
        .add_fault(FaultRule::new("/3/trending/all/week", Action::respond(200, json!({ "results": items }))));
    let report = site.warm().await;
    assert_eq!(site.standin.log().hits(&fault), 4);
    assert!(report.success, "{report:?}");
    let file: Value = serde_json::from_slice(&site.contents()["trending-all-en.json"]).unwrap();
    let ids: Vec<u64> = file["results"].as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [653, 6]);
    assert_eq!(file["results"][1]["year"], Value::Null);
    assert_eq!(file["results"][1]["overview"], "");
    for (name, content) in site.contents().iter().filter(|(name, _)| name.contains("-movie-") || name.contains("-tv-"))
    {
        assert_eq!(content, &calm[name], "{name} is another list");
    }

    site.standin.clear_faults();
    assert!(site.warm().await.success);
    assert_eq!(site.contents(), calm);
}

#[tokio::test]
async fn fault_37_drips_and_floods_cost_their_own_file_only() {
    let site = Site::new();
    assert!(site.warm().await.success);
    let good = site.contents();
    let drip = site.standin.add_fault(
        FaultRule::new("/3/trending/all/week", Action::Drip { bytes_per_second: 1 }).query("language", "de"),
    );
    let flood = site
        .standin
        .add_fault(FaultRule::new("/3/trending/tv/week", Action::Huge { bytes: 100_000_000 }).query("language", "fr"));
    site.retitle("Changed");
    let started = Instant::now();
    let report = site.warm().await;
    assert!(site.standin.log().hits(&drip) >= 1 && site.standin.log().hits(&flood) >= 1, "the faults fired");
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!((count(&report, FileStatus::Kept), count(&report, FileStatus::Written)), (2, FILES - 2), "{report:?}");
    let flooded = report.files.iter().find(|file| file.file == "trending-tv-fr.json").unwrap();
    assert!(flooded.error.as_ref().unwrap().contains("larger than"), "{flooded:?}");
    for file in ["trending-all-de.json", "trending-tv-fr.json"] {
        assert_eq!(site.contents()[file], good[file]);
    }

    site.standin.clear_faults();
    site.retitle("Changed");
    assert!(site.warm().await.success);
    let never = Site::new();
    never.retitle("Changed");
    assert!(never.warm().await.success);
    assert_eq!(site.contents(), never.contents());
}

#[tokio::test]
async fn fault_38_a_refused_key_appears_nowhere() {
    let calm = Site::new();
    assert!(calm.warm().await.success);

    let mut site = Site::with_key("0123456789abcdef0123456789abcdef");
    let logs = site::Logs::start();
    let report = site.warm().await;
    assert!(!report.success && count(&report, FileStatus::Failed) == FILES, "{report:?}");
    assert_eq!(site.standin.log().requests, FILES as u64, "a refused key is not tried again");
    let text = serde_json::to_string(&report).unwrap();
    assert!(text.contains("refused the key"), "{text}");
    let logged = logs.text();
    assert!(logged.contains("refused the key"), "{logged}");
    for place in [text, logged, format!("{:?}", site.client())] {
        assert!(!place.contains("0123456789abcdef"), "{place}");
        assert!(!place.contains("api_key"), "{place}");
    }
    site.change_key(DEFAULT_KEY);
    assert!(site.warm().await.success, "with the right key");
    assert_eq!(site.contents(), calm.contents());
}

#[tokio::test]
async fn overlapping_runs_of_different_languages_list_all_their_files() {
    for _ in 0..5 {
        let site = Site::new();
        let (one, other) = tokio::join!(site.warm_only("en,es"), site.warm_only("fr,de"));
        assert!(one.success && other.success, "{one:?} {other:?}");
        let index: Value = serde_json::from_slice(&site.contents()["trending-index.json"]).unwrap();
        assert_eq!(index["files"].as_array().unwrap().len(), FILES);
    }
}

#[tokio::test]
async fn an_index_that_changes_meanwhile_is_merged_again() {
    let site = Site::new();
    assert!(site.warm_only("en").await.success);
    site.objects.trouble("trending-index.json", Trouble::Overtake);
    let report = site.warm_only("es").await;
    assert!(report.success, "{report:?}");
    assert_eq!(site.objects.fired(), 1);
    let index: Value = serde_json::from_slice(&site.contents()["trending-index.json"]).unwrap();
    assert_eq!(index["files"].as_array().unwrap().len(), 6);
    assert_eq!(index["scheduled_at"], 7, "what the other run left");
    assert_eq!(index["last_run"], json!({ "at": site::NOW, "fresh": 3, "failed": 0 }));
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_write_leaves_whole_files_and_the_next_completes_it() {
    let calm = Site::new();
    assert!(calm.warm().await.success);
    let wanted = calm.contents();
    for nth in 1..=FILES + 1 {
        for trouble in [Trouble::DieBefore(nth), Trouble::DieAfter(nth)] {
            let site = Site::new();
            site.objects.trouble("", trouble);
            assert!(site.warm_until_killed().await, "{trouble:?} fired");
            for (file, content) in site.contents() {
                assert_eq!(content, wanted[&file], "{file} is whole after {trouble:?}");
            }
            site.objects.calm();
            assert!(site.warm().await.success);
            assert_eq!(site.contents(), wanted);
        }
    }
}

#[tokio::test]
async fn unchanged_content_is_not_written_again() {
    let site = Site::new();
    assert!(site.warm().await.success);
    assert_eq!(site.objects.writes(), FILES + 1, "and the index");
    let again = site.warm().await;
    assert_eq!(count(&again, FileStatus::Unchanged), FILES);
    assert_eq!(site.objects.writes(), FILES + 1, "nothing at all, since the clock stood still");
}

#[tokio::test]
async fn the_index_tells_what_there_is() {
    let site = Site::new();
    site.standin.add_fault(FaultRule::new("/3/trending/movie/week", Action::status(500)).query("language", "de"));
    site.warm().await;
    let index: Value = serde_json::from_slice(&site.contents()["trending-index.json"]).unwrap();
    let files = index["files"].as_array().unwrap();
    assert_eq!(files.len(), FILES - 1, "a file that was never written is not listed");
    assert_eq!(files[0]["file"], "trending-all-de.json");
    assert_eq!(files[0]["items"].as_u64().unwrap(), 20 - 1, "the person is dropped");
    assert_eq!(files[0]["fetched_at"], site::NOW);
}
