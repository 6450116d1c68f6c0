mod services;

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use stellarr_aws::{
    AwsErrorKind, ChangeSet, ChangeSetKind, ChangeSetRequest, Cloud, ParameterValue, PutCondition, PutObject, Stacks,
    TemplateSource,
};

const REGION: &str = "eu-west-1";
const STACK: &str = "films-prod";

const TEMPLATE: &str = r#"
Parameters:
  CodeKey: {Type: String}
  Bucket: {Type: String}
  Note: {Type: String, Default: ""}
Conditions:
  HasNote: !Not [!Equals [!Ref Note, ""]]
Resources:
  Site:
    Type: AWS::S3::Bucket
  Requests:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Properties:
      TableName: films-prod-requests
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Api:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: films-prod-api
      Code: {S3Bucket: !Ref Bucket, S3Key: !Ref CodeKey}
      Environment:
        Variables:
          TABLE: !Ref Requests
          NOTE: !If [HasNote, !Sub "note ${Note}", !Ref AWS::NoValue]
Outputs:
  FrontendBucketName: {Value: !Ref Site}
  TableArn: {Value: !GetAtt Requests.Arn}
  ApiFunctionName: {Value: !Ref Api}
"#;

fn cloud() -> FakeCloud {
    let cloud = FakeCloud::permissive(REGION);
    cloud.store("code", "a.zip", "code a").store("code", "b.zip", "code b");
    cloud
}

fn request(kind: ChangeSetKind, name: &str, template: &str, key: &str) -> ChangeSetRequest {
    let value = |text: &str| ParameterValue::Value(text.to_owned());
    ChangeSetRequest {
        revert_drift: false,
        stack: STACK.to_owned(),
        name: name.to_owned(),
        kind,
        imports: Vec::new(),
        template: TemplateSource::Body(template.to_owned()),
        parameters: BTreeMap::from([("CodeKey".to_owned(), value(key)), ("Bucket".to_owned(), value("code"))]),
        tags: BTreeMap::new(),
        token: format!("token-{name}"),
    }
}

async fn ready(stacks: &dyn Stacks, name: &str) -> ChangeSet {
    loop {
        let change_set = stacks.describe_change_set(STACK, name).await.unwrap();
        if change_set.status != "CREATE_IN_PROGRESS" {
            return change_set;
        }
    }
}

async fn settle(stacks: &dyn Stacks) -> String {
    loop {
        match stacks.describe(STACK).await.unwrap() {
            Some(stack) if stack.status.in_progress() => {}
            Some(stack) => return stack.status.0,
            None => return "gone".to_owned(),
        }
    }
}

async fn deploy(cloud: &FakeCloud, request: &ChangeSetRequest) -> (ChangeSet, String) {
    let stacks = cloud.stacks(REGION);
    stacks.create_change_set(request).await.unwrap();
    let change_set = ready(stacks.as_ref(), &request.name).await;
    if change_set.status == "FAILED" {
        return (change_set, "not executed".to_owned());
    }
    stacks.execute_change_set(STACK, &request.name, &request.token).await.unwrap();
    (change_set, settle(stacks.as_ref()).await)
}

async fn created() -> FakeCloud {
    let cloud = cloud();
    let (_, status) = deploy(&cloud, &request(ChangeSetKind::Create, "one", TEMPLATE, "a.zip")).await;
    assert_eq!(status, "CREATE_COMPLETE");
    cloud
}

fn object(key: &str, body: &'static str, condition: PutCondition) -> PutObject {
    PutObject {
        key: key.to_owned(),
        body: Bytes::from_static(body.as_bytes()),
        content_type: "text/plain".to_owned(),
        cache_control: None,
        content_encoding: None,
        metadata: BTreeMap::new(),
        condition,
    }
}

#[tokio::test]
async fn a_created_stack_has_its_bucket_its_function_and_its_outputs() {
    let cloud = created().await;
    let stack = cloud.stacks(REGION).describe(STACK).await.unwrap().unwrap();
    assert!(cloud.objects().list(&stack.outputs["FrontendBucketName"], "").await.unwrap().is_empty());
    assert_eq!(stack.outputs["TableArn"], "arn:aws:dynamodb:eu-west-1:111122223333:table/films-prod-requests");
    let function = cloud.functions().describe("films-prod-api").await.unwrap().unwrap();
    assert_eq!(function.state, "Active");
}

#[tokio::test]
async fn stacks_of_other_regions_are_not_seen() {
    assert!(created().await.stacks("us-east-1").describe(STACK).await.unwrap().is_none());
}

#[tokio::test]
async fn new_code_changes_the_function_only() {
    let cloud = created().await;
    let before = cloud.functions().describe("films-prod-api").await.unwrap().unwrap();
    let (change_set, status) = deploy(&cloud, &request(ChangeSetKind::Update, "two", TEMPLATE, "b.zip")).await;
    assert_eq!(status, "UPDATE_COMPLETE");
    let changed: Vec<_> =
        change_set.changes.iter().map(|one| (&*one.logical_id, &*one.action, &one.properties)).collect();
    assert_eq!(changed, [("Api", "Modify", &vec!["Properties.Code".to_owned()])]);
    assert_ne!(before.code_sha256, cloud.functions().describe("films-prod-api").await.unwrap().unwrap().code_sha256);
}

#[tokio::test]
async fn the_same_again_is_no_change() {
    let cloud = created().await;
    let (change_set, _) = deploy(&cloud, &request(ChangeSetKind::Update, "two", TEMPLATE, "a.zip")).await;
    assert!(change_set.is_empty_failure(), "{change_set:?}");
    let stacks = cloud.stacks(REGION);
    let error = stacks.execute_change_set(STACK, "two", "token-two").await.unwrap_err();
    assert_eq!(error.kind, AwsErrorKind::Conflict);
}

#[tokio::test]
async fn a_left_out_parameter_falls_back_to_its_default() {
    let cloud = created().await;
    let mut with_note = request(ChangeSetKind::Update, "two", TEMPLATE, "a.zip");
    with_note.parameters.insert("Note".to_owned(), ParameterValue::Value("x".to_owned()));
    assert_eq!(deploy(&cloud, &with_note).await.1, "UPDATE_COMPLETE");

    with_note.name = "three".to_owned();
    with_note.parameters.insert("Note".to_owned(), ParameterValue::Previous);
    assert!(deploy(&cloud, &with_note).await.0.is_empty_failure());

    let (change_set, _) = deploy(&cloud, &request(ChangeSetKind::Update, "four", TEMPLATE, "a.zip")).await;
    assert_eq!(change_set.changes[0].properties, ["Properties.Environment"]);
}

#[tokio::test]
async fn wrong_parameters_are_refused_and_leave_no_stack() {
    let cloud = cloud();
    let mut wrong = request(ChangeSetKind::Create, "one", TEMPLATE, "a.zip");
    wrong.parameters.insert("Other".to_owned(), ParameterValue::Value(String::new()));
    let error = cloud.stacks(REGION).create_change_set(&wrong).await.unwrap_err();
    assert_eq!(error.message, "Parameters: [Other] do not exist in the template");
    wrong.parameters.clear();
    let error = cloud.stacks(REGION).create_change_set(&wrong).await.unwrap_err();
    assert_eq!(error.message, "Parameters: [Bucket, CodeKey] must have values");
    assert!(cloud.stacks(REGION).describe(STACK).await.unwrap().is_none());
}

#[tokio::test]
async fn a_change_set_asked_for_twice_is_one() {
    let cloud = cloud();
    let stacks = cloud.stacks(REGION);
    let once = request(ChangeSetKind::Create, "one", TEMPLATE, "a.zip");
    let id = stacks.create_change_set(&once).await.unwrap();
    assert_eq!(stacks.create_change_set(&once).await.unwrap(), id);
    assert_eq!(stacks.describe(STACK).await.unwrap().unwrap().status.0, "REVIEW_IN_PROGRESS");
    let other = ChangeSetRequest { token: "another".to_owned(), ..once };
    assert_eq!(
        stacks.create_change_set(&other).await.unwrap(),
        id,
        "for a taken name the existing change set is returned"
    );
    assert_eq!(stacks.list_change_sets(STACK).await.unwrap().len(), 1);
}

#[tokio::test]
async fn missing_code_fails_the_stack_and_names_the_cause_first() {
    let cloud = cloud();
    let (_, status) = deploy(&cloud, &request(ChangeSetKind::Create, "one", TEMPLATE, "missing.zip")).await;
    assert_eq!(status, "ROLLBACK_COMPLETE");
    let stacks = cloud.stacks(REGION);
    let events = stacks.events(STACK, None).await.unwrap();
    let failed: Vec<_> = events.iter().filter(|event| event.status == "CREATE_FAILED").collect();
    assert_eq!(failed[0].logical_id, "Api");
    assert!(failed[0].reason.as_ref().unwrap().contains("NoSuchKey"), "{failed:?}");
    assert!(failed[1..].iter().all(|event| event.reason.as_deref() == Some("Resource creation cancelled")));
    let error = stacks.create_change_set(&request(ChangeSetKind::Update, "two", TEMPLATE, "a.zip")).await.unwrap_err();
    assert!(error.message.contains("is in ROLLBACK_COMPLETE state and can not be updated"), "{error}");

    stacks.delete(STACK, &[], "token").await.unwrap();
    assert_eq!(settle(stacks.as_ref()).await, "gone");
    assert_eq!(deploy(&cloud, &request(ChangeSetKind::Create, "three", TEMPLATE, "a.zip")).await.1, "CREATE_COMPLETE");
}

#[tokio::test]
async fn a_failed_update_leaves_the_old_code() {
    let cloud = created().await;
    let before = cloud.functions().describe("films-prod-api").await.unwrap();
    let failure = StackFailure { resource: "Site".to_owned(), reason: "no".to_owned(), rollback_fails: false };
    cloud.fail_stack(STACK, failure);
    let (_, status) = deploy(&cloud, &request(ChangeSetKind::Update, "two", TEMPLATE, "b.zip")).await;
    assert_eq!(status, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(cloud.functions().describe("films-prod-api").await.unwrap(), before);
}

#[tokio::test]
async fn a_failed_rollback_waits_for_a_decision() {
    let cloud = created().await;
    let failure = StackFailure { resource: "Api".to_owned(), reason: "no".to_owned(), rollback_fails: true };
    cloud.fail_stack(STACK, failure);
    let (_, status) = deploy(&cloud, &request(ChangeSetKind::Update, "two", TEMPLATE, "b.zip")).await;
    assert_eq!(status, "UPDATE_ROLLBACK_FAILED");
    let stacks = cloud.stacks(REGION);
    stacks.continue_update_rollback(STACK, &[], "token").await.unwrap();
    assert_eq!(settle(stacks.as_ref()).await, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn two_new_indexes_at_once_are_refused() {
    let cloud = created().await;
    let with = |names: &[&str]| {
        let indexes: Vec<String> = names.iter().map(|name| format!("{{IndexName: {name}}}")).collect();
        let line = format!("      GlobalSecondaryIndexes: [{}]\n      KeySchema:", indexes.join(", "));
        TEMPLATE.replace("      KeySchema:", &line)
    };
    let two = with(&["a", "b"]);
    let (_, status) = deploy(&cloud, &request(ChangeSetKind::Update, "two", &two, "a.zip")).await;
    assert_eq!(status, "UPDATE_ROLLBACK_COMPLETE");
    let events = cloud.stacks(REGION).events(STACK, None).await.unwrap();
    let words = "Cannot perform more than one GSI creation or deletion in a single update";
    assert!(events.iter().any(|event| event.reason.as_deref().is_some_and(|reason| reason.starts_with(words))));

    let (_, status) = deploy(&cloud, &request(ChangeSetKind::Update, "three", &with(&["a"]), "a.zip")).await;
    assert_eq!(status, "UPDATE_COMPLETE");
    let (_, status) = deploy(&cloud, &request(ChangeSetKind::Update, "four", &two, "a.zip")).await;
    assert_eq!(status, "UPDATE_COMPLETE");
}

#[tokio::test]
async fn a_new_key_schema_replaces_the_table_and_keeps_the_old_one() {
    let cloud = created().await;
    let other = TEMPLATE.replace("AttributeName: id", "AttributeName: key");
    let stacks = cloud.stacks(REGION);
    stacks.create_change_set(&request(ChangeSetKind::Update, "two", &other, "a.zip")).await.unwrap();
    let change = ready(stacks.as_ref(), "two").await.changes.remove(0);
    assert_eq!(change.replacement.as_deref(), Some("True"));
    assert_eq!(change.policy_action.as_deref(), Some("ReplaceAndRetain"));
}

#[tokio::test]
async fn a_full_bucket_stops_deletion_and_a_retained_table_is_in_the_way_later() {
    let cloud = created().await;
    let stacks = cloud.stacks(REGION);
    let bucket = stacks.describe(STACK).await.unwrap().unwrap().outputs["FrontendBucketName"].clone();
    cloud.objects().put(&bucket, object("index.html", "hello", PutCondition::Any)).await.unwrap();
    assert_eq!(stacks.delete(STACK, &["Site".to_owned()], "t").await.unwrap_err().kind, AwsErrorKind::Validation);
    stacks.delete(STACK, &[], "token").await.unwrap();
    assert_eq!(settle(stacks.as_ref()).await, "DELETE_FAILED");
    assert_eq!(cloud.objects().empty(&bucket).await.unwrap(), 1);
    stacks.delete(STACK, &[], "token").await.unwrap();
    assert_eq!(settle(stacks.as_ref()).await, "gone");

    // Only an import takes it over.
    let (_, status) = deploy(&cloud, &request(ChangeSetKind::Create, "again", TEMPLATE, "a.zip")).await;
    assert_eq!(status, "ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn protection_refuses_deletion() {
    let cloud = created().await;
    let stacks = cloud.stacks(REGION);
    stacks.set_termination_protection(STACK, true).await.unwrap();
    assert!(stacks.delete(STACK, &[], "token").await.unwrap_err().message.contains("TerminationProtection"));
}

#[tokio::test]
async fn events_after_a_known_one_are_new() {
    let cloud = created().await;
    let stacks = cloud.stacks(REGION);
    let all = stacks.events(STACK, None).await.unwrap();
    assert_eq!(all.last().unwrap().status, "CREATE_COMPLETE");
    let rest = stacks.events(STACK, Some(&all[2].id)).await.unwrap();
    assert_eq!(rest.as_slice(), &all[3..]);
}

#[tokio::test]
async fn big_templates_only_come_by_address() {
    let cloud = cloud();
    let big = format!("{TEMPLATE}\n# {}", "x".repeat(51_200));
    let mut asked = request(ChangeSetKind::Create, "one", &big, "a.zip");
    assert_eq!(cloud.stacks(REGION).create_change_set(&asked).await.unwrap_err().kind, AwsErrorKind::Validation);
    asked.template = TemplateSource::Url(cloud.objects().template_url("code", "t.yaml"));
    assert!(cloud.stacks(REGION).create_change_set(&asked).await.unwrap_err().message.starts_with("S3 error"));
    cloud.store("code", "t.yaml", big);
    cloud.stacks(REGION).create_change_set(&asked).await.unwrap();
}
