//! CloudFormation keeps and returns other template texts than those that it was sent.

use serde_json::Value;
use sha2::{Digest, Sha256};
use stellarr_aws::Cloud;

use crate::real_aws::REGION;
use crate::real_aws::account::{Account, BOOTSTRAP, MAIN, assert_same, undistorted};
use crate::real_aws::rules::{Distortion, Rule};

const TEMPLATE: &str = "cloudformation:GetTemplate";
const PROPOSE: &str = "cloudformation:CreateChangeSet";
const EXECUTE: &str = "cloudformation:ExecuteChangeSet";

fn question_marks(text: &str) -> String {
    text.chars().map(|character| if character.is_ascii() { character } else { '?' }).collect()
}

/// Lets CloudFormation answer with a question mark for each character of a template that is outside ASCII.
pub(crate) fn mangle_templates(account: &Account) -> Distortion {
    account.proxy.distort(Rule::rewrite(TEMPLATE, |_, answer| {
        answer.rewrite_between("<TemplateBody>", "</TemplateBody>", question_marks);
    }))
}

/// Where a release's template is in the artifact bucket.
fn key(stack: &str, text: &str) -> String {
    format!("templates/{stack}/{}.yaml", hex::encode(Sha256::digest(text)))
}

/// Makes what is deployed the work of an earlier version, whose templates were what `older` makes of today's: that is
/// what CloudFormation keeps until a change set is executed, and what the release names.
async fn backdate(account: &Account, older: fn(&str) -> String) -> Distortion {
    let artifacts = account.outputs().await["ArtifactBucketName"].clone();
    let mut release = account.object(&artifacts, "releases/current.json").await;
    for (stack, name) in [("main", MAIN), ("bootstrap", BOOTSTRAP)] {
        let text = older(&account.truth.stacks(REGION).template(name).await.unwrap().unwrap());
        let key = key(stack, &text);
        account.put(&artifacts, &key, text).await;
        release["templates"][stack] = key.into();
    }
    for record in ["releases/current.json", "releases/000001.json"] {
        account.put(&artifacts, record, release.to_string()).await;
    }
    let rule = Rule::rewrite(TEMPLATE, move |_, answer| {
        answer.rewrite_between("<TemplateBody>", "</TemplateBody>", older);
    });
    // A change set's template is the one that it was made with.
    account.proxy.distort(rule.until(EXECUTE).only(|call| call.parameter("ChangeSetName").is_none()))
}

/// Checks that the release names the templates that CloudFormation has, by their hashes.
pub(crate) async fn assert_recorded(account: &Account) {
    let artifacts = account.outputs().await["ArtifactBucketName"].clone();
    let release = account.object(&artifacts, "releases/current.json").await;
    for (stack, name) in [("main", MAIN), ("bootstrap", BOOTSTRAP)] {
        let live = account.cloud.stacks(REGION).template(name).await.unwrap().unwrap();
        assert_eq!(release["templates"][stack], key(stack, &live));
    }
}

/// Deploys what does not differ, and looks at it: nothing is written.
async fn assert_silent(account: &Account) {
    let (proposals, writes) = (account.proxy.count(PROPOSE), account.proxy.count("s3:PutObject"));
    for _ in 0..2 {
        assert!(!account.deploy().await.unwrap().changed);
        assert!(account.diff().await.differences.is_empty());
    }
    assert_eq!(account.proxy.count(PROPOSE), proposals, "no change set");
    assert_eq!(account.proxy.count("s3:PutObject"), writes, "no lock, no release");
}

/// Deploys what does differ, and compares the outcome with that of a deployment without an earlier version.
async fn assert_changed_as_ever(mut account: Account) {
    account.change();
    account.deploy().await.unwrap();
    assert_recorded(&account).await;
    account.proxy.clear();
    assert!(!account.deploy().await.unwrap().changed);
    let mut state = account.state().await;
    let expected = &undistorted().await.changed;
    // The earlier version's templates are beside the new ones.
    let is_known = |key: &Value| {
        !key.as_str().unwrap().starts_with("templates/") || expected["artifacts"].as_array().unwrap().contains(key)
    };
    state["artifacts"].as_array_mut().unwrap().retain(is_known);
    assert_same(&state, expected);
}

#[tokio::test]
async fn row_4_question_marks_are_no_change() {
    let account = Account::new().await;
    account.deploy().await.unwrap();
    backdate(&account, |text| format!("# Größe in Byte, höchstens …\n{text}")).await;
    let mangled = mangle_templates(&account);
    for element in ["OutputValue", "Description"] {
        let (start, end) = (format!("<{element}>"), format!("</{element}>"));
        account.proxy.distort(Rule::rewrite("cloudformation:DescribeStacks", move |_, answer| {
            answer.rewrite_between(&start, &end, question_marks);
        }));
    }
    assert_silent(&account).await;
    assert!(mangled.count(MAIN) > 0 && mangled.count(BOOTSTRAP) > 0);
    assert_changed_as_ever(account).await;
}

#[tokio::test]
async fn row_5_another_comment_is_no_change() {
    let account = Account::new().await;
    account.deploy().await.unwrap();
    let older = backdate(&account, |text| format!("# A comment of an earlier version\n{text}")).await;
    assert_silent(&account).await;
    assert!(older.count(MAIN) > 0 && older.count(BOOTSTRAP) > 0);
    assert_recorded(&account).await;
    assert_changed_as_ever(account).await;
}

#[tokio::test]
async fn row_5_another_order_of_creation_is_proposed_no_more_than_once() {
    fn in_another_order(text: &str) -> String {
        text.replace("\n  WarmerFunction:\n", "\n  WarmerFunction:\n    DependsOn: ApiFunction\n")
    }
    let mut account = Account::new().await;
    account.deploy().await.unwrap();
    let older = backdate(&account, in_another_order).await;
    account.deploy().await.unwrap();
    assert_silent(&account).await;
    assert!(older.count(MAIN) > 0);
    assert_recorded(&account).await;
    // Code alone: the main stack's text is new now, the other's is the one that it had.
    account.change_code();
    account.deploy().await.unwrap();
    assert_recorded(&account).await;
    assert!(!account.deploy().await.unwrap().changed);
    account.proxy.clear();
    assert!(!account.deploy().await.unwrap().changed);
}
