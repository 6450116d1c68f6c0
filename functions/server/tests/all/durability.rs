//! What the self-hosted process keeps, and for whose eyes: through a power cut, a full disk, and damage.

use crate::process;

use std::fs::Permissions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use process::{Server, command, run, stderr, tree, wrapped};
use serde_json::{Value, json};
use stellarr_standin::{Options, Standin};

const DATABASE: &str = "stellarr.sqlite3";

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn overwrite(file: &Path, from: u64, bytes: &[u8]) {
    let mut file = std::fs::OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    file.write_all(bytes).unwrap();
}

/// Overwrites a quarter of the file where the titles of the library are.
fn damage(file: &Path) {
    let pages = std::fs::metadata(file).unwrap().len() / 4_096;
    overwrite(file, pages / 2 * 4_096, &vec![0xa5; usize::try_from(pages / 4 * 4_096).unwrap()]);
}

/// Returns the titles of the library that the folder holds.
fn library(data: &Path) -> Vec<u64> {
    let exported: Value = serde_json::from_slice(&run(data, &["export"]).stdout).unwrap();
    exported["library"].as_array().unwrap().iter().map(|row| row["tmdb_id"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_acknowledged_write_is_synced_to_the_disk_first() {
    // With -D, strace is the grandchild, so that signals reach the server.
    let strace = ["strace", "-D", "-f", "-qq", "-y", "-e", "trace=fsync,fdatasync", "-o"];
    let permitted = Command::new(strace[0]).args(&strace[1..]).args(["/dev/null", "true"]).output();
    if !permitted.is_ok_and(|output| output.status.success()) {
        println!("skipped: strace is not installed, or may not trace (the store's own test reads PRAGMA synchronous)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let trace = folder.path().join("trace");
    let wrapper: Vec<&str> = strace.iter().copied().chain([trace.to_str().unwrap()]).collect();
    let server = Server::start(wrapped(&wrapper, &data));
    let syncs = || {
        let text = std::fs::read_to_string(&trace).unwrap();
        text.lines().filter(|line| line.contains("stellarr.sqlite3-wal>")).count()
    };
    for id in 1..=20 {
        let before = syncs();
        assert_eq!(server.sync(id..id + 1).await, 200);
        assert!(syncs() > before, "write {id} was acknowledged before the log was synced");
    }
    // An answer that was given outlives the process' sudden end.
    drop(server);
    assert_eq!(library(&data), (1..=20).collect::<Vec<u64>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_is_its_owners_alone() {
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let start = || {
        let mut command = wrapped(&["sh", "-c", "umask 022; exec \"$0\""], &data);
        command.env("TMDB_BASE_URL", standin.tmdb_base_url()).env("LOCALES", "en");
        command.env("TRENDING_SCHEDULE", "0 5 * * *");
        Server::start(command)
    };
    let settled = |server: &Server| {
        let deadline = Instant::now() + Duration::from_secs(30);
        while server.logged("schedule.trending").is_empty() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        let files = tree(&data);
        for name in [DATABASE, "stellarr.sqlite3-wal", "stellarr.sqlite3-shm", "trending/trending-index.json"] {
            assert!(files.contains(&data.join(name)), "{name} is missing in {files:?}");
        }
        files
    };
    let server = start();
    assert_eq!(server.sync(1..10).await, 200);
    for path in settled(&server).iter().chain([&data]) {
        assert_eq!(mode(path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    assert!(server.logged("folder.narrowed").is_empty());
    assert!(server.end());

    // As an earlier version has left it.
    let wide = tree(&data);
    for path in wide.iter().chain([&data]) {
        std::fs::set_permissions(path, Permissions::from_mode(if path.is_dir() { 0o755 } else { 0o644 })).unwrap();
    }
    let server = start();
    assert_eq!(server.sync(1..10).await, 200);
    for path in tree(&data).iter().chain([&data]) {
        assert_eq!(mode(path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    let lines = server.logged("folder.narrowed");
    assert_eq!(lines.len(), wide.len() + 1, "{lines:?}");
    assert!(lines[0]["change"].as_str().unwrap().contains("had mode 0755; it is 0700 now"), "{lines:?}");
    assert!(server.end());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_reports_a_database_that_cannot_be_read_and_its_recovery() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(command(folder.path()));
    assert_eq!(server.sync(1..2_000).await, 200);
    assert!(server.end());
    let file = folder.path().join(DATABASE);
    let whole = std::fs::read(&file).unwrap();
    let server = Server::start(command(folder.path()));
    let healthy = r#"{"status":"healthy","service":"stellarr"}"#;
    assert_eq!(server.get("/api/health").await, (200, healthy.to_owned()));

    let until = async |wanted: u16| {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let (status, text) = server.get("/api/health").await;
            if status == wanted {
                return text;
            }
            assert!(Instant::now() < deadline, "it still answers {status}: {text}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    damage(&file);
    let answer = until(503).await;
    let parsed: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(parsed["status"], "failing");
    assert_eq!(parsed["cause"], "the database is damaged");
    assert!(parsed["remedy"].as_str().unwrap().contains("restore a backup"), "{answer}");
    assert!(!answer.contains(folder.path().to_str().unwrap()) && !answer.contains(DATABASE), "{answer}");
    overwrite(&file, 0, &whole);
    assert_eq!(until(200).await, healthy);

    std::fs::rename(&file, folder.path().join("moved")).unwrap();
    let answer: Value = serde_json::from_str(&until(503).await).unwrap();
    assert_eq!(answer["cause"], "the database file was removed or replaced while the server was running");
    std::fs::rename(folder.path().join("moved"), &file).unwrap();
    assert_eq!(until(200).await, healthy);
    // The log is written in batches.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!((server.logged("database.failed").len(), server.logged("database.recovered").len()), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_database_is_named_at_start_and_the_steps_that_are_named_restore_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(DATABASE);
    let server = Server::start(command(folder.path()));
    assert_eq!(server.sync(1..2_000).await, 200);
    assert!(server.end());
    let backup = run(folder.path(), &["export"]).stdout;
    let whole = std::fs::read(&file).unwrap();
    let header = |file: &Path| overwrite(file, 0, &[0xa5; 100]);
    for spoil in [&header as &dyn Fn(&Path), &damage] {
        overwrite(&file, 0, &whole);
        spoil(&file);
        for arguments in [&[][..], &["fetch", "daily"], &["import"]] {
            let refused = run(folder.path(), arguments);
            let error = stderr(&refused);
            assert_eq!(refused.status.code(), Some(1), "{error}");
            assert!(error.starts_with(&format!("error: the database {} is damaged: ", file.display())), "{error}");
            assert!(error.contains("stellarr-server import --data-dir"), "{error}");
        }
        assert!(!run(folder.path(), &["export"]).status.success(), "an incomplete library cannot be exported");
    }
    // The steps of the message.
    for name in [DATABASE, "stellarr.sqlite3-wal", "stellarr.sqlite3-shm"] {
        let _ = std::fs::rename(folder.path().join(name), folder.path().join(format!("old-{name}")));
    }
    let saved = folder.path().join("backup.json");
    std::fs::write(&saved, &backup).unwrap();
    let imported = command(folder.path()).arg("import").stdin(std::fs::File::open(&saved).unwrap()).output().unwrap();
    let result: Value = serde_json::from_slice(&imported.stdout).unwrap();
    assert_eq!(result["library"], json!({"new": 1_999, "present": 0}), "{}", stderr(&imported));
    let server = Server::start(command(folder.path()));
    assert_eq!(server.get("/api/health").await.0, 200);
    drop(server);
    assert_eq!(library(folder.path()), (1..2_000).collect::<Vec<u64>>());
}

/// A limit on the size of each file simulates the full disk: it needs no special rights.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_without_room_is_refused_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // Makes the tables.
    assert!(run(&data, &["import"]).status.code() == Some(1));
    let server = Server::start(command(&data));
    assert_eq!(server.sync(1..10).await, 200);
    assert!(server.end());
    let before = tree(&data);
    // Without the trap, the signal would end the process instead. The shell's blocks have 512 or 1,024 bytes.
    let server = Server::start(wrapped(&["sh", "-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\""], &data));
    assert_eq!(server.sync(1_000..15_000).await, 503);
    let failed = server.logged_soon("store.failed");
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(server.get("/api/health").await.0, 200, "what is there can still be read");
    assert!(server.end());
    assert_eq!(tree(&data), before, "no stray file");
    assert_eq!(library(&data), (1..10).collect::<Vec<u64>>(), "all of it or nothing");
    let server = Server::start(command(&data));
    assert_eq!(server.sync(1_000..15_000).await, 200, "with room, the same call succeeds");
    drop(server);
    assert_eq!(library(&data).len(), 9 + 14_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_file_system_costs_nothing_that_was_there() {
    let standin = Standin::start(([127, 0, 0, 1], 0).into(), Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&data).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("skipped: this process may not mount a file system");
        return;
    }
    let _mount = Mount(&data);
    let start = || {
        let mut command = command(&data);
        command.env("TMDB_BASE_URL", standin.tmdb_base_url()).env("LOCALES", "en");
        command
    };
    let server = Server::start(start());
    assert_eq!(server.sync(1..10).await, 200);
    let warm = || start().arg("warm").output().unwrap();
    assert!(warm().status.success());
    let before = tree(&data);
    let index = std::fs::read(data.join("trending/trending-index.json")).unwrap();
    // Fills the remaining space.
    let ballast = data.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    let mut full = file.write_all(&[0; 4_096]);
    while full.is_ok() {
        full = file.write_all(&[0; 4_096]);
    }
    assert!(full.unwrap_err().to_string().contains("No space left"));
    // Larger than what the log may still write over.
    assert_eq!(server.sync(1_000..15_000).await, 503);
    std::fs::remove_file(data.join("trending/trending-all-en.json")).unwrap();
    file.write_all(&[0; 4_096]).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
    assert!(!warm().status.success());
    assert_eq!(server.get("/api/health").await.0, 200);
    let there: Vec<_> = tree(&data).into_iter().filter(|path| *path != ballast).collect();
    let expected: Vec<_> = before.iter().filter(|path| !path.ends_with("trending-all-en.json")).cloned().collect();
    assert_eq!(there, expected, "no stray file");
    assert_eq!(std::fs::read(data.join("trending/trending-index.json")).unwrap(), index);
    std::fs::remove_file(&ballast).unwrap();
    drop(file);
    assert_eq!(server.sync(1_000..1_100).await, 200);
    assert!(warm().status.success());
    assert_eq!(tree(&data), before);
    assert!(server.end());
    assert_eq!(library(&data).len(), 9 + 100);
}

struct Mount<'a>(&'a Path);

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}
