//! The services beside CloudFormation, and faults on demand.

use std::sync::Arc;

use super::*;
use stellarr_aws::{ListedCertificate, PutOutcome, SecretText};

#[tokio::test]
async fn conditions_guard_stores_and_deletions() {
    let cloud = FakeCloud::permissive(REGION);
    cloud.add_bucket("b");
    let objects = cloud.objects();
    let PutOutcome::Stored { etag } = objects.put("b", object("k", "1", PutCondition::IfAbsent)).await.unwrap() else {
        unreachable!("the key was free")
    };
    assert_eq!(objects.put("b", object("k", "2", PutCondition::IfAbsent)).await.unwrap(), PutOutcome::Refused);
    let wrong = PutCondition::IfMatch("\"0\"".to_owned());
    assert_eq!(objects.put("b", object("k", "2", wrong)).await.unwrap(), PutOutcome::Refused);
    let right = PutCondition::IfMatch(etag.clone());
    assert!(matches!(objects.put("b", object("k", "2", right)).await.unwrap(), PutOutcome::Stored { .. }));
    assert!(!objects.delete_if("b", "k", &etag).await.unwrap());
    let now = objects.head("b", "k").await.unwrap().unwrap().etag;
    assert!(objects.delete_if("b", "k", &now).await.unwrap());
    assert!(objects.get("b", "k").await.unwrap().is_none());
    assert_eq!(objects.empty("b").await.unwrap(), 3, "two versions and a marker");
    assert_eq!(objects.list("absent", "").await.unwrap_err().code.as_deref(), Some("NoSuchBucket"));
}

#[tokio::test]
async fn one_reference_means_one_set_of_paths() {
    let cloud = FakeCloud::permissive(REGION);
    cloud.add_distribution("E1", &["films.example.com"]);
    let cdn = cloud.cdn();
    let paths = ["/index.html".to_owned(), "/a".to_owned()];
    let first = cdn.invalidate("E1", "r1", &paths).await.unwrap();
    assert_eq!(cdn.invalidate("E1", "r1", &paths).await.unwrap(), first);
    let error = cdn.invalidate("E1", "r1", &["/*".to_owned()]).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("InvalidationBatchAlreadyExists"));
    assert_eq!(cdn.invalidate("E1", "r2", &["a b".to_owned()]).await.unwrap_err().kind, AwsErrorKind::Validation);
    assert_eq!(cdn.invalidation("E1", &first.id).await.unwrap().status, "InProgress");
    assert_eq!(cdn.invalidation("E1", &first.id).await.unwrap().status, "Completed");
    assert_eq!(cdn.distribution_of("films.example.com").await.unwrap().unwrap().id, "E1");
    assert_eq!(cloud.invalidations().len(), 1);
}

#[tokio::test]
async fn one_token_stores_one_text() {
    let cloud = FakeCloud::permissive(REGION);
    let arn = cloud.add_secret("films-prod-app", None);
    let secrets = cloud.secrets();
    assert_eq!(secrets.arn("films-prod-app").await.unwrap().as_deref(), Some(&*arn));
    assert_eq!(secrets.get(&arn).await.unwrap(), None);
    let token = "0123456789abcdef0123456789abcdef";
    let text = SecretText("{}".to_owned());
    assert!(secrets.replace(&arn, None, &text, token).await.unwrap());
    assert!(secrets.replace(&arn, None, &text, token).await.unwrap());
    let other = secrets.replace(&arn, None, &SecretText("other".to_owned()), token).await.unwrap_err();
    assert_eq!(other.kind, AwsErrorKind::AlreadyExists);
    assert_eq!(secrets.get("films-prod-app").await.unwrap().unwrap().text, text);
    let next = "f".repeat(32);
    assert!(!secrets.replace(&arn, Some("another"), &SecretText("late".to_owned()), &next).await.unwrap());
    assert_eq!(cloud.secret(&arn), Some(text));
    assert!(secrets.replace(&arn, Some(token), &SecretText("late".to_owned()), &next).await.unwrap());
    assert_eq!(cloud.secret(&arn), Some(SecretText("late".to_owned())));
    secrets.delete(&arn, 7).await.unwrap();
    assert_eq!(secrets.get(&arn).await.unwrap_err().kind, AwsErrorKind::Conflict);
}

#[tokio::test]
async fn a_certificate_asked_for_twice_is_one() {
    let cloud = FakeCloud::permissive(REGION);
    let certificates = cloud.certificates();
    let arn = certificates.request("films.example.com", "t", &BTreeMap::new()).await.unwrap();
    assert_eq!(certificates.request("films.example.com", "t", &BTreeMap::new()).await.unwrap(), arn);
    assert_eq!(certificates.describe(&arn).await.unwrap().status, "PENDING_VALIDATION");
    cloud.issue_certificate("films.example.com");
    assert_eq!(certificates.describe(&arn).await.unwrap().status, "ISSUED");
    let listed = certificates.find("films.example.com").await.unwrap();
    assert_eq!(listed, [ListedCertificate { arn, issued: true }]);
}

#[tokio::test]
#[should_panic(expected = "the test did not allow the call `s3:PutObject b/k`")]
async fn a_strict_cloud_panics_on_what_was_not_allowed() {
    let cloud = FakeCloud::strict(REGION);
    cloud.allow(&["s3:HeadObject"]).add_bucket("b");
    cloud.objects().head("b", "k").await.unwrap();
    let _ = cloud.objects().put("b", object("k", "1", PutCondition::Any)).await;
}

#[tokio::test]
async fn faults_meet_the_call_that_they_are_meant_for() {
    let cloud = FakeCloud::permissive(REGION);
    cloud.add_bucket("b").inject("s3:PutObject", 2, Fault::Fail(AwsErrorKind::Throttled));
    cloud.inject("s3:PutObject", 3, Fault::DropAfter);
    let objects = cloud.objects();
    objects.put("b", object("1", "", PutCondition::Any)).await.unwrap();
    let error = objects.put("b", object("2", "", PutCondition::Any)).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Throttled);
    let error = objects.put("b", object("3", "", PutCondition::Any)).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Network);
    assert_eq!(cloud.keys("b"), ["1", "3"]);
    assert_eq!(cloud.fired(), ["s3:PutObject: Fail(Throttled)", "s3:PutObject: DropAfter"]);
}

#[tokio::test]
async fn somebody_else_may_come_first() {
    let cloud = FakeCloud::permissive(REGION);
    let theirs = |cloud: &FakeCloud| {
        cloud.store("b", "lock", "theirs");
    };
    cloud.add_bucket("b").inject("s3:PutObject", 1, Fault::before(theirs));
    let outcome = cloud.objects().put("b", object("lock", "ours", PutCondition::IfAbsent)).await.unwrap();
    assert_eq!(outcome, PutOutcome::Refused);
    assert_eq!(cloud.stored("b", "lock").unwrap(), "theirs");
}

#[tokio::test]
async fn a_dead_process_does_nothing_more() {
    let cloud = FakeCloud::permissive(REGION);
    cloud.add_bucket("b").crash_before_write(2);
    let objects = Arc::clone(&cloud.objects());
    for key in ["1", "2", "3"] {
        let _ = objects.put("b", object(key, "", PutCondition::Any)).await;
    }
    assert!(objects.head("b", "1").await.is_err(), "reads fail too");
    assert_eq!(cloud.keys("b"), ["1"]);
    assert!(cloud.revive());
    objects.put("b", object("2", "", PutCondition::Any)).await.unwrap();
    assert_eq!(cloud.writes(), ["s3:PutObject b/1", "s3:PutObject b/2"]);
}
