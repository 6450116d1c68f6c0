//! Where things are kept: DynamoDB, SQLite and memory stores; trending objects; secrets.

#[cfg(any(feature = "dynamodb", feature = "s3", feature = "secrets-manager"))]
pub mod aws;
#[cfg(any(feature = "dynamodb", feature = "sqlite"))]
pub mod catalogue;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(any(feature = "dynamodb", feature = "s3", feature = "secrets-manager"))]
mod http_client;
pub mod memory;
pub mod objects;
#[cfg(feature = "secrets-manager")]
pub mod secrets;
#[cfg(feature = "sqlite")]
pub mod sqlite;
