//! What commit e535c01 deployed, and this version deployed over it: nothing is lost.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use serde_json::Value;
use sha2::{Digest, Sha256};
use stellarr::cli::{Cli, Command};
use stellarr::commands::releases;
use stellarr::commands::rollback::rollback;
use stellarr::ui::{Printer, Verbosity};
use stellarr_aws::{Cloud, TableQuery, TableValue};
use stellarr_core::auth::verify;
use stellarr_core::secrets::Secrets;

use crate::real_aws::REGION;
use crate::real_aws::account::{Account, BOOTSTRAP, MAIN, assert_same};
use crate::real_aws::e535c01::{self, code, items, secret, tokens};
use crate::real_aws::templates::{assert_recorded, mangle_templates};

/// What a rollback to the earlier version's last release prints.
const ROLLBACK_WORDS: [&str; 4] = [
    "the CDN function SpaRoutes is made anew (name)",
    "the API changes (code, environment)",
    "✓ apply       everything else",
    "✓ sync        1 file",
];

async fn left_behind(account: &Account) {
    e535c01::Deployment { cloud: &account.truth, region: REGION, has_budget: false }.leave_behind().await;
}

/// The names of the functions that run at the edge: those of the earlier version say the region, which another deployment
/// may have in common, and those of this one say when the stack was made.
async fn viewer_functions(account: &Account) -> [String; 2] {
    let resources = account.truth.stacks(REGION).resources(MAIN).await.unwrap();
    ["SpaRoutes", "ViewerHeaders"].map(|id| {
        let found = resources.iter().find(|resource| resource.logical_id == id).unwrap();
        found.physical_id.clone().unwrap()
    })
}

/// The hash of what Lambda runs for the API.
async fn runs(account: &Account) -> String {
    account.truth.functions().describe("home-prod-api").await.unwrap().unwrap().code_sha256
}

async fn assert_nothing_is_lost(account: &Account, outputs: &BTreeMap<String, String>) {
    let now = account.outputs().await;
    for name in ["ArtifactBucketName", "RequestsTableName", "CatalogueTableName", "AppSecretArn", "FrontendBucketName"]
    {
        assert_eq!(now[name], outputs[name], "{name} was replaced");
    }
    for item in items() {
        let TableValue::Text(partition) = &item["media_type"] else { panic!("a text") };
        let query = TableQuery::of("media_type", partition);
        let found = account.truth.tables().query(&now["RequestsTableName"], &query).await.unwrap();
        assert!(found.contains(&item), "{item:?} is not among {found:?}");
    }
    let kept = account.truth.secrets().get(&now["AppSecretArn"]).await.unwrap().unwrap().text;
    let values: BTreeMap<String, Value> = serde_json::from_str(&kept.0).unwrap();
    let (_, old) = secret();
    for (name, value) in &old {
        assert!(values[name] == *value, "{name} is another one");
    }
    // No FEED_TOKEN: the lists were public, and are read without one. No NOT_BEFORE: the password is the same.
    let added: Vec<_> = values.keys().filter(|name| !old.contains_key(*name)).collect();
    assert_eq!(added, ["PASSWORD_MARK"]);
    let secrets = Secrets::from_json(&kept.0).unwrap();
    assert!(!secrets.has_other_password());
    for (name, token) in tokens() {
        let second: i64 = token.split('.').next().unwrap().parse().unwrap();
        let not_before = secrets.not_before().unwrap();
        let session = verify(secrets.app_secret_key().unwrap(), &token, second + 60, not_before).unwrap();
        assert_eq!((session.name.unwrap_or_default(), secrets.began_at(second)), (name, second));
    }
}

/// Deploys this version over the earlier one.
async fn upgraded(account: &Account) -> BTreeMap<String, String> {
    left_behind(account).await;
    assert_eq!(viewer_functions(account).await, ["home-prod-eu-west-1-spa", "home-prod-eu-west-1-viewer"]);
    let outputs = account.outputs().await;
    let ids = [account.stack_id(BOOTSTRAP).await, account.stack_id(MAIN).await];
    assert!(account.deploy().await.unwrap().changed);
    assert_nothing_is_lost(account, &outputs).await;
    assert_eq!([account.stack_id(BOOTSTRAP).await, account.stack_id(MAIN).await], ids);
    let part = ids[1].rsplit('/').next().unwrap().split('-').next().unwrap();
    let names = [format!("home-prod-{part}-spa"), format!("home-prod-{part}-viewer")];
    assert_eq!(viewer_functions(account).await, names, "they are replaced");
    outputs
}

async fn go_back(account: &Account, arguments: &[&str]) -> String {
    let line = ["stellarr", "rollback", "--yes", "--no-warm"].iter().chain(arguments);
    let Command::Rollback(arguments) = Cli::parse_from(line).command else {
        panic!("that is a rollback");
    };
    let printer = Printer::captured(Verbosity::Default);
    let done = rollback(&account.deployment(), &arguments, &printer).await;
    assert!(done.is_ok_and(|done| done.is_some()), "{}", printer.transcript());
    printer.transcript()
}

/// The numbers of the releases, newest first, and what each lacks.
async fn history(account: &Account) -> Vec<(u64, Vec<String>)> {
    let printer = Printer::captured(Verbosity::Default);
    let deployment = account.deployment();
    let live = deployment.deployed().await.unwrap();
    let past = releases::list(deployment.context(&printer), &live, 20).await.unwrap();
    past.iter().map(|one| (one.release.sequence, one.missing.clone())).collect()
}

#[tokio::test]
async fn an_upgrade_keeps_the_deployment_of_e535c01() {
    let account = Account::new().await;
    let outputs = upgraded(&account).await;
    let upgraded = account.state().await;
    assert!(!account.deploy().await.unwrap().changed, "the second deploy of this version has nothing to do");
    assert_same(&account.state().await, &upgraded);
    assert_eq!(history(&account).await, [(3, vec![]), (2, vec![]), (1, vec![])], "the history is whole");

    // Back to both releases of the earlier version, and forward again.
    let told = go_back(&account, &[]).await;
    for words in ROLLBACK_WORDS {
        assert!(told.contains(words), "{words} is not in\n{told}");
    }
    assert_nothing_is_lost(&account, &outputs).await;
    let zips = code();
    let (_, zip) = zips.iter().find(|(key, _)| key.starts_with("functions/api/")).unwrap();
    assert_eq!(runs(&account).await, STANDARD.encode(Sha256::digest(zip)));
    assert_eq!(viewer_functions(&account).await, ["home-prod-eu-west-1-spa", "home-prod-eu-west-1-viewer"]);
    go_back(&account, &["1"]).await;
    let page = account.truth.objects().get(&outputs["FrontendBucketName"], "index.html").await.unwrap().unwrap().body;
    assert_eq!(page, "<!doctype html>0");
    assert!(account.deploy().await.unwrap().changed);
    assert_nothing_is_lost(&account, &outputs).await;
    let again = account.state().await;
    for part in [MAIN, BOOTSTRAP, "page"] {
        assert_same(&again[part], &upgraded[part]);
    }
    assert!(!account.deploy().await.unwrap().changed);
}

#[tokio::test]
async fn row_4_an_upgrade_is_whole_where_the_old_template_is_told_with_question_marks() {
    let undisturbed = Account::new().await;
    upgraded(&undisturbed).await;
    let expected = without_bootstrap_template(undisturbed.state().await);
    drop(undisturbed);

    let account = Account::new().await;
    let mangled = mangle_templates(&account);
    upgraded(&account).await;
    assert!(mangled.count(BOOTSTRAP) > 0, "the old template has characters outside ASCII");
    for _ in 0..2 {
        assert!(!account.deploy().await.unwrap().changed, "the second deploy of this version has nothing to do");
        assert!(account.diff().await.differences.is_empty());
    }
    assert_recorded(&account).await;
    assert_same(&without_bootstrap_template(account.state().await), &expected);
    account.proxy.clear();
    assert!(!account.deploy().await.unwrap().changed);
    assert_same(&without_bootstrap_template(account.state().await), &expected);
}

/// A state without the text that the release names for the bootstrap stack, which is the one that CloudFormation shows.
fn without_bootstrap_template(mut state: Value) -> Value {
    state["release"]["templates"].as_object_mut().unwrap().remove("bootstrap");
    let is_other = |key: &Value| !key.as_str().unwrap().starts_with("templates/bootstrap/");
    state["artifacts"].as_array_mut().unwrap().retain(is_other);
    state
}
