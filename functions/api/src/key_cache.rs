//! The derived key, computed once: it takes a good part of a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use stellarr_core::auth::DerivedKey;
use tokio::sync::OnceCell;

/// More origins than these are asked for in a sandbox only.
const MAX_KEYS: usize = 8;

/// Keeps derived keys by password, origin and rounds.
#[derive(Default)]
pub struct KeyCache(Mutex<HashMap<[u8; 32], Kept>>);

#[derive(Clone, Default)]
struct Kept {
    cell: Arc<OnceCell<DerivedKey>>,
    proven: Arc<AtomicBool>,
}

/// A derived key, which may be kept for long.
pub struct Derived {
    /// The key.
    pub key: DerivedKey,
    proven: Arc<AtomicBool>,
}

impl Derived {
    /// Notes that somebody knew the password: keys of other origins no longer push this one out.
    pub fn prove(&self) {
        self.proven.store(true, Ordering::Relaxed);
    }
}

impl KeyCache {
    /// Returns the key; those who ask together wait for one computation.
    pub async fn derive(&self, password: &str, origin: &str, iterations: u32) -> Derived {
        let mut name = Sha256::new();
        for part in [password.as_bytes(), origin.as_bytes(), &iterations.to_be_bytes()] {
            name.update((part.len() as u64).to_be_bytes());
            name.update(part);
        }
        let name: [u8; 32] = name.finalize().into();
        let Kept { cell, proven } = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= MAX_KEYS && !kept.contains_key(&name) {
                kept.retain(|_, kept| kept.proven.load(Ordering::Relaxed));
                if kept.len() >= MAX_KEYS {
                    kept.clear();
                }
            }
            kept.entry(name).or_default().clone()
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
        Derived { key: cell.get_or_init(compute).await.clone(), proven }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn foreign_origins_do_not_push_out_the_sites_own() {
        let keys = KeyCache::default();
        let kept = || keys.0.lock().unwrap().values().filter(|kept| kept.proven.load(Ordering::Relaxed)).count();
        keys.derive("password", "http://media.lan", 1).await.prove();
        for host in 0..50 {
            keys.derive("password", &format!("http://{host}.local"), 1).await;
            assert!(keys.0.lock().unwrap().len() <= MAX_KEYS);
        }
        assert_eq!(kept(), 1);
        for host in 0..MAX_KEYS {
            keys.derive("password", &format!("http://{host}.lan"), 1).await.prove();
        }
        assert!(kept() <= MAX_KEYS);
    }
}
