//! Web push: encryption (RFC 8291), the sender's token (RFC 8292), and the call.

mod encrypt;
mod sender;
mod vapid;

pub use encrypt::{EncryptError, encrypt};
pub use sender::PushClient;
pub use vapid::{Vapid, VapidError};
