//! The name of a change set is already taken by a foreign one.

use crate::real_aws::account::{Account, MAIN, assert_same, undistorted};
use crate::real_aws::call::Call;
use crate::real_aws::rules::{Distortion, Rule};

const PROPOSE: &str = "cloudformation:CreateChangeSet";
/// A template that no deploy of the site requested.
const FOREIGN: &str = "Resources: {Intruder: {Type: AWS::SNS::Topic, Properties: {TopicName: intruder}}}";

/// The same change set with another template.
fn planted(call: &Call) -> Call {
    call.with_parameters(|all| {
        let kept = ["Action", "Version", "StackName", "ChangeSetName", "ChangeSetType"];
        all.retain(|(name, _)| kept.contains(&name.as_str()));
        all.push(("TemplateBody".to_owned(), FOREIGN.to_owned()));
    })
}

/// Makes a change set of the main stack just before the deployer does, under the name that it takes.
fn plant(account: &Account, other: fn(&Call) -> Call) -> Distortion {
    account.proxy.distort(Rule::precede(PROPOSE, other).only(|call| call.subject() == MAIN).numbers([1]))
}

fn assert_planted(planted: &Distortion) {
    let hits = planted.hits();
    let first = hits[0].first.as_ref().unwrap();
    assert!(hits.len() == 1 && first.status.is_success(), "{}", first.text());
}

#[tokio::test]
async fn row_6_a_planted_creation_is_not_executed() {
    let account = Account::new().await;
    let planted = plant(&account, planted);
    account.deploy().await.unwrap();
    assert_planted(&planted);
    assert_same(&account.state().await, &undistorted().await.first);
    account.proxy.clear();
    assert!(!account.deploy().await.unwrap().changed);
    assert_same(&account.state().await, &undistorted().await.first);
}

#[tokio::test]
async fn row_6_a_planted_update_is_not_executed() {
    let mut account = Account::new().await;
    account.deploy().await.unwrap();
    account.change();
    let planted = plant(&account, planted);
    account.deploy().await.unwrap();
    assert_planted(&planted);
    assert_same(&account.state().await, &undistorted().await.changed);
    account.proxy.clear();
    assert!(!account.deploy().await.unwrap().changed);
    assert_same(&account.state().await, &undistorted().await.changed);
}

/// Two people deploy one commit, or the answer to the first try was lost.
#[tokio::test]
async fn row_6_an_equal_change_set_is_no_obstacle() {
    let mut account = Account::new().await;
    account.deploy().await.unwrap();
    account.change();
    let equal = plant(&account, Call::clone);
    account.deploy().await.unwrap();
    assert_planted(&equal);
    assert_same(&account.state().await, &undistorted().await.changed);
    account.proxy.clear();
    assert!(!account.deploy().await.unwrap().changed);
    assert_same(&account.state().await, &undistorted().await.changed);
}
