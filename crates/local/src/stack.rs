//! A project at work.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use api::{Registry, RegistryError, RegistryStore, StepFunctions};
use aws::{Cloud, Config, Mail};
use integrations::{Executions, HostedFunctions, Integrations, MockTable};
use journal::{Journal, JournalError, RecoverError};
use lambda::{
    About, CompileError, Endpoint, Executor, FunctionSpec, Host, HostError, HostOptions, InvokeContext, LogSink,
};
use machine::Document;
use runtime::{ExecutionHandle, Observer, Resumed, Runtime, RuntimeError, Settings};
use sam::stack::{Architecture, Stack};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use crate::admin::Admin;
use crate::binaries::{Binaries, location, programs};
use crate::build::Built;
use crate::furnish::{furnish, is_called_container};
use crate::log_delivery::LogDelivery;
use crate::logs;
use crate::machines::deploy;
use crate::objects::Objects;
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
    runtime: Runtime,
    log_delivery: Arc<LogDelivery>,
    /// What the functions' processes were started from.
    pub(crate) built: tokio::sync::Mutex<Built>,
    resumed: usize,
    stuck: Vec<(Arc<str>, RecoverError)>,
}

impl Local {
    /// Puts a project to work. Everything is ready when this returns.
    pub async fn start(mut options: Options) -> Result<Self, LocalError> {
        // A first look, before anything is built: files with errors are told of at once.
        let project = read(&options)?;
        let binaries = build(&mut options, &project).await?;
        Self::start_built(options, &binaries).await
    }

    /// Puts a project to work without asking cargo about its functions, if an earlier build has left binaries of all of them
    /// where they are looked for: beside this program, as `cargo run` does, or in the workspace's target directory. Those whose
    /// sources did not change since are used at once; what calls others waits for [`Local::build`]. If there are binaries
    /// missing, all are built first, as [`Local::start`] does.
    pub async fn start_early(mut options: Options) -> Result<Self, LocalError> {
        let project = read(&options)?;
        let left_behind = match (&project.stack, &options.lambda_endpoint) {
            (Some(stack), None) => Binaries::left_behind(stack, &project.folder),
            _ => None,
        };
        let Some(binaries) = left_behind else {
            let binaries = build(&mut options, &project).await?;
            return Self::start_built(options, &binaries).await;
        };
        Self::start_with(options, &binaries, Some(project)).await
    }

    /// Puts a project to work whose functions are built already; `on_build` is not told of anything. What
    /// [`Local::start`] does once, this is quick to do many times: each stack has services and processes of its own.
    pub async fn start_built(options: Options, binaries: &Binaries) -> Result<Self, LocalError> {
        Self::start_with(options, binaries, None).await
    }

    /// The project is read again if any port will do, since the functions' environment and the definitions name it.
    async fn start_with(options: Options, binaries: &Binaries, project: Option<Project>) -> Result<Self, LocalError> {
        let knows_address = options.bind.port() != 0;
        let Options {
            template,
            parameters,
            settings,
            journal,
            kept,
            observer,
            log_sink,
            overrides,
            bind,
            lambda_endpoint,
            on_build: _,
        } = options;
        // Every line goes to its log group; who asked for the lines hears them, too.
        let heard = log_sink.clone();
        let config = Config {
            container_log: heard.map(logs::of_containers),
            bind,
            data: kept.as_ref().map(|kept| kept.services.clone()),
            // Nobody is to find half of a stack.
            hold: true,
            region: binaries.location.region.clone(),
            account_id: binaries.location.account_id.clone(),
            ..Config::default()
        };
        let cloud = Cloud::start(config).await?;
        let project = match project.filter(|_| knows_address) {
            Some(project) => project,
            None => Project::read(&template, &parameters, Some(cloud.endpoint()))?,
        };
        let (true, Some(stack)) = (project.is_sound(), &project.stack) else {
            return Err(LocalError::Unsound(Box::new(project)));
        };
        check_overrides(stack, &overrides)?;
        let functions: Executor = if let Some(url) = lambda_endpoint {
            Endpoint::new(&url, specs(stack, binaries, &overrides)?, location(stack))?.into()
        } else {
            let environment = BTreeMap::from([
                ("AWS_ENDPOINT_URL".to_owned(), cloud.endpoint().to_owned()),
                ("AWS_ACCESS_KEY_ID".to_owned(), "local".to_owned()),
                ("AWS_SECRET_ACCESS_KEY".to_owned(), "local".to_owned()),
            ]);
            let log_sink = Some(logs::of_functions(cloud.log_writer(), log_sink));
            let host = HostOptions { location: location(stack), environment, log_sink, ..HostOptions::default() };
            Host::start(specs(stack, binaries, &overrides)?, host).await?.into()
        };
        let functions = Arc::new(functions);
        let integrations = Integrations::new(functions.clone(), Arc::new(cloud.clone()));
        let tasks = Tasks::new(integrations.clone());
        let log_delivery = Arc::new(LogDelivery::new(cloud.log_writer(), observer));
        let runtime = Runtime::new(settings, journal, Arc::new(tasks.clone()), Some(log_delivery.clone()))
            .with_objects(Arc::new(Objects(cloud.objects())));
        let (region, account_id) = (&binaries.location.region, &binaries.location.account_id);
        let goes_on = kept.is_some();
        let registry = match kept {
            Some(kept) => Registry::open(region, account_id, kept.registry)?,
            None => Registry::ephemeral(region, account_id),
        };
        let registry = Arc::new(registry);
        let mut resumed = if goes_on { Some(runtime.resume()?) } else { None };
        deploy(&registry, &project, runtime.now())?;
        let api = Arc::new(StepFunctions::new(runtime.clone(), registry).with_cloud(cloud.clone()));
        cloud.register(api.clone())?;
        let executions: Arc<dyn Executions> = api.clone();
        integrations.attach_executions(&executions);
        cloud.attach_functions(Arc::new(HostedFunctions::new(functions.clone(), runtime.clone())))?;
        let busy = runtime.clone();
        cloud.hold_while_tasks_run(move || Box::new(busy.busy()))?;
        cloud.register(Arc::new(Admin::new(runtime.clone(), cloud.endpoint())))?;
        furnish(&cloud, stack, binaries, &overrides).await?;
        let stuck = resumed.as_mut().map(|resumed| std::mem::take(&mut resumed.stuck)).unwrap_or_default();
        let count = resumed.as_ref().map_or(0, Resumed::len);
        if let Some(resumed) = resumed {
            resumed.go();
        }
        cloud.open();
        let built = Built::of(stack, binaries);
        tasks.containers_are_built(built.is_complete());
        Ok(Self {
            template,
            parameters,
            overrides,
            project: RwLock::new(Arc::new(project)),
            cloud,
            functions,
            tasks,
            api,
            runtime,
            log_delivery,
            built: tokio::sync::Mutex::new(built),
            resumed: count,
            stuck,
        })
    }

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
            ..about
        },
    }
}

fn is_called(function: &sam::stack::Function, name: &str) -> bool {
    function.binary == name || function.logical_id == name || function.name == name
}

/// Reads the project as it will be at work: its services' address is known before they listen, unless any port will do.
fn read(options: &Options) -> Result<Project, LocalError> {
    let endpoint = (options.bind.port() != 0).then(|| aws::endpoint(options.bind));
    let project = Project::read(&options.template, &options.parameters, endpoint.as_deref())?;
    let (true, Some(stack)) = (project.is_sound(), &project.stack) else {
        return Err(LocalError::Unsound(Box::new(project)));
    };
    check_overrides(stack, &options.overrides)?;
    Ok(project)
}

/// The functions' binaries, or an endpoint in their place.
async fn build(options: &mut Options, project: &Project) -> Result<Binaries, LocalError> {
    let stack = project.stack.as_ref();
    if let (Some(stack), Some(_)) = (stack, &options.lambda_endpoint) {
        return Ok(Binaries::of_endpoint(stack));
    }
    let mut on_build = std::mem::replace(&mut options.on_build, Box::new(|_| {}));
    Ok(Binaries::build(&project.folder, stack, |progress| on_build(progress)).await?)
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
