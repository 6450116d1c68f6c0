//! What the environment decides.

use crate::origin::OriginCheck;

/// Holds everything that the environment decides about the API.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which requests came through the CDN.
    pub origin_check: OriginCheck,
}

impl Settings {
    /// Reads the settings of the Lambda form.
    pub fn lambda(variable: impl Fn(&str) -> Option<String>) -> Self {
        let list = variable("ORIGIN_VERIFY_SHA256").unwrap_or_default();
        Self { origin_check: OriginCheck::from_list(&list) }
    }
}
