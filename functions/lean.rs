//! Leaves the tables for unwinding out of what runs on Lambda: there a panic ends the process, so that nobody reads them,
//! and they are a tenth of a function's zip.
//!
//! The build script of each function.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=../lean.rs");
    println!("cargo::rerun-if-changed=../lean.ld");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let folder = variable("OUT_DIR");
    // The name of a profile is told by no variable but the folder.
    let on_lambda = Path::new(&folder).components().any(|part| part.as_os_str() == "lambda");
    // These two read no linker script that adds to their own.
    let other_linker = variable("RUSTC_LINKER").contains("zig") || variable("CARGO_ENCODED_RUSTFLAGS").contains("mold");
    if on_lambda && variable("CARGO_CFG_TARGET_OS") == "linux" && !other_linker {
        let script = Path::new(&variable("CARGO_MANIFEST_DIR")).join("../lean.ld");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
    }
}
