//! The domain: its hosted zone, its certificate and its records.

pub mod certificate;
pub mod domains;
pub mod records;
pub mod zone;
