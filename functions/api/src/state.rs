//! Everything that a handler may use.

use std::ops::Deref;
use std::sync::Arc;

use crate::settings::Settings;

/// Holds what the API is made of. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Parts>);

/// The parts; whoever hosts the API puts them together.
pub struct Parts {
    /// What the environment decides.
    pub settings: Settings,
}

impl Api {
    /// Takes the parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
