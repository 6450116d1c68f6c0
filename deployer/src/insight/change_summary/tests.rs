//! Summaries of made-up differences.

use super::*;
use crate::config::StackKind;
use crate::insight::differences::{FunctionDifference, StackDifference};
use crate::stacks::apply::{Review, Risk};
use crate::stacks::render::{RenderOptions, render};
use stellarr_aws::ResourceChange;

fn change(action: &str, id: &str, kind: &str, replacement: Option<&str>, policy: Option<&str>) -> ResourceChange {
    ResourceChange {
        action: action.to_owned(),
        logical_id: id.to_owned(),
        physical_id: None,
        resource_type: kind.to_owned(),
        replacement: replacement.map(str::to_owned),
        policy_action: policy.map(str::to_owned),
        properties: vec!["Properties.MemorySize".to_owned(), "Properties.Environment.Variables.X".to_owned()],
    }
}

fn stack(action: &'static str, before: Option<String>, after: Option<String>) -> StackDifference {
    StackDifference {
        stack: "home-prod".to_owned(),
        action,
        added: Vec::new(),
        modified: Vec::new(),
        removed: Vec::new(),
        parameters: Vec::new(),
        tags: false,
        protection: false,
        review: None,
        before,
        after,
    }
}

fn main_template(config: &Config) -> String {
    render(config, RenderOptions::default()).unwrap().text(StackKind::Main).unwrap().to_owned()
}

fn differences(stack: StackDifference) -> Differences {
    Differences { stacks: vec![stack], ..Differences::default() }
}

#[test]
fn changes_are_grouped_by_how_much_they_hurt() {
    let changes = [
        change("Modify", "ApiFunction", "AWS::Lambda::Function", Some("False"), None),
        change("Modify", "RequestsTable", "AWS::DynamoDB::Table", Some("True"), Some("ReplaceAndDelete")),
        change("Modify", "ApiUrl", "AWS::Lambda::Url", Some("True"), Some("ReplaceAndDelete")),
        change("Remove", "SiteBucket", "AWS::S3::Bucket", None, Some("Retain")),
    ];
    let text = main_template(&Config::named("home"));
    let mut different = stack("update", Some(text.clone()), Some(text));
    different.review = Some(Review::new("home-prod", &changes));
    let mut differences = differences(different);
    differences.functions.push(FunctionDifference {
        function: "warmer".to_owned(),
        from: Some("a".repeat(64)),
        to: "b".repeat(64),
    });
    let config = Config::named("home");
    let summary = ChangeSummary::new(&differences, Some(&config), &config);
    let text = summary.text(true);
    assert_eq!(
        text,
        "REPLACES, LOSES DATA\n  \
         the table of requests and library is made anew: EVERYTHING IN IT IS LOST (memory size, environment)\n\
         With a brief interruption\n  the address of the API's function is made anew (memory size, environment)\n\
         Harmless\n  the API changes (memory size, environment)\n  \
         the bucket of the site is no longer part of the site; it stays in the account\n  the warmer gets new code"
    );
    assert_eq!(summary.changes[0].risk, Risk::LosesData);
    assert!(summary.text(false).contains("Price: ") && summary.text(false).contains("as before"));
}

#[test]
fn a_first_deploy_waits_mostly_for_the_cdn() {
    let config = Config::named("home");
    let summary = ChangeSummary::new(&differences(stack("create", None, Some(main_template(&config)))), None, &config);
    let time = summary.time.clone().unwrap();
    assert!((240..600).contains(&time.seconds), "{time:?}");
    assert!(time.path.contains(&"Distribution".to_owned()), "{time:?}");
    assert!(time.sentence().ends_with("most of it for the CDN"), "{}", time.sentence());
    let text = summary.text(false);
    assert!(text.contains("the stack home-prod is created: 6 × alarm"), "{text}");
    assert!(text.contains("for a household") && summary.rights.is_empty(), "{text}");
}

#[test]
fn only_what_changes_takes_time() {
    let config = Config::named("home");
    let text = main_template(&config);
    let mut different = stack("update", Some(text.clone()), Some(text));
    let update = change("Modify", "ApiFunction", "AWS::Lambda::Function", Some("False"), None);
    different.review = Some(Review::new("home-prod", &[update]));
    let time = ChangeSummary::new(&differences(different), Some(&config), &config).time.unwrap();
    assert!(time.seconds < 60 && time.path == ["ApiFunction"], "{time:?}");
    assert_eq!(time.sentence(), "about 30 seconds, most of it for the API");
}

#[test]
fn the_firewall_is_told_by_its_price() {
    let plain = Config::named("home");
    let mut guarded = plain.clone();
    guarded.waf.enabled = true;
    let (before, after) = (main_template(&plain), main_template(&guarded));
    let mut different = stack("update", Some(before), Some(after));
    different.modified.push("Distribution".to_owned());
    let summary = ChangeSummary::new(&differences(different), Some(&plain), &guarded);
    assert!(summary.price.unwrap().sentence().contains("WAF +$10"));
    assert!(summary.time.unwrap().seconds >= 210);
}

#[test]
fn nothing_is_said_plainly() {
    let config = Config::named("home");
    let summary = ChangeSummary::new(&Differences::default(), Some(&config), &config);
    assert_eq!(summary, ChangeSummary::default());
    assert_eq!(summary.text(false), "Nothing would change.");
}
