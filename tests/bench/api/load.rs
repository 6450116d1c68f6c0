//! Asks a server for one path, over and over on several connections, and prints how many answers a second came.
//!
//! `rustc -O load.rs && ./load ADDRESS PATH CONNECTIONS SECONDS TOKEN`. One thread goes round all connections and never
//! sleeps, so that the server has the rest of the machine and the client costs it as little as can be.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    /// Length of the answer that is coming, once its head is there.
    expected: Option<usize>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, path, connections, seconds, token] = &arguments[..] else { panic!("five arguments are needed") };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nAccept-Encoding: gzip\r\n\r\n"
    );
    let mut all: Vec<Connection> =
        (0..connections.parse().unwrap()).map(|_| Connection::open(address, &request)).collect();
    let (begin, lasts) = (Instant::now(), Duration::from_secs_f64(seconds.parse().unwrap()));
    let mut answers = 0_u64;
    while begin.elapsed() < lasts {
        let mut idle = true;
        for connection in &mut all {
            while connection.receive() {
                answers += 1;
                connection.stream.write_all(request.as_bytes()).unwrap();
                idle = false;
            }
        }
        if idle {
            std::thread::yield_now();
        }
    }
    println!("{:.0}", answers as f64 / begin.elapsed().as_secs_f64());
}

impl Connection {
    fn open(address: &str, request: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { stream, received: Vec::new(), expected: None }
    }

    /// Takes what has come; tells whether an answer is whole.
    fn receive(&mut self) -> bool {
        let mut chunk = [0; 64 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => panic!("the server closed the connection"),
            Ok(count) => self.received.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) => panic!("{error}"),
        }
        if self.expected.is_none() {
            let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
            let head = String::from_utf8_lossy(&self.received[..end]).to_ascii_lowercase();
            assert!(head.starts_with("http/1.1 200"), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            self.expected = Some(end + 4 + length.parse::<usize>().unwrap());
        }
        let whole = self.expected.is_some_and(|expected| self.received.len() >= expected);
        if whole {
            self.received.clear();
            self.expected = None;
        }
        whole
    }
}
