//! What strangers can cost the self-hosted process: memory, connections, file descriptors.

use crate::process;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use process::{HOOK, Server, command, wrapped};

const GET: &[u8] = b"GET /config.json HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Sends text and reads until the server closes or has sent what `wanted` looks for.
fn ask(stream: &mut TcpStream, text: &[u8], wanted: &str) -> String {
    // A server that refuses may have closed already; what it sent can still be read.
    let _ = stream.write_all(text);
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&answer).contains(wanted) {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.extend_from_slice(&part[..read]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Lets this process have a thousand connections.
fn open_many_files() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    if soft < 4_096 {
        setrlimit(Resource::RLIMIT_NOFILE, hard.min(4_096), hard).unwrap();
    }
}

/// Opens connections that each send the beginning of a head and stay open; returns them.
fn flood(address: SocketAddr, count: usize, head: usize) -> Vec<TcpStream> {
    let mut text = b"GET / HTTP/1.1\r\nhost: localhost\r\nx: ".to_vec();
    text.resize(head, b'a');
    let mut streams: Vec<TcpStream> = (0..count).map(|_| connect(address)).collect();
    for stream in &mut streams {
        stream.set_nonblocking(true).unwrap();
    }
    // A bit to each in turn, so that all are in the middle of their heads at once.
    let mut sent = vec![0; count];
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline && sent.iter().any(|sent| *sent < head) {
        for (stream, sent) in streams.iter_mut().zip(&mut sent) {
            match stream.write(&text[*sent..head.min(*sent + 64 * 1024)]) {
                Ok(written) => *sent += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // The server has refused it.
                Err(_) => *sent = head,
            }
        }
    }
    assert!(sent.iter().all(|sent| *sent == head), "not everything was sent");
    streams
}

/// Waits until the server has read what it was sent: until its memory has not grown for two seconds.
fn settled_memory(server: &Server) -> u64 {
    let (mut most, mut grew_at) = (0, Instant::now());
    let deadline = Instant::now() + Duration::from_secs(20);
    while grew_at.elapsed() < Duration::from_secs(2) && Instant::now() < deadline {
        let now = server.status("VmRSS");
        if now > most {
            (most, grew_at) = (now, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unfinished_heads_of_a_thousand_clients_take_little_memory() {
    open_many_files();
    for (head, is_refused) in [(400_000, true), (15_000, false)] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(command(folder.path()));
        assert_eq!(server.get("/api/health").await.0, 200);
        let before = server.status("VmRSS");
        let mut streams = flood(server.address, 1_000, head);
        let during = settled_memory(&server);
        println!("heads of {head} bytes: {before} KiB before, {during} KiB during");
        // Without a limit it is 370 MB with heads of 400 KB. A thousand heads of 16 KiB are 16 MB.
        assert!(during - before < 40 * 1_024, "heads of {head} bytes: {before} KiB before, {during} KiB during");
        assert_eq!(server.get("/api/health").await.0, 200, "others are still served");
        let stream = &mut streams[500];
        stream.set_nonblocking(false).unwrap();
        if is_refused {
            assert!(ask(stream, b"", "\r\n").starts_with("HTTP/1.1 431 "));
        } else {
            assert!(
                ask(stream, b"\r\n\r\n", "\r\n").starts_with("HTTP/1.1 "),
                "a head that is large enough still counts"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_are_left_after_30_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(command(folder.path()));
    let address = server.address;
    let timed = |work: Box<dyn FnOnce() + Send>| {
        std::thread::spawn(move || {
            let started = Instant::now();
            work();
            started.elapsed()
        })
    };
    let head = timed(Box::new(move || {
        assert_eq!(ask(&mut connect(address), b"GET / HTTP/1.1\r\nhost: x\r\n", "\r\n"), "");
    }));
    let body = timed(Box::new(move || {
        let post = format!("POST /webhook/plex?token={HOOK} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1");
        let answer = ask(&mut connect(address), post.as_bytes(), "\r\n");
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }));
    let answer = timed(Box::new(move || {
        let mut stream = connect(address);
        stream.set_nonblocking(true).unwrap();
        let deadline = Instant::now() + Duration::from_secs(50);
        // It asks on and on and reads nothing, until the server takes no more, and then until it has closed.
        loop {
            match stream.write(GET) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(10)),
                Err(_) => break,
            }
            assert!(Instant::now() < deadline, "the server keeps a client that reads nothing");
        }
    }));
    for (what, slow) in [("head", head), ("body", body), ("answer", answer)] {
        let taken = slow.join().unwrap_or_else(|_| panic!("{what}"));
        assert!((28..50).contains(&taken.as_secs()), "{what}: {taken:?}");
    }
    assert_eq!(server.get("/api/health").await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_beyond_a_limit_are_refused_and_the_others_go_on() {
    for limit in ["MAX_CONNECTIONS", "MAX_CONNECTIONS_PER_ADDRESS"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(folder.path());
        command.env(limit, "3");
        let server = Server::start(command);
        let mut open: Vec<TcpStream> = (0..3).map(|_| connect(server.address)).collect();
        for stream in &mut open {
            assert!(ask(stream, GET, "app_name").starts_with("HTTP/1.1 200 "), "{limit}");
        }
        for _ in 0..50 {
            let refused = ask(&mut connect(server.address), GET, "Too many connections");
            assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after"), "{limit}: {refused}");
        }
        for stream in &mut open {
            assert!(ask(stream, GET, "app_name").starts_with("HTTP/1.1 200 "), "{limit}");
        }
        drop(open.pop());
        std::thread::sleep(Duration::from_millis(500));
        assert!(ask(&mut connect(server.address), GET, "app_name").starts_with("HTTP/1.1 200 "), "{limit}");
        let lines = server.logged("connections.refused");
        assert_eq!(lines.len(), 1, "the log is not flooded: {lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_out_of_file_descriptors_refuses_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    // The process itself has some 20 files open, and takes 16 connections at least.
    let server = Server::start(wrapped(&["sh", "-c", "ulimit -n 32; exec \"$0\""], folder.path()));
    assert_eq!(server.logged_soon("connections.limited").len(), 1);
    let mut first = connect(server.address);
    assert!(ask(&mut first, GET, "app_name").starts_with("HTTP/1.1 200 "));
    let used = server.processor_time();
    let started = Instant::now();
    let many: Vec<TcpStream> = (0..60).map(|_| connect(server.address)).collect();
    std::thread::sleep(Duration::from_secs(3));
    let failed = server.logged_soon("accept.failed");
    assert!(failed.iter().any(|line| line["cause"].as_str().unwrap().contains("Too many open files")), "{failed:?}");
    assert!(failed.len() < 5, "the log is not flooded: {failed:?}");
    let (used, passed) = (server.processor_time() - used, started.elapsed());
    assert!(u128::from(used) * 10 < passed.as_millis() / 2, "it used {used} hundredths of a second within {passed:?}");
    assert!(ask(&mut first, GET, "app_name").starts_with("HTTP/1.1 200 "), "an open connection still works");
    let refused = ask(&mut connect(server.address), GET, "Too many connections");
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    drop(many);
    std::thread::sleep(Duration::from_millis(500));
    assert!(ask(&mut connect(server.address), GET, "app_name").starts_with("HTTP/1.1 200 "));
    assert_eq!(server.get("/api/health").await.0, 200);
    drop(first);
    assert!(server.end());
}
