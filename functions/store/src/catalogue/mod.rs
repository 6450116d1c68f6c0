//! The catalogue in DynamoDB, in SQLite and in memory.

#[cfg(feature = "dynamodb")]
pub mod dynamodb;
pub mod memory;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "dynamodb", feature = "sqlite"))]
mod text;
