//! A project at work.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use api::{RegistryError, RegistryStore, StepFunctions};
use aws::{Cloud, Mail};
use integrations::MockTable;
use journal::{Journal, JournalError, RecoverError};
use lambda::{About, CompileError, Executor, FunctionSpec, HostError, InvokeContext, LogSink};
use machine::Document;
use runtime::{ExecutionHandle, Observer, Runtime, RuntimeError, Settings};
use sam::stack::{Architecture, Stack};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use crate::binaries::{Binaries, programs};
use crate::build::Built;
use crate::furnish::is_called_container;
use crate::log_delivery::LogDelivery;
use crate::logs;
use crate::project::{Project, ProjectError};
use crate::tasks::Tasks;

/// How a project is put to work.
pub struct Options {
    /// The template.
    pub template: PathBuf,
    /// Values for its parameters.
    pub parameters: BTreeMap<String, String>,
    /// How time passes, and whether somebody answers task tokens.
    pub settings: Settings,
    /// Where executions are written down.
    pub journal: Arc<dyn Journal>,
    /// Where the rest is kept; none: it is forgotten with the process, and executions of the past are left alone.
    pub kept: Option<Kept>,
    /// Who is told of every event.
    pub observer: Option<Arc<dyn Observer>>,
    /// Where the log lines of functions and containers go, besides their log groups.
    pub log_sink: Option<LogSink>,
    /// Environment variables that take the place of the template's.
    pub overrides: Vec<Override>,
    /// The address that the services listen on: [`ANY_PORT`], or one of one's own.
    pub bind: SocketAddr,
    /// A running `cargo lambda watch` that invocations are handed to.
    pub lambda_endpoint: Option<String>,
    /// Told of the progress of the function build.
    pub on_build: Box<dyn FnMut(&lambda::Progress) + Send>,
}

/// What outlives the process besides the journal. Executions that the journal has as running go on.
pub struct Kept {
    /// Where state machines and activities are written down.
    pub registry: Box<dyn RegistryStore>,
    /// The folder of the services: tables, objects, queues, logs.
    pub services: PathBuf,
}

/// Any free port of the loopback interface.
pub const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// An environment variable that takes the place of the template's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The function's binary, logical ID or name, or a container's binary or name; none for all of them.
    pub function: Option<String>,
    /// The variable.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Why a project can't be put to work.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// A file can't be read.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The template or a definition has errors; they are in the project.
    #[error("the project has errors")]
    Unsound(Box<Project>),
    /// A function that is spoken of is not in the template.
    #[error("the template has no function {name}; it has {known}")]
    UnknownFunction {
        /// The name as given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The function binaries can't be built.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// [`Local::start_built`] was given the binaries of another stack.
    #[error("the binary {0} has not been built")]
    NotBuilt(String),
    /// The function host.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The embedded services.
    #[error(transparent)]
    Cloud(#[from] aws::Error),
    /// The registry of state machines.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// A project at work: its functions, services and executions.
pub struct Local {
    pub(crate) template: PathBuf,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) overrides: Vec<Override>,
    pub(crate) project: RwLock<Arc<Project>>,
    pub(crate) cloud: Cloud,
    pub(crate) functions: Arc<Executor>,
    pub(crate) tasks: Tasks,
    pub(crate) api: Arc<StepFunctions>,
    pub(crate) runtime: Runtime,
    pub(crate) log_delivery: Arc<LogDelivery>,
    /// What the functions' processes were started from.
    pub(crate) built: tokio::sync::Mutex<Built>,
    pub(crate) resumed: usize,
    pub(crate) stuck: Vec<(Arc<str>, RecoverError)>,
}

impl Local {
    /// The project, as it was read last.
    pub fn project(&self) -> Arc<Project> {
        self.project.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many executions of an earlier process go on.
    pub fn resumed(&self) -> usize {
        self.resumed
    }

    /// The executions of an earlier process that can't go on, and why.
    pub fn stuck(&self) -> &[(Arc<str>, RecoverError)] {
        &self.stuck
    }

    /// The Step Functions API, in front of the same executions as the port.
    pub fn step_functions(&self) -> &Arc<StepFunctions> {
        &self.api
    }

    /// The embedded services.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// The executions.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Starts an execution of a state machine, by any of its names. None: there is no such machine.
    pub async fn execute(&self, machine: &str, input: Document) -> Option<Result<Arc<ExecutionHandle>, RuntimeError>> {
        self.api.start(&self.project().machine(machine)?.resource.arn, input).await
    }

    /// Invokes a function by the name of its binary, its logical ID or its name, and gives its answer; the error is what
    /// the function answered, or why it could not be reached.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Value, String> {
        let project = self.project();
        let stack = project.stack.as_ref();
        let found = stack.and_then(|stack| stack.functions.iter().find(|known| is_called(known, function)));
        let name = found.map_or(function, |found| &found.name);
        let answer = self
            .functions
            .invoke(name, payload.to_string().into(), InvokeContext::default())
            .await
            .map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&answer.payload).into_owned();
        match answer.function_error {
            Some(_) => Err(text),
            None => serde_json::from_str(&text).map_err(|error| format!("{error}: {text}")),
        }
    }

    /// Has some attempts of tasks mocked, from now on: executions that are started later count theirs from 0.
    pub fn mock(&self, table: MockTable) {
        self.tasks.mock(table);
    }

    /// How often the functions were called so far, by binary; none when an endpoint runs them, which does not tell.
    pub fn invocations(&self) -> Option<BTreeMap<String, u64>> {
        let Executor::Host(host) = &*self.functions else { return None };
        let mut by_binary = BTreeMap::new();
        let by_name = host.invocations();
        for function in self.project().stack.iter().flat_map(|stack| &stack.functions) {
            *by_binary.entry(function.binary.clone()).or_default() += by_name.get(&function.name).copied().unwrap_or(0);
        }
        Some(by_binary)
    }

    /// What people are mailed, from the start of the stack on, in order. The channel closes when the stack is shut down.
    pub fn mails(&self) -> mpsc::UnboundedReceiver<Arc<Mail>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut following = self.cloud.mailbox().subscribe();
        tokio::spawn(async move {
            for mail in following.so_far {
                // Nobody listens any more when the run is over.
                let _ = sender.send(mail);
            }
            loop {
                match following.live.recv().await {
                    Ok(mail) => {
                        if sender.send(mail).is_err() {
                            return;
                        }
                    }
                    // Mails that came too fast are gone; those to come are not.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
        receiver
    }

    /// Ends everything in good order: no task begins any more and no connection is taken; tasks in flight may answer, for
    /// that long at most. What is left undone is on record, and the next process does it.
    pub async fn drain(&self, patience: Duration) -> bool {
        self.runtime.drain(patience).await
    }

    /// Ends everything that was started: executions are left where they are, processes are killed, the port is closed.
    pub async fn shut_down(&self) {
        self.runtime.shut_down();
        self.functions.shutdown().await;
        self.log_delivery.drain().await;
        self.cloud.shutdown().await;
    }
}

pub(crate) fn specs(
    stack: &Stack,
    binaries: &Binaries,
    overrides: &[Override],
) -> Result<Vec<FunctionSpec>, LocalError> {
    let spec = |function: &sam::stack::Function| {
        let binary = binaries.path(&function.binary).ok_or_else(|| LocalError::NotBuilt(function.binary.clone()))?;
        let mut environment = function.environment.clone();
        for variable in overrides {
            if variable.function.as_deref().is_none_or(|name| is_called(function, name)) {
                environment.insert(variable.name.clone(), variable.value.clone());
            }
        }
        Ok(FunctionSpec {
            aliases: function.alias.iter().cloned().collect(),
            handler: function.handler.clone(),
            environment,
            memory_mb: function.memory_mb,
            timeout: Duration::from_secs(function.timeout_seconds.into()),
            reserved_concurrency: function.reserved_concurrency.map(|limit| limit as usize),
            logging: logs::configuration(function),
            about: about(function),
            ..FunctionSpec::new(function.name.clone(), function.arn.clone(), binary)
        })
    };
    stack.functions.iter().map(spec).collect()
}

fn about(function: &sam::stack::Function) -> About {
    let about = About {
        runtime: function.runtime.clone(),
        architecture: match function.architecture {
            Architecture::X86_64 => "x86_64".to_owned(),
            Architecture::Arm64 => "arm64".to_owned(),
        },
        role_arn: function.role_arn.clone(),
        ephemeral_storage_mb: function.ephemeral_storage_mb,
        tracing: function.tracing,
        dead_letter_arn: function.dead_letter_arn.clone(),
        ..About::default()
    };
    match &function.event_invoke_config {
        None => about,
        Some(config) => About {
            maximum_retry_attempts: config.maximum_retry_attempts,
            maximum_event_age: Duration::from_secs(config.maximum_event_age_seconds.into()),
            on_success: config.on_success.clone(),
            on_failure: config.on_failure.clone(),
            ..about
        },
    }
}

fn is_called(function: &sam::stack::Function, name: &str) -> bool {
    function.binary == name || function.logical_id == name || function.name == name
}

pub(crate) fn check_overrides(stack: &Stack, overrides: &[Override]) -> Result<(), LocalError> {
    let is_container = |name: &str| {
        let mut definitions = stack.task_definitions.iter();
        definitions.any(|of| of.containers.iter().any(|container| is_called_container(of, container, name)))
    };
    for name in overrides.iter().filter_map(|variable| variable.function.as_deref()) {
        if !stack.functions.iter().any(|function| is_called(function, name)) && !is_container(name) {
            let known: Vec<_> = programs(stack).collect();
            return Err(LocalError::UnknownFunction { name: name.to_owned(), known: known.join(", ") });
        }
    }
    Ok(())
}
