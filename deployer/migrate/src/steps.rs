//! The safe order of what is left to do.

use super::inventory::{EMPTIED_BY_HAND, TerraformResource, Treatment};

/// Says the steps after the import, with the commands to type.
///
/// The order matters: Terraform must forget what stays before it removes the rest; the old functions must be gone before
/// new ones take their names; and the old distribution owns the domain until it is gone or lets go of it.
#[must_use]
pub fn steps(entries: &[TerraformResource], domain: Option<&str>, secret_waits: bool) -> String {
    let mut steps = Vec::new();
    let mut forget: Vec<String> =
        entries.iter().filter(|entry| entry.stays()).map(|entry| format!("'{}'", entry.address)).collect();
    forget.sort();
    if !forget.is_empty() {
        steps.push(format!(
            "Make Terraform forget what stays, so that it cannot remove it:\n     terraform state rm \\\n       {}",
            forget.join(" \\\n       ")
        ));
    }
    steps.push(
        "See that only what is replaced is left, and nothing that holds data:\n     terraform plan -destroy".to_owned(),
    );
    if secret_waits {
        steps.push(
            "Set what could not be copied, one by one, each with the key's name:\n     stellarr secrets set KEY"
                .to_owned(),
        );
    }
    let owner = entries.iter().find(|entry| {
        entry.address.contains("aws_cloudfront_distribution") && matches!(entry.treatment, Treatment::Replaced(_))
    });
    if let (Some(domain), Some(owner)) = (domain, owner) {
        steps
            .push("Build now, so that the site is away for as short a time as can be:\n     stellarr build".to_owned());
        steps.push(format!(
            "Remove the rest. From here until the deploy the site is away, some ten minutes. The distribution {} \
             gives {domain} free, and the old functions give their names free:\n     terraform destroy",
            owner.name
        ));
        steps.push(format!("Put the new site up, with {domain} on it:\n     stellarr deploy"));
    } else {
        steps.push(
            "Remove the rest. From here until the deploy the site is away, some ten minutes; the old functions give \
             their names free:\n     terraform destroy"
                .to_owned(),
        );
        steps.push("Put the new site up:\n     stellarr deploy".to_owned());
    }
    steps.push(
        "See that everybody can sign in and that the requests are there:\n     stellarr open\n     stellarr requests list"
            .to_owned(),
    );
    for bucket in entries.iter().filter(|entry| entry.treatment == Treatment::LeftAlone(EMPTIED_BY_HAND)) {
        steps.push(format!(
            "Delete the old functions' code: in the AWS console under S3, first Empty and then Delete the bucket {}; old \
             versions go with it",
            bucket.name
        ));
    }
    steps.iter().enumerate().map(|(number, step)| format!("  {}. {step}", number + 1)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{State, inventory};

    const STATE: &str = include_str!("../../tests/terraform/terraform.tfstate");

    #[test]
    fn terraform_forgets_before_it_destroys_and_destroys_before_the_deploy() {
        let entries = inventory(&State::parse(STATE).unwrap(), "stellarr-prod", Some("requests.example.org"));
        let text = steps(&entries, Some("requests.example.org"), true);
        let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words} in {text}"));
        assert!(place("terraform state rm") < place("terraform destroy"));
        assert!(place("terraform destroy") < place("stellarr deploy"));
        assert!(place("E2EXAMPLE123") < place("stellarr deploy"), "the alias' owner is named");
        assert!(place("stellarr open") < place("Delete the bucket stellarr-prod-lambda-deploy-1a2b3c4d"), "{text}");
        assert!(text.contains("'aws_s3_bucket.lambda_deployment'"), "Terraform may not empty it: {text}");
        assert!(text.contains("'aws_dynamodb_table.requests'") && !text.contains("'aws_lambda_function.api'"));
    }
}
