//! Starts processes that outlive the command, recognises them later, and ends them with their children.
//!
//! A process id alone says little: it may have been given to another process since. So a process is known by its id
//! *and* its start time, and nothing is ever killed by id alone. All processes of a sandbox carry a mark in their
//! environment, which children inherit, so that strays are found on Linux.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::error::SandboxError;

/// The environment variable that marks the sandbox's processes with its directory and their part in it.
const MARK: &str = "STELLARR_SANDBOX_PART";
/// How often a process that has to end is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How long a killed process may take to vanish.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// One process, told apart from a later one with the same id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    /// The process id.
    pub(super) pid: i32,
    /// When it started, as the system says it.
    started: String,
}

impl Identity {
    /// Identifies the process that has this id now; none if it has ended, also when nobody waited for it.
    pub(super) fn of(pid: i32) -> Option<Self> {
        system::started(pid).map(|started| Self { pid, started })
    }

    /// Identifies this process.
    #[cfg(test)]
    pub(super) fn current() -> Option<Self> {
        Self::of(i32::try_from(std::process::id()).ok()?)
    }

    /// Tells whether this very process still runs.
    pub(super) fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    /// Sends a signal, if this very process still runs.
    pub(super) fn signal(&self, signal: Signal) {
        if self.is_alive() {
            // It may end at this moment, which is what is wanted.
            kill(Pid::from_raw(self.pid), signal).ok();
        }
    }
}

/// Starts a process with its output in a log file, apart from this terminal and command.
pub(super) fn start(command: &mut Command, mark: &Path, log: &Path) -> Result<Child, SandboxError> {
    let output = File::options().create(true).append(true).open(log).map_err(SandboxError::file(log, "written"))?;
    let errors = output.try_clone().map_err(SandboxError::file(log, "written"))?;
    let program = Path::new(command.get_program()).to_owned();
    command
        .env(MARK, mark)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(SandboxError::file(&program, "started"))
}

/// Waits for a child on a thread of its own, so that it leaves no zombie when this process lives on.
pub(super) fn reap(mut child: Child) {
    std::thread::spawn(move || child.wait());
}

/// Ends a process and all that carry the sandbox's mark or are in its group.
///
/// The process is asked to end first, and has `patience` to do so; what is left then is killed.
pub(super) async fn end(leader: Option<&Identity>, mark: &Path, patience: Duration) -> Result<(), SandboxError> {
    // Its group is its own only if it was alive: otherwise the number may be someone else's by now.
    let leader = leader.filter(|leader| leader.is_alive());
    if let Some(leader) = leader {
        leader.signal(Signal::SIGTERM);
        wait(patience, || leader.is_alive()).await;
    }
    kill_all(leader.map(|leader| leader.pid), mark).await
}

/// Kills all processes of a sandbox that are left.
///
/// None is left when two glances in a row find none: a process shows no environment, and so no mark, at the moment at
/// which it becomes another program.
async fn kill_all(group: Option<i32>, mark: &Path) -> Result<(), SandboxError> {
    let deadline = Instant::now() + KILL_TIMEOUT;
    let mut seen_none = false;
    loop {
        let left = system::members(group, mark);
        if left.is_empty() && seen_none {
            return Ok(());
        }
        seen_none = left.is_empty();
        if Instant::now() > deadline {
            return Err(SandboxError::Unkillable { pids: left.iter().map(|process| process.pid).collect() });
        }
        for process in &left {
            process.signal(Signal::SIGKILL);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Lists the processes that carry a sandbox's mark; empty where the system does not tell.
pub(super) fn marked(mark: &Path) -> Vec<Identity> {
    system::members(None, mark)
}

/// Waits while `condition` holds, at most so long; tells whether it still does.
pub(super) async fn wait(patience: Duration, condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    while condition() {
        if Instant::now() > deadline {
            return true;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    false
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::path::Path;

    use super::{Identity, MARK};

    /// The fields of `/proc/<pid>/stat` that matter here.
    struct Stat {
        state: char,
        group: i32,
        started: String,
    }

    fn stat(pid: i32) -> Option<Stat> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field is the name in parentheses, which may hold blanks and parentheses itself.
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        Some(Stat {
            state: fields.first()?.chars().next()?,
            group: fields.get(2)?.parse().ok()?,
            started: (*fields.get(19)?).to_owned(),
        })
    }

    /// Returns the start time in ticks after boot, with the boot's id; none for a zombie.
    pub(super) fn started(pid: i32) -> Option<String> {
        let stat = stat(pid).filter(|stat| !matches!(stat.state, 'Z' | 'X'))?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Some(format!("{}:{}", boot.trim(), stat.started))
    }

    /// Lists the processes in a group or with the sandbox's mark, without this one.
    pub(super) fn members(group: Option<i32>, mark: &Path) -> Vec<Identity> {
        let mark = [MARK.as_bytes(), b"=", mark.as_os_str().as_encoded_bytes()].concat();
        let own = std::process::id();
        let Ok(folder) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        folder
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|pid: &i32| u32::try_from(*pid).is_ok_and(|pid| pid != own))
            .filter(|pid| {
                let in_group = group.is_some() && stat(*pid).map(|stat| stat.group) == group;
                in_group
                    || fs::read(format!("/proc/{pid}/environ"))
                        .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == mark))
            })
            .filter_map(Identity::of)
            .collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::Path;
    use std::process::Command;

    use super::Identity;

    fn ps(arguments: &[&str]) -> Option<String> {
        let output = Command::new("ps").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
    }

    /// Returns the start time to the second; none for a zombie.
    pub(super) fn started(pid: i32) -> Option<String> {
        let text = ps(&["-o", "stat=,lstart=", "-p", &pid.to_string()])?;
        let (state, started) = text.split_once(char::is_whitespace)?;
        (!state.starts_with('Z')).then(|| started.trim().to_owned())
    }

    /// Lists the processes in a group; marks can't be read here.
    pub(super) fn members(group: Option<i32>, _mark: &Path) -> Vec<Identity> {
        let Some(group) = group else {
            return Vec::new();
        };
        let Some(text) = ps(&["-axo", "pid=,pgid="]) else {
            return Vec::new();
        };
        text.lines()
            .filter_map(|line| line.trim().split_once(char::is_whitespace))
            .filter(|(_, of)| of.trim().parse() == Ok(group))
            .filter_map(|(pid, _)| Identity::of(pid.parse().ok()?))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(mark: &Path) -> Child {
        let log = mark.join("log");
        // A shell with a child that ignores being asked to end, as a function's process may.
        start(Command::new("sh").args(["-c", "trap '' TERM; sleep 600 & wait; wait"]), mark, &log).unwrap()
    }

    fn pid(child: &Child) -> i32 {
        i32::try_from(child.id()).unwrap()
    }

    #[tokio::test]
    async fn a_process_and_its_children_end() {
        let folder = tempfile::tempdir().unwrap();
        let child = sleeper(folder.path());
        let leader = Identity::of(pid(&child)).unwrap();
        assert!(leader.is_alive());
        let missing = wait(Duration::from_secs(5), || marked(folder.path()).len() < 2).await;
        assert!(!missing, "the shell's child was never seen");
        reap(child);
        end(Some(&leader), folder.path(), Duration::from_millis(50)).await.unwrap();
        assert!(!leader.is_alive());
        assert_eq!(marked(folder.path()), []);
    }

    #[tokio::test]
    async fn a_process_with_the_id_of_an_earlier_one_is_left_alone() {
        let (ours, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut stranger = sleeper(other.path());
        let mut recycled = Identity::of(pid(&stranger)).unwrap();
        recycled.started.push('0');
        assert!(!recycled.is_alive());
        end(Some(&recycled), ours.path(), Duration::from_millis(50)).await.unwrap();
        assert_eq!(stranger.try_wait().unwrap(), None);
        let real = Identity::of(pid(&stranger)).unwrap();
        reap(stranger);
        end(Some(&real), other.path(), Duration::ZERO).await.unwrap();
    }

    #[test]
    fn a_process_that_ended_has_no_identity() {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert_eq!(Identity::of(pid(&child)), None);
    }
}
