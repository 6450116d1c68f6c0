//! The name that a user goes by.

/// Holds a display name: trimmed, 1 to 50 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// Says why a text is no display name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but blanks.
    #[error("Name is required")]
    Empty,
    /// More than 50 characters.
    #[error("Name must be at most 50 characters")]
    TooLong,
}

impl DisplayName {
    /// Trims a name and checks its length in code points.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = text.trim();
        match name.chars().count() {
            0 => Err(NameError::Empty),
            1..=50 => Ok(Self(name.to_owned())),
            _ => Err(NameError::TooLong),
        }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_count_not_bytes() {
        assert_eq!(DisplayName::parse("  Zoë ").map(|name| name.0), Ok("Zoë".to_owned()));
        assert!(DisplayName::parse(&"é".repeat(50)).is_ok());
        assert_eq!(DisplayName::parse(&"é".repeat(51)), Err(NameError::TooLong));
        assert_eq!(DisplayName::parse(" \t\n"), Err(NameError::Empty));
    }
}
