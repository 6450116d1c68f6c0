//! The golden templates come up, stay as they are, and go down again in the in-memory AWS.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use stellarr::config::{self, StackKind};
use stellarr::stacks::render::{RenderOptions, render};
use stellarr_aws::{
    ChangeSet, ChangeSetKind, ChangeSetRequest, Cloud, ParameterValue, Stacks, TemplateSource, template,
};
use stellarr_testing::FakeCloud;

const REGION: &str = "eu-central-1";

fn golden() -> Vec<PathBuf> {
    let folder = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../tests/golden");
    let mut folders: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// An issued certificate for the domain that the template's distribution answers for, if there is one.
async fn certificate(cloud: &FakeCloud, text: &str) -> String {
    let Some((_, aliases)) = text.split_once("Aliases:\n") else { return String::new() };
    let domain = aliases.lines().next().unwrap().trim().trim_start_matches("- ").trim_matches('"');
    let arn = cloud.certificates().request(domain, domain, &BTreeMap::new()).await.unwrap();
    cloud.issue_certificate(domain);
    arn
}

/// A value for every parameter that the template declares.
fn parameters(text: &str, certificate: &str) -> BTreeMap<String, ParameterValue> {
    let value = |name: &str| match name {
        "ArtifactBucketName" => "artifacts".to_owned(),
        "Architecture" => "arm64".to_owned(),
        "CertificateArn" => certificate.to_owned(),
        "OriginVerifyGeneration" => "1".to_owned(),
        _ if name.ends_with("CodeKey") => "code.zip".to_owned(),
        _ if name == "DeletionProtection" => "false".to_owned(),
        _ => String::new(),
    };
    template::parameters(text)
        .unwrap()
        .into_iter()
        .map(|name| (name.clone(), ParameterValue::Value(value(&name))))
        .collect()
}

fn request(
    stack: &str,
    name: &str,
    kind: ChangeSetKind,
    parameters: &BTreeMap<String, ParameterValue>,
    bucket: (&str, &str),
) -> ChangeSetRequest {
    ChangeSetRequest {
        revert_drift: false,
        stack: stack.to_owned(),
        name: name.to_owned(),
        kind,
        imports: Vec::new(),
        template: TemplateSource::Url(format!("https://{}.s3.{REGION}.amazonaws.com/{}", bucket.0, bucket.1)),
        parameters: parameters.clone(),
        tags: BTreeMap::new(),
        token: name.to_owned(),
    }
}

async fn ready(stacks: &dyn Stacks, request: &ChangeSetRequest) -> ChangeSet {
    stacks.create_change_set(request).await.unwrap();
    loop {
        let found = stacks.describe_change_set(&request.stack, &request.name).await.unwrap();
        if found.status != "CREATE_IN_PROGRESS" {
            return found;
        }
    }
}

async fn settle(stacks: &dyn Stacks, stack: &str) -> String {
    loop {
        match stacks.describe(stack).await.unwrap() {
            Some(found) if found.status.in_progress() => {}
            Some(found) => return format!("{} {:?}", found.status, stacks.events(stack, None).await.unwrap().last()),
            None => return "gone".to_owned(),
        }
    }
}

#[tokio::test]
async fn every_golden_stack_comes_up_and_goes_down() {
    let mut seen = 0;
    for folder in golden() {
        let cloud = FakeCloud::permissive(REGION);
        cloud.store("artifacts", "code.zip", "code");
        let stacks = cloud.stacks(REGION);
        let rendered = render(&config::load(folder.join("stellarr.yaml")).unwrap(), RenderOptions::default()).unwrap();
        for kind in [StackKind::Bootstrap, StackKind::Edge, StackKind::Main] {
            let Some(text) = rendered.text(kind) else { continue };
            let name = format!("{}-{}", folder.file_name().unwrap().to_string_lossy(), kind.as_str());
            cloud.store("artifacts", &name, text.to_owned());
            let place = ("artifacts", name.as_str());

            let parameters = parameters(text, &certificate(&cloud, text).await);
            let create = request(&name, "one", ChangeSetKind::Create, &parameters, place);
            assert!(!ready(stacks.as_ref(), &create).await.changes.is_empty());
            stacks.execute_change_set(&name, "one", "one").await.unwrap();
            let status = settle(stacks.as_ref(), &name).await;
            assert!(status.starts_with("CREATE_COMPLETE"), "{name}: {status}");
            let outputs = stacks.describe(&name).await.unwrap().unwrap().outputs;
            assert!(outputs.values().all(|value| !value.is_empty()), "{name}: {outputs:?}");

            let again = request(&name, "two", ChangeSetKind::Update, &parameters, place);
            let nothing = ready(stacks.as_ref(), &again).await;
            assert!(nothing.is_empty_failure(), "{name}: {nothing:?}");

            stacks.set_termination_protection(&name, false).await.unwrap();
            stacks.delete(&name, &[], "down").await.unwrap();
            assert_eq!(settle(stacks.as_ref(), &name).await, "gone", "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 12, "{seen} stacks");
}
