//! Calls whose effect happened but whose answer was lost: the retry meets its own effect and must know it.

use std::collections::BTreeMap;

use bytes::Bytes;
use stellarr_aws::{
    AwsErrorKind, ChangeSetKind, ChangeSetRequest, Cloud, PutCondition, PutObject, PutOutcome, SecretText,
    TemplateSource,
};

use crate::aws_answers::server::{Reply, Server};
use crate::aws_answers::{connect, shape};

const REGION: &str = "eu-west-1";

fn lock() -> PutObject {
    PutObject {
        key: "deploy/lock.json".to_owned(),
        body: Bytes::from_static(b"{}"),
        content_type: "application/json".to_owned(),
        cache_control: None,
        content_encoding: None,
        metadata: BTreeMap::new(),
        condition: PutCondition::IfAbsent,
    }
}

fn precondition_failed() -> Reply {
    Reply::s3_error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

/// Stores the lock while answers are as given; `whose` marks the object that is found afterwards.
async fn store(first: Reply, whose: impl Fn(&str) -> String) -> (PutOutcome, Server) {
    let server = Server::start([first, precondition_failed()]).await;
    let objects = connect(&server).await.objects();
    let put = tokio::spawn(async move { objects.put("b", lock()).await });
    // The mark of the store is only known from its request.
    let mark = loop {
        if let Some(request) = server.requests().first() {
            break request.headers["x-amz-meta-stellarr-put"].clone();
        }
        tokio::task::yield_now().await;
    };
    server.add(Reply::ok("").header("etag", "\"theirs-or-ours\"").header("x-amz-meta-stellarr-put", &whose(&mark)));
    (put.await.unwrap().unwrap(), server)
}

#[tokio::test]
async fn a_store_that_meets_its_own_object_was_stored() {
    let (outcome, server) = store(Reply::Reset, str::to_owned).await;
    assert_eq!(outcome, PutOutcome::Stored { etag: "\"theirs-or-ours\"".to_owned() });
    let marks: Vec<_> = server
        .requests()
        .iter()
        .filter_map(|request| request.headers.get("x-amz-meta-stellarr-put").cloned())
        .collect();
    assert_eq!((marks.len(), &marks[0]), (2, &marks[1]), "both tries carry one mark");
}

#[tokio::test]
async fn a_store_that_meets_anothers_object_is_refused() {
    let (outcome, _) = store(Reply::Reset, |_| "another".to_owned()).await;
    assert_eq!(outcome, PutOutcome::Refused);
}

#[tokio::test]
async fn a_concurrent_store_is_tried_again() {
    let busy = Reply::s3_error(409, "ConditionalRequestConflict", "A conflicting operation occurred.");
    let server = Server::start([busy, Reply::ok("").header("etag", "\"e\"")]).await;
    let outcome = connect(&server).await.objects().put("b", lock()).await.unwrap();
    assert_eq!(outcome, PutOutcome::Stored { etag: "\"e\"".to_owned() });
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_finds_nothing_and_is_done() {
    let gone = Reply::s3_error(404, "NoSuchKey", "The specified key does not exist.");
    let server = Server::start([Reply::Reset, gone]).await;
    assert!(connect(&server).await.objects().delete_if("b", "k", "\"e\"").await.unwrap());
    assert_eq!(server.requests()[0].headers["if-match"], "\"e\"");
}

#[tokio::test]
async fn a_deletion_that_meets_anothers_object_says_so() {
    let server = Server::start([precondition_failed(), Reply::ok("").header("etag", "\"x\"")]).await;
    assert!(!connect(&server).await.objects().delete_if("b", "k", "\"e\"").await.unwrap());
}

fn request() -> ChangeSetRequest {
    ChangeSetRequest {
        revert_drift: false,
        stack: "films".to_owned(),
        name: "c1".to_owned(),
        kind: ChangeSetKind::Update,
        imports: Vec::new(),
        template: TemplateSource::Previous,
        parameters: BTreeMap::new(),
        tags: BTreeMap::new(),
        token: "t1".to_owned(),
    }
}

#[tokio::test]
async fn a_change_set_that_exists_already_is_ours() {
    let exists = Reply::query_error(400, "AlreadyExistsException", "ChangeSet c1 already exists");
    let server = Server::start([Reply::Reset, exists, Reply::ok(shape::change_set("AVAILABLE"))]).await;
    let id = connect(&server).await.stacks(REGION).create_change_set(&request()).await.unwrap();
    assert_eq!(id, "arn:c1");
    let requests = server.requests();
    assert!(requests[..2].iter().all(|request| request.body.contains("ClientToken=t1")), "{requests:?}");
}

#[tokio::test]
async fn an_execution_that_is_under_way_already_is_ours() {
    let state = Reply::query_error(400, "InvalidChangeSetStatus", "cannot be executed in its current status");
    let server = Server::start([Reply::Reset, state, Reply::ok(shape::change_set("EXECUTE_IN_PROGRESS"))]).await;
    connect(&server).await.stacks(REGION).execute_change_set("films", "c1", "t1").await.unwrap();
}

#[tokio::test]
async fn an_execution_whose_change_set_is_gone_is_known_by_its_token() {
    let gone = || Reply::query_error(404, "ChangeSetNotFound", "ChangeSet [c1] does not exist");
    let events = Reply::ok(shape::events(&["t1", "t0"]));
    let server = Server::start([Reply::Reset, gone(), gone(), events]).await;
    connect(&server).await.stacks(REGION).execute_change_set("films", "c1", "t1").await.unwrap();

    let server = Server::start([gone(), gone(), Reply::ok(shape::events(&["t0"]))]).await;
    let error = connect(&server).await.stacks(REGION).execute_change_set("films", "c1", "t1").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::NotFound, "somebody else removed it");
}

#[tokio::test]
async fn the_newest_event_is_found_on_the_first_page() {
    let page = shape::events(&["t1", "t0"]).replace("</StackEvents>", "</StackEvents><NextToken>older</NextToken>");
    let server = Server::start([Reply::ok(page)]).await;
    let newest = connect(&server).await.stacks(REGION).newest_event("films").await.unwrap().unwrap();
    assert_eq!((newest.id.as_str(), newest.token.as_deref()), ("event-0", Some("t1")));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_secret_is_stored_twice_under_one_token() {
    let stored = Reply::ok("{\"ARN\":\"a\",\"VersionId\":\"v2\"}");
    let server = Server::start([Reply::Reset, stored, Reply::ok("{\"ARN\":\"a\"}")]).await;
    let text = SecretText("very-secret".to_owned());
    let secrets = connect(&server).await.secrets();
    assert!(secrets.replace("films", Some("v1"), &text, "0123456789abcdef0123456789abcdef").await.unwrap());
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[..2].iter().all(|request| request.body.contains("0123456789abcdef0123456789abcdef")));
    let moved: serde_json::Value = serde_json::from_str(&requests[2].body).unwrap();
    assert_eq!((&moved["RemoveFromVersionId"], &moved["MoveToVersionId"]), (&"v1".into(), &"v2".into()));
}

#[tokio::test]
async fn a_secret_that_somebody_else_changed_is_left_to_them() {
    let stored = Reply::ok("{\"ARN\":\"a\",\"VersionId\":\"v3\"}");
    let words = "The staging label AWSCURRENT is currently attached to version v2, not version v1.";
    let server = Server::start([stored, Reply::json_error(400, "InvalidParameterException", words)]).await;
    let text = SecretText("very-secret".to_owned());
    let secrets = connect(&server).await.secrets();
    assert!(!secrets.replace("films", Some("v1"), &text, "0123456789abcdef0123456789abcdef").await.unwrap());
}

#[tokio::test]
async fn an_invalidation_is_asked_for_twice_under_one_reference() {
    let made = "<Invalidation><Id>I1</Id><Status>InProgress</Status><CreateTime>2026-11-21T04:00:00Z</CreateTime>\
                <InvalidationBatch><Paths><Quantity>1</Quantity><Items><Path>/</Path></Items></Paths>\
                <CallerReference>7-ab</CallerReference></InvalidationBatch></Invalidation>";
    let server = Server::start([Reply::Reset, Reply::status(201, made)]).await;
    let answer = connect(&server).await.cdn().invalidate("E1", "7-ab", &["/".to_owned()]).await.unwrap();
    assert_eq!((answer.id.as_str(), answer.status.as_str()), ("I1", "InProgress"));
    assert!(server.requests().iter().all(|request| request.body.contains("<CallerReference>7-ab</CallerReference>")));
}

#[tokio::test]
async fn a_certificate_is_asked_for_twice_under_one_token() {
    let server = Server::start([Reply::Reset, Reply::ok("{\"CertificateArn\":\"arn:c\"}")]).await;
    connect(&server).await.certificates().request("films.example.com", "films-prod/1", &BTreeMap::new()).await.unwrap();
    let bodies: Vec<_> = server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!((bodies.len(), &bodies[0]), (2, &bodies[1]));
}
