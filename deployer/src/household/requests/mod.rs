//! What a household has entered, its requests and its library, as one JSON document: out of a table, a site or a
//! folder, and back in.

mod document;
mod site;
mod table;

pub use document::parse;
pub use site::{Login, Site};
pub use table::{export, import, list};
