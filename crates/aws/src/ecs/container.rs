//! One container of a task: a process.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use jiff::Timestamp;
use process::{Lines, Output, Pid, Program, exit_code, kill_group, read_now, terminate};
use tokio::net::unix::pipe;
use tokio::process::Child;
use tokio_util::sync::CancellationToken;

use super::Ecs;
use super::definition::Container;
use super::task::Task;
use crate::logs::LogWriter;

/// How much is read at once when a process has ended: more than a pipe holds on any system.
const DRAIN_BYTES: usize = 1024 * 1024;

/// A line that a container wrote.
#[derive(Debug, Clone, Copy)]
pub struct ContainerLine<'a> {
    /// ARN of the task.
    pub task_arn: &'a str,
    /// Name of the container.
    pub container: &'a str,
    /// The log group that the container's `awslogs` configuration names; empty when it has none.
    pub log_group: &'a str,
    /// The log stream, `<prefix>/<container>/<task>`.
    pub log_stream: &'a str,
    /// When the line was read.
    pub timestamp: Timestamp,
    /// The line without its end.
    pub message: &'a str,
}

/// Receives every line of every container, in order for one container. It must not block.
pub type ContainerLog = Arc<dyn Fn(&ContainerLine<'_>) + Send + Sync>;

/// What a container's process is told.
#[derive(Clone)]
pub(super) struct Orders {
    /// End in good order: `SIGTERM`, and `SIGKILL` after the container's stop timeout.
    pub(super) terminate: CancellationToken,
    /// End at once.
    pub(super) kill: CancellationToken,
}

/// A container that can be started.
pub(super) struct Prepared {
    index: usize,
    pub(super) name: String,
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    stop_timeout: Duration,
    sink: Sink,
}

/// Where the lines go.
struct Sink {
    task_arn: String,
    container: String,
    group: String,
    stream: String,
    writer: Option<LogWriter>,
    log: Option<ContainerLog>,
}

/// Prepares all containers of a task; the error is the task's stopped reason.
pub(super) async fn prepare(ecs: &Ecs, task: &Task) -> Result<Vec<Prepared>, String> {
    let mut prepared = Vec::new();
    for (index, container) in task.definition.containers.iter().enumerate() {
        if let Some(what) = container.not_emulated {
            return Err(format!(
                "ResourceInitializationError: the container {} asks for {what}, which is not emulated here",
                container.name
            ));
        }
        let sink = sink(ecs, task, container).await?;
        let over = task.containers[index].over.as_ref();
        let command =
            over.map(|over| &over.command).filter(|command| !command.is_empty()).unwrap_or(&container.command);
        // The program stands for the entry point's own.
        let arguments = container.entry_point.iter().skip(1).chain(command).cloned().collect();
        let mut environment = surroundings(ecs);
        environment.extend(container.environment.clone());
        for variable in over.into_iter().flat_map(|over| over.environment.iter()) {
            environment.insert(variable.name.clone(), variable.value.clone());
        }
        if let Some((name, _)) = environment
            .iter()
            .find(|(name, value)| name.is_empty() || name.contains(['=', '\0']) || value.contains('\0'))
        {
            return Err(format!("CannotStartContainerError: \"{name}\" can't be an environment variable"));
        }
        prepared.push(Prepared {
            index,
            name: container.name.clone(),
            program: program(ecs, task, container)?,
            arguments,
            environment,
            stop_timeout: container.stop_timeout,
            sink,
        });
    }
    Ok(prepared)
}

/// What every container finds in its environment.
fn surroundings(ecs: &Ecs) -> BTreeMap<String, String> {
    let region = &ecs.place.region;
    [
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("AWS_ENDPOINT_URL", &ecs.endpoint),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The program that stands for a container's image.
fn program(ecs: &Ecs, task: &Task, container: &Container) -> Result<PathBuf, String> {
    let key = (task.definition.family.clone(), container.name.clone());
    let Some(program) = ecs.state().programs.get(&key).cloned() else {
        return Err(format!(
            "CannotPullContainerError: the image {} of the container {name} is not pulled here: say in the task \
             definition's Metadata which program stands for it: \
             `Metadata: {{Batuta: {{Containers: {{{name}: {{Binary: <the Cargo binary>}}}}}}}}`",
            container.image,
            name = container.name,
        ));
    };
    if !is_executable(&program) {
        return Err(format!(
            "CannotPullContainerError: the program {} of the container {} is not there or can't be executed",
            program.display(),
            container.name
        ));
    }
    Ok(program)
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

async fn sink(ecs: &Ecs, task: &Task, container: &Container) -> Result<Sink, String> {
    let mut sink = Sink {
        task_arn: task.arn.clone(),
        container: container.name.clone(),
        group: String::new(),
        stream: String::new(),
        writer: None,
        log: ecs.log.clone(),
    };
    if let Some(log) = &container.log {
        if !log.create && !ecs.logs.has_group(&log.group).await {
            return Err(format!(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: \
                 failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not \
                 exist. : exit status 1 (the log group {} of the container {})",
                log.group, container.name
            ));
        }
        sink.group.clone_from(&log.group);
        sink.stream = match &log.prefix {
            Some(prefix) => format!("{prefix}/{}/{}", container.name, task.id),
            None => task.id.clone(),
        };
        sink.writer = Some(ecs.logs.writer());
    }
    Ok(sink)
}

impl Sink {
    fn write(&self, message: &str) {
        let timestamp = Timestamp::now();
        if let Some(writer) = &self.writer {
            writer.write(&self.group, &self.stream, timestamp, message);
        }
        if let Some(log) = &self.log {
            log(&ContainerLine {
                task_arn: &self.task_arn,
                container: &self.container,
                log_group: &self.group,
                log_stream: &self.stream,
                timestamp,
                message,
            });
        }
    }
}

impl Prepared {
    /// Starts the process.
    pub(super) fn start(self, ecs: &Ecs) -> io::Result<Running> {
        let Output { receiver, writer } = Output::new()?;
        let program = Program { path: &self.program, arguments: &self.arguments, environment: &self.environment };
        let started = process::start(&ecs.watchdog, program, writer)?;
        Ok(Running {
            index: self.index,
            stop_timeout: self.stop_timeout,
            sink: self.sink,
            output: receiver,
            child: started.child,
            life: Life { ecs: ecs.handle(), leader: started.leader },
        })
    }
}

/// A container that runs.
pub(super) struct Running {
    pub(super) index: usize,
    stop_timeout: Duration,
    sink: Sink,
    output: pipe::Receiver,
    child: Child,
    life: Life,
}

/// The process group of a container. When this goes, so does the group.
struct Life {
    ecs: Arc<Ecs>,
    leader: Pid,
}

impl Drop for Life {
    fn drop(&mut self) {
        kill_group(self.leader);
        self.ecs.watchdog.remove(self.leader);
    }
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Life").field(&self.leader).finish()
    }
}

impl Running {
    /// Stays with the process until it has ended. Returns its exit code.
    pub(super) async fn attend(mut self, orders: Orders) -> i32 {
        let mut lines = Lines::default();
        let mut buffer = vec![0; 16 * 1024];
        let (mut closed, mut asked, mut killed) = (false, false, false);
        let mut deadline = None;
        let status = loop {
            let overdue = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = orders.kill.cancelled(), if !killed => {
                    killed = true;
                    kill_group(self.life.leader);
                }
                () = orders.terminate.cancelled(), if !asked => {
                    asked = true;
                    terminate(self.life.leader);
                    deadline = Some(tokio::time::Instant::now() + self.stop_timeout);
                }
                () = overdue, if !killed => {
                    killed = true;
                    kill_group(self.life.leader);
                }
                status = self.child.wait() => break status,
                ready = self.output.readable(), if !closed => {
                    closed = ready.is_err() || match self.output.try_read(&mut buffer) {
                        Ok(0) => true,
                        Ok(count) => {
                            lines.feed(&buffer[..count], |line| self.sink.write(line));
                            false
                        }
                        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
                    };
                }
            }
        };
        // What it has started ends with it, as in a container; then all that was written is in the pipe.
        kill_group(self.life.leader);
        let mut total = 0;
        while total < DRAIN_BYTES {
            match read_now(&self.output, &mut buffer) {
                Ok(count) if count > 0 => {
                    total += count;
                    lines.feed(&buffer[..count], |line| self.sink.write(line));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        lines.flush(|line| self.sink.write(line));
        status.map_or(-1, exit_code)
    }
}
