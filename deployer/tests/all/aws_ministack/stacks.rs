//! CloudFormation.

use std::collections::BTreeMap;

use stellarr_aws::{
    AwsCloud, AwsErrorKind, ChangeSet, ChangeSetKind, ChangeSetRequest, Cloud, ParameterValue, PutCondition, PutObject,
    Stacks, TemplateSource,
};

use crate::aws_ministack::REGION;
use crate::aws_ministack::emulator::Emulator;

const TEMPLATE: &str = r#"
Parameters:
  Days: {Type: String}
Resources:
  Log:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: /films
      RetentionInDays: !Ref Days
  Site:
    Type: AWS::S3::Bucket
Outputs:
  SiteName: {Value: !Ref Site}
"#;

const FAILING: &str = r#"
Resources:
  First:
    Type: AWS::CloudFront::Function
    Properties:
      Name: the-same
      AutoPublish: true
      FunctionCode: "function handler(event) { return event.request; }"
      FunctionConfig: {Comment: x, Runtime: cloudfront-js-2.0}
  Second:
    Type: AWS::CloudFront::Function
    DependsOn: First
    Properties:
      Name: the-same
      AutoPublish: true
      FunctionCode: "function handler(event) { return event.request; }"
      FunctionConfig: {Comment: x, Runtime: cloudfront-js-2.0}
"#;

pub(crate) const DISTRIBUTION: &str = r#"
Resources:
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Aliases: [films.example.com]
        DefaultCacheBehavior:
          TargetOriginId: site
          ViewerProtocolPolicy: redirect-to-https
          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
        Origins:
          - Id: site
            DomainName: site.example.com
            CustomOriginConfig: {OriginProtocolPolicy: https-only}
Outputs:
  DistributionId: {Value: !Ref Distribution}
"#;

pub(crate) const FUNCTION: &str = r#"
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: films-warmer
      Handler: index.handler
      Runtime: python3.12
      Timeout: 5
      Role: arn:aws:iam::000000000000:role/x
      Code:
        ZipFile: |
          def handler(event, context):
              print("for", event["name"])
              if event["name"] == "nobody":
                  raise ValueError("nobody is there")
              return {"hello": event["name"]}
"#;

fn request(stack: &str, name: &str, kind: ChangeSetKind, template: TemplateSource) -> ChangeSetRequest {
    ChangeSetRequest {
        revert_drift: false,
        stack: stack.to_owned(),
        name: name.to_owned(),
        kind,
        imports: Vec::new(),
        template,
        parameters: BTreeMap::new(),
        tags: BTreeMap::from([("stellarr".to_owned(), stack.to_owned())]),
        token: format!("token-{name}"),
    }
}

async fn ready(stacks: &dyn Stacks, stack: &str, name: &str) -> ChangeSet {
    loop {
        let change_set = stacks.describe_change_set(stack, name).await.unwrap();
        if !change_set.status.ends_with("IN_PROGRESS") && !change_set.status.ends_with("PENDING") {
            return change_set;
        }
    }
}

async fn settle(stacks: &dyn Stacks, stack: &str) -> String {
    loop {
        match stacks.describe(stack).await.unwrap() {
            Some(found) if found.status.in_progress() => {}
            Some(found) => return found.status.0,
            None => return "gone".to_owned(),
        }
    }
}

/// Creates a stack and returns its outputs.
pub(crate) async fn create(cloud: &AwsCloud, stack: &str, template: &str) -> BTreeMap<String, String> {
    let stacks = cloud.stacks(REGION);
    let asked = request(stack, "one", ChangeSetKind::Create, TemplateSource::Body(template.to_owned()));
    stacks.create_change_set(&asked).await.unwrap();
    ready(stacks.as_ref(), stack, "one").await;
    stacks.execute_change_set(stack, "one", "token-one").await.unwrap();
    assert_eq!(settle(stacks.as_ref(), stack).await, "CREATE_COMPLETE");
    stacks.describe(stack).await.unwrap().unwrap().outputs
}

pub(crate) async fn a_stack_lives_and_dies(emulator: &Emulator, cloud: &AwsCloud) {
    let (stacks, objects) = (cloud.stacks(REGION), cloud.objects());
    emulator.make_bucket("templates").await;
    let template = PutObject {
        key: "films.yaml".to_owned(),
        body: TEMPLATE.into(),
        content_type: "application/yaml".to_owned(),
        cache_control: None,
        content_encoding: None,
        metadata: BTreeMap::new(),
        condition: PutCondition::Any,
    };
    objects.put("templates", template).await.unwrap();
    assert_eq!(stacks.describe("films").await.unwrap(), None);
    assert_eq!(stacks.template("films").await.unwrap(), None);

    let url = TemplateSource::Url(objects.template_url("templates", "films.yaml"));
    let mut asked = request("films", "one", ChangeSetKind::Create, url);
    asked.parameters.insert("Days".to_owned(), ParameterValue::Value("7".to_owned()));
    let id = stacks.create_change_set(&asked).await.unwrap();
    assert_eq!(stacks.create_change_set(&asked).await.unwrap(), id, "asked for twice, made once");
    let change_set = ready(stacks.as_ref(), "films", "one").await;
    assert_eq!(change_set.status, "CREATE_COMPLETE", "{change_set:?}");
    let added: Vec<_> = change_set.changes.iter().map(|one| (&*one.action, &*one.logical_id)).collect();
    assert_eq!(added, [("Add", "Log"), ("Add", "Site")]);
    assert!(stacks.describe("films").await.unwrap().unwrap().status.is_review());
    assert_eq!(stacks.list_change_sets("films").await.unwrap()[0].id, id);
    stacks.execute_change_set("films", "one", "token-one").await.unwrap();
    assert_eq!(settle(stacks.as_ref(), "films").await, "CREATE_COMPLETE");
    stacks.execute_change_set("films", "one", "token-one").await.unwrap();

    let stack = stacks.describe("films").await.unwrap().unwrap();
    assert_eq!((stack.parameters["Days"].as_str(), stack.tags["stellarr"].as_str()), ("7", "films"));
    assert!(objects.list(&stack.outputs["SiteName"], "").await.unwrap().is_empty());
    assert_eq!(stacks.template("films").await.unwrap().as_deref(), Some(TEMPLATE));
    assert_eq!(stacks.resources("films").await.unwrap().len(), 2);
    let events = stacks.events("films", None).await.unwrap();
    let last = events.last().unwrap();
    assert_eq!((last.logical_id.as_str(), last.status.as_str()), ("films", "CREATE_COMPLETE"), "oldest first");
    assert!(stacks.events("films", Some(&last.id)).await.unwrap().is_empty());
    assert_eq!(stacks.events("films", Some(&events[0].id)).await.unwrap().as_slice(), &events[1..]);

    no_change_is_told(stacks.as_ref()).await;
    an_update_names_its_properties(stacks.as_ref()).await;
    stacks.set_termination_protection("films", true).await.unwrap();
    assert!(stacks.describe("films").await.unwrap().unwrap().termination_protection);
    assert!(stacks.delete("films", &[], "token-delete").await.is_err());
    stacks.set_termination_protection("films", false).await.unwrap();
    stacks.delete("films", &[], "token-delete").await.unwrap();
    assert_eq!(settle(stacks.as_ref(), "films").await, "gone");
    stacks.delete("films", &[], "token-delete").await.unwrap();
}

async fn no_change_is_told(stacks: &dyn Stacks) {
    let mut asked = request("films", "same", ChangeSetKind::Update, TemplateSource::Previous);
    asked.parameters.insert("Days".to_owned(), ParameterValue::Previous);
    stacks.create_change_set(&asked).await.unwrap();
    let change_set = ready(stacks, "films", "same").await;
    assert!(change_set.is_empty_failure(), "{change_set:?}");
    stacks.delete_change_set("films", "same").await.unwrap();
    stacks.delete_change_set("films", "same").await.unwrap();
    assert!(stacks.list_change_sets("films").await.unwrap().iter().all(|one| one.name != "same"));
}

async fn an_update_names_its_properties(stacks: &dyn Stacks) {
    let mut asked = request("films", "two", ChangeSetKind::Update, TemplateSource::Previous);
    asked.parameters.insert("Days".to_owned(), ParameterValue::Value("14".to_owned()));
    stacks.create_change_set(&asked).await.unwrap();
    let change_set = ready(stacks, "films", "two").await;
    let change = &change_set.changes[0];
    assert_eq!((change.action.as_str(), change.logical_id.as_str()), ("Modify", "Log"));
    assert_eq!(change.properties, ["Properties.RetentionInDays"]);
    // The emulator says `Conditional` where AWS knows better.
    assert_ne!(change.replacement.as_deref().unwrap(), "True");
    stacks.execute_change_set("films", "two", "token-two").await.unwrap();
    assert_eq!(settle(stacks, "films").await, "UPDATE_COMPLETE");
    let error = stacks.execute_change_set("films", "never", "token-never").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::NotFound, "{error:?}");
}

pub(crate) async fn a_stack_that_fails_tells_why(cloud: &AwsCloud) {
    let stacks = cloud.stacks(REGION);
    let asked = request("broken", "one", ChangeSetKind::Create, TemplateSource::Body(FAILING.to_owned()));
    stacks.create_change_set(&asked).await.unwrap();
    let change_set = ready(stacks.as_ref(), "broken", "one").await;
    assert_eq!(change_set.status, "CREATE_COMPLETE", "{change_set:?}");
    stacks.execute_change_set("broken", "one", "token-one").await.unwrap();
    assert_eq!(settle(stacks.as_ref(), "broken").await, "ROLLBACK_COMPLETE");
    let events = stacks.events("broken", None).await.unwrap();
    let failed = events.iter().find(|event| event.status == "CREATE_FAILED").unwrap();
    assert_eq!(failed.logical_id, "Second");
    assert!(failed.reason.is_some(), "{failed:?}");
    let error = stacks.continue_update_rollback("broken", &[], "token").await.unwrap_err();
    assert!(matches!(error.kind, AwsErrorKind::Conflict | AwsErrorKind::Validation), "{error:?}");
    stacks.delete("broken", &[], "token").await.unwrap();
    assert_eq!(settle(stacks.as_ref(), "broken").await, "gone");
}

pub(crate) async fn regions_are_apart(cloud: &AwsCloud) {
    create(cloud, "here", "Resources: {Log: {Type: \"AWS::Logs::LogGroup\"}}").await;
    assert!(cloud.stacks(REGION).describe("here").await.unwrap().is_some());
    assert_eq!(cloud.stacks("us-east-1").describe("here").await.unwrap(), None);
}
