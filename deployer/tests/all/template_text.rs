//! Templates as CloudFormation tells them: with `?` for letters, in the text of before, or another one's altogether.

use crate::common::world;

use stellarr::base::exit::ExitKind;
use stellarr::base::failures::Code;
use stellarr::commands::diff::diff;
use stellarr::commands::drift::{DriftArgs, drift};
use stellarr::config::StackKind;
use stellarr::deploy::deploy;
use stellarr::releases::publish::template_key;
use stellarr::secrets::Input;
use stellarr::stacks::render::{RenderOptions, render};
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{ChangeSetKind, ChangeSetRequest, Cloud as _, ParameterValue, TemplateSource};
use world::{MAIN, REGION, World, arguments};

const BOOTSTRAP: &str = "home-prod-bootstrap";
const FOREIGN: &str = "Resources:\n  Theirs: {Type: \"AWS::IAM::User\"}\n";

fn rendered(world: &World, kind: StackKind) -> String {
    render(&world.config, RenderOptions::default()).unwrap().text(kind).unwrap().to_owned()
}

fn count(world: &World, what: &str) -> usize {
    world.cloud.fired().iter().filter(|fired| fired.as_str() == what).count()
}

async fn diff_is_empty(world: &World) {
    let found = diff(&world.deployment(), &world.built(), &Printer::captured(Verbosity::Default)).await.unwrap();
    assert!(found.differences.is_empty(), "{}", found.differences.text());
    assert_eq!(found.summary.text(false), "Nothing would change.");
}

/// Asserts that another deploy writes nothing: no change set, no lock, no release.
async fn nothing_changes(world: &World) {
    world.cloud.clear_log();
    assert!(!world.deploy(&[]).await.unwrap().changed);
    assert_eq!(world.cloud.writes(), Vec::<String>::new());
    diff_is_empty(world).await;
}

const MANGLED: &str = "cloudformation:GetTemplate: Mangled";

#[tokio::test]
async fn row_4_a_second_deploy_has_nothing_to_change_whatever_letters_are_deployed() {
    let mut world = World::new();
    world.config.app_name = "Kinoabend für Zoë …".to_owned();
    world.config.tags.insert("für".to_owned(), "Zoë".to_owned());
    world.deploy(&[]).await.unwrap();
    assert_eq!(count(&world, MANGLED), 0, "what is rendered is ASCII");
    nothing_changes(&world).await;
    // As an earlier version left it: with letters in a comment, and in a value that is escaped now.
    for (name, kind) in [(BOOTSTRAP, StackKind::Bootstrap), (MAIN, StackKind::Main)] {
        let text = format!("# Für Zoë …\n{}", rendered(&world, kind));
        world.cloud.set_live_template(REGION, name, &text);
    }
    nothing_changes(&world).await;
    assert!(count(&world, MANGLED) >= 4, "{:?}", world.cloud.fired());
    // The release names the old text, as the earlier version knew it.
    let bucket = world.bucket("ArtifactBucket");
    let record = world.cloud.stored(&bucket, "releases/current.json").unwrap();
    let mut record = String::from_utf8(record.to_vec()).unwrap();
    for kind in [StackKind::Bootstrap, StackKind::Main] {
        let (name, new) = (kind.as_str(), rendered(&world, kind));
        let old = format!("# Für Zoë …\n{new}");
        record = record.replace(&template_key(name, &new), &template_key(name, &old));
        if kind == StackKind::Main {
            world.cloud.store(&bucket, &template_key(name, &old), old);
        }
    }
    world.cloud.store(&bucket, "releases/current.json", record);
    nothing_changes(&world).await;
    // A real change is still one, and puts the new text in force.
    world.code.insert("api", "x");
    assert!(world.deploy(&[]).await.unwrap().changed);
    assert_eq!(world.cloud.stack_template(REGION, MAIN), Some(rendered(&world, StackKind::Main)));
    nothing_changes(&world).await;
}

#[tokio::test]
async fn row_4_a_tag_of_other_letters_is_a_change() {
    let mut world = World::new();
    world.config.tags.insert("owner".to_owned(), "Zoë".to_owned());
    world.deploy(&[]).await.unwrap();
    world.config.tags.insert("owner".to_owned(), "Zoé".to_owned());
    assert!(world.deploy(&[]).await.unwrap().changed);
    let main = world.cloud.stacks(REGION).describe(MAIN).await.unwrap().unwrap();
    assert_eq!(main.tags["owner"], "Zoé");
    nothing_changes(&world).await;
}

/// The main template as an earlier version had it, with edits that change nothing.
fn edited(world: &World) -> String {
    let text = rendered(world, StackKind::Main);
    let edited = text.replacen("Resources:\n", "Resources:\n  # An older comment\n", 1);
    let edited = edited.replacen("Description: ", "Description: once ", 1);
    let (head, outputs) = edited.split_once("\nOutputs:\n").unwrap();
    // The outputs come first there.
    let (first, rest) = head.split_once("\nParameters:\n").unwrap();
    let moved = format!("{first}\nOutputs:\n{outputs}\nParameters:\n{rest}\n");
    assert!(moved.contains("# An older comment") && moved != text);
    moved
}

#[tokio::test]
async fn row_5_a_comment_or_another_order_is_no_change() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    let old = edited(&world);
    world.cloud.set_live_template(REGION, MAIN, &old);
    nothing_changes(&world).await;
    assert_eq!(world.cloud.stack_template(REGION, MAIN).unwrap(), old, "CloudFormation keeps the old text");
    assert_eq!(world.release()["sequence"], 1);
}

#[tokio::test]
async fn row_5_the_release_names_the_text_that_is_live() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    let key = |text: &str| serde_json::Value::String(template_key("main", text));
    let (new, old) = (rendered(&world, StackKind::Main), edited(&world));
    world.cloud.set_live_template(REGION, MAIN, &old);
    world.pages.insert("index.html", "<!doctype html>2");
    world.cloud.clear_log();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.count("cloudformation:CreateChangeSet"), 0);
    let release = world.release();
    assert_eq!((&release["sequence"], &release["templates"]["main"]), (&2.into(), &key(&old)));
    let stored = world.cloud.stored(&world.bucket("ArtifactBucket"), &template_key("main", &old)).unwrap();
    assert_eq!(stored, old.as_bytes(), "a rollback finds it");
    nothing_changes(&world).await;
    // The next real change deploys the new text, and the release records it.
    world.code.insert("api", "x");
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.stack_template(REGION, MAIN).unwrap(), new);
    assert_eq!(world.release()["templates"]["main"], key(&new));
    nothing_changes(&world).await;
}

#[tokio::test]
async fn row_5_what_cloudformation_calls_no_change_is_asked_once() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    // A condition that nothing uses: only CloudFormation can know that it changes nothing.
    let old = rendered(&world, StackKind::Main).replacen("Conditions:\n", "Conditions:\n  Unused: !Equals [a, b]\n", 1);
    world.cloud.set_live_template(REGION, MAIN, &old);
    diff_is_empty(&world).await;
    world.cloud.clear_log();
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.count("cloudformation:CreateChangeSet"), 1);
    assert_eq!(world.cloud.count("cloudformation:ExecuteChangeSet"), 0);
    let release = world.release();
    assert_eq!(release["templates"]["main"], template_key("main", &old));
    assert_eq!(release["same_templates"]["main"], template_key("main", &rendered(&world, StackKind::Main)));
    nothing_changes(&world).await;
    assert_eq!(world.cloud.count("cloudformation:CreateChangeSet"), 0);
    assert_eq!(world.release()["sequence"], 2);
}

#[tokio::test]
async fn row_5_a_deletion_policy_alone_is_a_change_and_a_dependency_is_none() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    let stacks = world.cloud.stacks(REGION);
    let text = rendered(&world, StackKind::Bootstrap);
    let policy = text.replacen("DeletionPolicy: RetainExceptOnCreate", "DeletionPolicy: Retain", 1);
    let depends = text.replacen(
        "    Type: AWS::DynamoDB::Table\n",
        "    Type: AWS::DynamoDB::Table\n    DependsOn: ArtifactBucket\n",
        1,
    );
    assert!(policy != text && depends != text);
    let live = stacks.describe(BOOTSTRAP).await.unwrap().unwrap();
    for (name, template, changes) in [("policy", policy, true), ("depends", depends, false)] {
        let request = ChangeSetRequest {
            stack: BOOTSTRAP.to_owned(),
            name: name.to_owned(),
            kind: ChangeSetKind::Update,
            imports: Vec::new(),
            template: TemplateSource::Body(template.clone()),
            parameters: live.parameters.keys().map(|key| (key.clone(), ParameterValue::Previous)).collect(),
            tags: live.tags.clone(),
            token: name.to_owned(),
            revert_drift: false,
        };
        let id = stacks.create_change_set(&request).await.unwrap();
        let found = loop {
            let found = stacks.describe_change_set(BOOTSTRAP, &id).await.unwrap();
            if found.status != "CREATE_IN_PROGRESS" {
                break found;
            }
        };
        assert_eq!(found.is_empty_failure(), !changes, "{name}: what CloudFormation counts");
        assert_eq!(
            stellarr_aws::comparison::is_no_change(&text, &template),
            !changes,
            "{name}: what the deployer counts"
        );
        stacks.delete_change_set(BOOTSTRAP, &id).await.unwrap();
    }
}

const PLANTED: &str = "cloudformation:CreateChangeSet: Planted";

/// Deploys and returns the output.
async fn said(world: &World) -> String {
    let printer = Printer::captured(Verbosity::Default);
    let secrets = |key: &str| world.secrets.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
    let (deployment, built, input) = (world.deployment(), world.built(), Input::gather(None, secrets).unwrap());
    deploy(&deployment, &arguments(&[]), &input, async { Ok(built) }, &printer).await.unwrap();
    printer.transcript()
}

#[tokio::test]
async fn row_6_a_planted_change_set_is_not_executed() {
    let mut reference = World::new();
    reference.deploy(&[]).await.unwrap();
    for template in [Some(FOREIGN), None] {
        // A first deploy: the stacks are not there yet.
        let mut world = World::new();
        world.cloud.plant_change_set(BOOTSTRAP, template).plant_change_set(MAIN, template);
        let words = said(&world).await;
        assert_eq!(count(&world, PLANTED), 2, "{:?}", world.cloud.fired());
        assert!(words.contains("is not the one that was asked for") && words.contains("not executed"), "{words}");
        assert_eq!(world.cloud.stack_template(REGION, MAIN), Some(rendered(&world, StackKind::Main)));
        nothing_changes(&world).await;
        assert_eq!(world.live(), reference.live());
        // A later one.
        world.code.insert("api", "x");
        world.cloud.plant_change_set(MAIN, template);
        world.cloud.clear_log();
        let words = said(&world).await;
        assert_eq!(count(&world, PLANTED), 1);
        assert!(words.contains("is not the one that was asked for"), "{words}");
        assert_eq!(world.cloud.count("cloudformation:ExecuteChangeSet"), 1);
        assert_eq!(world.cloud.stack_template(REGION, MAIN), Some(rendered(&world, StackKind::Main)));
        nothing_changes(&world).await;
        let left = world.cloud.stacks(REGION).list_change_sets(MAIN).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    }
    reference.code.insert("api", "x");
    reference.deploy(&[]).await.unwrap();
}

#[tokio::test]
async fn row_6_an_empty_change_set_of_our_name_does_not_hide_a_change() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    // With the parameters of before it would change nothing, and the deploy would believe that.
    let main = world.cloud.stacks(REGION).describe(MAIN).await.unwrap().unwrap();
    world.cloud.plant_change_set_of(MAIN, &main.parameters);
    world.cloud.clear_log();
    let words = said(&world).await;
    assert_eq!(count(&world, PLANTED), 1);
    assert!(words.contains("its parameters differ"), "{words}");
    let key = world.release()["code"]["api"].clone();
    let main = world.cloud.stacks(REGION).describe(MAIN).await.unwrap().unwrap();
    assert_eq!(key, main.parameters["ApiCodeKey"]);
    nothing_changes(&world).await;
}

#[tokio::test]
async fn row_6_change_sets_that_are_planted_again_and_again_end_the_deploy() {
    let mut world = World::new();
    world.deploy(&[]).await.unwrap();
    world.code.insert("api", "x");
    world.cloud.clear_log();
    for _ in 0..3 {
        world.cloud.plant_change_set(MAIN, Some(FOREIGN));
    }
    let error = world.deploy(&[]).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ExitKind::Stack, Code::StackForeign), "{error}");
    assert!(error.hints.iter().any(|hint| hint.contains("CloudTrail")), "{:?}", error.hints);
    assert_eq!((count(&world, PLANTED), world.cloud.count("cloudformation:ExecuteChangeSet")), (3, 0));
    world.deploy(&[]).await.unwrap();
    assert_eq!(world.cloud.stack_status(REGION, MAIN).as_deref(), Some("UPDATE_COMPLETE"));
    nothing_changes(&world).await;
}

#[tokio::test]
async fn row_6_imports_repairs_and_looks_are_checked_too() {
    let world = World::new();
    world.deploy(&[]).await.unwrap();
    // A repair of drift.
    world.drift_the_api();
    world.cloud.plant_change_set(MAIN, None);
    let printer = Printer::captured(Verbosity::Default);
    let repair = DriftArgs { repair: true, yes: true, ..DriftArgs::default() };
    let found = drift(&world.deployment(), &repair, &printer).await.unwrap();
    assert!(found.is_empty() && count(&world, PLANTED) == 1);
    assert!(printer.transcript().contains("its tags differ"), "{}", printer.transcript());
    let main = world.cloud.stacks(REGION).describe(MAIN).await.unwrap().unwrap();
    assert!(!main.tags.contains_key("planted"));
    // An import.
    let stacks = world.cloud.stacks(REGION);
    stacks.set_termination_protection(BOOTSTRAP, false).await.unwrap();
    stacks.delete(BOOTSTRAP, &[], "by-hand").await.unwrap();
    while stacks.describe(BOOTSTRAP).await.unwrap().is_some() {}
    world.cloud.plant_change_set(BOOTSTRAP, None).clear_log();
    let words = said(&world).await;
    assert_eq!(count(&world, PLANTED), 1);
    assert!(words.contains("its tags differ"), "{words}");
    let bootstrap = stacks.describe(BOOTSTRAP).await.unwrap().unwrap();
    assert!(!bootstrap.tags.contains_key("planted"));
    nothing_changes(&world).await;
}

#[tokio::test]
async fn row_6_no_two_runs_ask_for_one_name() {
    let world = World::new();
    let mut names = std::collections::BTreeSet::new();
    for round in 1..=3 {
        // Dies before the execution: the lock does not come before the bucket.
        world.cloud.crash_before_write(2);
        world.deploy(&[]).await.unwrap_err();
        assert!(world.cloud.revive());
        let left = world.cloud.stacks(REGION).list_change_sets(BOOTSTRAP).await.unwrap();
        names.extend(left.into_iter().map(|one| one.name));
        assert_eq!(names.len(), round);
    }
    assert!(names.iter().all(|name| name.starts_with("stellarr-") && name.len() > 20), "{names:?}");
    world.later();
    world.deploy(&[]).await.unwrap();
    nothing_changes(&world).await;
}
