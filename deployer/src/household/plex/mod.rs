//! Reads what a Plex server holds and tells the site.
//!
//! Everything is read before anything is sent. Of each kind of title the site then gets a new generation: one call opens
//! it, batches fill it, and one closes it, which removes what was not sent. A failure in between removes nothing.

mod library;
mod retry;
mod server;
mod site;

pub use library::{Holdings, Title, media_type_of_section, plural};
pub use server::{PlexServer, Section};
pub use site::{Sent, SiteLibrary};
