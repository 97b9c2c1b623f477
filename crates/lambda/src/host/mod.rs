//! Runs function binaries as processes of this machine, behind the Lambda Runtime API.

mod call;
mod conclusion;
mod environment;
mod function;
mod log_stream;
mod platform_log;
mod process;
mod runtime_api;
mod supervisor;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ::process::Watchdog;
use bytes::Bytes;
use tokio::{net::TcpListener, runtime::Handle, sync::Notify, task::AbortHandle};
use uuid::Uuid;

use self::{
    call::{Attempt, Call, Pending, Permit},
    environment::Environment,
    function::{Function, refuse},
};
use crate::{
    FunctionSpec, HostError, Invocation, InvokeContext, InvokeError, Location, LogSink, ThrottleReason,
    invocation::{check_client_context, check_payload},
    limits::{ACCOUNT_CONCURRENCY, INIT_LIMIT},
    name::FunctionName,
};

/// How the host runs its functions.
#[derive(Clone)]
pub struct HostOptions {
    /// Partition, Region and account, for the environment of the functions and the ARNs in errors.
    pub location: Location,
    /// What every process finds in its environment besides what Lambda defines: `AWS_ENDPOINT_URL` and the credentials
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. A function's own variables go before these.
    /// Nothing is inherited from the environment of the host.
    pub environment: BTreeMap<String, String>,
    /// Receives the log lines of all functions.
    pub log_sink: Option<LogSink>,
    /// The account's concurrent executions: more invocations at once are throttled.
    pub account_concurrency: usize,
    /// How many processes one function may have. This is a limit of the machine, not of AWS: invocations beyond it
    /// wait for a process to become free, and their timeout begins when they are delivered.
    pub max_processes_per_function: usize,
    /// How long a process is kept without work.
    pub idle_timeout: Duration,
    /// How long the init phase may take, [`INIT_LIMIT`] on AWS.
    pub init_limit: Duration,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            location: Location::default(),
            environment: BTreeMap::new(),
            log_sink: None,
            account_concurrency: ACCOUNT_CONCURRENCY,
            max_processes_per_function: 64,
            idle_timeout: Duration::from_mins(5),
            init_limit: INIT_LIMIT,
        }
    }
}

impl fmt::Debug for HostOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HostOptions")
            .field("location", &self.location)
            // The values may be credentials.
            .field("environment", &self.environment.keys())
            .field("account_concurrency", &self.account_concurrency)
            .field("max_processes_per_function", &self.max_processes_per_function)
            .field("idle_timeout", &self.idle_timeout)
            .field("init_limit", &self.init_limit)
            .finish_non_exhaustive()
    }
}

/// The Lambda host. Clones share it; when the last one is dropped, all processes are killed.
#[derive(Clone)]
pub struct Host {
    shared: Arc<Shared>,
}

/// What the handles share. No task holds it, so that dropping the handles ends the host.
struct Shared {
    core: Arc<Core>,
    functions: RwLock<HashMap<String, Arc<Function>>>,
    /// Invocations under way of functions without reserved concurrency.
    unreserved: Arc<AtomicUsize>,
    /// What the functions have reserved of the account's concurrency.
    reserved: AtomicUsize,
    server: AbortHandle,
}

/// What the tasks share.
struct Core {
    options: HostOptions,
    address: SocketAddr,
    runtime: Handle,
    watchdog: Watchdog,
    closing: AtomicBool,
    environments: Mutex<HashMap<String, Arc<Environment>>>,
    /// Told whenever an environment has ended.
    ended: Notify,
}

/// Locks a mutex; whoever panicked while holding it has left nothing half done that matters here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn find(&self, token: &str) -> Option<Arc<Environment>> {
        lock(&self.environments).get(token).cloned()
    }

    fn add(&self, environment: &Arc<Environment>) {
        lock(&self.environments).insert(environment.token.clone(), Arc::clone(environment));
        if self.is_closing() {
            environment.stop();
        }
    }

    fn remove(&self, environment: &Environment) {
        lock(&self.environments).remove(&environment.token);
        self.ended.notify_waiters();
    }
}

impl Host {
    /// Starts the Runtime API on a free port of the loopback interface and registers the functions. No process is
    /// started before it is needed.
    ///
    /// Must be called within a tokio runtime with I/O and time enabled; it is the one that the host's tasks run on.
    ///
    /// # Errors
    /// If no port can be had, or a function is refused: see [`register`](Self::register).
    pub async fn start(
        functions: impl IntoIterator<Item = FunctionSpec>,
        options: HostOptions,
    ) -> Result<Self, HostError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(HostError::Bind)?;
        let core = Arc::new(Core {
            options,
            address: listener.local_addr().map_err(HostError::Bind)?,
            runtime: Handle::current(),
            watchdog: Watchdog::default(),
            closing: AtomicBool::new(false),
            environments: Mutex::default(),
            ended: Notify::new(),
        });
        let server = tokio::spawn(runtime_api::serve(listener, Arc::clone(&core))).abort_handle();
        let shared = Shared {
            core,
            functions: RwLock::default(),
            unreserved: Arc::default(),
            reserved: AtomicUsize::new(0),
            server,
        };
        let host = Self { shared: Arc::new(shared) };
        for function in functions {
            host.register(function)?;
        }
        Ok(host)
    }

    /// Adds a function, or replaces the one of the same name: its idle processes end now, busy ones when they have
    /// answered, and whatever still waits goes to the new one.
    ///
    /// # Errors
    /// If the binary does not exist, or the configuration is one that Lambda would refuse.
    pub fn register(&self, spec: FunctionSpec) -> Result<(), HostError> {
        spec.check()?;
        if spec.is_built() && !spec.binary.is_file() {
            return Err(HostError::NoBinary { function: spec.name, path: spec.binary });
        }
        let name = spec.name.clone();
        let function = Function::new(spec, Arc::clone(&self.shared.core));
        let replaced = {
            let mut functions = self.shared.functions.write().unwrap_or_else(PoisonError::into_inner);
            let replaced = functions.insert(name, Arc::clone(&function));
            let reserved = functions.values().filter_map(|function| function.spec.reserved_concurrency).sum();
            self.shared.reserved.store(reserved, Ordering::Relaxed);
            replaced
        };
        for pending in replaced.iter().flat_map(|replaced| replaced.retire()) {
            function.dispatch(pending);
        }
        Ok(())
    }

    /// The configuration of every function, in no order.
    pub fn functions(&self) -> Vec<Arc<FunctionSpec>> {
        let functions = self.shared.functions.read().unwrap_or_else(PoisonError::into_inner);
        functions.values().map(|function| Arc::clone(&function.spec)).collect()
    }

    /// The configuration of the function that `function` means, named as for [`invoke`](Self::invoke), and the ARN under
    /// which it would be invoked, with the qualifier that was given.
    ///
    /// # Errors
    /// [`InvokeError::ResourceNotFound`].
    pub fn find(&self, function: &str) -> Result<(Arc<FunctionSpec>, String), InvokeError> {
        self.resolve(function).map(|(function, arn)| (Arc::clone(&function.spec), arn))
    }

    /// How often each function was invoked so far, by its name; as in the metric `Invocations`, what was throttled or
    /// refused doesn't count
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#invocation-metrics>).
    pub fn invocations(&self) -> BTreeMap<String, u64> {
        let functions = self.shared.functions.read().unwrap_or_else(PoisonError::into_inner);
        functions.iter().map(|(name, function)| (name.clone(), function.invocations.load(Ordering::Relaxed))).collect()
    }

    /// The IDs of the processes that live now, for tools that show them.
    pub fn processes(&self) -> Vec<u32> {
        let environments = lock(&self.shared.core.environments);
        environments.values().filter_map(|environment| environment.process_id()).collect()
    }

    /// Invokes a function as `InvocationType: RequestResponse` does and waits for its answer.
    ///
    /// `function` is a name, an ARN, or a part of one, with or without a version or alias. An empty payload stands for
    /// `{}`. Who stops waiting does not stop the function, as on AWS; its timeout does.
    ///
    /// # Errors
    /// If the function was not reached. A function that failed has answered: see
    /// [`Invocation::function_error`].
    pub async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        context: InvokeContext,
    ) -> Result<Invocation, InvokeError> {
        if self.shared.core.is_closing() {
            return Err(InvokeError::ShuttingDown);
        }
        let (function, invoked_arn) = self.resolve(function)?;
        let payload = check_payload(payload)?;
        let client_context = context.client_context.as_deref().map(check_client_context).transpose()?;
        let permit = self.permit(&function)?;
        function.invocations.fetch_add(1, Ordering::Relaxed);
        let call = Call {
            request_id: Uuid::new_v4().to_string(),
            payload,
            invoked_arn,
            trace_id: context.trace_id.unwrap_or_else(new_trace_id),
            client_context,
            tag: context.log_tag,
            log_tail: context.log_tail,
        };
        let (reply, answer) = tokio::sync::oneshot::channel();
        function.dispatch(Pending { call: Arc::new(call), reply, permit, attempt: Attempt::Init });
        // The other end is dropped unanswered only when the runtime of the host's tasks has ended.
        answer.await.unwrap_or(Err(InvokeError::ShuttingDown))
    }

    fn resolve(&self, identifier: &str) -> Result<(Arc<Function>, String), InvokeError> {
        let name = FunctionName::parse(identifier);
        let functions = self.shared.functions.read().unwrap_or_else(PoisonError::into_inner);
        let function = functions.get(name.name);
        let spec = function.map(|function| &*function.spec);
        let arn = name.resolve(spec, &self.shared.core.options.location)?;
        let function = function.expect("a name resolves only to a function that was found");
        Ok((Arc::clone(function), arn))
    }

    /// Counts the invocation, or throttles it.
    fn permit(&self, function: &Function) -> Result<Permit, InvokeError> {
        let (permit, reason) = if let Some(limit) = function.spec.reserved_concurrency {
            let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
            (Permit::take(&function.in_flight, limit), reason)
        } else {
            let reserved = self.shared.reserved.load(Ordering::Relaxed);
            let limit = self.shared.core.options.account_concurrency.saturating_sub(reserved);
            let reason = ThrottleReason::ConcurrentInvocationLimitExceeded;
            (Permit::take(&self.shared.unreserved, limit), reason)
        };
        permit.ok_or(InvokeError::TooManyRequests { reason })
    }

    /// Kills all processes and waits until they are gone. Invocations under way end with
    /// [`InvokeError::ShuttingDown`].
    pub async fn shutdown(&self) {
        self.shared.close();
        let core = &self.shared.core;
        loop {
            let ended = core.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if lock(&core.environments).is_empty() {
                break;
            }
            ended.await;
        }
        core.watchdog.release();
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Host").field("address", &self.shared.core.address).finish_non_exhaustive()
    }
}

impl Shared {
    /// Begins the end: no invocation is taken any more, every process is killed.
    fn close(&self) {
        self.core.closing.store(true, Ordering::SeqCst);
        self.server.abort();
        let functions = self.functions.read().unwrap_or_else(PoisonError::into_inner);
        for pending in functions.values().flat_map(|function| function.retire()) {
            refuse(pending, InvokeError::ShuttingDown);
        }
        let environments: Vec<_> = lock(&self.core.environments).values().cloned().collect();
        for environment in environments {
            environment.stop();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// A new trace that is not sampled, in the form of the `X-Amzn-Trace-Id` header: seconds since the epoch, 96 random
/// bits, and 64 more for the parent.
fn new_trace_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (root, parent) = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string());
    format!("Root=1-{seconds:08x}-{};Parent={};Sampled=0", &root[..24], &parent[..16])
}
