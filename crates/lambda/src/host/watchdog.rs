//! Sees to it that no function outlives the host, however the host ends.
//!
//! A process that waits for an event ends by itself when the Runtime API goes away, and one that is busy ends when it
//! cannot post its answer. One that hangs would stay. Nothing in the host can act after it was killed with `SIGKILL`,
//! so a shell does: it holds the other end of a pipe, and when that closes, it kills the process groups it was told of.

use std::{
    io::Write,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::Mutex,
};

use rustix::process::Pid;

use super::lock;

/// Keeps the list of living process groups in the positional parameters; at the end of its input, kills them. It
/// ignores the signals that a terminal sends, and runs in a process group of its own besides.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
while read -r change pid; do
    case $change in
        add) set -- "$@" "$pid" ;;
        remove)
            for each do
                shift
                [ "$each" = "$pid" ] || set -- "$@" "$each"
            done
            ;;
    esac
done
for each do
    kill -s KILL -- "-$each"
done
"#;

/// The shell, once it is needed.
#[derive(Default)]
pub(crate) struct Watchdog {
    shell: Mutex<Shell>,
}

#[derive(Default)]
enum Shell {
    #[default]
    NotStarted,
    Running(Child),
    /// It could not be started, or the host has let it go.
    Absent,
}

impl Watchdog {
    /// From here on, this process group dies with the host.
    pub(crate) fn add(&self, leader: Pid) {
        let mut shell = lock(&self.shell);
        if matches!(*shell, Shell::NotStarted) {
            *shell = start();
        }
        shell.tell("add", leader);
    }

    /// The process group has ended; its number may soon be another's.
    pub(crate) fn remove(&self, leader: Pid) {
        lock(&self.shell).tell("remove", leader);
    }

    /// Lets the shell do its work and end.
    pub(crate) fn release(&self) {
        let shell = std::mem::replace(&mut *lock(&self.shell), Shell::Absent);
        if let Shell::Running(mut child) = shell {
            drop(child.stdin.take());
            // It ends at once: all that it does is to kill what is left.
            let _ = child.wait();
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.release();
    }
}

impl Shell {
    fn tell(&mut self, change: &str, leader: Pid) {
        let Self::Running(child) = self else { return };
        let told = match &mut child.stdin {
            Some(stdin) => stdin.write_all(format!("{change} {}\n", leader.as_raw_nonzero()).as_bytes()),
            None => return,
        };
        if let Err(error) = told {
            tracing::warn!(%error, "the watchdog is gone: a function that hangs would outlive a killed host");
            let _ = child.wait();
            *self = Self::Absent;
        }
    }
}

fn start() -> Shell {
    let shell = Command::new("/bin/sh")
        .args(["-c", SCRIPT, "batuta-watchdog"])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn();
    match shell {
        Ok(child) => Shell::Running(child),
        Err(error) => {
            tracing::warn!(%error, "no /bin/sh: a function that hangs would outlive a killed host");
            Shell::Absent
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn sleeper() -> (Child, Pid) {
        let child = Command::new("/bin/sh").args(["-c", "sleep 60 & wait"]).process_group(0).spawn().unwrap();
        let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
        (child, pid)
    }

    #[test]
    fn what_is_still_listed_dies_when_the_pipe_closes() {
        let watchdog = Watchdog::default();
        let ((mut first, one), (mut second, two), (mut third, three)) = (sleeper(), sleeper(), sleeper());
        watchdog.add(one);
        watchdog.add(two);
        watchdog.add(three);
        watchdog.remove(two);
        watchdog.release();
        assert_eq!(first.wait().unwrap().signal(), Some(9));
        assert_eq!(third.wait().unwrap().signal(), Some(9));
        assert!(second.try_wait().unwrap().is_none());
        super::super::process::kill_group(two);
        assert_eq!(second.wait().unwrap().signal(), Some(9));
    }
}
