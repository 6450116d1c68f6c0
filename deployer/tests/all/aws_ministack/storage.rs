//! S3.

use std::collections::BTreeMap;

use bytes::Bytes;
use stellarr_aws::{AwsCloud, AwsErrorKind, Cloud, PutCondition, PutObject, PutOutcome};

use crate::aws_ministack::emulator::Emulator;

fn object(key: &str, body: &'static str, condition: PutCondition) -> PutObject {
    PutObject {
        key: key.to_owned(),
        body: Bytes::from_static(body.as_bytes()),
        content_type: "text/plain".to_owned(),
        cache_control: Some("max-age=60".to_owned()),
        content_encoding: None,
        metadata: BTreeMap::from([("sha256".to_owned(), "ab".to_owned())]),
        condition,
    }
}

fn etag(outcome: PutOutcome) -> String {
    match outcome {
        PutOutcome::Stored { etag } => etag,
        PutOutcome::Refused => panic!("it should have been stored"),
    }
}

pub(crate) async fn objects_obey_their_conditions(emulator: &Emulator, cloud: &AwsCloud) {
    emulator.make_bucket("plain").await;
    let objects = cloud.objects();
    let first = etag(objects.put("plain", object("a/k", "one", PutCondition::IfAbsent)).await.unwrap());
    let again = objects.put("plain", object("a/k", "two", PutCondition::IfAbsent)).await.unwrap();
    assert_eq!(again, PutOutcome::Refused);
    let wrong = PutCondition::IfMatch("\"00000000000000000000000000000000\"".to_owned());
    assert_eq!(objects.put("plain", object("a/k", "two", wrong)).await.unwrap(), PutOutcome::Refused);
    let absent = PutCondition::IfMatch(first.clone());
    assert_eq!(objects.put("plain", object("absent", "two", absent)).await.unwrap(), PutOutcome::Refused);
    let right = PutCondition::IfMatch(first.clone());
    let second = etag(objects.put("plain", object("a/k", "two", right)).await.unwrap());
    etag(objects.put("plain", object("b", "", PutCondition::Any)).await.unwrap());

    let head = objects.head("plain", "a/k").await.unwrap().unwrap();
    assert_eq!((head.etag.as_str(), head.size), (second.as_str(), 3));
    assert_eq!(head.metadata, BTreeMap::from([("sha256".to_owned(), "ab".to_owned())]), "our own mark is not shown");
    assert_eq!(objects.get("plain", "a/k").await.unwrap().unwrap().body, "two");
    let listed = objects.list("plain", "a/").await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].key.as_str(), listed[0].etag.as_str(), listed[0].size), ("a/k", second.as_str(), 3));
    assert_eq!(objects.list("plain", "").await.unwrap().len(), 2);

    assert!(!objects.delete_if("plain", "a/k", &first).await.unwrap());
    assert!(objects.delete_if("plain", "a/k", &second).await.unwrap());
    assert!(objects.delete_if("plain", "a/k", &second).await.unwrap(), "gone already");
    objects.delete("plain", &["b".to_owned(), "absent".to_owned()]).await.unwrap();
    assert!(objects.list("plain", "").await.unwrap().is_empty());
    objects.delete_bucket("plain").await.unwrap();
    objects.delete_bucket("plain").await.unwrap();
    assert_eq!(objects.list("plain", "").await.unwrap_err().kind, AwsErrorKind::NotFound);
    let error = objects.put("plain", object("k", "", PutCondition::IfAbsent)).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("NoSuchBucket"));
}

pub(crate) async fn versions_go_too(emulator: &Emulator, cloud: &AwsCloud) {
    emulator.make_bucket("versioned").await;
    let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    emulator.send("s3", "PUT", "/versioned?versioning", &[], on).await;
    let objects = cloud.objects();
    for body in ["one", "two"] {
        objects.put("versioned", object("k", body, PutCondition::Any)).await.unwrap();
    }
    objects.delete("versioned", &["k".to_owned()]).await.unwrap();
    assert!(objects.get("versioned", "k").await.unwrap().is_none());
    assert_eq!(objects.delete_bucket("versioned").await.unwrap_err().kind, AwsErrorKind::Conflict);
    assert_eq!(objects.empty("versioned").await.unwrap(), 3, "two versions and a marker");
    objects.delete_bucket("versioned").await.unwrap();
    assert_eq!(objects.empty("versioned").await.unwrap(), 0, "a bucket that is gone is empty");
}
