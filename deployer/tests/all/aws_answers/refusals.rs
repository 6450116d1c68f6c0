//! What CloudFormation says of a change set that did not pass its checks, and of buckets without tags.

use stellarr_aws::{ChangeSetProblem, Cloud};

use crate::aws_answers::connect;
use crate::aws_answers::server::{Reply, Server};

const REGION: &str = "eu-west-1";

fn events(members: &str) -> Reply {
    Reply::ok(format!(
        "<DescribeEventsResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeEventsResult>\
         <OperationEvents>{members}</OperationEvents></DescribeEventsResult></DescribeEventsResponse>"
    ))
}

#[tokio::test]
async fn each_thing_that_did_not_pass_is_told_and_warnings_are_not() {
    let validation = |id: &str, mode: &str, reason: &str| {
        format!(
            "<member><EventId>e-{id}</EventId><EventType>VALIDATION_ERROR</EventType><LogicalResourceId>{id}\
             </LogicalResourceId><PhysicalResourceId></PhysicalResourceId><ResourceType>AWS::Logs::LogGroup</ResourceType>\
             <Timestamp>2026-11-21T04:00:00Z</Timestamp><ValidationFailureMode>{mode}</ValidationFailureMode>\
             <ValidationName>NAME_CONFLICT_VALIDATION</ValidationName><ValidationStatus>FAILED</ValidationStatus>\
             <ValidationStatusReason>{reason}</ValidationStatusReason>\
             <ValidationPath>/Resources/{id}</ValidationPath></member>"
        )
    };
    let whole = "<member><EventId>e</EventId><EventType>STACK_EVENT</EventType>\
                 <OperationStatus>FAILED</OperationStatus></member>";
    let members =
        [whole, &validation("ApiLog", "FAIL", "it already exists"), &validation("Site", "WARN", "beware")].concat();
    let server = Server::start([events(&members)]).await;
    let stacks = connect(&server).await.stacks(REGION);
    let problems = stacks.change_set_problems("films", "arn:aws:cloudformation:x:1:changeSet/c1/1").await.unwrap();
    let problem = ChangeSetProblem {
        logical_id: "ApiLog".to_owned(),
        resource_type: "AWS::Logs::LogGroup".to_owned(),
        path: Some("/Resources/ApiLog".to_owned()),
        reason: "it already exists".to_owned(),
    };
    assert_eq!(problems, [problem]);
    let body = server.requests()[0].body.clone();
    assert!(body.contains("Filters.FailedEvents=true"), "{body}");
}

#[tokio::test]
async fn a_bucket_without_tags_has_none() {
    let tagging = "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>stellarr:deployment</Key>\
                   <Value>home-prod</Value></Tag></TagSet></Tagging>";
    let none = Reply::s3_error(404, "NoSuchTagSet", "The TagSet does not exist");
    let server = Server::start([Reply::ok(tagging), none]).await;
    let objects = connect(&server).await.objects();
    assert_eq!(objects.bucket_tags("b").await.unwrap()["stellarr:deployment"], "home-prod");
    assert!(objects.bucket_tags("b").await.unwrap().is_empty());
}
