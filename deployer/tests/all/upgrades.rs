//! What commit e535c01 deployed with a budget and a firewall, and this version deployed over it, on an AWS in memory.

use crate::common::world;
use crate::real_aws::e535c01;

use clap::Parser;
use jiff::{SignedDuration, Timestamp};
use stellarr::base::error::CommandError;
use stellarr::base::failures::Code;
use stellarr::cli::{Cli, Command};
use stellarr::commands::rollback::rollback;
use stellarr::ui::{Printer, Verbosity};
use stellarr_testing::FakeCloud;
use world::{MAIN, World, position};

const EDGE: &str = "home-prod-edge";
const EDGE_REGION: &str = "us-east-1";
const BUDGET: &str = "AWS::Budgets::Budget";

/// A deployment of e535c01 in a region, and the configuration that it was made from.
async fn left_behind(region: &str) -> World {
    let mut world = World::new();
    world.cloud = FakeCloud::permissive(region);
    world.warmer_answers();
    region.clone_into(&mut world.config.region);
    world.config.removal_policy = stellarr::config::RemovalPolicy::Delete;
    world.config.app_name = "Kino für Ömi".to_owned();
    world.config.waf.enabled = true;
    world.config.budget.monthly_usd = 5;
    world.config.budget.email = Some("me@example.org".to_owned());
    pass(&world, 0);
    e535c01::Deployment { cloud: &world.cloud, region, has_budget: true }.leave_behind().await;
    world
}

/// When the earlier version deployed, so long ago that CloudFront has forgotten all names.
const BEGAN: &str = "2026-12-01T05:00:00Z";

/// Lets time pass on AWS, since the earlier version deployed.
fn pass(world: &World, hours: i64) {
    world.cloud.set_time(BEGAN.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours));
}

async fn go_back(world: &World) -> Result<bool, CommandError> {
    let Command::Rollback(arguments) = Cli::parse_from(["stellarr", "rollback", "--yes"]).command else {
        panic!("that is a rollback");
    };
    let printer = Printer::captured(Verbosity::Default);
    rollback(&world.deployment(), &arguments, &printer).await.map(|done| done.is_some())
}

/// AWS refuses a second budget of a name, in whichever stack, and so does the AWS in memory: what is asserted here is that
/// none was refused.
async fn the_budget_moves(region: &str) {
    let world = left_behind(region).await;
    let firewall = || world.cloud.physical_id(EDGE_REGION, EDGE, "WebAcl");
    let (old, before) = (format!("home-prod-{region}"), firewall());
    assert_eq!(world.cloud.budgets(), std::slice::from_ref(&old));

    pass(&world, 2);
    world.cloud.clear_log();
    world.deploy(&[]).await.unwrap();
    let writes = world.cloud.writes();
    let execute = "cloudformation:ExecuteChangeSet";
    assert!(position(&writes, execute, EDGE) < position(&writes, execute, &format!(" {MAIN}")), "{writes:#?}");
    let [moved] = <[String; 1]>::try_from(world.cloud.budgets()).unwrap();
    assert!(moved.starts_with(&format!("{old}-")), "{moved} has no digest");
    assert!(world.cloud.stack_template(EDGE_REGION, EDGE).unwrap().contains(BUDGET));
    assert!(!world.cloud.stack_template(region, MAIN).unwrap().contains(BUDGET));
    assert_eq!(firewall(), before, "the firewall is the one that it was");

    world.cloud.clear_log();
    assert!(!world.deploy(&[]).await.unwrap().changed, "the second deploy of this version has nothing to do");
    assert_eq!(world.cloud.writes(), Vec::<String>::new());

    // The functions at the edge have other names now, and CloudFront gives no name away again within an hour.
    let refused = go_back(&world).await.unwrap_err();
    assert_eq!(refused.code, Code::StackTrouble, "{refused}");
    assert!(refused.to_string().contains("the CDN function SpaRoutes could not be changed"), "{refused}");
    assert!(refused.to_string().contains("using a different function name, or try again later"), "{refused}");
    let hint = "wait some minutes, at most an hour, and run the same command again";
    assert!(refused.hints.iter().any(|one| one.contains(hint)), "{:?}", refused.hints);
    assert_eq!((world.cloud.budgets(), firewall()), (vec![moved.clone()], before.clone()), "nothing is half back");
    world.later();
    assert!(!world.deploy(&[]).await.unwrap().changed, "nothing is half back");

    // Back, where the main stack holds the budget under its old name, and forward again.
    pass(&world, 4);
    assert!(go_back(&world).await.unwrap());
    assert_eq!((world.cloud.budgets(), firewall()), (vec![old], before.clone()));
    assert!(!world.cloud.stack_template(EDGE_REGION, EDGE).unwrap().contains(BUDGET));
    pass(&world, 6);
    world.later();
    world.deploy(&[]).await.unwrap();
    assert_eq!((world.cloud.budgets(), firewall()), (vec![moved], before));
    assert!(!world.deploy(&[]).await.unwrap().changed);
}

#[tokio::test]
async fn an_upgrade_moves_the_budget_of_e535c01_without_meeting_itself() {
    the_budget_moves("eu-west-1").await;
}

#[tokio::test]
async fn an_upgrade_moves_the_budget_of_e535c01_in_the_region_of_the_edge_stack() {
    the_budget_moves("us-east-1").await;
}
