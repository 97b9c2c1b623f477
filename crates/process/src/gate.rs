//! Starts programs that get going only when the watchdog knows of them.
//!
//! Between the start of a process and the word to the watchdog, the host may be killed. So a shell stands in the
//! program's place until the host says go; the end of its input is the end of it. Then it becomes the program, by way of
//! `env`, which gives the program exactly the environment that was meant: a shell would add to it, and drop what it can't
//! name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, PipeWriter, Write};
use std::path::Path;
use std::process::Stdio;

use rustix::process::Pid;
use tokio::process::{Child, Command};

use crate::Watchdog;

/// Waits for a line, then becomes the program.
const SCRIPT: &str = r#"read -r go && exec /usr/bin/env -i -- "$@" </dev/null"#;

/// What is to run.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// The executable; its directory becomes the working directory.
    pub path: &'a Path,
    /// The arguments after the program's own name.
    pub arguments: &'a [String],
    /// The whole environment: nothing is inherited.
    pub environment: &'a BTreeMap<String, String>,
}

/// A process that runs.
#[derive(Debug)]
pub struct Started {
    /// The process, which is killed when this is dropped; the others of its group are not.
    pub child: Child,
    /// Its number, and that of its process group. The watchdog knows it and must be told when the process has ended.
    pub leader: Pid,
}

/// Starts a program in a process group of its own, its standard output and standard error in `output`, its standard input
/// empty. Must be called within a Tokio runtime with I/O enabled.
///
/// # Errors
/// If no process can be started. A file that can't be executed shows in the exit code, 126 or 127, as in a shell.
pub fn start(watchdog: &Watchdog, program: Program<'_>, output: PipeWriter) -> io::Result<Started> {
    let path = std::path::absolute(program.path)?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} is not a program", path.display())));
    };
    // With its folder as working directory, no `=` in the path makes `env` take it for a variable.
    let mut relative = OsString::from("./");
    relative.push(name);
    let (gate, mut open) = io::pipe()?;
    let child = Command::new("/bin/sh")
        .args(["-c", SCRIPT, "batuta-gate"])
        .args(program.environment.iter().map(|(name, value)| format!("{name}={value}")))
        .arg(relative)
        .args(program.arguments)
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::from(gate))
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let leader = leader.ok_or_else(|| io::Error::other("the process ended before it began"))?;
    watchdog.add(leader);
    // A shell that is gone already shows in its exit code.
    let _ = open.write_all(b"\n");
    Ok(Started { child, leader })
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::{Output, exit_code};

    async fn run(path: &str, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
        let watchdog = Watchdog::default();
        let Output { mut receiver, writer } = Output::new().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let environment = environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let program = Program { path: Path::new(path), arguments: &arguments, environment: &environment };
        let mut started = start(&watchdog, program, writer).unwrap();
        let mut text = String::new();
        receiver.read_to_string(&mut text).await.unwrap();
        let status = started.child.wait().await.unwrap();
        watchdog.remove(started.leader);
        (exit_code(status), text)
    }

    #[tokio::test]
    async fn a_program_sees_its_own_environment_and_arguments_alone() {
        let environment = [("A", "1 'two' \"three\""), ("b.c", "$HOME"), ("-x", "")];
        let (code, text) = run("/usr/bin/env", &[], &environment).await;
        assert_eq!((code, text.as_str()), (0, "-x=\nA=1 'two' \"three\"\nb.c=$HOME\n"));
        let script = "cat; echo \"$1|$2\"; echo wrong >&2; exit 7";
        let (code, text) = run("/bin/sh", &["-c", script, "sh", "a b", "*"], &[("PATH", "/usr/bin:/bin")]).await;
        assert_eq!((code, text.as_str()), (7, "a b|*\nwrong\n"));
    }

    #[tokio::test]
    async fn what_is_no_program_shows_in_the_exit_code() {
        let (code, text) = run("/etc/passwd", &[], &[]).await;
        assert_eq!(code, 126, "{text}");
        let (code, text) = run("/etc/nothing", &[], &[]).await;
        assert_eq!(code, 127, "{text}");
    }
}
