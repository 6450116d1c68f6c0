//! How what is deployed differs from what would be.

use crate::site::manifest::SiteChanges;
use crate::stacks::apply::Review;
use serde::Serialize;

/// Differences between what is deployed and what would be.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Differences {
    /// Stacks that differ, in the order in which they are deployed.
    pub stacks: Vec<StackDifference>,
    /// Functions whose code differs.
    pub functions: Vec<FunctionDifference>,
    /// How the site differs; none when it was not built.
    pub site: Option<SiteChanges>,
    /// Paths that the site bucket lacks although the release record names them.
    pub missing: Vec<String>,
    /// Paths that an invalidation would name.
    pub invalidation: Vec<String>,
    /// What is deployed is in no release record: the deploy that brought it ended before it wrote one.
    pub unrecorded: bool,
}

/// How one stack differs.
#[derive(Clone, Debug, Serialize)]
pub struct StackDifference {
    /// Its name.
    pub stack: String,
    /// `create`, `update` or `delete`.
    pub action: &'static str,
    /// Logical ids that only the new template has.
    pub added: Vec<String>,
    /// Logical ids whose definition differs.
    pub modified: Vec<String>,
    /// Logical ids that only the deployed template has.
    pub removed: Vec<String>,
    /// Names of parameters whose value differs; code keys are shown as functions.
    pub parameters: Vec<String>,
    /// Whether the stack's tags differ.
    pub tags: bool,
    /// Whether the stack's protection against deletion differs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub protection: bool,
    /// The deployed template, where it had to be read.
    #[serde(skip)]
    pub before: Option<String>,
    /// The template that would be deployed.
    #[serde(skip)]
    pub after: Option<String>,
    /// What CloudFormation says that it would do, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

/// How one function's code differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionDifference {
    /// Short name.
    pub function: String,
    /// SHA-256 of the deployed zip; none when it was never deployed.
    pub from: Option<String>,
    /// SHA-256 of the new zip.
    pub to: String,
}

impl StackDifference {
    /// Says whether nothing but the template differs.
    #[must_use]
    pub fn is_only_template(&self) -> bool {
        self.action == "update" && self.parameters.is_empty() && !self.tags && !self.protection
    }
}

impl Differences {
    /// Says whether a deploy would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty()
            && self.functions.is_empty()
            && self.site.as_ref().is_none_or(SiteChanges::is_empty)
            && self.missing.is_empty()
            && !self.unrecorded
    }

    /// Lays it out for people.
    #[must_use]
    pub fn text(&self) -> String {
        if self.is_empty() {
            return "Nothing would change.".to_owned();
        }
        let mut lines = Vec::new();
        for stack in &self.stacks {
            lines.push(format!("{} the stack {}", stack.action, stack.stack));
            match &stack.review {
                Some(review) => lines.extend(review.lines().into_iter().map(|line| format!("  {line}"))),
                None => {
                    for (sign, ids) in [("+", &stack.added), ("~", &stack.modified), ("-", &stack.removed)] {
                        lines.extend(ids.iter().map(|id| format!("  {sign} {id}")));
                    }
                }
            }
            if !stack.parameters.is_empty() {
                lines.push(format!("  ~ parameters: {}", stack.parameters.join(", ")));
            }
            if stack.tags {
                lines.push("  ~ tags".to_owned());
            }
            if stack.protection {
                lines.push("  ~ protection of the stack against deletion".to_owned());
            }
        }
        for function in &self.functions {
            let from = function.from.as_deref().map_or("nothing", |hash| &hash[..hash.len().min(12)]);
            lines.push(format!("function {}: code {from} → {}", function.function, &function.to[..12]));
        }
        if let Some(site) = &self.site {
            for (sign, paths) in [("+", &site.added), ("~", &site.modified), ("-", &site.removed)] {
                lines.extend(paths.iter().map(|path| format!("site {sign} {path}")));
            }
        }
        for path in &self.missing {
            lines.push(format!("site ! {path} is missing in the bucket"));
        }
        if self.unrecorded {
            lines
                .push("file what is deployed as a release: the deploy that brought it did not get that far".to_owned());
        }
        if !self.invalidation.is_empty() {
            lines.push(format!("invalidate {}", self.invalidation.join(" ")));
        }
        lines.join("\n")
    }
}
