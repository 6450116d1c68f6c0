//! What a person sees at the end of a command, and what has to be in it.

use std::collections::BTreeSet;

use stellarr::base::error::CommandError;
use stellarr::base::failures::Code;
use stellarr_testing::FakeCloud;

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The exit code.
    pub(crate) exit: u8,
    /// The error as it is printed, without colours.
    pub(crate) text: String,
    /// Names of what the command began on AWS.
    pub(crate) begun: BTreeSet<String>,
    /// Writes to AWS.
    pub(crate) writes: Vec<String>,
}

/// What is on AWS, for comparing before and after.
#[derive(Clone, Debug, Default)]
pub(crate) struct There(BTreeSet<String>);

impl There {
    /// Looks at stacks and at certificates that no stack owns; begins a new log of writes.
    pub(crate) fn before(cloud: &FakeCloud) -> Self {
        cloud.clear_log();
        Self(names(cloud))
    }
}

fn names(cloud: &FakeCloud) -> BTreeSet<String> {
    let stacks = cloud.stack_statuses().into_iter().map(|(name, _)| name);
    stacks.chain(cloud.requested_certificates()).collect()
}

impl Seen {
    /// How a command of this process ended.
    pub(crate) fn of(error: &CommandError, cloud: &FakeCloud, before: &There) -> Self {
        Self {
            exit: error.kind.code(),
            text: anstream::adapter::strip_str(&error.report()).to_string(),
            begun: names(cloud).difference(&before.0).cloned().collect(),
            writes: cloud.writes(),
        }
    }
}

/// What the command leaves behind.
#[derive(Debug)]
pub(crate) enum Left {
    /// Nothing was written anywhere.
    Nothing,
    /// Something new, each by its name in the message.
    Named,
    /// All of it, and the message says so.
    Everything,
    /// Nothing new, and these words about what was there before.
    Says(&'static str),
}

/// What a row of a table demands.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) code: Code,
    /// Words of the first line.
    pub(crate) cause: &'static [&'static str],
    /// Words of the hints.
    pub(crate) remedy: &'static [&'static str],
    pub(crate) left: Left,
}

/// Compares what was seen with what is demanded.
pub(crate) fn judge(seen: &Seen, demand: &Demand) {
    // With `--no-capture`, this is the page to read critically.
    println!("exit {}\n{}\n", seen.exit, seen.text);
    let first = seen.text.lines().next().unwrap_or_default();
    let hints: Vec<&str> = seen
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("hint: ").or(line.trim().strip_prefix("help: ")))
        .collect();
    let text = &seen.text;
    assert!(first.starts_with(&format!("error[{}]: ", demand.code.as_str())), "another code:\n{text}");
    assert_eq!(seen.exit, demand.code.entry().kind.code(), "the catalogue has another exit code:\n{text}");
    for word in demand.cause {
        assert!(first.contains(word), "the first line lacks {word:?}:\n{text}");
    }
    for word in demand.remedy {
        assert!(hints.iter().any(|hint| hint.contains(word)), "no hint has {word:?}:\n{text}");
    }
    assert!(!demand.cause.is_empty() && !demand.remedy.is_empty() && !hints.is_empty(), "nothing is demanded");
    for noise in ["Some(", "None", "AwsError", "Kind::", "unwrap", "panicked", "injected"] {
        assert!(!text.contains(noise), "{noise:?} is not for people:\n{text}");
    }
    match &demand.left {
        Left::Nothing => assert_eq!((&seen.writes, &seen.begun), (&Vec::new(), &BTreeSet::new()), "\n{text}"),
        Left::Named => {
            assert!(!seen.begun.is_empty(), "nothing was begun:\n{text}");
            for name in &seen.begun {
                assert!(text.contains(name.as_str()), "{name} was begun and is not mentioned:\n{text}");
            }
        }
        Left::Everything => {
            assert!(!seen.begun.is_empty() && first.contains("everything is deployed"), "\n{text}");
        }
        Left::Says(words) => {
            assert_eq!(seen.begun, BTreeSet::new(), "\n{text}");
            assert!(text.contains(words), "{words:?} is not said:\n{text}");
        }
    }
}

/// A group's table: situation, code, words of the first line, words of the hints, what is left behind.
macro_rules! situations {
    ($($name:ident: $code:ident, [$($cause:literal),+], [$($remedy:literal),+], $left:expr;)+) => {
        pub(crate) const SITUATIONS: &[&str] = &[$(stringify!($name),)+];

        mod each {
            use crate::broken_situations::seen::{Demand, Left, judge};
            use stellarr::base::failures::Code;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    use Left::*;
                    let demand = Demand { code: Code::$code, cause: &[$($cause),+], remedy: &[$($remedy),+], left: $left };
                    judge(&super::$name().await, &demand);
                }
            )+
        }
    };
}

/// How a deploy ends that must not succeed.
pub(crate) async fn deploy(world: &crate::broken_situations::world::World, options: &[&str]) -> Seen {
    let before = There::before(&world.cloud);
    match world.deploy(options).await {
        Ok(outcome) => panic!("the deploy went through: {outcome:?}"),
        Err(error) => Seen::of(&error, &world.cloud, &before),
    }
}
