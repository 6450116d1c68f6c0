//! Failures that pass: throttling, server faults, broken and silent connections.

use bytes::Bytes;
use rstest::rstest;
use stellarr_aws::{AwsError, AwsErrorKind, Cloud};

use crate::aws_answers::server::{Reply, Server};
use crate::aws_answers::{connect, shape};

/// The services, each with a read whose answer is given.
const SERVICES: [&str; 8] = ["sts", "cloudformation", "s3", "secretsmanager", "lambda", "cloudfront", "route53", "acm"];

fn throttled(service: &str) -> Reply {
    match service {
        "s3" => Reply::s3_error(503, "SlowDown", "Please reduce your request rate."),
        "secretsmanager" | "acm" => Reply::json_error(400, "ThrottlingException", "Rate exceeded"),
        "lambda" => Reply::json_error(429, "TooManyRequestsException", "Rate Exceeded."),
        _ => Reply::query_error(400, "Throttling", "Rate exceeded"),
    }
}

fn good(service: &str) -> Reply {
    match service {
        "sts" => Reply::ok(shape::CALLER),
        "cloudformation" => Reply::ok(shape::stack("CREATE_COMPLETE")),
        "s3" => Reply::ok(shape::LISTING),
        "secretsmanager" => Reply::ok(r#"{"ARN":"arn:secret","VersionId":"v1","SecretString":"{}"}"#),
        "lambda" => Reply::ok(shape::FUNCTION),
        "cloudfront" => Reply::ok(shape::DISTRIBUTION),
        "route53" => Reply::ok(shape::ZONES),
        _ => Reply::ok(r#"{"CertificateSummaryList":[]}"#),
    }
}

async fn read(cloud: &dyn Cloud, service: &str) -> Result<(), AwsError> {
    match service {
        "sts" => cloud.identity().caller().await.map(drop),
        "cloudformation" => cloud.stacks("eu-west-1").describe("films").await.map(|found| drop(found.unwrap())),
        "s3" => cloud.objects().list("b", "").await.map(drop),
        "secretsmanager" => cloud.secrets().get("films").await.map(|found| drop(found.unwrap())),
        "lambda" => cloud.functions().describe("films").await.map(|found| drop(found.unwrap())),
        "cloudfront" => cloud.cdn().distribution("E1").await.map(|found| drop(found.unwrap())),
        "route53" => cloud.zones().list().await.map(drop),
        _ => cloud.certificates().find("films.example.com").await.map(drop),
    }
}

#[tokio::test]
async fn four_throttled_tries_are_survived_by_every_service() {
    for service in SERVICES {
        let server = Server::start(std::iter::repeat_n(throttled(service), 4)).await;
        server.add(good(service));
        read(&connect(&server).await, service).await.unwrap_or_else(|error| panic!("{service}: {error:?}"));
        assert_eq!(server.requests().len(), 5, "{service}");
    }
}

#[tokio::test]
async fn throttling_that_does_not_end_is_told_after_six_tries() {
    for service in SERVICES {
        let server = Server::start(std::iter::repeat_n(throttled(service), 9)).await;
        let error = read(&connect(&server).await, service).await.unwrap_err();
        assert_eq!(error.kind, AwsErrorKind::Throttled, "{service}: {error:?}");
        assert_eq!(server.requests().len(), 6, "{service}");
    }
}

#[rstest]
#[case::fault(Reply::status(500, ""))]
#[case::unavailable(Reply::status(503, "<html>busy</html>"))]
#[case::reset(Reply::Reset)]
#[case::hang(Reply::Hang)]
#[tokio::test]
async fn one_bad_try_is_survived_by_every_service(#[case] bad: Reply) {
    for service in SERVICES {
        let server = Server::start([bad.clone(), good(service)]).await;
        read(&connect(&server).await, service).await.unwrap_or_else(|error| panic!("{service}: {error:?}"));
        assert_eq!(server.requests().len(), 2, "{service}");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_the_network() {
    let server = Server::start(std::iter::repeat_n(Reply::Reset, 9)).await;
    let error = connect(&server).await.identity().caller().await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Network, "{error:?}");
}

#[tokio::test]
async fn nobody_there_is_the_network() {
    let server = Server::start([]).await;
    let cloud = connect(&server).await;
    drop(server);
    let error = cloud.identity().caller().await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Network, "{error:?}");
}

#[tokio::test]
async fn an_invocation_waits_as_long_as_its_function_may_run() {
    // The first answer is the function's configuration; without it the longest time is allowed.
    let invoked = Reply::ok("{\"success\":true}").header("x-amz-function-error", "Unhandled");
    let invoked = invoked.header("x-amz-log-result", "bGFzdCB3b3Jkcw==");
    let server = Server::start([Reply::ok(shape::FUNCTION), invoked]).await;
    let answer = connect(&server).await.functions().invoke("films", Bytes::from_static(b"{}")).await.unwrap();
    assert_eq!(answer.payload, "{\"success\":true}");
    assert_eq!(answer.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(answer.log_tail.as_deref(), Some("last words"));
    let requests = server.requests();
    assert_eq!((requests[1].method.as_str(), requests[1].body.as_str()), ("POST", "{}"));
    assert_eq!(requests[1].headers["x-amz-log-type"], "Tail");
}
