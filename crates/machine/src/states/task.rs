//! Task states.

use std::sync::Arc;

use asl::model::{Seconds, State, Task};
use serde_json::Value;

use crate::command::{Command, TaskCall};
use crate::context::View;
use crate::document::Document;
use crate::event::{ErrorCause, EventKind, TaskResource};
use crate::execution::{Execution, Turn};
use crate::failure::{Failure, name};
use crate::input::{TaskId, TaskOutcome};
use crate::preflight::Scheduling;
use crate::resource::Resource;
use crate::scope::{Phase, ScopeId, TaskPhase};
use crate::sentences;
use crate::timing::Purpose;

impl Execution {
    /// Evaluates what is asked and records that it is scheduled.
    pub(crate) fn schedule_task(&mut self, scope: ScopeId, state: &State, task: &Task) -> Result<(), Failure> {
        let Some(resource) = Resource::parse(&task.resource) else {
            return Err(Failure::runtime(format!("The resource '{}' is not supported.", task.resource)));
        };
        let token: Option<Arc<str>> =
            resource.has_token().then(|| self.entropy.token(&self.identity.execution_arn).into());
        let timeout_seconds = self.seconds(scope, task.timeout.as_ref(), "TimeoutSeconds")?;
        let heartbeat_seconds = self.seconds(scope, task.heartbeat.as_ref(), "HeartbeatSeconds")?;
        let parameters = {
            let effective = &self.scopes[scope].effective;
            match &task.parameters {
                // Without parameters the state's input is handed over as it is.
                None => effective.clone(),
                Some(template) => {
                    let view = View::new(self, scope, effective.value()).with_token(token.as_deref());
                    let location = parameters_field(state);
                    Document::new(template.evaluate_shared(&view, location)?)
                }
            }
        };
        self.see(|seen| seen.after_parameters = Some(parameters.clone()));
        let credentials = self.role(scope, task)?;
        Failure::if_excessive(&parameters, &state.name)?;
        if let Some(preflight) = &self.preflight {
            let entered = self.scopes[scope].entered;
            let task = Scheduling { state: &state.name, entered, resource: &resource, parameters: &parameters };
            if let Some(cause) = preflight.refusal(&task) {
                return Err(Failure::runtime(cause));
            }
        }
        let scheduled = match &resource {
            Resource::Lambda { arn } => EventKind::LambdaFunctionScheduled {
                input: parameters.clone(),
                resource: arn.clone(),
                timeout_in_seconds: timeout_seconds,
                credentials: credentials.clone(),
            },
            Resource::Activity { arn } => EventKind::ActivityScheduled {
                input: parameters.clone(),
                resource: arn.clone(),
                timeout_in_seconds: timeout_seconds,
                heartbeat_in_seconds: heartbeat_seconds,
            },
            Resource::Service { service, action, .. } => EventKind::TaskScheduled {
                task: TaskResource { resource_type: service.clone(), resource: action.clone() },
                parameters: parameters.clone(),
                region: self.identity.region.clone(),
                timeout_in_seconds: timeout_seconds,
                heartbeat_in_seconds: heartbeat_seconds,
                credentials: credentials.clone(),
            },
        };
        let id = self.chain(scope, scheduled);
        let timeout_at = timeout_seconds.map(|seconds| self.after(seconds));
        let timeout = timeout_at.map(|at| self.arm(at, Purpose::TaskTimeout(scope)));
        let heartbeat = heartbeat_seconds.map(|seconds| self.arm(self.after(seconds), Purpose::TaskHeartbeat(scope)));
        self.tasks.insert(id, scope);
        self.scopes[scope].phase = Phase::Task(Box::new(TaskPhase {
            id,
            resource,
            parameters,
            token,
            credentials,
            timeout,
            timeout_at,
            heartbeat,
            heartbeat_seconds,
            started: false,
        }));
        self.ready.push_back((scope, Turn::StartTask));
        Ok(())
    }

    /// Hands the scheduled task to the world. An activity only starts when a worker takes it.
    pub(crate) fn start_task(&mut self, scope: ScopeId) {
        let Phase::Task(task) = &mut self.scopes[scope].phase else { return };
        let call = TaskCall {
            task: task.id,
            state: Arc::default(),
            resource: task.resource.clone(),
            parameters: task.parameters.clone(),
            token: task.token.clone(),
            credentials: task.credentials.clone(),
            heartbeat_seconds: task.heartbeat_seconds,
            deadline: task.timeout_at,
        };
        let started = match &task.resource {
            Resource::Activity { .. } => None,
            Resource::Lambda { .. } => Some(EventKind::LambdaFunctionStarted),
            Resource::Service { service, action, .. } => Some(EventKind::TaskStarted {
                task: TaskResource { resource_type: service.clone(), resource: action.clone() },
            }),
        };
        if let Some(started) = started {
            task.started = true;
            self.chain(scope, started);
        }
        let state = self.current(scope).name.clone();
        self.command(Command::Call(TaskCall { state, ..call }));
    }

    pub(crate) fn task_started(&mut self, task: TaskId, worker_name: Option<Arc<str>>) {
        let Some(scope) = self.tasks.get(&task).copied() else { return };
        if let Phase::Task(phase) = &mut self.scopes[scope].phase
            && !std::mem::replace(&mut phase.started, true)
        {
            self.chain(scope, EventKind::ActivityStarted { worker_name });
            self.rearm_heartbeat(scope);
        }
    }

    pub(crate) fn task_submitted(&mut self, task: TaskId, output: Document) {
        let Some(scope) = self.tasks.get(&task).copied() else { return };
        if let Phase::Task(phase) = &self.scopes[scope].phase
            && let Resource::Service { service, action, .. } = &phase.resource
        {
            let task = TaskResource { resource_type: service.clone(), resource: action.clone() };
            self.chain(scope, EventKind::TaskSubmitted { task, output });
        }
    }

    pub(crate) fn task_heartbeat(&mut self, task: TaskId) {
        if let Some(scope) = self.tasks.get(&task).copied() {
            self.rearm_heartbeat(scope);
        }
    }

    fn rearm_heartbeat(&mut self, scope: ScopeId) {
        let Phase::Task(phase) = &self.scopes[scope].phase else { return };
        let (timer, seconds) = (phase.heartbeat, phase.heartbeat_seconds);
        let (Some(timer), Some(seconds)) = (timer, seconds) else { return };
        self.disarm(timer);
        let again = self.arm(self.after(seconds), Purpose::TaskHeartbeat(scope));
        if let Phase::Task(phase) = &mut self.scopes[scope].phase {
            phase.heartbeat = Some(again);
        }
    }

    pub(crate) fn task_ended(&mut self, task: TaskId, outcome: TaskOutcome) {
        let Some((scope, resource)) = self.take_task(task) else { return };
        let state = self.current(scope);
        let ended = match outcome {
            TaskOutcome::Succeeded(output) => match Failure::if_excessive(&output, too_large_subject(&resource)) {
                Ok(_) => {
                    self.chain(scope, succeeded_event(&resource, output.clone()));
                    self.task_succeeded(scope, &state, output)
                }
                Err(Failure { error, .. }) => {
                    self.chain(scope, failed_event(&resource, error.clone()));
                    Err(Failure::task(error))
                }
            },
            TaskOutcome::Failed { error, cause } => {
                let failure = ErrorCause { error, cause };
                self.chain(scope, failed_event(&resource, failure.clone()));
                Err(Failure::task(failure))
            }
            TaskOutcome::TimedOut { error, cause } => {
                let failure = ErrorCause { error: error.or_else(|| Some(name::TIMEOUT.into())), cause };
                self.chain(scope, timed_out_event(&resource, failure.clone()));
                Err(Failure::task(failure))
            }
            TaskOutcome::Impossible { cause } => Err(Failure::runtime(cause)),
        };
        if let Err(failure) = ended {
            self.scopes[scope].phase = Phase::Ready;
            self.state_failed(scope, &state, failure);
        }
    }

    fn task_succeeded(&mut self, scope: ScopeId, state: &State, result: Document) -> Result<(), Failure> {
        let asl::model::StateKind::Task(task) = &state.kind else { return Ok(()) };
        self.see(|seen| seen.result = Some(result.clone()));
        self.complete_with(scope, state, task.result_selector.as_ref(), &task.result_path, result)
    }

    /// `TimeoutSeconds` or `HeartbeatSeconds` ran out.
    pub(crate) fn task_time_is_up(&mut self, scope: ScopeId, of_heartbeat: bool) {
        let Phase::Task(phase) = &self.scopes[scope].phase else { return };
        let id = phase.id;
        let Some((scope, resource)) = self.take_task(id) else { return };
        self.command(Command::Abort { task: id });
        let failure = ErrorCause { error: Some(name::TIMEOUT.into()), cause: None };
        self.chain(scope, timed_out_event(&resource, failure));
        self.scopes[scope].phase = Phase::Ready;
        self.ready.push_back((scope, Turn::TimedOut(of_heartbeat)));
    }

    /// The state fails because of that.
    pub(crate) fn task_timed_out(&mut self, scope: ScopeId, of_heartbeat: bool) {
        let failure = ErrorCause { error: Some(name::TIMEOUT.into()), cause: None };
        let state = self.current(scope);
        self.state_failed(scope, &state, Failure { of_heartbeat, ..Failure::task(failure) });
    }

    /// Takes a task that is waited for out of flight, with its timers.
    fn take_task(&mut self, task: TaskId) -> Option<(ScopeId, Resource)> {
        let scope = self.tasks.remove(&task)?;
        let Phase::Task(phase) = &self.scopes[scope].phase else { return None };
        let (resource, timers) = (phase.resource.clone(), [phase.timeout, phase.heartbeat]);
        for timer in timers.into_iter().flatten() {
            self.disarm(timer);
        }
        Some((scope, resource))
    }

    fn seconds(&self, scope: ScopeId, seconds: Option<&Seconds>, field: &'static str) -> Result<Option<u64>, Failure> {
        let Some(seconds) = seconds else { return Ok(None) };
        let effective = &self.scopes[scope].effective;
        let view = View::new(self, scope, effective.value());
        match seconds {
            Seconds::Literal(seconds) => Ok(Some(*seconds)),
            Seconds::Path(path) => {
                let value = path.evaluate(&view)?;
                match value.as_i64() {
                    Some(seconds) if seconds > 0 => Ok(Some(seconds as u64)),
                    _ => {
                        Err(Failure::runtime(sentences::not_an_integer(&format!("{field}Path"), &value, path.source())))
                    }
                }
            }
            Seconds::Query(query) => {
                let value = query.evaluate(&view, field)?;
                match value.as_f64() {
                    Some(seconds) if seconds > 0.0 && seconds.fract() == 0.0 => Ok(Some(seconds as u64)),
                    _ => Err(Failure::query(
                        sentences::unexpected_type(query.source(), field, "positive integer", &value),
                        Some(field),
                    )),
                }
            }
        }
    }

    /// The role of `Credentials`.
    fn role(&self, scope: ScopeId, task: &Task) -> Result<Option<Arc<str>>, Failure> {
        let Some(template) = &task.credentials else { return Ok(None) };
        let effective = &self.scopes[scope].effective;
        let view = View::new(self, scope, effective.value());
        match template.evaluate(&view, "Credentials")?.get("RoleArn") {
            Some(Value::String(arn)) => Ok(Some(arn.as_str().into())),
            _ => Err(Failure::runtime("The field 'RoleArn' of 'Credentials' must be the ARN of a role.")),
        }
    }
}

/// The name of the field that holds a task's parameters.
fn parameters_field(state: &State) -> &'static str {
    match state.query_language {
        asl::model::QueryLanguage::JsonPath => "Parameters",
        asl::model::QueryLanguage::Jsonata => "Arguments",
    }
}

/// What AWS names when a result is too large (recorded cases `error_handling/states_errors--task_lambda_data_limit…` and
/// `…service_task_lambada_data_limit…`): the function's ARN, or the service.
fn too_large_subject(resource: &Resource) -> &str {
    match resource {
        Resource::Lambda { arn } | Resource::Activity { arn } => arn,
        Resource::Service { service, .. } => service,
    }
}

fn task_resource(service: &Arc<str>, action: &Arc<str>) -> TaskResource {
    TaskResource { resource_type: service.clone(), resource: action.clone() }
}

fn succeeded_event(resource: &Resource, output: Document) -> EventKind {
    match resource {
        Resource::Lambda { .. } => EventKind::LambdaFunctionSucceeded { output },
        Resource::Activity { .. } => EventKind::ActivitySucceeded { output },
        Resource::Service { service, action, .. } => {
            EventKind::TaskSucceeded { task: task_resource(service, action), output }
        }
    }
}

fn failed_event(resource: &Resource, failure: ErrorCause) -> EventKind {
    match resource {
        Resource::Lambda { .. } => EventKind::LambdaFunctionFailed(failure),
        Resource::Activity { .. } => EventKind::ActivityFailed(failure),
        Resource::Service { service, action, .. } => {
            EventKind::TaskFailed { task: task_resource(service, action), failure }
        }
    }
}

fn timed_out_event(resource: &Resource, failure: ErrorCause) -> EventKind {
    match resource {
        Resource::Lambda { .. } => EventKind::LambdaFunctionTimedOut(failure),
        Resource::Activity { .. } => EventKind::ActivityTimedOut(failure),
        Resource::Service { service, action, .. } => {
            EventKind::TaskTimedOut { task: task_resource(service, action), failure }
        }
    }
}
