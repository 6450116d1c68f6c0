//! Stacks: change set → review → execute → progress.

mod board;
mod cause;
mod delete;
mod import;
mod propose;
mod ready;
mod remains;
mod retry;
mod revert;
mod review;
mod stack;
mod tags;
mod verify;
mod watch;
pub mod words;

pub(crate) use cause::known_reason;
pub use cause::{Cause, root_cause};
pub(crate) use delete::{Deletion, delete_whole};
pub(crate) use import::import;
pub(crate) use propose::preview;
pub use ready::{Readiness, assess};
pub(crate) use remains::{delete, ready};
pub use retry::apply_with_retry;
pub(crate) use revert::revert_drift;
pub(crate) use review::{RECORD, VERSION, lost};
pub use review::{Review, Risk, may_be_made_anew, risk_of};
pub(crate) use stack::continue_rollback;
pub use stack::{Applied, Comparison, StackChange, apply, compare};
pub(crate) use tags::tag_actions;

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::deployment::lock::LockError;
use stellarr_aws::AwsError;

/// Why a stack could not be brought where it should be.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A resource failed, and CloudFormation went back to what was before.
    #[error("the stack {stack} could not be changed: {cause}")]
    RolledBack {
        /// Stack name.
        stack: String,
        /// The first real cause.
        cause: Box<Cause>,
        /// The status it ended in.
        status: String,
    },
    /// The stack is in a state that only a decision gets it out of.
    #[error("the stack {stack} is stuck in {status}: {cause}")]
    Stuck {
        /// Stack name.
        stack: String,
        /// Its status.
        status: String,
        /// The first real cause.
        cause: Box<Cause>,
    },
    /// CloudFormation refused the change before anything happened.
    #[error("CloudFormation refuses the change of {stack}: {reason}")]
    Refused {
        /// Stack name.
        stack: String,
        /// Its words.
        reason: String,
    },
    /// CloudFormation checked the change, and something in it did not pass.
    #[error("CloudFormation refuses the change of {stack}: {}", .problems.first().map_or("no reason given", String::as_str))]
    Unfit {
        /// Stack name.
        stack: String,
        /// What did not pass and why, one thing each.
        problems: Vec<String>,
    },
    /// An operation did not end in the time we wait.
    #[error("the stack {stack} is still {status} after {minutes} minutes")]
    TimedOut {
        /// Stack name.
        stack: String,
        /// Its status.
        status: String,
        /// How long we waited.
        minutes: u64,
    },
    /// CloudFormation took a request, and shows nothing of what came of it.
    #[error("CloudFormation does not show what became of the stack {stack}, after {minutes} minutes")]
    Unseen {
        /// Stack name.
        stack: String,
        /// How long we waited.
        minutes: u64,
    },
    /// Each change set that CloudFormation returned differs from the request.
    #[error("each change set that CloudFormation returned for {stack} differs from the request")]
    Foreign {
        /// Stack name.
        stack: String,
    },
    /// Another process created a stack of this name while ours was being removed.
    #[error("another stack called {stack} was made while the old one was being removed")]
    Taken {
        /// Stack name.
        stack: String,
    },
    /// A stack of this name is there, and stellarr did not make it.
    #[error("a stack called {stack} is there already, and it is not one of this deployment's")]
    NotOurs {
        /// Stack name.
        stack: String,
    },
    /// The person said no.
    #[error("nothing was changed in {0}")]
    Declined(String),
    /// The lock was lost.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// AWS refused something else.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A step around the stack failed.
    #[error("{0}")]
    Other(Box<CommandError>),
}

impl From<CommandError> for ApplyError {
    fn from(error: CommandError) -> Self {
        Self::Other(Box::new(error))
    }
}

impl From<ApplyError> for CommandError {
    fn from(error: ApplyError) -> Self {
        let message = error.to_string();
        match error {
            ApplyError::RolledBack { stack, cause, status } => {
                let code = cause.code(&stack).unwrap_or(Code::StackFailed);
                let mut result = Self::new(ExitKind::Stack, message).code(code);
                result.details = cause.details();
                result.hints.extend(cause.remedy(&stack));
                let kept = if status.starts_with("UPDATE") {
                    "CloudFormation restored what was live before; the site was not touched"
                } else if status.starts_with("IMPORT") {
                    "what was to be taken over is as it was; run the same command again to take it over"
                } else {
                    "nothing of this stack is left in use; the next `stellarr deploy` removes the remains and starts anew"
                };
                result.hint(kept)
            }
            ApplyError::Stuck { stack, cause, status } => {
                let import = status == "IMPORT_ROLLBACK_FAILED";
                let code = if import { Code::ImportStuck } else { Code::StackStuck };
                let mut result = Self::new(ExitKind::StackStuck, message).code(code);
                result.details = cause.details();
                result.hints.extend(cause.remedy(&stack));
                result.hint(if import {
                    code.entry().remedy
                } else {
                    "mend the cause, then run `stellarr deploy --continue-rollback` to let CloudFormation finish going back"
                })
            }
            ApplyError::Refused { reason, .. } => {
                let known = known_reason(&reason).filter(|code| BEFORE_IT_BEGAN.contains(code));
                refused(message, known.unwrap_or(Code::StackRefused))
            }
            ApplyError::Unfit { problems, .. } => {
                let known = problems.iter().find_map(|problem| known_reason(problem));
                let known = known.filter(|code| BEFORE_IT_BEGAN.contains(code));
                let others = problems.get(1..).filter(|others| !others.is_empty());
                let mut result = refused(message, known.unwrap_or(Code::StackValidation));
                result.details = others.map(|others| format!("also refused:\n  {}", others.join("\n  ")));
                result
            }
            ApplyError::TimedOut { .. } => Self::new(ExitKind::Stack, message)
                .code(Code::StackTimedOut)
                .hint("it goes on without us; run the command again to watch further"),
            ApplyError::Unseen { .. } => {
                Self::new(ExitKind::Stack, message).code(Code::StackUnseen).hint(Code::StackUnseen.entry().remedy)
            }
            ApplyError::Foreign { .. } => {
                Self::new(ExitKind::Stack, message).code(Code::StackForeign).hint(Code::StackForeign.entry().remedy)
            }
            ApplyError::Taken { .. } => {
                Self::new(ExitKind::Stack, message).code(Code::StackTaken).hint(Code::StackTaken.entry().remedy)
            }
            ApplyError::NotOurs { .. } => Self::new(ExitKind::Stack, message).code(Code::StackNameTaken).hint(
                "look at it in the AWS console under CloudFormation; if nothing needs it, delete it there and run the \
                       command again. It was left as it is",
            ),
            ApplyError::Declined(_) => {
                Self::failed(message).code(Code::Declined).hint("run `stellarr diff` to see what a deploy would change")
            }
            ApplyError::Lock(error) => error.into(),
            ApplyError::Aws(error) => error.into(),
            ApplyError::Other(error) => *error,
        }
    }
}

/// What a change can be refused for before it began; other signs mean nothing in the words of a check.
const BEFORE_IT_BEGAN: [Code; 4] =
    [Code::StackNameTaken, Code::StackRecordExists, Code::StackValidation, Code::StackAccountNotActive];

/// The error of a change that never began.
fn refused(message: String, code: Code) -> CommandError {
    let mut result = CommandError::new(ExitKind::Stack, message).code(code);
    if code != Code::StackRefused {
        result = result.hint(code.entry().remedy);
    }
    result.hint("nothing was changed; if stellarr wrote what is refused, please report it with this message")
}
