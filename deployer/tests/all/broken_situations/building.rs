//! This computer: sources, tools, and what they made.

use std::path::Path;

use stellarr::base::error::CommandError;
use stellarr::build::{Requirements, check_elf};
use stellarr_testing::FakeCloud;

use crate::broken_situations::process::Process;
use crate::broken_situations::seen::{Seen, There};

situations! {
    no_clone_of_the_repository: SourcesMissing, ["no stellarr sources"], ["clone of the stellarr repository"], Nothing;
    no_standard_library_for_the_target: ToolMissing, ["aarch64-unknown-linux-gnu", "standard library"], ["rustup target add aarch64-unknown-linux-gnu"], Nothing;
    no_linker_for_the_target: ToolMissing, ["no linker for aarch64"], ["cargo-zigbuild", "apt-get install"], Nothing;
    a_program_for_another_processor: ArtifactUnfit, ["bootstrap", "x86_64", "arm64"], ["CARGO_BUILD_TARGET"], Nothing;
    no_program_at_all: ArtifactUnfit, ["bootstrap"], ["build"], Nothing;
}

async fn no_clone_of_the_repository() -> Seen {
    Process::new().run(&["build"]).await
}

/// A clone's outline, and a folder of programs that stand in for the real ones.
fn clone(programs: &[(&str, &str)]) -> Process {
    use std::os::unix::fs::PermissionsExt;
    let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let repository = Path::new(&manifest).parent().unwrap();
    let mut process = Process::new();
    for (name, text) in programs {
        let path = format!("bin/{name}");
        process = process.file(&path, format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(process.path(&path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = process.path("bin").display().to_string();
    std::os::unix::fs::symlink(repository.join("functions"), process.path("functions")).unwrap();
    std::os::unix::fs::symlink(repository.join("frontend"), process.path("frontend")).unwrap();
    process.file("Cargo.toml", "[workspace]\n").set("PATH", &path).set("RUSTC", "rustc")
}

async fn no_standard_library_for_the_target() -> Seen {
    clone(&[("rustc", "echo /nonexistent/lib")]).run(&["build"]).await
}

async fn no_linker_for_the_target() -> Seen {
    let process = clone(&[]).file("sysroot/libcore-1.rlib", "");
    let said = format!("echo {}", process.path("sysroot").display());
    let process = process.file("bin/rustc", format!("#!/bin/sh\n{said}\n"));
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(process.path("bin/rustc"), std::fs::Permissions::from_mode(0o755)).unwrap();
    process.run(&["build"]).await
}

/// How a check of a built file ends that must not succeed.
fn checked(bytes: &[u8]) -> Seen {
    let cloud = FakeCloud::strict("eu-west-1");
    let before = There::before(&cloud);
    let error = check_elf(Path::new("target/bootstrap"), bytes, &Requirements::lambda()).unwrap_err();
    Seen::of(&CommandError::from(error), &cloud, &before)
}

async fn a_program_for_another_processor() -> Seen {
    checked(&std::fs::read(env!("CARGO_BIN_EXE_stellarr")).unwrap())
}

async fn no_program_at_all() -> Seen {
    checked(b"<html>not found</html>")
}
