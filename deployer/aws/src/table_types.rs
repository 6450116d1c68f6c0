//! Items of DynamoDB tables, and questions to them.

use std::collections::BTreeMap;

/// An item, or the key of one.
pub type TableItem = BTreeMap<String, TableValue>;

/// A value of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableValue {
    /// A text.
    Text(String),
    /// A number, in decimal digits, as DynamoDB keeps it.
    Number(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// True or false.
    Flag(bool),
    /// A list or a set.
    List(Vec<TableValue>),
    /// Values by name.
    Map(TableItem),
    /// Nothing.
    Null,
}

impl TableValue {
    /// Makes a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Makes a number.
    pub fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one or a text of one, as the system that stellarr replaces wrote some.
    #[must_use]
    pub fn as_number<T: std::str::FromStr>(&self) -> Option<T> {
        match self {
            Self::Number(digits) | Self::Text(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

/// Asks for the items of one partition, of a table or of one of its indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableQuery {
    /// The partition key's name and its value.
    pub partition: (String, String),
    /// The index, when not the table itself.
    pub index: Option<String>,
    /// Only items whose attribute of this name is above this number.
    pub above: Option<(String, i64)>,
    /// From the highest sort key down.
    pub descending: bool,
    /// No more than this many; all when none.
    pub limit: Option<usize>,
}

impl TableQuery {
    /// Asks for a whole partition of the table.
    pub fn of(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { partition: (name.into(), value.into()), index: None, above: None, descending: false, limit: None }
    }
}
