//! The domain: its hosted zone, its certificate and its records.

pub mod certificate;
pub mod existing_records;
pub mod record;
pub mod records;
pub mod zone;
