//! Signals to processes, and how processes end.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal};

/// Kills a process and all that it has started; one that is gone already is no error.
pub fn kill_group(leader: Pid) {
    let _ = rustix::process::kill_process_group(leader, Signal::KILL);
}

/// Asks a process to end (`SIGTERM`); one that is gone already is no error. What it has started is its own affair, as it
/// is that of a container's first process.
pub fn terminate(leader: Pid) {
    let _ = rustix::process::kill_process(leader, Signal::TERM);
}

/// The exit code as Docker gives it: the program's own, or 128 and the number of the signal that ended it (137 for
/// `SIGKILL`).
pub fn exit_code(status: ExitStatus) -> i32 {
    // On Unix, a process without a code was ended by a signal.
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_count_from_128() {
        assert_eq!(exit_code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(exit_code(ExitStatus::from_raw(9)), 137);
        assert_eq!(exit_code(ExitStatus::from_raw(15)), 143);
    }
}
