//! Builds all function binaries with one call of cargo.
//!
//! One call, because each resolves features anew; and with the workspace's default members selected, because then the
//! features are those that `cargo run` has built with, and nothing is compiled twice. When everything is fresh it takes
//! the time that cargo takes to find that out: about 0.25 seconds for 240 units.

mod messages;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use process::{Pid, Watchdog};
use thiserror::Error;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{ChildStderr, ChildStdout, Command},
};

use self::messages::{Message, StderrLines, progress};

/// How far a build has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Units that are done: libraries, build scripts and binaries.
    pub completed: usize,
    /// Units that there are; cargo tells it only once it has been compiling for a while.
    pub total: Option<usize>,
    /// What is being compiled, as cargo lists it: `tokio, serde, buy(bin)`; what cargo waits for, if another cargo
    /// holds the target directory; empty if nothing is known.
    pub current: String,
}

/// One diagnostic of the compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompilerMessage {
    /// The package that failed to compile.
    pub package: String,
    /// The target within the package: the name of a binary or a library.
    pub target: String,
    /// The text as rustc would print it, in several lines, without colours.
    pub rendered: String,
}

/// A build that has brought forth no binaries.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CompileError {
    /// Cargo could not be started.
    #[error("cargo cannot be started as `{}`: {error}", cargo.display())]
    NoCargo {
        /// The program that was tried: the value of `CARGO`, or `cargo`.
        cargo: PathBuf,
        /// Why it failed.
        #[source]
        error: io::Error,
    },
    /// The code has errors.
    #[error("{} cannot be compiled", targets(errors))]
    Errors {
        /// The compiler's errors, in its order.
        errors: Vec<CompilerMessage>,
    },
    /// Cargo failed before or beside the compiler: a manifest with an error, a binary that no package has, a linker
    /// that is missing.
    #[error("cargo failed ({status}): {}", stderr.trim())]
    Cargo {
        /// How cargo ended.
        status: ExitStatus,
        /// What it said.
        stderr: String,
    },
    /// Cargo succeeded without having built this binary.
    #[error("cargo has built no binary `{binary}`: is it a `[[bin]]` of a default member of the workspace?")]
    Missing {
        /// The name of the binary.
        binary: String,
    },
    /// The exchange with cargo broke down.
    #[error("the output of cargo cannot be read: {0}")]
    Output(#[source] io::Error),
}

/// `the binary buy and the library domain`, from the messages.
fn targets(errors: &[CompilerMessage]) -> String {
    let mut names: Vec<&str> = errors.iter().map(|error| error.target.as_str()).collect();
    names.dedup();
    names.join(", ")
}

/// Builds binaries of the workspace in `workspace_dir` and returns where each one is. Cargo ends with this process, or when
/// the answer is not waited for.
///
/// `profile` is a cargo profile: `dev`, `release`, or one of the workspace's own. Cargo is the one that `CARGO` names,
/// which is the same that started this program if `cargo run` did.
///
/// # Errors
/// If the code doesn't compile, with the compiler's words; if cargo fails otherwise; if a binary doesn't exist.
pub async fn compile(
    workspace_dir: &Path,
    binaries: &[&str],
    profile: &str,
    mut on_progress: impl FnMut(&Progress),
) -> Result<BTreeMap<String, PathBuf>, CompileError> {
    if binaries.is_empty() {
        return Ok(BTreeMap::new());
    }
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(&cargo);
    command
        .current_dir(workspace_dir)
        .args(["build", "--message-format=json", "--profile", profile])
        .args(binaries.iter().flat_map(|binary| ["--bin", binary]))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0)
        // Cargo counts its units only in its progress bar.
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "160")
        .env("CARGO_TERM_COLOR", "never");
    for variable in inherited_from_cargo_run() {
        command.env_remove(variable);
    }
    let mut child = command.spawn().map_err(|error| CompileError::NoCargo { cargo, error })?;
    // Compilers that go on for nobody would keep the next build waiting.
    let watchdog = Watchdog::default();
    let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    if let Some(leader) = leader {
        watchdog.add(leader);
    }
    let stdout = child.stdout.take().expect("standard output is piped");
    let stderr = child.stderr.take().expect("standard error is piped");
    let outcome = listen(stdout, stderr, &mut on_progress).await.map_err(CompileError::Output)?;
    let status = child.wait().await.map_err(CompileError::Output)?;
    if let Some(leader) = leader {
        watchdog.remove(leader);
    }
    if !status.success() {
        return Err(if outcome.errors.is_empty() {
            CompileError::Cargo { status, stderr: outcome.stderr }
        } else {
            CompileError::Errors { errors: outcome.errors }
        });
    }
    let mut built = outcome.executables;
    let mut wanted = BTreeMap::new();
    for &binary in binaries {
        let path = built.remove(binary).or_else(|| wanted.get(binary).cloned());
        let path = path.ok_or_else(|| CompileError::Missing { binary: binary.to_owned() })?;
        wanted.insert(binary.to_owned(), path);
    }
    Ok(wanted)
}

/// What `cargo run` puts into the environment of the program it runs. Some build scripts watch these variables: that of
/// `ring` does, and with it all that depends on `ring` would be compiled anew here, and anew by the next `cargo run`.
fn inherited_from_cargo_run() -> Vec<OsString> {
    let own = |name: &str| {
        name.starts_with("CARGO_PKG_")
            || matches!(
                name,
                "CARGO_MANIFEST_DIR"
                    | "CARGO_MANIFEST_PATH"
                    | "CARGO_MANIFEST_LINKS"
                    | "CARGO_BIN_NAME"
                    | "CARGO_CRATE_NAME"
                    | "CARGO_PRIMARY_PACKAGE"
                    | "OUT_DIR"
            )
    };
    std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_str().is_some_and(own)).collect()
}

#[derive(Default)]
struct Outcome {
    executables: BTreeMap<String, PathBuf>,
    errors: Vec<CompilerMessage>,
    stderr: String,
}

/// Reads what cargo says on both streams until both are closed.
async fn listen(
    stdout: ChildStdout,
    stderr: ChildStderr,
    on_progress: &mut impl FnMut(&Progress),
) -> io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut state = Progress { completed: 0, total: None, current: String::new() };
    let mut messages = BufReader::new(stdout).split(b'\n');
    let mut stderr = BufReader::new(stderr);
    let mut lines = StderrLines::default();
    let mut chunk = [0; 4096];
    let (mut stdout_open, mut stderr_open) = (true, true);
    while stdout_open || stderr_open {
        tokio::select! {
            message = messages.next_segment(), if stdout_open => match message? {
                None => stdout_open = false,
                Some(line) => match messages::read(&line) {
                    Some(Message::Artifact { executable, name }) => {
                        if let Some(path) = executable {
                            outcome.executables.insert(name, path);
                        }
                        if state.total.is_none() {
                            state.completed += 1;
                            on_progress(&state);
                        }
                    }
                    Some(Message::Error(error)) => outcome.errors.push(error),
                    None => {}
                },
            },
            count = stderr.read(&mut chunk), if stderr_open => {
                let count = count?;
                stderr_open = count > 0;
                for line in lines.feed(&chunk[..count]) {
                    match progress(&line) {
                        Some(now) => {
                            state = now;
                            on_progress(&state);
                        }
                        None if line.is_empty() => {}
                        None => {
                            if line.trim_start().starts_with("Blocking waiting for") {
                                line.trim().clone_into(&mut state.current);
                                on_progress(&state);
                            }
                            outcome.stderr.push_str(&line);
                            outcome.stderr.push('\n');
                        }
                    }
                }
            }
        }
    }
    Ok(outcome)
}
