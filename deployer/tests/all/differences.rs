//! What `stellarr diff` says of changes, on an AWS in memory.

use crate::common::world;

use stellarr::commands::diff::{Diff, diff};
use stellarr::stacks::apply::Risk;
use stellarr::ui::{Printer, Verbosity};
use world::World;

async fn look(world: &World) -> Diff {
    diff(&world.deployment(), &world.built(), &Printer::captured(Verbosity::Default)).await.unwrap()
}

#[tokio::test]
async fn a_first_deploy_is_told_with_its_price_and_time() {
    let world = World::new();
    let found = look(&world).await;
    let text = found.summary.text(false);
    assert!(text.contains("the stack home-prod-bootstrap is created: 2 × table"), "{text}");
    assert!(text.contains("a month for a household"), "{text}");
    assert!(found.summary.time.unwrap().seconds > 240, "{text}");
    assert!(world.cloud.writes().is_empty(), "{:?}", world.cloud.writes());
}

#[tokio::test]
async fn after_a_deploy_nothing_would_change() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    assert_eq!(look(&world).await.summary.text(false), "Nothing would change.");
}

#[tokio::test]
async fn a_larger_function_is_harmless_and_the_release_tells_the_old_price() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.config.provisioned_concurrency = 1;
    world.config.api.memory = 512;
    let found = look(&world).await;
    let text = found.summary.text(false);
    assert!(found.summary.changes.iter().all(|change| change.risk < Risk::LosesData), "{text}");
    let price = found.summary.price.unwrap();
    assert!(price.before.unwrap() < 1.0 && price.after > 4.0, "{price:?}");
    assert!(text.contains("more") && text.contains("Lambda +$"), "{text}");
    assert!(text.contains("the API changes"), "{text}");
}

#[tokio::test]
async fn the_same_facts_are_data() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.config.waf.enabled = true;
    let found = serde_json::to_value(look(&world).await).unwrap();
    assert_eq!(found["stacks"][0]["action"], "create");
    assert!(found["outlook"]["price"]["after"].as_f64().unwrap() > 10.0, "{found}");
    assert!(found["outlook"]["time"]["seconds"].as_u64().unwrap() > 0, "{found}");
    assert!(found["outlook"]["changes"][0]["sentence"].is_string());
    assert!(found["stacks"][0].get("before").is_none(), "templates are no part of the data");
}

#[tokio::test]
async fn new_rights_are_told() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    let name = "home-prod";
    let live = world.cloud.clone();
    let stacks = stellarr_aws::Cloud::stacks(&live, world::REGION);
    let before = stacks.template(name).await.unwrap().unwrap();
    let after = before.replace("- s3:PutObject", "- s3:PutObject\n                  - s3:DeleteObject");
    let (before, after) =
        (stellarr_aws::template::parse(&before).unwrap(), stellarr_aws::template::parse(&after).unwrap());
    let said: Vec<_> =
        stellarr::insight::change_summary::widened(&before, &after).iter().map(|right| right.sentence()).collect();
    assert_eq!(said, ["the warmer may s3:DeleteObject on ${TrendingBucket.Arn}/trending-*"]);
    world.config.locales.truncate(1);
    assert!(look(&world).await.summary.rights.is_empty());
}

#[tokio::test]
async fn what_changed_since_an_older_version_is_told_first() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    let told = async || {
        let printer = Printer::captured(Verbosity::Default);
        diff(&world.deployment(), &world.built(), &printer).await.unwrap();
        printer.transcript()
    };
    assert!(!told().await.contains("deployed last"), "the same version has nothing to tell");
    let bucket = world.bucket("ArtifactBucket");
    let record = String::from_utf8(world.cloud.stored(&bucket, "releases/current.json").unwrap().to_vec()).unwrap();
    let ours = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    for (version, words) in
        [("0.0.1", "stellarr 0.0.1 deployed last"), ("99.0.0", "warning: stellarr 99.0.0 deployed last")]
    {
        let other = record.replace(&ours, &format!("\"version\": \"{version}\""));
        world.cloud.store(&bucket, "releases/current.json", other);
        let said = told().await;
        assert!(said.contains(words), "{said}");
    }
}
