//! Why a value of a file can't be read, and where it stands.

use std::ops::Range;

/// A step on the way from the file's root to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Why a value can't be read, and where it stands.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) path: Vec<Step>,
    pub(super) span: Option<Range<usize>>,
    pub(super) kind: FaultKind,
}

/// Why a value can't be read.
#[derive(Debug)]
pub(super) enum FaultKind {
    /// The value's own type says why.
    Refused(String),
    UnknownKey {
        key: String,
        known: &'static [&'static str],
    },
    MissingKey(&'static str),
    /// Not what the schema asks for; the text is what was found instead.
    Mismatch(String),
}
