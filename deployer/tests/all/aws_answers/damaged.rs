//! Answers that are cut off, mangled, or not AWS's at all: a typed error each, never "nothing there" and never success.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rstest::rstest;
use stellarr_aws::{AwsCloud, AwsErrorKind, Cloud, ConnectOptions, PutCondition, PutObject, SdkClock};

use crate::aws_answers::server::{Reply, Server};
use crate::aws_answers::{connect, options, shape};

fn object() -> PutObject {
    PutObject {
        key: "k".to_owned(),
        body: Bytes::from_static(b"hello"),
        content_type: "text/plain".to_owned(),
        cache_control: Some("max-age=60".to_owned()),
        content_encoding: None,
        metadata: BTreeMap::new(),
        condition: PutCondition::Any,
    }
}

#[rstest]
#[case::cut_xml("<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>fi")]
#[case::html("<html><body>Sign in to the hotel's network</body></html>")]
#[case::empty("")]
#[case::no_stack("<DescribeStacksResponse><DescribeStacksResult/></DescribeStacksResponse>")]
#[case::no_status(
    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>films</StackName>\
     <StackId>a</StackId></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
)]
#[tokio::test]
async fn a_mangled_stack_is_not_an_absent_one(#[case] body: &str) {
    let server = Server::start(std::iter::repeat_n(Reply::ok(body), 6)).await;
    let error = connect(&server).await.stacks("eu-west-1").describe("films").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::BadAnswer, "{error:?}");
}

#[tokio::test]
async fn an_absent_stack_is_none() {
    let server =
        Server::start([Reply::query_error(400, "ValidationError", "Stack with id films does not exist")]).await;
    assert_eq!(connect(&server).await.stacks("eu-west-1").describe("films").await.unwrap(), None);
    let server = Server::start([Reply::ok(shape::stack("DELETE_COMPLETE"))]).await;
    assert_eq!(connect(&server).await.stacks("eu-west-1").describe("films").await.unwrap(), None);
}

#[rstest]
#[case("<ListBucketResult/>")]
#[case("<html></html>")]
#[case("")]
#[tokio::test]
async fn a_mangled_listing_is_not_an_empty_bucket(#[case] body: &str) {
    let server = Server::start(std::iter::repeat_n(Reply::ok(body), 6)).await;
    let error = connect(&server).await.objects().list("b", "").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::BadAnswer, "{error:?}");
}

#[tokio::test]
async fn mangled_json_is_a_bad_answer() {
    for body in ["{\"ARN\":", "<html></html>", "{}"] {
        let server = Server::start(std::iter::repeat_n(Reply::ok(body), 6)).await;
        let error = connect(&server).await.secrets().get("films").await.unwrap_err();
        assert_eq!(error.kind, AwsErrorKind::BadAnswer, "{body}: {error:?}");
    }
}

#[tokio::test]
async fn an_object_that_breaks_off_is_fetched_again() {
    let whole = Reply::ok("hello").header("etag", "\"e\"");
    // Without an ETag the head alone would be refused.
    let broken = Reply::Http(200, vec![("etag".to_owned(), "\"e\"".to_owned())], b"hello".to_vec());
    let server = Server::start([Reply::Truncated("hello".repeat(9)), broken]).await;
    let error = connect(&server).await.objects().get("b", "k").await;
    // The truncated answer has no ETag, so it is refused before its body is read.
    assert_eq!(error.unwrap_err().kind, AwsErrorKind::BadAnswer);
    let server = Server::start([whole]).await;
    assert_eq!(connect(&server).await.objects().get("b", "k").await.unwrap().unwrap().body, "hello");
}

#[tokio::test]
async fn an_object_with_another_checksum_is_refused() {
    let wrong = Reply::ok("hello").header("etag", "\"e\"").header(
        "x-amz-checksum-sha256",
        // Of "other".
        "2dkirFbVvLO4KalUvOhRJfYo3dWtU9bXVvn3VBKn9Ic=",
    );
    let server = Server::start(std::iter::repeat_n(wrong, 3)).await;
    let error = connect(&server).await.objects().get("b", "k").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::BadAnswer, "{error:?}");
    server.assert_used_up();
}

#[tokio::test]
async fn a_store_carries_its_checksum_and_checks_what_was_stored() {
    let stored = Reply::ok("").header("etag", "\"e\"");
    let server = Server::start([stored.clone(), stored.header("x-amz-checksum-sha256", "AAAA")]).await;
    let objects = connect(&server).await.objects();
    objects.put("b", object()).await.unwrap();
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.body.as_str()), ("PUT", "hello"));
    assert!(request.path.starts_with("/b/k"), "path style: {}", request.path);
    assert_eq!(request.headers["x-amz-checksum-sha256"], "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
    assert_eq!(request.headers["cache-control"], "max-age=60");
    assert!(request.headers["user-agent"].contains("app/stellarr"), "{}", request.headers["user-agent"]);
    assert_eq!(objects.put("b", object()).await.unwrap_err().kind, AwsErrorKind::BadAnswer);
}

#[tokio::test]
async fn a_store_that_arrived_damaged_is_told_so() {
    let server = Server::start([Reply::s3_error(
        400,
        "BadDigest",
        "The SHA256 you specified did not match the calculated checksum.",
    )])
    .await;
    let error = connect(&server).await.objects().put("b", object()).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (AwsErrorKind::BadAnswer, Some("BadDigest")));
}

#[tokio::test]
async fn a_refused_head_is_explained() {
    let server = Server::start([
        Reply::status(400, ""),
        Reply::s3_error(400, "ExpiredToken", "The provided token has expired."),
    ])
    .await;
    let error = connect(&server).await.objects().head("b", "k").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::ExpiredCredentials, "{error:?}");
    let server = Server::start([Reply::status(404, "")]).await;
    assert_eq!(connect(&server).await.objects().head("b", "k").await.unwrap(), None);
}

/// The time that the server's answers are dated.
const DATE: &str = "Sat, 21 Nov 2026 04:00:00 GMT";
const DATE_SECONDS: u64 = 1_795_233_600;

async fn twenty_minutes_late(server: &Server) -> AwsCloud {
    let clock = SdkClock::from_fn(|| SystemTime::UNIX_EPOCH + Duration::from_secs(DATE_SECONDS - 20 * 60));
    AwsCloud::connect(ConnectOptions { clock, ..options(server) }).await.unwrap()
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_by_the_servers_date() {
    let skewed = Reply::s3_error(403, "RequestTimeTooSkewed", "The difference is too large.").header("date", DATE);
    let server = Server::start([skewed, Reply::ok(shape::LISTING).header("date", DATE)]).await;
    twenty_minutes_late(&server).await.objects().list("b", "").await.unwrap();
    let dates: Vec<_> = server.requests().iter().map(|request| request.headers["x-amz-date"].clone()).collect();
    assert_eq!(dates, ["20261121T034000Z", "20261121T040000Z"]);
}

#[tokio::test]
async fn a_clock_that_stays_wrong_is_told_with_its_minutes() {
    let skewed =
        Reply::query_error(403, "SignatureDoesNotMatch", "Signature expired: is now earlier").header("date", DATE);
    let server = Server::start(std::iter::repeat_n(skewed, 9)).await;
    let error = twenty_minutes_late(&server).await.identity().caller().await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::ClockSkew);
    assert!(error.message.contains("this computer's clock is 20 minutes behind AWS's"), "{}", error.message);
}

#[tokio::test]
async fn answers_without_their_content_are_refused_by_every_service() {
    let answer = |body: &'static str| std::iter::repeat_n(Reply::ok(body), 6);
    let server = Server::start(answer("<ListHostedZonesResponse/>")).await;
    assert_eq!(connect(&server).await.zones().list().await.unwrap_err().kind, AwsErrorKind::BadAnswer);
    let server = Server::start(answer("<DistributionList/>")).await;
    let error = connect(&server).await.cdn().distribution_of("films.example.com").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::BadAnswer);
    let server = Server::start(answer("<Distribution/>")).await;
    assert_eq!(connect(&server).await.cdn().distribution("E1").await.unwrap_err().kind, AwsErrorKind::BadAnswer);
    let server = Server::start(answer("<Invalidation/>")).await;
    assert_eq!(connect(&server).await.cdn().invalidation("E1", "I1").await.unwrap_err().kind, AwsErrorKind::BadAnswer);
    let server = Server::start(answer("{}")).await;
    assert_eq!(connect(&server).await.functions().describe("f").await.unwrap_err().kind, AwsErrorKind::BadAnswer);
    let server = Server::start(answer("{}")).await;
    let error = connect(&server).await.certificates().find("films.example.com").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::BadAnswer);
    let server = Server::start(answer("<GetCallerIdentityResponse/>")).await;
    assert_eq!(connect(&server).await.identity().caller().await.unwrap_err().kind, AwsErrorKind::BadAnswer);
}
