//! The smaller services.

use std::collections::BTreeMap;

use bytes::Bytes;
use stellarr_aws::{AwsCloud, AwsErrorKind, Cloud, RecordAlias, RecordSet, SecretText};

use crate::aws_ministack::emulator::Emulator;
use crate::aws_ministack::stacks;

pub(crate) async fn the_caller_is_known(cloud: &AwsCloud) {
    let caller = cloud.identity().caller().await.unwrap();
    assert_eq!(caller.account.len(), 12, "{caller:?}");
    assert!(caller.arn.starts_with("arn:aws:"), "{caller:?}");
}

pub(crate) async fn secrets_keep_their_text(emulator: &Emulator, cloud: &AwsCloud) {
    let secrets = cloud.secrets();
    assert_eq!(secrets.arn("films-app").await.unwrap(), None);
    let make = [("x-amz-target", "secretsmanager.CreateSecret"), ("content-type", "application/x-amz-json-1.1")];
    emulator.send("secretsmanager", "POST", "/", &make, "{\"Name\":\"films-app\"}").await;
    let arn = secrets.arn("films-app").await.unwrap().unwrap();
    assert_eq!(secrets.get(&arn).await.unwrap(), None, "no version was stored yet");
    let text = SecretText("{\"A\":\"1\"}".to_owned());
    let token = "0123456789abcdef0123456789abcdef";
    assert!(secrets.replace(&arn, None, &text, token).await.unwrap());
    assert!(secrets.replace(&arn, None, &text, token).await.unwrap());
    let first = secrets.get("films-app").await.unwrap().unwrap();
    assert_eq!(first.text, text);
    let later = |text: &str| SecretText(format!("{{\"A\":\"{text}\"}}"));
    assert!(secrets.replace(&arn, Some(&first.id), &later("2"), "11111111111111111111111111111111").await.unwrap());
    let lost = secrets.replace(&arn, Some(&first.id), &later("3"), "22222222222222222222222222222222").await.unwrap();
    assert!(!lost, "another version is current by now");
    assert_eq!(secrets.get(&arn).await.unwrap().unwrap().text, later("2"));
    secrets.delete(&arn, 7).await.unwrap();
    assert_eq!(secrets.get(&arn).await.unwrap_err().kind, AwsErrorKind::Conflict);
    secrets.delete(&arn, 0).await.unwrap();
    secrets.delete(&arn, 0).await.unwrap();
    assert_eq!(secrets.get(&arn).await.unwrap_err().kind, AwsErrorKind::NotFound);
}

pub(crate) async fn a_distribution_is_invalidated(cloud: &AwsCloud) {
    let outputs = stacks::create(cloud, "cdn", stacks::DISTRIBUTION).await;
    let cdn = cloud.cdn();
    let id = &outputs["DistributionId"];
    let found = cdn.distribution(id).await.unwrap().unwrap();
    assert_eq!((&found.id, found.aliases.as_slice()), (id, ["films.example.com".to_owned()].as_slice()));
    assert_eq!(cdn.distribution_of("FILMS.example.com").await.unwrap().map(|one| one.id).as_ref(), Some(id));
    assert_eq!(cdn.distribution_of("other.example.com").await.unwrap(), None);
    let paths = ["/".to_owned(), "/index.html".to_owned()];
    let first = cdn.invalidate(id, "1-ab", &paths).await.unwrap();
    assert_eq!(cdn.invalidate(id, "1-ab", &paths).await.unwrap().id, first.id);
    let error = cdn.invalidate(id, "1-ab", &["/*".to_owned()]).await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::AlreadyExists, "{error:?}");
    assert_eq!(cdn.invalidation(id, &first.id).await.unwrap().id, first.id);
}

pub(crate) async fn a_function_is_invoked(cloud: &AwsCloud) {
    stacks::create(cloud, "functions", stacks::FUNCTION).await;
    let functions = cloud.functions();
    let state = functions.describe("films-warmer").await.unwrap().unwrap();
    assert_eq!((state.code_sha256.len(), state.state.as_str()), (44, "Active"), "{state:?}");
    let answer = functions.invoke("films-warmer", Bytes::from_static(b"{\"name\":\"you\"}")).await.unwrap();
    let payload: serde_json::Value = serde_json::from_slice(&answer.payload).unwrap();
    assert_eq!((&payload["hello"], &answer.function_error), (&"you".into(), &None), "{answer:?}");
    assert!(answer.log_tail.as_deref().is_some_and(|log| log.contains("for you")), "{answer:?}");
    let answer = functions.invoke("films-warmer", Bytes::from_static(b"{\"name\":\"nobody\"}")).await.unwrap();
    assert_eq!(answer.function_error.as_deref(), Some("Unhandled"), "{answer:?}");
    assert!(String::from_utf8_lossy(&answer.payload).contains("nobody is there"), "{answer:?}");
}

pub(crate) async fn zones_are_listed(emulator: &Emulator, cloud: &AwsCloud) {
    let body = "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>example.com</Name>\
                <CallerReference>r</CallerReference></CreateHostedZoneRequest>";
    emulator.send("route53", "POST", "/2013-04-01/hostedzone", &[], body).await;
    let zones = cloud.zones().list().await.unwrap();
    assert_eq!(zones.len(), 1);
    assert_eq!((zones[0].name.as_str(), zones[0].private), ("example.com", false));
    assert!(zones[0].id.starts_with('Z'), "{zones:?}");
}

/// Replacing the records of a domain, and entering the old ones again: neither may lose or change one.
pub(crate) async fn row_42_records_are_read_and_exchanged(cloud: &AwsCloud) {
    let zones = cloud.zones();
    let zone = zones.list().await.unwrap().remove(0).id;
    let record = |kind: &str, value: &str| RecordSet {
        name: "films.example.com".to_owned(),
        kind: kind.to_owned(),
        ttl: Some(300),
        values: vec![value.to_owned()],
        alias: None,
        routed: false,
    };
    let old = [record("A", "192.0.2.1"), record("AAAA", "2001:db8::1")];
    zones.change_records(&zone, &[], &old).await.unwrap();
    let neighbor = RecordSet { name: "films2.example.com".to_owned(), ..record("A", "192.0.2.2") };
    zones.change_records(&zone, &[], std::slice::from_ref(&neighbor)).await.unwrap();
    assert_eq!(zones.records(&zone, "films.example.com").await.unwrap(), old);

    let alias = RecordAlias {
        zone: "Z2FDTNDATAQYW2".to_owned(),
        target: "d1.cloudfront.net".to_owned(),
        evaluates_health: false,
    };
    let new = RecordSet { ttl: None, values: Vec::new(), alias: Some(alias), ..old[0].clone() };
    zones.change_records(&zone, &old, std::slice::from_ref(&new)).await.unwrap();
    assert_eq!(zones.records(&zone, "films.example.com").await.unwrap(), std::slice::from_ref(&new));
    zones.change_records(&zone, &[new], &old).await.unwrap();
    assert_eq!(zones.records(&zone, "films.example.com").await.unwrap(), old);
    assert_eq!(zones.records(&zone, "films2.example.com").await.unwrap(), [neighbor]);
    // One of another value is another record: nothing is deleted by its name alone.
    assert!(zones.change_records(&zone, &[record("A", "192.0.2.9")], &[]).await.is_err());
    assert_eq!(zones.records(&zone, "films.example.com").await.unwrap(), old);
}

pub(crate) async fn certificates_are_found_again(cloud: &AwsCloud) {
    let certificates = cloud.certificates();
    assert!(certificates.find("films.example.com").await.unwrap().is_empty());
    // The emulator does not heed the token, so it is asked only once.
    let tags = BTreeMap::from([("stellarr:deployment".to_owned(), "films-prod".to_owned())]);
    let arn = certificates.request("films.example.com", "films-prod", &tags).await.unwrap();
    assert!(arn.starts_with("arn:aws:acm:us-east-1:"), "{arn}");
    let found = certificates.describe(&arn).await.unwrap();
    assert!(found.record_name.is_some() && found.record_value.is_some(), "{found:?}");
    let listed = certificates.find("films.example.com").await.unwrap();
    assert_eq!(listed.into_iter().map(|one| one.arn).collect::<Vec<_>>(), [arn.as_str()]);
    assert_eq!(certificates.tags(&arn).await.unwrap(), tags);
}

pub(crate) async fn absent_things_are_none(cloud: &AwsCloud) {
    assert_eq!(cloud.cdn().distribution("EABSENT").await.unwrap(), None);
    assert_eq!(cloud.functions().describe("absent").await.unwrap(), None);
    let error = cloud.functions().invoke("absent", Bytes::new()).await.unwrap_err();
    assert_eq!((error.kind, error.operation.as_str()), (AwsErrorKind::NotFound, "lambda:InvokeFunction"));
    assert_eq!(cloud.stacks("us-east-1").template("absent").await.unwrap(), None);
}
