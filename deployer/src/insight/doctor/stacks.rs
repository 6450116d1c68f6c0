//! What is on AWS already: the stacks, and names and buckets that could be in the way.

use super::{Finding, Level};
use crate::base::failures::Code;
use crate::base::functions::Function;
use crate::config::StackKind;
use crate::deployment::{Context, Deployment};
use stellarr_aws::{BucketState, Stack};

/// Judges the states of the stacks.
pub(super) fn check(stacks: &[(StackKind, Option<Stack>)]) -> Vec<Finding> {
    let there: Vec<&Stack> = stacks.iter().filter_map(|(_, stack)| stack.as_ref()).collect();
    if there.is_empty() {
        return vec![Finding::ok("stacks", "nothing is deployed yet")];
    }
    let odd: Vec<Finding> = stacks.iter().filter_map(|(kind, stack)| oddity(*kind, stack.as_ref()?)).collect();
    if odd.is_empty() {
        let names: Vec<&str> = there.iter().map(|stack| stack.name.as_str()).collect();
        return vec![Finding::ok("stacks", format!("{} can be updated", names.join(", ")))];
    }
    odd
}

fn oddity(kind: StackKind, stack: &Stack) -> Option<Finding> {
    const CHECK: &str = "stacks";
    let (name, status) = (&stack.name, stack.status.0.as_str());
    Some(match status {
        "UPDATE_ROLLBACK_FAILED" => Finding::failure(
            CHECK,
            Code::StackStuck,
            format!("{name} is stuck in {status}: an update failed, and so did going back"),
            "run `stellarr deploy --continue-rollback`",
        ),
        "UPDATE_FAILED" => Finding::failure(
            CHECK,
            Code::StackStuck,
            format!("{name} is stuck in {status}: an update failed, and nobody let it go back"),
            "run `stellarr deploy --continue-rollback`",
        ),
        "IMPORT_ROLLBACK_FAILED" => Finding::failure(
            CHECK,
            Code::ImportStuck,
            format!("{name} is stuck in {status}: an import failed, and so did undoing it"),
            Code::ImportStuck.entry().remedy,
        ),
        // A deploy that no longer needs it left it so.
        "DELETE_FAILED" if kind == StackKind::Edge => Finding::warning(
            CHECK,
            format!("{name} could not be deleted: {}", stack.status_reason.as_deref().unwrap_or("AWS gave no reason")),
            "run `stellarr deploy` again: it tries once more, and names what has to stay with its price",
        ),
        "DELETE_FAILED" => Finding::failure(
            CHECK,
            Code::StackStuck,
            format!("{name} could not be deleted: {}", stack.status_reason.as_deref().unwrap_or("AWS gave no reason")),
            "run `stellarr destroy` again; it names what is in the way",
        ),
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "REVIEW_IN_PROGRESS" => Finding::warning(
            CHECK,
            format!("{name} never came up ({status})"),
            "nothing: the next deploy removes it and makes it anew",
        ),
        _ if stack.status.in_progress() => Finding::warning(
            CHECK,
            format!("{name} is being changed right now ({status})"),
            "wait until that is over; a deploy waits by itself",
        ),
        _ => return None,
    })
}

/// Things of our names that no stack of ours owns.
pub(super) async fn names(
    deployment: &Deployment,
    context: Context<'_>,
    stacks: &[(StackKind, Option<Stack>)],
) -> Vec<Finding> {
    const CHECK: &str = "names";
    let is_there = |kind| stacks.iter().any(|(one, stack)| *one == kind && stack.is_some());
    let prefix = deployment.config.prefix();
    let mut taken = Vec::new();
    let (secret, function) = (format!("{prefix}-app"), Function::Api.aws_name(&prefix));
    let look_at_secret =
        async { if is_there(StackKind::Bootstrap) { Ok(None) } else { context.cloud.secrets().arn(&secret).await } };
    let look_at_function = async {
        if is_there(StackKind::Main) { Ok(None) } else { context.cloud.functions().describe(&function).await }
    };
    match tokio::join!(look_at_secret, look_at_function) {
        (Err(error), _) | (_, Err(error)) => return vec![Finding::of_error(CHECK, Level::Warning, error.into())],
        (Ok(one), Ok(other)) => {
            taken.extend(one.map(|_| ("secret", secret)));
            taken.extend(other.map(|_| ("function", function)));
        }
    }
    if taken.is_empty() {
        return vec![Finding::ok(CHECK, format!("the names that begin with {prefix} are free or ours"))];
    }
    let told = taken.into_iter().map(|(what, name)| match what {
        "secret" => Finding::warning(
            CHECK,
            format!("there is a {what} {name} already that no stack owns: an earlier deployment left it behind"),
            "nothing: the next deploy takes it over with its values",
        ),
        _ => Finding::failure(
            CHECK,
            Code::NameTaken,
            format!("there is a {what} {name} already that no stack of this deployment owns"),
            "delete or rename it in the AWS console, if nothing needs it",
        ),
    });
    told.collect()
}

/// Whether the artifact bucket is still ours: a bucket's name can be taken by anybody once it is deleted.
pub(super) async fn bucket(context: Context<'_>, bucket: Option<&str>, account: &str) -> Option<Finding> {
    const CHECK: &str = "bucket";
    let bucket = bucket?;
    Some(match context.cloud.objects().bucket_state(bucket, account).await {
        Ok(BucketState::Ours) => Finding::ok(CHECK, format!("{bucket} belongs to this account")),
        Ok(BucketState::Gone) => Finding::failure(
            CHECK,
            Code::BucketGone,
            format!("the bucket {bucket} is gone, although the bootstrap stack says that it made it"),
            format!("create a bucket of exactly this name in {}, then deploy again", context.cloud.home_region()),
        ),
        Ok(BucketState::Foreign) => Finding::failure(
            CHECK,
            Code::BucketForeign,
            format!("the bucket {bucket} belongs to another account, or may not be looked at; nothing is sent there"),
            "check that the credentials are those of the deployment's account and allow s3:ListBucket on it",
        ),
        Err(error) => Finding::of_error(CHECK, Level::Warning, error.into()),
    })
}
