//! Trending objects in memory, for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use stellarr_core::trending::{Object, ObjectError, TrendingObjects, Written};

/// Keeps trending objects in memory.
#[derive(Debug, Default)]
pub struct MemoryObjects {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl MemoryObjects {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> T {
        work(&mut self.objects.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns every object by name.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.with(|objects| objects.clone())
    }
}

#[async_trait]
impl TrendingObjects for MemoryObjects {
    async fn read(&self, name: &str) -> Result<Option<Object>, ObjectError> {
        Ok(self.with(|objects| objects.get(name).cloned()).map(super::object))
    }

    async fn exists(&self, name: &str) -> Result<bool, ObjectError> {
        Ok(self.with(|objects| objects.contains_key(name)))
    }

    async fn write(&self, name: &str, body: Vec<u8>) -> Result<Written, ObjectError> {
        Ok(self.with(|objects| {
            if objects.get(name) == Some(&body) {
                return Written::Unchanged;
            }
            objects.insert(name.to_owned(), body);
            Written::Changed
        }))
    }

    async fn replace(&self, name: &str, body: Vec<u8>, read: Option<&Object>) -> Result<bool, ObjectError> {
        Ok(self.with(|objects| {
            let is_as_read = objects.get(name) == read.map(|read| &read.body);
            if is_as_read {
                objects.insert(name.to_owned(), body);
            }
            is_as_read
        }))
    }
}
