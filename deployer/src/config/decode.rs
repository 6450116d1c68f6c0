//! From the tree of a file to [`Config`], past every fault.
//!
//! Serde stops at the first fault. So each fault is noted and its place left out, and the reading starts again, until it
//! comes through: every key but `name` has a default that stands in.

use std::ops::Range;

use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::explain;
use super::fault::{Fault, FaultKind, Step};
use super::model::Config;
use super::problem::Problem;
use super::tree::{Node, ParsedDocument, SectionEntry, Value};

/// Problems that are reported at most. Whoever has more has chosen the wrong file.
pub(super) const MAX_PROBLEMS: usize = 100;

/// Stands in for a missing name, so that the other rules can be checked.
const PLACEHOLDER: &str = "stellarr";

/// Reads the document, and notes every fault of it. `None` when it can't go on: there are too many, or no keys at all.
pub(super) fn decode(document: &mut ParsedDocument, problems: &mut Vec<Problem>) -> Option<Config> {
    if document.root.is_null() {
        document.root.value = Value::Section(Vec::new());
    }
    while problems.len() < MAX_PROBLEMS {
        let fault = match Config::deserialize(NodeDeserializer { node: &document.root }) {
            Ok(config) => return Some(config),
            Err(fault) => fault,
        };
        if let FaultKind::MissingKey(key) = fault.kind {
            match put_placeholder(&mut document.root, key) {
                Absent::New if document.complete => problems.push(explain::missing(key)),
                Absent::New | Absent::Reported => {}
                Absent::NoSection => return None,
            }
            continue;
        }
        if fault.path.is_empty() {
            // The file is no section at all. What a syntax error left of it says nothing.
            if document.complete {
                problems.push(explain::not_a_section(&document.root, &fault));
            }
            return None;
        }
        problems.push(explain::fault(&fault));
        document.root.leave_out(&fault.path);
    }
    None
}

/// Why a required key is not there.
enum Absent {
    New,
    /// There is one with a faulty value.
    Reported,
    /// There is nothing that could hold it.
    NoSection,
}

/// Sets a required key so that reading can go on.
fn put_placeholder(root: &mut Node, key: &str) -> Absent {
    let value = Value::Scalar { text: PLACEHOLDER.to_owned(), plain: true };
    let Value::Section(entries) = &mut root.value else {
        return Absent::NoSection;
    };
    let node = Node { span: root.span.clone(), value };
    if let Some(entry) = entries.iter_mut().find(|entry| entry.key == key) {
        entry.node.value = node.value;
        return Absent::Reported;
    }
    entries.push(SectionEntry { key: key.to_owned(), key_span: 0..0, node });
    Absent::New
}

impl Node {
    /// Finds the entry or element at the end of the path.
    pub(super) fn find(&self, path: &[Step]) -> Option<&Self> {
        let Some((step, rest)) = path.split_first() else {
            return Some(self);
        };
        match (&self.value, step) {
            (Value::Section(entries), Step::Key(key)) => {
                entries.iter().find(|entry| entry.key == *key)?.node.find(rest)
            }
            (Value::List(items), Step::Index(index)) => items.get(*index)?.find(rest),
            _ => None,
        }
    }

    fn leave_out(&mut self, path: &[Step]) {
        let Some((step, rest)) = path.split_first() else {
            return;
        };
        let child = match (&mut self.value, step) {
            (Value::Section(entries), Step::Key(key)) => {
                entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.node)
            }
            (Value::List(items), Step::Index(index)) => items.get_mut(*index),
            _ => None,
        };
        match child {
            Some(child) if rest.is_empty() => child.value = Value::Faulty,
            Some(child) => child.leave_out(rest),
            None => self.value = Value::Faulty,
        }
    }
}

impl Fault {
    fn new(kind: FaultKind) -> Self {
        Self { path: Vec::new(), span: None, kind }
    }

    fn mismatch(node: &Node) -> Self {
        let found = match &node.value {
            _ if node.is_null() => "nothing".to_owned(),
            Value::Scalar { text, plain: true } => explain::quoted(text),
            Value::Scalar { text, plain: false } => explain::quoted(&format!("\"{text}\"")),
            Value::List(_) => "a list".to_owned(),
            Value::Section(_) | Value::Faulty => "a section".to_owned(),
        };
        Self::new(FaultKind::Mismatch(found))
    }

    /// Adds the step that leads to the fault, and the place if it is not known more closely.
    fn below(mut self, step: Step, span: &Range<usize>) -> Self {
        self.path.insert(0, step);
        self.span.get_or_insert_with(|| span.clone());
        self
    }
}

impl de::Error for Fault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::new(FaultKind::Refused(message.to_string()))
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new(FaultKind::Mismatch(found(unexpected)))
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new(FaultKind::Mismatch(found(unexpected)))
    }

    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Self {
        Self::new(FaultKind::Mismatch(explain::quoted(variant)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(FaultKind::UnknownKey { key: field.to_owned(), known: expected })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(FaultKind::MissingKey(field))
    }
}

fn found(unexpected: de::Unexpected<'_>) -> String {
    match unexpected {
        de::Unexpected::Str(text) => explain::quoted(text),
        de::Unexpected::Map => "a section".to_owned(),
        de::Unexpected::Seq => "a list".to_owned(),
        de::Unexpected::Unit => "nothing".to_owned(),
        other => other.to_string().replace("integer ", "").replace("boolean ", ""),
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?}", self.kind)
    }
}

impl std::error::Error for Fault {}

#[derive(Clone, Copy)]
struct NodeDeserializer<'a> {
    node: &'a Node,
}

impl<'a> NodeDeserializer<'a> {
    /// Returns the text of a single value that is written without quotes.
    fn plain(self) -> Result<&'a str, Fault> {
        match &self.node.value {
            Value::Scalar { text, plain: true } => Ok(text),
            _ => Err(Fault::mismatch(self.node)),
        }
    }

    fn text(self) -> Result<&'a str, Fault> {
        match &self.node.value {
            Value::Scalar { text, .. } if !self.node.is_null() => Ok(text),
            _ => Err(Fault::mismatch(self.node)),
        }
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            _ if self.node.is_null() => visitor.visit_unit(),
            Value::Scalar { text, .. } => visitor.visit_str(text),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Section(_) | Value::Faulty => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.plain()? {
            "true" | "True" | "TRUE" => visitor.visit_bool(true),
            "false" | "False" | "FALSE" => visitor.visit_bool(false),
            _ => Err(Fault::mismatch(self.node)),
        }
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.plain()?;
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<u32>() {
            Ok(number) if is_number => visitor.visit_u32(number),
            _ => Err(Fault::mismatch(self.node)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::List(items) => visitor.visit_seq(Items { items: items.iter().enumerate() }),
            _ => Err(Fault::mismatch(self.node)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Section(entries) => visitor.visit_map(Entries { entries: entries.iter(), current: None }),
            // A heading whose keys are all commented out is a section without keys.
            _ if self.node.is_null() => visitor.visit_map(Entries { entries: [].iter(), current: None }),
            _ => Err(Fault::mismatch(self.node)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(StrDeserializer::new(self.text()?))
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
        ignored_any
    }
}

struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((index, node)) = self.items.find(|(_, node)| !node.is_faulty()) else {
            return Ok(None);
        };
        let read = seed.deserialize(NodeDeserializer { node });
        read.map(Some).map_err(|fault| fault.below(Step::Index(index), &node.span))
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, SectionEntry>,
    current: Option<&'a SectionEntry>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.current = self.entries.find(|entry| !entry.node.is_faulty());
        let Some(entry) = self.current else {
            return Ok(None);
        };
        let read = seed.deserialize(StrDeserializer::<Fault>::new(&entry.key));
        read.map(Some).map_err(|fault| fault.below(Step::Key(entry.key.clone()), &entry.key_span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some(entry) = self.current else {
            return Err(de::Error::custom("a value without a key"));
        };
        seed.deserialize(NodeDeserializer { node: &entry.node })
            .map_err(|fault| fault.below(Step::Key(entry.key.clone()), entry.place()))
    }
}

impl SectionEntry {
    /// Returns where the value stands, or its key when nothing is written.
    pub(super) fn place(&self) -> &Range<usize> {
        if self.node.span.is_empty() { &self.key_span } else { &self.node.span }
    }
}
