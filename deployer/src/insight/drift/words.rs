//! CloudFormation's findings as sentences.

use crate::stacks::apply::words;
use stellarr_aws::{DriftedResource, PropertyDrift};

/// A value longer than this says nothing at a glance.
const LONGEST: usize = 60;

/// A sentence for each thing that differs.
pub(super) fn sentences(resource: &DriftedResource) -> Vec<String> {
    let what = format!("the {} {}", words::resource_type(&resource.resource_type), resource.logical_id);
    if resource.status == "DELETED" {
        return vec![format!("{what} was deleted by hand")];
    }
    if resource.differences.is_empty() {
        return vec![format!("{what} was changed by hand")];
    }
    resource.differences.iter().map(|difference| format!("{what}: {}", sentence(difference))).collect()
}

fn sentence(difference: &PropertyDrift) -> String {
    let path = difference.path.trim_matches('/').replace('/', ".");
    if is_secret(&difference.path) {
        return format!("{path} was changed");
    }
    format!("{path} is {} instead of {}", shown(&difference.actual), shown(&difference.expected))
}

/// Says whether a value may be secret: the header that CloudFront proves itself with is among the properties.
fn is_secret(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["header", "secret", "password", "token"].iter().any(|word| path.contains(word))
}

fn shown(value: &str) -> String {
    match value {
        "" | "null" => "nothing".to_owned(),
        value if value.chars().count() <= LONGEST => format!("“{value}”"),
        _ => "something longer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(status: &str, differences: &[(&str, &str, &str)]) -> DriftedResource {
        DriftedResource {
            logical_id: "ApiFunction".to_owned(),
            physical_id: None,
            resource_type: "AWS::Lambda::Function".to_owned(),
            status: status.to_owned(),
            differences: differences
                .iter()
                .map(|(path, expected, actual)| PropertyDrift {
                    path: (*path).to_owned(),
                    expected: (*expected).to_owned(),
                    actual: (*actual).to_owned(),
                })
                .collect(),
        }
    }

    #[test]
    fn what_differs_is_a_sentence() {
        assert_eq!(
            sentences(&resource("MODIFIED", &[("/Timeout", "29", "3")])),
            ["the function ApiFunction: Timeout is “3” instead of “29”"]
        );
        assert_eq!(sentences(&resource("DELETED", &[])), ["the function ApiFunction was deleted by hand"]);
        assert_eq!(
            sentences(&resource("MODIFIED", &[("/Environment/Variables/X", "null", "1")])),
            ["the function ApiFunction: Environment.Variables.X is “1” instead of nothing"]
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let path = "/DistributionConfig/Origins/0/OriginCustomHeaders/0/HeaderValue";
        let said = sentences(&resource("MODIFIED", &[(path, "{{resolve}}", "hidden")])).concat();
        assert!(said.contains("was changed") && !said.contains("hidden"), "{said}");
    }
}
