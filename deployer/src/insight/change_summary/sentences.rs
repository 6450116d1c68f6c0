//! What happens, in sentences.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::functions::Function;
use crate::insight::differences::{Differences, StackDifference};
use crate::stacks::apply::{RECORD, Risk, VERSION, lost, may_be_made_anew, words};
use crate::ui::count;
use stellarr_aws::ResourceChange;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// How much it hurts.
    pub risk: Risk,
    /// The stack that it happens in; none for code and files.
    pub stack: Option<String>,
    /// The resource, when it is about one.
    pub logical_id: Option<String>,
    /// What happens.
    pub sentence: String,
}

/// Names everything that differs, worst first.
pub(super) fn of(differences: &Differences) -> Vec<Change> {
    let mut changes: Vec<Change> = differences.stacks.iter().flat_map(of_stack).collect();
    let about_code = |sentence| Change { risk: Risk::Harmless, stack: None, logical_id: None, sentence };
    for function in &differences.functions {
        let name = thing(&format!("{}Function", capitalised(&function.function)), "AWS::Lambda::Function");
        let verb = if function.from.is_some() { "gets new code" } else { "gets its code" };
        changes.push(about_code(format!("{name} {verb}")));
    }
    if let Some(site) = differences.site.as_ref().filter(|site| !site.is_empty()) {
        let parts = [(&site.added, "new"), (&site.modified, "changed"), (&site.removed, "no longer needed")];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(paths, _)| !paths.is_empty())
            .map(|(paths, word)| format!("{} {word}", count(paths.len(), "file", "files")))
            .collect();
        changes.push(about_code(format!("the site gets other files: {}", parts.join(", "))));
    }
    if !differences.missing.is_empty() {
        let files = count(differences.missing.len(), "file that is", "files that are");
        changes.push(about_code(format!("the site gets {files} missing in its bucket")));
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.risk));
    changes
}

fn of_stack(stack: &StackDifference) -> Vec<Change> {
    let about = |risk, sentence| Change { risk, stack: Some(stack.stack.clone()), logical_id: None, sentence };
    match (stack.action, &stack.review) {
        ("create", _) => vec![about(Risk::Harmless, format!("the stack {} is created: {}", stack.stack, kinds(stack)))],
        ("delete", _) => vec![about(
            Risk::Harmless,
            format!("the stack {} is deleted, once the site no longer uses what is in it", stack.stack),
        )],
        (_, Some(review)) if !review.changes.is_empty() => {
            let address = review.lost_address.iter().map(|address| about(Risk::Disconnects, lost(address)));
            let changes = review.changes.iter().map(|(risk, change)| of_change(&stack.stack, *risk, change));
            address.chain(changes).collect()
        }
        _ => {
            let mut parts: Vec<String> = stack.parameters.iter().map(|name| spaced(name)).collect();
            if stack.tags {
                parts.push("tags".to_owned());
            }
            let ids = [(&stack.added, "+"), (&stack.modified, "~"), (&stack.removed, "-")];
            parts.extend(ids.iter().flat_map(|(ids, sign)| ids.iter().map(move |id| format!("{sign} {id}"))));
            vec![about(Risk::Harmless, format!("the stack {} changes: {}", stack.stack, parts.join(", ")))]
        }
    }
}

/// What a new stack holds: `2 tables, 1 bucket, 1 secret`.
fn kinds(stack: &StackDifference) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let parsed = super::parsed(stack.after.as_ref());
    for (_, resource) in parsed["Resources"].as_object().into_iter().flatten() {
        *counts.entry(words::resource_type(resource["Type"].as_str().unwrap_or_default())).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, number)| (std::cmp::Reverse(*number), name.clone()));
    counts.iter().map(|(name, number)| format!("{number} × {name}")).collect::<Vec<_>>().join(", ")
}

/// Says what happens to one resource.
#[must_use]
pub fn of_change(stack: &str, risk: Risk, change: &ResourceChange) -> Change {
    let name = thing(&change.logical_id, &change.resource_type);
    let replaced = change.replacement.as_deref();
    let stays = change.policy_action.as_deref().is_some_and(|action| action.contains("Retain"));
    let sentence = match (change.action.as_str(), risk) {
        ("Add", _) => format!("{name} is created"),
        ("Import", _) => format!("{name} is taken over as it is"),
        ("Remove", Risk::LosesData) => format!("{name} is deleted WITH EVERYTHING IN IT"),
        // The record is called as its domain is.
        (_, Risk::Disconnects) if change.resource_type == RECORD => match &change.physical_id {
            Some(domain) => format!("{} through Route53 ({} goes)", lost(domain), change.logical_id),
            None => format!("{name} no longer leads to the site"),
        },
        ("Modify" | "Dynamic", _) if change.resource_type == VERSION => {
            format!("a new version of the code is published ({})", change.logical_id)
        }
        ("Remove", _) if stays => format!("{name} is no longer part of the site; it stays in the account"),
        ("Remove", _) => format!("{name} is deleted"),
        (_, Risk::LosesData) if replaced == Some("Conditional") => {
            format!("{name} may be made anew, and then EVERYTHING IN IT IS LOST{}", because(change))
        }
        (_, Risk::LosesData) => format!("{name} is made anew: EVERYTHING IN IT IS LOST{}", because(change)),
        (_, Risk::Replaces) if stays => {
            format!("an empty one takes the place of {name}, which stays in the account{}", because(change))
        }
        (_, Risk::Replaces) => format!("{name} is made anew{}", because(change)),
        _ if may_be_made_anew(change) => format!("{name} changes, and may be made anew{}", because(change)),
        _ => format!("{name} changes{}", because(change)),
    };
    Change { risk, stack: Some(stack.to_owned()), logical_id: Some(change.logical_id.clone()), sentence }
}

/// The properties that change, in words.
fn because(change: &ResourceChange) -> String {
    let mut names: Vec<String> = change
        .properties
        .iter()
        .filter_map(|path| path.strip_prefix("Properties.").or(Some(path.as_str())))
        .map(|path| spaced(path.split('.').next().unwrap_or(path)))
        .collect();
    names.dedup();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

/// What a resource is to people.
pub(super) fn thing(logical_id: &str, resource_type: &str) -> String {
    for function in Function::ALL {
        let noun = function.noun();
        if logical_id == function.function_id() {
            return format!("the {noun}");
        }
        if logical_id == function.role_id() {
            return format!("the rights of the {noun}");
        }
    }
    let known = match logical_id {
        "Distribution" => "the CDN",
        "SiteBucket" => "the bucket of the site",
        "TrendingBucket" => "the bucket of the trending lists",
        "ArtifactBucket" => "the bucket of the releases",
        "RequestsTable" => "the table of requests and library",
        "CatalogueTable" => "the table of the catalogue",
        "AppSecret" => "the secret",
        "WebAcl" => "the firewall",
        "Budget" => "the budget",
        "Dashboard" => "the dashboard",
        "DeadLetterQueue" => "the queue of failed runs",
        "ApiUrl" => "the address of the API's function",
        _ if logical_id.starts_with("Certificate") => "the certificate",
        _ => return format!("the {} {logical_id}", words::resource_type(resource_type)),
    };
    known.to_owned()
}

/// `MemorySize` → `memory size`.
fn spaced(name: &str) -> String {
    let mut text = String::new();
    let mut before_is_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && before_is_small {
            text.push(' ');
        }
        before_is_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        text.push(letter.to_ascii_lowercase());
    }
    text
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
