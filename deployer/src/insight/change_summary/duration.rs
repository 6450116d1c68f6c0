//! How long CloudFormation will take: the longest way through what depends on what.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::sentences::thing;
use crate::insight::differences::StackDifference;

/// Usual seconds to create, to change and to delete a resource of a type. From deploys to us-east-1 and eu-central-1 and
/// AWS's documentation; what is not here takes a few seconds.
const USUAL: &[(&str, [u32; 3])] = &[
    ("AWS::CloudFront::Distribution", [240, 210, 300]),
    ("AWS::CertificateManager::Certificate", [180, 20, 20]),
    ("AWS::CloudFront::Function", [20, 20, 10]),
    ("AWS::DynamoDB::Table", [35, 45, 30]),
    ("AWS::IAM::Role", [20, 15, 5]),
    ("AWS::Lambda::Function", [12, 15, 5]),
    ("AWS::Lambda::Alias", [100, 120, 10]),
    ("AWS::Lambda::Version", [15, 15, 3]),
    ("AWS::Lambda::Permission", [10, 10, 10]),
    ("AWS::Events::Rule", [60, 60, 30]),
    ("AWS::Route53::RecordSet", [40, 40, 40]),
    ("AWS::S3::Bucket", [22, 22, 20]),
    ("AWS::SQS::Queue", [65, 65, 62]),
    ("AWS::WAFv2::WebACL", [20, 15, 10]),
    ("AWS::SNS::Topic", [12, 12, 12]),
];

/// What any other resource takes.
const OTHERWISE: [u32; 3] = [6, 6, 4];

/// What a stack takes besides its resources: the change set, and looking until it is done.
const CHANGE_SET_SECONDS: u32 = 12;

/// A time that is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// About so many seconds.
    pub seconds: u32,
    /// What takes the longest, in words.
    pub longest: String,
    /// The logical ids on the longest way, in order.
    pub path: Vec<String>,
    #[serde(skip)]
    longest_alone: u32,
}

impl Expected {
    /// Adds up stacks, which come one after another.
    pub(super) fn one_after_another(steps: Vec<Self>) -> Option<Self> {
        steps.into_iter().reduce(|before, after| {
            let (longest, longest_alone) = if after.longest_alone > before.longest_alone {
                (after.longest, after.longest_alone)
            } else {
                (before.longest, before.longest_alone)
            };
            let path = before.path.into_iter().chain(after.path).collect();
            Self { seconds: before.seconds + after.seconds, longest, path, longest_alone }
        })
    }

    /// One sentence: `about 5 minutes, most of it for the CDN`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let time = match self.seconds {
            0..90 => format!("about {} seconds", self.seconds.div_ceil(10) * 10),
            seconds => format!("about {} minutes", (seconds + 30) / 60),
        };
        if self.longest_alone * 2 > self.seconds { format!("{time}, most of it for {}", self.longest) } else { time }
    }
}

/// What is done with a resource.
#[derive(Clone, Copy)]
enum Step {
    Create,
    Change,
    Delete,
}

fn usual(resource_type: &str, step: Step) -> u32 {
    let times = USUAL.iter().find(|(kind, _)| *kind == resource_type).map_or(OTHERWISE, |(_, times)| *times);
    times[step as usize]
}

/// Says how long a stack will take; none when nothing in it changes.
#[must_use]
pub fn expected(stack: &StackDifference, before: &Value, after: &Value) -> Option<Expected> {
    let steps = steps(stack, before, after);
    if steps.is_empty() {
        return None;
    }
    let resources = if stack.action == "delete" { before } else { after };
    let depends = dependencies(resources);
    let mut ways = Ways { resources, steps: &steps, depends: &depends, known: BTreeMap::new() };
    let mut best: (u32, Vec<String>) = (0, Vec::new());
    for id in steps.keys() {
        let way = ways.to(id, &mut BTreeSet::new());
        if way.0 > best.0 {
            best = way;
        }
    }
    let alone = |id: &String| steps.get(id).map_or(0, |step| usual(kind_of(resources, before, id), *step));
    let longest = best.1.iter().max_by_key(|id| alone(id)).cloned().unwrap_or_default();
    let longest_alone = alone(&longest);
    let longest = thing(&longest, kind_of(resources, before, &longest));
    Some(Expected { seconds: best.0 + CHANGE_SET_SECONDS, longest, path: best.1, longest_alone })
}

fn kind_of<'a>(resources: &'a Value, before: &'a Value, id: &str) -> &'a str {
    let find = |template: &'a Value| template["Resources"][id]["Type"].as_str();
    find(resources).or_else(|| find(before)).unwrap_or_default()
}

/// What is done with which resource.
fn steps(stack: &StackDifference, before: &Value, after: &Value) -> BTreeMap<String, Step> {
    let all = |template: &Value, step: Step| -> BTreeMap<String, Step> {
        template["Resources"].as_object().into_iter().flatten().map(|(id, _)| (id.clone(), step)).collect()
    };
    match (stack.action, &stack.review) {
        ("create", _) => all(after, Step::Create),
        ("delete", _) => all(before, Step::Delete),
        (_, Some(review)) => {
            let step = |action: &str, replaced: Option<&str>| match (action, replaced) {
                ("Add", _) | (_, Some("True")) => Step::Create,
                ("Remove", _) => Step::Delete,
                _ => Step::Change,
            };
            let changes = review.changes.iter().map(|(_, change)| change);
            changes
                .map(|change| (change.logical_id.clone(), step(&change.action, change.replacement.as_deref())))
                .collect()
        }
        _ => {
            let is_resource = |id: &&String| {
                after["Resources"].get(id.as_str()).is_some() || before["Resources"].get(id.as_str()).is_some()
            };
            let each = |ids: &[String], step| -> Vec<(String, Step)> {
                ids.iter().filter(is_resource).map(|id| (id.clone(), step)).collect()
            };
            [each(&stack.added, Step::Create), each(&stack.modified, Step::Change), each(&stack.removed, Step::Delete)]
                .into_iter()
                .flatten()
                .collect()
        }
    }
}

/// The longest ways to resources.
struct Ways<'a> {
    resources: &'a Value,
    steps: &'a BTreeMap<String, Step>,
    depends: &'a BTreeMap<String, BTreeSet<String>>,
    known: BTreeMap<String, (u32, Vec<String>)>,
}

impl Ways<'_> {
    /// The longest way to a resource, itself included.
    fn to(&mut self, id: &str, seen: &mut BTreeSet<String>) -> (u32, Vec<String>) {
        if let Some(known) = self.known.get(id) {
            return known.clone();
        }
        if !seen.insert(id.to_owned()) {
            return (0, Vec::new());
        }
        let mut best: (u32, Vec<String>) = (0, Vec::new());
        for before in self.depends.get(id).into_iter().flatten() {
            let way = self.to(before, seen);
            if way.0 > best.0 {
                best = way;
            }
        }
        seen.remove(id);
        if let Some(step) = self.steps.get(id) {
            best.0 += usual(self.resources["Resources"][id]["Type"].as_str().unwrap_or_default(), *step);
            best.1.push(id.to_owned());
        }
        self.known.insert(id.to_owned(), best.clone());
        best
    }
}

/// Which resources each resource waits for.
fn dependencies(template: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let Some(resources) = template["Resources"].as_object() else { return BTreeMap::new() };
    resources
        .iter()
        .map(|(id, resource)| {
            let mut named = BTreeSet::new();
            names(resource, &mut named);
            match &resource["DependsOn"] {
                Value::String(one) => named.extend([one.clone()]),
                Value::Array(all) => named.extend(all.iter().filter_map(|one| one.as_str().map(str::to_owned))),
                _ => {}
            }
            named.retain(|name| name != id && resources.contains_key(name));
            (id.clone(), named)
        })
        .collect()
}

/// Collects the names that a value refers to.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (key, inner) in entries {
                match (key.as_str(), inner) {
                    ("Ref", Value::String(name)) => found.extend([name.clone()]),
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        found.extend(parts.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    ("Fn::Sub", Value::String(text)) => {
                        let parts = text.split("${").skip(1).filter_map(|part| part.split(['}', '.']).next());
                        found.extend(parts.map(str::to_owned));
                    }
                    _ => names(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}
