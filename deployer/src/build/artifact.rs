//! One executable → one reproducible zip, checked to be what Lambda runs.

use crate::base::artifact::Artifact;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use libdeflater::{CompressionLvl, Compressor};
use object::elf;
use object::read::elf::{ElfFile64, FileHeader};
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::BuildError;
use super::toolchain::NEWEST_GLIBC;
use crate::base::files;

/// What an executable must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    machine: Option<u16>,
    newest_glibc: Option<(u32, u32)>,
    /// libdeflate's level, 0 to 12.
    compression: i32,
}

impl Requirements {
    /// An arm64 executable that needs nothing newer than Amazon Linux 2023 has.
    #[must_use]
    pub fn lambda() -> Self {
        Self { machine: Some(elf::EM_AARCH64.0), newest_glibc: Some(NEWEST_GLIBC), compression: 12 }
    }

    /// Anything that this computer runs, packaged quickly.
    #[must_use]
    pub fn sandbox() -> Self {
        Self { machine: None, newest_glibc: None, compression: 1 }
    }
}

/// What was packaged last time, to skip compressing the same bytes again.
#[derive(Serialize, Deserialize)]
struct Record {
    binary_sha256: String,
    artifact: Artifact,
}

/// Checks and zips `binary` as `bootstrap` into `cache`; the same bytes always give the same zip.
///
/// # Errors
/// When the file is missing, empty, not an executable for the processor, or needs a newer glibc.
pub fn package(
    function: &str,
    binary: &Path,
    cache: &Path,
    requirements: &Requirements,
) -> Result<Artifact, BuildError> {
    let binary_sha256 = sha256_of(binary).map_err(BuildError::io(binary))?;
    let record_path = cache.join(format!("{function}.json"));
    if let Some(record) = read_record(&record_path)
        && record.binary_sha256 == binary_sha256
        && fs::metadata(&record.artifact.path).is_ok_and(|zip| zip.len() == record.artifact.size)
    {
        return Ok(record.artifact);
    }
    let bytes = fs::read(binary).map_err(BuildError::io(binary))?;
    check_elf(binary, &bytes, requirements)?;
    let zip = zip_bootstrap(&bytes, requirements.compression).map_err(BuildError::io(binary))?;
    let path = cache.join(format!("{function}.zip"));
    files::write_atomically(&path, &zip).map_err(BuildError::io(&path))?;
    let artifact = Artifact {
        function: function.to_owned(),
        path,
        sha256: hex::encode(Sha256::digest(&zip)),
        size: zip.len() as u64,
    };
    let record = Record { binary_sha256, artifact };
    let text = serde_json::to_vec_pretty(&record).unwrap_or_default();
    files::write_atomically(&record_path, &text).map_err(BuildError::io(&record_path))?;
    Ok(record.artifact)
}

/// The file's hash, read in pieces: most runs need no more of it.
fn sha256_of(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}

fn read_record(path: &Path) -> Option<Record> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// The first moment that an archive can name, 1980-01-01, in unix seconds. One for all: when it is packed must not change it.
const ZIP_EPOCH: i64 = 315_532_800;

/// Puts the function's binary into an archive, by its name on Lambda; the same bytes give the same archive.
fn zip_bootstrap(binary: &[u8], compression: i32) -> std::io::Result<Vec<u8>> {
    let level = CompressionLvl::new(compression).map_err(|error| std::io::Error::other(format!("{error:?}")))?;
    let mut compressor = Compressor::new(level);
    let mut deflated = vec![0; compressor.deflate_compress_bound(binary.len())];
    let size = compressor.deflate_compress(binary, &mut deflated).map_err(std::io::Error::other)?;
    deflated.truncate(size);
    let mut zip = ZipArchiveWriter::new(Vec::with_capacity(size + 1024));
    let entry = zip
        .new_file("bootstrap")
        .compression_method(CompressionMethod::DEFLATE)
        .last_modified(UtcDateTime::from_unix(ZIP_EPOCH))
        .unix_permissions(0o100_755);
    let (mut entry, _) = entry.start().map_err(std::io::Error::other)?;
    entry.write_all(&deflated)?;
    let written = DataDescriptorOutput::new(libdeflater::crc32(binary), binary.len() as u64);
    entry.finish(written).map_err(std::io::Error::other)?;
    zip.finish().map_err(std::io::Error::other)
}

/// Checks that `bytes` are an executable that meets the requirements.
///
/// # Errors
/// When they are not, with what they are instead.
pub fn check_elf(path: &Path, bytes: &[u8], requirements: &Requirements) -> Result<(), BuildError> {
    let refuse = |problem: String, remedy: &str| BuildError::BadArtifact {
        path: path.to_owned(),
        problem,
        remedy: remedy.to_owned(),
    };
    let rebuild = "delete the file and run the command again, so that cargo builds it anew";
    if bytes.is_empty() {
        return Err(refuse("the file is empty".to_owned(), rebuild));
    }
    let Some(wanted) = requirements.machine else { return Ok(()) };
    let file = ElfFile64::<object::Endianness>::parse(bytes)
        .map_err(|_| refuse("not a 64-bit Linux executable".to_owned(), rebuild))?;
    let endian = file.endian();
    let machine = file.elf_header().e_machine(endian).0;
    if machine != wanted {
        return Err(refuse(
            format!("built for {}, but the functions run on {}", machine_name(machine), machine_name(wanted)),
            "build without a `--target` of your own in .cargo/config.toml, or remove CARGO_BUILD_TARGET",
        ));
    }
    let Some(newest) = requirements.newest_glibc else { return Ok(()) };
    let needed = highest_glibc(&file).map_err(|error| refuse(format!("unreadable executable: {error}"), rebuild))?;
    if let Some((needed, symbol)) = needed
        && needed > newest
    {
        return Err(refuse(
            format!(
                "needs glibc {}.{} (for {symbol}), but Amazon Linux 2023 has {}.{}",
                needed.0, needed.1, newest.0, newest.1
            ),
            "install cargo-zigbuild (`pip install ziglang && cargo install --locked cargo-zigbuild`), and unset \
             CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER if it is set; stellarr then builds against 2.34",
        ));
    }
    Ok(())
}

/// A version of glibc and the library that it is asked of.
type NeededGlibc = ((u32, u32), String);

/// The newest `GLIBC_x.y` that the executable asks for, and the symbol version's library.
fn highest_glibc(file: &ElfFile64<'_, object::Endianness>) -> Result<Option<NeededGlibc>, object::read::Error> {
    let endian = file.endian();
    let sections = file.elf_section_table();
    let Some((mut needs, link)) = sections.gnu_verneed(endian, file.data())? else { return Ok(None) };
    let strings = sections.strings(endian, file.data(), link)?;
    let mut highest: Option<NeededGlibc> = None;
    while let Some((need, mut versions)) = needs.next()? {
        let library = String::from_utf8_lossy(need.file(endian, strings)?).into_owned();
        while let Some(version) = versions.next()? {
            let name = String::from_utf8_lossy(version.name(endian, strings)?).into_owned();
            let Some((major, minor)) = name.strip_prefix("GLIBC_").and_then(|version| version.split_once('.')) else {
                continue;
            };
            let minor = minor.split('.').next().unwrap_or_default();
            if let (Ok(major), Ok(minor)) = (major.parse(), minor.parse())
                && highest.as_ref().is_none_or(|(known, _)| (major, minor) > *known)
            {
                highest = Some(((major, minor), library.clone()));
            }
        }
    }
    Ok(highest)
}

fn machine_name(machine: u16) -> String {
    match machine {
        machine if machine == elf::EM_AARCH64.0 => "arm64".to_owned(),
        machine if machine == elf::EM_X86_64.0 => "x86_64".to_owned(),
        other => format!("processor number {other}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::PathBuf;

    use super::*;

    fn own_executable() -> (PathBuf, Vec<u8>) {
        let path = std::env::current_exe().unwrap();
        let bytes = fs::read(&path).unwrap();
        (path, bytes)
    }

    #[test]
    fn the_same_bytes_give_the_same_zip() {
        let (_, bytes) = own_executable();
        let bytes = &bytes[..100_000];
        assert_eq!(zip_bootstrap(bytes, 12).unwrap(), zip_bootstrap(bytes, 12).unwrap());
    }

    #[test]
    fn the_zip_holds_an_executable_bootstrap() {
        let zip = zip_bootstrap(b"binary", 12).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_index(0).unwrap();
        assert_eq!((entry.name().unwrap().as_ref(), entry.unix_mode()), ("bootstrap", Some(0o100_755)));
        let modified = entry.last_modified().map(|time| (time.year(), time.month(), time.day()));
        assert_eq!(modified, Some((1980, 1, 1)));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"binary");
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn an_executable_for_another_processor_is_refused() {
        let (path, bytes) = own_executable();
        let error = check_elf(&path, &bytes, &Requirements::lambda()).unwrap_err().to_string();
        assert!(error.ends_with("built for x86_64, but the functions run on arm64"), "{error}");
    }

    #[test]
    fn a_newer_glibc_is_refused_with_its_version() {
        let (path, bytes) = own_executable();
        let requirements = Requirements {
            machine: Some(if cfg!(target_arch = "aarch64") { elf::EM_AARCH64.0 } else { elf::EM_X86_64.0 }),
            newest_glibc: Some((2, 1)),
            compression: 1,
        };
        let error = check_elf(&path, &bytes, &requirements).unwrap_err().to_string();
        assert!(error.contains("needs glibc 2.") && error.contains("has 2.1"), "{error}");
    }

    #[test]
    fn empty_files_and_other_formats_are_refused() {
        let lambda = Requirements::lambda();
        let empty = check_elf(Path::new("x"), b"", &lambda).unwrap_err().to_string();
        let text = check_elf(Path::new("x"), b"#!/bin/sh\n", &lambda).unwrap_err().to_string();
        assert_eq!((empty.as_str(), text.as_str()), ("x: the file is empty", "x: not a 64-bit Linux executable"));
    }

    #[test]
    fn packaging_again_reuses_the_zip_and_notices_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("bin");
        fs::write(&binary, b"one").unwrap();
        let cache = folder.path().join("cache");
        let requirements = Requirements::sandbox();
        let first = package("api", &binary, &cache, &requirements).unwrap();
        assert_eq!(package("api", &binary, &cache, &requirements).unwrap(), first);
        fs::write(&binary, b"two").unwrap();
        assert_ne!(package("api", &binary, &cache, &requirements).unwrap().sha256, first.sha256);
    }
}
