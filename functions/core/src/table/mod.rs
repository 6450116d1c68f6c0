//! The layout of the two DynamoDB tables: names of keys, indexes and attributes, and what domain types look like as items.
//!
//! [`requests`] describes the table of requests, library, members and devices; [`catalogue`] the table of the catalogue,
//! whose keys [`crate::catalogue`] explains. Functions and the deployer keep items in types of their own clients, so items
//! are written and read here as [`Attributes`] and through [`ItemReader`].

pub mod catalogue;
pub mod requests;

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

/// A value of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// A text (`S`).
    Text(Cow<'a, str>),
    /// A number in decimal digits (`N`).
    Number(Cow<'a, str>),
    /// A list (`L`).
    List(Vec<Attribute<'a>>),
}

impl<'a> Attribute<'a> {
    /// Makes a text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Makes a number.
    pub fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string().into())
    }

    fn parsed<T: FromStr>(&self) -> Option<T> {
        match self {
            Self::Number(digits) | Self::Text(digits) => digits.parse().ok(),
            Self::List(_) => None,
        }
    }
}

/// An item to be written: values by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes<'a>(pub Vec<(&'static str, Attribute<'a>)>);

impl<'a> Attributes<'a> {
    /// Adds a text, unless it is missing or empty.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: Option<impl Into<Cow<'a, str>>>) -> Self {
        if let Some(value) = value.map(Into::into).filter(|value| !value.is_empty()) {
            self.0.push((name, Attribute::Text(value)));
        }
        self
    }

    /// Adds a number, unless it is missing.
    #[must_use]
    pub fn number(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.0.push((name, Attribute::number(value)));
        }
        self
    }

    /// Adds a list of numbers, unless it is empty.
    #[must_use]
    pub fn numbers(mut self, name: &'static str, values: &[impl Display]) -> Self {
        if !values.is_empty() {
            self.0.push((name, Attribute::List(values.iter().map(Attribute::number).collect())));
        }
        self
    }
}

/// Reads an item through a function that returns the value of an attribute.
pub struct ItemReader<F>(pub F);

impl<'a, F: Fn(&str) -> Option<Attribute<'a>>> ItemReader<F> {
    /// Returns a text that is not empty.
    pub fn text(&self, name: &str) -> Option<String> {
        match (self.0)(name)? {
            Attribute::Text(text) if !text.is_empty() => Some(text.into_owned()),
            _ => None,
        }
    }

    /// Returns a number. The system that stellarr replaces wrote some as texts.
    pub fn number<T: FromStr>(&self, name: &str) -> Option<T> {
        (self.0)(name)?.parsed()
    }

    /// Returns the numbers of a list.
    pub fn numbers<T: FromStr>(&self, name: &str) -> Vec<T> {
        match (self.0)(name) {
            Some(Attribute::List(values)) => values.iter().filter_map(Attribute::parsed).collect(),
            _ => Vec::new(),
        }
    }
}
