use std::sync::Arc;

use super::*;
use crate::base::clock::SystemClock;
use crate::base::dns::fake::FakeDns;
use crate::ui::{Printer, Verbosity};
use stellarr_testing::{FakeCloud, Fault};

const NAME: &str = "home-prod-app";
const FIRST: &str = r#"{"FEED_TOKEN":"the first feed token"}"#;

/// Changes the feed token on this cloud, and returns what the secret holds then.
async fn changed(cloud: &FakeCloud) -> Result<SecretDocument, CommandError> {
    let (clock, dns, printer) = (SystemClock, Arc::new(FakeDns::default()), Printer::captured(Verbosity::Default));
    let context = Context { cloud, clock: &clock, dns: dns.as_ref(), printer: &printer };
    update(context, NAME, |document| {
        document.set("FEED_TOKEN", "the second feed token".to_owned());
        Ok(())
    })
    .await?;
    read(context, NAME).await
}

fn cloud() -> FakeCloud {
    let cloud = FakeCloud::permissive("eu-west-1");
    cloud.add_secret(NAME, Some(FIRST));
    cloud
}

/// What the API does when somebody signs out everywhere, after the change was made and before it counts.
fn sign_out_between(cloud: &FakeCloud, nth: u64) {
    let sign_out = Fault::before(|cloud: &FakeCloud| {
        let text = cloud.secret(NAME).map(|text| text.0).unwrap_or_default();
        let mut document = SecretDocument::parse(&SecretText(text)).unwrap();
        document.set("NOT_BEFORE", "1800000000".to_owned());
        cloud.set_secret(NAME, &document.to_text().0);
    });
    cloud.inject("secretsmanager:UpdateSecretVersionStage", nth, sign_out);
}

#[tokio::test]
async fn a_change_that_comes_between_is_kept() {
    let cloud = cloud();
    sign_out_between(&cloud, 1);
    let document = changed(&cloud).await.unwrap();
    assert_eq!(document.get("NOT_BEFORE"), Some("1800000000"), "nobody is signed in again");
    assert_eq!(document.get("FEED_TOKEN"), Some("the second feed token"));
    assert_eq!(cloud.count("secretsmanager:PutSecretValue"), 2);
}

#[tokio::test]
async fn a_lost_answer_is_no_second_change() {
    let cloud = cloud();
    cloud.inject("secretsmanager:UpdateSecretVersionStage", 1, Fault::DropAfter);
    changed(&cloud).await.unwrap_err();
    cloud.clear_log();
    assert_eq!(changed(&cloud).await.unwrap().get("FEED_TOKEN"), Some("the second feed token"));
    assert_eq!(cloud.writes(), Vec::<String>::new(), "it is there already");
}

#[tokio::test]
async fn a_value_that_comes_back_counts_again() {
    let cloud = cloud();
    changed(&cloud).await.unwrap();
    cloud.set_secret(NAME, FIRST);
    assert_eq!(changed(&cloud).await.unwrap().get("FEED_TOKEN"), Some("the second feed token"));
}

#[tokio::test]
async fn a_secret_that_never_rests_is_given_up() {
    let cloud = cloud();
    for nth in 1..=u64::from(MAX_ATTEMPTS) {
        sign_out_between(&cloud, nth);
    }
    let error = changed(&cloud).await.unwrap_err();
    assert_eq!((error.kind, error.code), (ExitKind::Busy, Code::SecretContended));
    assert_eq!(
        SecretDocument::parse(&cloud.secret(NAME).unwrap()).unwrap().get("FEED_TOKEN"),
        Some("the first feed token")
    );
}

#[tokio::test]
async fn a_given_key_takes_the_place_of_the_stand_ins_and_of_nothing_else() {
    let cloud = FakeCloud::permissive("eu-west-1");
    cloud.add_secret(NAME, None);
    let (clock, dns, printer) = (SystemClock, Arc::new(FakeDns::default()), Printer::captured(Verbosity::Default));
    let context = Context { cloud: &cloud, clock: &clock, dns: dns.as_ref(), printer: &printer };
    let mut held = Vec::new();
    for given in [None, Some("0123456789abcdef"), None, Some("fedcba9876543210")] {
        let environment = |key: &str| given.filter(|_| key == "TMDB_API_KEY").map(str::to_owned);
        let input = Input::gather(None, environment).unwrap().generating(&[("TMDB_API_KEY", "standin-key")]);
        complete(context, NAME, &input).await.unwrap();
        held.push(read(context, NAME).await.unwrap().get("TMDB_API_KEY").unwrap_or_default().to_owned());
    }
    assert_eq!(held, ["standin-key", "0123456789abcdef", "0123456789abcdef", "0123456789abcdef"]);
}

/// Completes this secret as the sandbox does, where every value that can be made is made.
async fn completed_in_the_sandbox(cloud: &FakeCloud) -> SecretDocument {
    let (clock, dns, printer) = (SystemClock, Arc::new(FakeDns::default()), Printer::captured(Verbosity::Default));
    let context = Context { cloud, clock: &clock, dns: dns.as_ref(), printer: &printer };
    let input = Input::default().generating(&[("TMDB_API_KEY", "standin-key")]);
    complete(context, NAME, &input).await.unwrap();
    read(context, NAME).await.unwrap()
}

#[tokio::test]
async fn a_sandbox_is_private_from_its_first_deploy_and_an_older_one_stays_as_it_is() {
    let cloud = FakeCloud::permissive("eu-west-1");
    cloud.add_secret(NAME, None);
    let first = completed_in_the_sandbox(&cloud).await;
    assert_eq!((first.list_access(), first.is_empty(secret_names::PLEX_WEBHOOK_TOKEN)), (ListAccess::Private, false));
    assert!(!first.is_empty("PRESHARED_PASSWORD"));
    assert_eq!(completed_in_the_sandbox(&cloud).await, first);

    cloud.set_secret(NAME, r#"{"ORIGIN_VERIFY_1":"from an older version"}"#);
    let older = completed_in_the_sandbox(&cloud).await;
    assert_eq!((older.list_access(), older.is_empty(secret_names::PLEX_WEBHOOK_TOKEN)), (ListAccess::Public, true));
    assert!(!older.is_empty("PRESHARED_PASSWORD"), "what the site needs is made all the same");
}
