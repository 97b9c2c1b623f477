//! `StartExecution`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>.

use std::sync::Arc;

use bytes::Bytes;
use journal::{AwaitedBy, Origin};
use machine::Document;
use runtime::{ExecutionHandle, RuntimeError, StartExecution};
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::constraint::{ARN, Constraints, NAME, check_name};
use crate::error::{ApiError, request};
use crate::execution_input::read_input;
use crate::registry::Target;
use crate::reply::{Date, reply};

/// What `StartExecution` and `StartSyncExecution` have in common.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub(crate) state_machine_arn: Option<String>,
    pub(crate) name: Option<String>,
    input: Option<String>,
    trace_header: Option<String>,
    included_data: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    execution_arn: &'a str,
    start_date: Date,
}

impl Request {
    /// Checks the request, and finds what it starts.
    pub(crate) fn read(&self, api: &StepFunctions) -> Result<(Target, Document), ApiError> {
        Constraints::default()
            .required("stateMachineArn", self.state_machine_arn.as_deref(), (1, ARN))
            .length("name", self.name.as_deref(), (1, NAME))
            .length("traceHeader", self.trace_header.as_deref(), (0, 256))
            .one_of("includedData", self.included_data.as_deref(), crate::describe_state_machine::INCLUDED_DATA)
            .check()?;
        if let Some(name) = &self.name {
            check_name(name)?;
        }
        let arn = self.state_machine_arn.as_deref().unwrap_or_default();
        crate::arn::state_machine(arn)?;
        let input = read_input(self.input.as_deref().unwrap_or("{}"))?;
        // `…:stateMachine:NAME/LABEL`: the part of a definition that a map run's children run.
        if arn.contains('/') {
            let message = format!("The ARN '{arn}' names a Distributed Map state, which is not started by itself.");
            return Err(ApiError::validation(message));
        }
        let mut target = api.registry.target(arn)?;
        if let Some(header) = &self.trace_header {
            let origin = Origin { trace_header: Some(header.as_str().into()), ..Origin::clone(&target.origin) };
            target.origin = Arc::new(origin);
        }
        Ok((target, input))
    }

    /// Whether inputs and outputs are wanted in the answer.
    pub(crate) fn all_data(&self) -> bool {
        self.included_data.as_deref() != Some("METADATA_ONLY")
    }

    pub(crate) fn trace_header(&self) -> Option<&str> {
        self.trace_header.as_deref()
    }
}

impl Target {
    /// What starts an execution of that name.
    ///
    /// The ARN of a Standard execution names it, once and for all. Express executions may share a name, so theirs ends in
    /// something of its own.
    pub(crate) fn execution(
        self,
        api: &StepFunctions,
        name: &str,
        input: Document,
    ) -> Result<StartExecution, ApiError> {
        let about = &self.machine.about;
        let compiled = self.revision.compiled(about.express).ok_or_else(|| {
            ApiError::internal(format_args!("the definition of {} is not one that this batuta runs", about.arn))
        })?;
        let arn = &about.arn;
        let execution_arn = if about.express {
            format!("{}:{name}:{}", arn.replacen(":stateMachine:", ":express:", 1), uuid::Uuid::new_v4())
        } else {
            format!("{}:{name}", arn.replacen(":stateMachine:", ":execution:", 1))
        };
        Ok(StartExecution {
            machine: compiled,
            definition: self.revision.content.definition.clone(),
            execution_arn: execution_arn.into(),
            execution_name: name.into(),
            state_machine_arn: arn.clone(),
            state_machine_name: about.name.clone(),
            role_arn: self.revision.content.role_arn.clone(),
            region: api.region.clone(),
            express: about.express,
            origin: self.origin,
            input,
        })
    }
}

impl StepFunctions {
    /// Starts an execution, for a task that awaits it if there is one.
    pub(crate) async fn start_execution(&self, body: &[u8], awaited_by: Option<AwaitedBy>) -> Result<Bytes, ApiError> {
        let request: Request = request(body)?;
        let (mut target, input) = request.read(self)?;
        if awaited_by.is_some() {
            target.origin = Arc::new(Origin { awaited_by, ..Origin::clone(&target.origin) });
        }
        let named = request.name.is_some() && !target.machine.about.express;
        let name = request.name.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let start = target.execution(self, &name, input)?;
        let execution = if named { self.start_named(start).await? } else { self.runtime.start(start).await? };
        let answer =
            Answer { execution_arn: &execution.identity.execution_arn, start_date: Date(execution.header.started_at) };
        Ok(reply(&answer))
    }

    /// The same name with the same input is the same execution, as long as it runs.
    async fn start_named(&self, start: StartExecution) -> Result<Arc<ExecutionHandle>, ApiError> {
        let (arn, input) = (start.execution_arn.clone(), start.input.clone());
        match self.runtime.start_named(start).await {
            Err(RuntimeError::ExecutionExists(name)) => match self.runtime.execution(&arn) {
                Some(running) if running.header.input == input => {
                    // Its start may not be durable yet.
                    running.begun().await?;
                    Ok(running)
                }
                _ => Err(RuntimeError::ExecutionExists(name).into()),
            },
            started => Ok(started?),
        }
    }

    /// Starts an execution of a state machine, by the ARN of the state machine, a version or an alias, under a random name.
    /// None: there is no such state machine.
    pub async fn start(
        &self,
        state_machine_arn: &str,
        input: Document,
    ) -> Option<Result<Arc<ExecutionHandle>, RuntimeError>> {
        let target = self.registry.target(state_machine_arn).ok()?;
        let start = target.execution(self, &uuid::Uuid::new_v4().to_string(), input).ok()?;
        Some(self.runtime.start(start).await)
    }
}
