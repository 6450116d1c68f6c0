//! Tools that a build runs, each with its own children, so that an interrupt ends all of them.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Output};
use std::sync::{Mutex, PoisonError};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Process groups that are under way.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Runs a tool that writes to the terminal itself.
///
/// # Errors
/// When it cannot be started.
pub(super) fn status(command: &mut Command) -> io::Result<ExitStatus> {
    let mut child = start(command)?;
    let group = group(&child);
    let status = child.wait();
    forget(group);
    status
}

/// Runs a tool and keeps what it says. Its own input is the caller's matter.
///
/// # Errors
/// When it cannot be started.
pub(super) fn output(command: &mut Command) -> io::Result<Output> {
    use std::process::Stdio;
    let child = start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let group = group(&child);
    let output = child.wait_with_output();
    forget(group);
    output
}

/// Ends every tool that is under way, children included: a build that nobody waits for any more is not worth its heat.
pub(crate) fn stop() {
    for group in RUNNING.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        // One that has just ended is what was wanted.
        let _ = killpg(Pid::from_raw(*group), Signal::SIGTERM);
    }
}

/// Starts a tool in a process group of its own. The terminal's Ctrl-C does not reach it there: it is ended by [`stop`],
/// after the command has taken notice, and is never mistaken for a build that failed.
fn start(command: &mut Command) -> io::Result<Child> {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let child = command.process_group(0).spawn()?;
    running.insert(group(&child));
    Ok(child)
}

fn group(child: &Child) -> i32 {
    // Process ids fit: the system's type is signed.
    i32::try_from(child.id()).unwrap_or(i32::MAX)
}

fn forget(group: i32) {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner).remove(&group);
}
