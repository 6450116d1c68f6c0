//! What a case is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use stellarr_core::store::Store;

/// Runs a case; panics when the store does not do what it must.
pub(crate) type Run = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// One thing that a store must do.
pub(crate) struct Case {
    /// What it is about.
    pub(crate) name: &'static str,
    /// Panics when the store does not.
    pub(crate) run: Run,
}

/// Lists the cases of a file.
#[macro_export]
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        /// All cases.
        pub(crate) const ALL: &[$crate::contract::case::Case] = &[$($crate::contract::case::Case { name: stringify!($name), run: |store| Box::pin($name(store)) }),*];
    };
}
