//! Writes the log in batches, on a thread of its own: a system call for each line would cost more than many an answer.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How long a line may wait for others.
const WRITE_INTERVAL: Duration = Duration::from_millis(5);

/// Bytes that may wait; whoever logs more waits until they are written.
const MAX_WAITING_BYTES: usize = 1 << 20;

/// Starts the log on standard output; what is returned writes the last lines when it is dropped.
#[must_use]
pub fn start() -> Log {
    let (lines, log) = batches(io::stdout());
    // A test may have set its own already.
    let _ = tracing::subscriber::set_global_default(stellarr_api::log::lines(lines));
    log
}

/// The thread that writes.
pub struct Log {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Log {
    fn drop(&mut self) {
        self.shared.waiting().ended = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // Nothing can be logged about it.
            let _ = thread.join();
        }
    }
}

/// Takes lines for the thread.
struct Lines(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    ended: bool,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn batches(out: impl Write + Send + 'static) -> (Lines, Log) {
    let shared = Arc::new(Shared { waiting: Mutex::default(), changed: Condvar::new() });
    let writing = Arc::clone(&shared);
    // Without a thread every line is written at once, by whoever logs it.
    let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || write(&writing, out)).ok();
    shared.waiting().ended = thread.is_none();
    (Lines(Arc::clone(&shared)), Log { shared, thread })
}

/// Writes what waits, again and again, until the end.
fn write(shared: &Shared, mut out: impl Write) {
    let mut batch = Vec::new();
    loop {
        let idle = |waiting: &mut Waiting| waiting.bytes.is_empty() && !waiting.ended;
        let mut waiting = shared.changed.wait_while(shared.waiting(), idle).unwrap_or_else(PoisonError::into_inner);
        let ended = waiting.ended;
        if !ended && waiting.bytes.len() < MAX_WAITING_BYTES {
            drop(waiting);
            std::thread::sleep(WRITE_INTERVAL);
            waiting = shared.waiting();
        }
        batch.clear();
        std::mem::swap(&mut batch, &mut waiting.bytes);
        drop(waiting);
        shared.changed.notify_all();
        // A pipe that nobody reads any more must not end the server.
        let _ = out.write_all(&batch).and_then(|()| out.flush());
        if ended {
            return;
        }
    }
}

impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let full = |waiting: &mut Waiting| waiting.bytes.len() >= MAX_WAITING_BYTES && !waiting.ended;
        let mut waiting = self.0.changed.wait_while(self.0.waiting(), full).unwrap_or_else(PoisonError::into_inner);
        if waiting.ended {
            drop(waiting);
            return io::stdout().write(line);
        }
        let first = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        drop(waiting);
        if first {
            self.0.changed.notify_all();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'writer> MakeWriter<'writer> for Lines {
    type Writer = &'writer Lines;

    fn make_writer(&'writer self) -> Self::Writer {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was written, and in how many calls.
    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<(Vec<u8>, usize)>>);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut out = self.0.lock().unwrap();
            out.0.extend_from_slice(bytes);
            out.1 += 1;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn sorted_lines(out: &Out) -> Vec<String> {
        let mut lines: Vec<String> =
            String::from_utf8(out.0.lock().unwrap().0.clone()).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    #[test]
    fn every_line_of_every_thread_is_written_whole_and_in_few_calls() {
        let out = Out::default();
        let (lines, log) = batches(out.clone());
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let lines = &lines;
                scope.spawn(move || {
                    for number in 0..1_000 {
                        let mut lines = lines;
                        lines.write_all(format!("{thread} {number:04}\n").as_bytes()).unwrap();
                    }
                });
            }
        });
        drop(log);
        let expected: Vec<String> =
            (0..4).flat_map(|thread| (0..1_000).map(move |number| format!("{thread} {number:04}"))).collect();
        assert_eq!(sorted_lines(&out), expected);
        let calls = out.0.lock().unwrap().1;
        assert!(calls < 1_000, "{calls} calls");
    }

    #[test]
    fn a_line_does_not_wait_for_others() {
        let out = Out::default();
        let (lines, _log) = batches(out.clone());
        (&lines).write_all(b"alone\n").unwrap();
        let begin = std::time::Instant::now();
        while out.0.lock().unwrap().0.is_empty() {
            assert!(begin.elapsed() < Duration::from_secs(10), "it is never written");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(sorted_lines(&out), ["alone"]);
    }

    #[test]
    fn more_than_may_wait_makes_the_logger_wait_and_loses_nothing() {
        let out = Out::default();
        let (lines, log) = batches(out.clone());
        let line = [vec![b'x'; 99_999], vec![b'\n']].concat();
        for _ in 0..40 {
            (&lines).write_all(&line).unwrap();
            assert!(lines.0.waiting().bytes.len() < MAX_WAITING_BYTES + line.len());
        }
        drop(log);
        assert_eq!(out.0.lock().unwrap().0.len(), 40 * line.len());
    }
}
