//! The derived key, computed once: it takes a good part of a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use stellarr_core::auth::DerivedKey;
use tokio::sync::OnceCell;

/// More origins than these are asked for in a sandbox only.
const MOST: usize = 8;

type Cell = Arc<OnceCell<DerivedKey>>;

/// Keeps derived keys by password, origin and rounds.
#[derive(Default)]
pub struct KeyCache(Mutex<HashMap<[u8; 32], Cell>>);

impl KeyCache {
    /// Returns the key; those who ask together wait for one computation.
    pub async fn derive(&self, password: &str, origin: &str, iterations: u32) -> DerivedKey {
        let mut name = Sha256::new();
        for part in [password.as_bytes(), origin.as_bytes(), &iterations.to_be_bytes()] {
            name.update((part.len() as u64).to_be_bytes());
            name.update(part);
        }
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if cells.len() >= MOST {
                cells.clear();
            }
            Arc::clone(cells.entry(name.finalize().into()).or_default())
        };
        let compute = || async {
            let (password, origin) = (password.to_owned(), origin.to_owned());
            let (of, salt) = (password.clone(), origin.clone());
            // Elsewhere, so that other requests go on meanwhile.
            match tokio::task::spawn_blocking(move || DerivedKey::derive(&of, &salt, iterations)).await {
                Ok(key) => key,
                Err(_) => DerivedKey::derive(&password, &origin, iterations),
            }
        };
        cell.get_or_init(compute).await.clone()
    }
}
