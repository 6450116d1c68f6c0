//! CloudFormation's reads are late: what they report is from before the write.

use crate::real_aws::account::{Account, BOOTSTRAP, MAIN, assert_same, undistorted};
use crate::real_aws::call::Call;
use crate::real_aws::rules::{Hit, Rule};

const READ: &str = "cloudformation:DescribeStacks";
const EXECUTE: &str = "cloudformation:ExecuteChangeSet";
const EVENTS: &str = "cloudformation:DescribeStackEvents";
const DELETE: &str = "cloudformation:DeleteStack";

fn asks_by_id(call: &Call) -> bool {
    call.parameter("StackName").is_some_and(|stack| stack.starts_with("arn:"))
}

/// What a hit saw when it looked at a stack first.
fn seen(hit: &Hit) -> String {
    hit.first.as_ref().unwrap().text()
}

/// The proxy answers three reads as before the execution: the first three, or one of them after a read that showed progress.
#[tokio::test]
async fn row_1_a_first_creation_outlasts_reads_from_before_it() {
    for numbers in [[1, 2, 3], [1, 2, 4]] {
        let account = Account::new().await;
        let stale = account.proxy.distort(Rule::stale(READ, Call::describe_stack, EXECUTE, numbers));
        let progress = Rule::rewrite(READ, |_, answer| {
            answer.rewrite_between("<StackStatus>", "</StackStatus>", |_| "CREATE_IN_PROGRESS".to_owned());
        });
        account.proxy.distort(progress.after(EXECUTE, (1..4).filter(|number| !numbers.contains(number))));
        account.deploy().await.unwrap();
        for stack in [BOOTSTRAP, MAIN] {
            assert_eq!(stale.count(stack), 3, "{stack}");
        }
        assert!(stale.hits().iter().all(|hit| asks_by_id(&hit.call)), "the name may be another stack's");
        assert_same(&account.state().await, &undistorted().await.first);
        account.proxy.clear();
        assert!(!account.deploy().await.unwrap().changed);
        assert_same(&account.state().await, &undistorted().await.first);
    }
}

#[tokio::test]
async fn row_2_an_update_outlasts_reads_from_before_it() {
    let mut account = Account::new().await;
    account.deploy().await.unwrap();
    account.change();
    // The first update begins from CREATE_COMPLETE, the second from the status that it also ends with.
    for round in 1..=2 {
        let stale = account.proxy.distort(Rule::stale(READ, Call::describe_stack, EXECUTE, [1, 2, 3]));
        let publishes =
            |call: &Call| ["/index.html", "/releases/current.json"].iter().any(|end| call.uri.path().ends_with(end));
        let published = account.proxy.distort(Rule::precede("s3:PutObject", |call| call.look_at(MAIN)).only(publishes));
        let outcome = account.deploy().await.unwrap();
        assert_eq!(stale.count(MAIN), 3, "round {round}");
        assert_eq!(outcome.outputs, account.outputs().await, "the outputs are those of after the update");
        assert!(outcome.outputs.contains_key("AlarmTopicArn"));
        assert!(!published.hits().is_empty());
        for hit in published.hits() {
            assert!(seen(&hit).contains("<StackStatus>UPDATE_COMPLETE<"), "{}", seen(&hit));
            let reads = stale.hits();
            assert!(reads.iter().filter(|read| read.call.subject() == MAIN).all(|read| read.place < hit.place));
        }
        account.proxy.clear();
        assert!(!account.deploy().await.unwrap().changed, "round {round}");
        if round == 1 {
            assert_same(&account.state().await, &undistorted().await.changed);
        }
        account.change_code();
    }
}

#[tokio::test]
async fn row_3_a_deletion_outlasts_reads_from_before_it() {
    let account = Account::new().await;
    account.deploy().await.unwrap();
    let main = account.stack_id(MAIN).await;
    let stale = account.proxy.distort(Rule::stale(READ, Call::describe_stack, DELETE, [1, 2]));
    // Events are as late: else they would tell of the end before the second read.
    let events = account.proxy.distort(Rule::stale(EVENTS, Call::stack_events, DELETE, [1, 2]));
    let next = Rule::precede(DELETE, move |call| call.look_at(&main)).only(|call| call.subject() == BOOTSTRAP);
    let next = account.proxy.distort(next);
    let printed = account.destroy().await.unwrap();
    assert!(printed.trim_end().lines().last().unwrap().contains("everything is gone"), "{printed}");
    for late in [stale, events] {
        assert_eq!((late.count(MAIN), late.count(BOOTSTRAP)), (2, 2));
    }
    assert!(seen(&next.hits()[0]).contains("<StackStatus>DELETE_COMPLETE<"), "{}", seen(&next.hits()[0]));
    account.proxy.clear();
    assert_same(&account.state().await, &undistorted().await.destroyed);
    assert!(account.destroy().await.unwrap().contains("there is nothing to delete"));
    // And it can be deployed again.
    account.deploy().await.unwrap();
    assert_same(&account.state().await, &undistorted().await.first);
}

/// Asked by its name, CloudFormation describes a stack that was made meanwhile under it.
#[tokio::test]
async fn row_3_a_deletion_is_not_taken_for_its_namesake() {
    let account = Account::new().await;
    account.deploy().await.unwrap();
    let main = account.stack_id(MAIN).await;
    let namesake = Rule::rewrite(READ, |call, answer| {
        let (name, id) = (call.subject(), format!("arn:aws:cloudformation:eu-west-1:1:stack/{}/other", call.subject()));
        answer.status = http::StatusCode::OK;
        answer.set_text(format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>{name}</StackName>\
             <StackId>{id}</StackId><StackStatus>CREATE_COMPLETE</StackStatus>\
             <CreationTime>2026-11-21T00:00:00Z</CreationTime></member></Stacks></DescribeStacksResult>\
             <ResponseMetadata><RequestId>R1</RequestId></ResponseMetadata></DescribeStacksResponse>"
        ));
    });
    let namesake = namesake.after(DELETE, 1..=99).only(|call| !asks_by_id(call));
    let namesake = account.proxy.distort(namesake);
    let late = Rule::stale(READ, Call::describe_stack, DELETE, [1, 2]).only(asks_by_id);
    let late = account.proxy.distort(late);
    account.proxy.distort(Rule::stale(EVENTS, Call::stack_events, DELETE, [1, 2]));
    let next = Rule::precede(DELETE, move |call| call.look_at(&main)).only(|call| call.subject() == BOOTSTRAP);
    let next = account.proxy.distort(next);
    let printed = account.destroy().await.unwrap();
    assert!(printed.contains("everything is gone"), "{printed}");
    assert_eq!((late.count(MAIN), late.count(BOOTSTRAP)), (2, 2), "a read by id shows when a stack is gone");
    assert!(seen(&next.hits()[0]).contains("<StackStatus>DELETE_COMPLETE<"), "{}", seen(&next.hits()[0]));
    // The name was taken all the while.
    let found =
        stellarr_aws::Cloud::stacks(account.cloud.as_ref(), crate::real_aws::REGION).describe(MAIN).await.unwrap();
    assert!(found.unwrap().id.ends_with("/other") && namesake.count(MAIN) > 0);
    account.proxy.clear();
    assert_same(&account.state().await, &undistorted().await.destroyed);
    assert!(account.destroy().await.unwrap().contains("there is nothing to delete"));
}
