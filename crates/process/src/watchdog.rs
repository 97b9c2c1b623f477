//! Sees to it that no process outlives the host, however the host ends.
//!
//! Nothing in the host can act after it was killed with `SIGKILL`, so a shell does: it holds the other end of a pipe, and
//! when that closes, it kills the process groups it was told of.

use std::{
    io::Write,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::process::Pid;

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

/// Kills the process groups it knows of when it is dropped, or when this process ends, even by `SIGKILL`. It starts its
/// shell when the first group is added.
#[derive(Debug, Default)]
pub struct Watchdog {
    shell: Mutex<Shell>,
}

#[derive(Debug, Default)]
enum Shell {
    #[default]
    NotStarted,
    Running(Child),
    /// It could not be started, or the host has let it go.
    Absent,
}

impl Watchdog {
    fn shell(&self) -> MutexGuard<'_, Shell> {
        // Whoever panicked while holding it has left nothing half done that matters here.
        self.shell.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on, this process group dies with the host. Without a `/bin/sh` it is only logged that it would not.
    pub fn add(&self, leader: Pid) {
        let mut shell = self.shell();
        if matches!(*shell, Shell::NotStarted) {
            *shell = start();
        }
        shell.tell("add", leader);
    }

    /// The process group has ended; its number may soon be another's.
    pub fn remove(&self, leader: Pid) {
        self.shell().tell("remove", leader);
    }

    /// Kills the groups that are still listed. Groups that are added later are not watched.
    pub fn release(&self) {
        let shell = std::mem::replace(&mut *self.shell(), Shell::Absent);
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
            tracing::warn!(%error, "the watchdog is gone: what runs now would outlive a killed host");
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
            tracing::warn!(%error, "no /bin/sh: what runs now would outlive a killed host");
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
        crate::kill_group(two);
        assert_eq!(second.wait().unwrap().signal(), Some(9));
    }
}
