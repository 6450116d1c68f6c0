//! What several tests use.

pub(crate) mod arbitrary_config;
pub(crate) mod template_names;
pub(crate) mod world;
