//! `TestState`: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html>.
//!
//! The state runs in the interpreter of every execution ([`machine::Execution::of_state`]), so it does what it does in an
//! execution. Here the request is checked, the world around the state is given (a mock, or the task handler of the
//! runtime), and what was seen of the state is told as AWS tells it.

mod answer;
mod context;
mod drive;
mod mock;
mod request;
mod schema;
mod subject;

use std::sync::Arc;

use bytes::Bytes;
use machine::{Execution, Identity, Mock, StateTest};
use serde_json::Value;

use crate::StepFunctions;
use crate::error::ApiError;
use crate::reply::reply;

use mock::Mocked;
use request::{Request, StateConfiguration};
use subject::Subject;

impl StepFunctions {
    /// Answers the operation.
    pub(crate) async fn test_state(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let request = Request::read(body)?;
        let subject = Subject::of(&request)?;
        let mocked = mock::checked(&request, &subject)?;
        let context = context::checked(&request, &subject)?;
        let variables = request.variables()?;
        let input = request.input()?;
        let identity = Arc::new(self.tester(request.role_arn.as_deref())?);
        let (task, children) = match mocked {
            None => (None, None),
            Some(mocked) if subject.is_task() => (Some(mocked.outcome()), None),
            Some(mocked) => (None, Some(mock_of(mocked, &subject, request.caused_by()))),
        };
        let configuration = request.state_configuration.as_ref();
        let failed_iterations = configuration.map_or(0, StateConfiguration::failed_iterations);
        let test = StateTest {
            flow: subject.flow.clone(),
            state: subject.index,
            variables,
            context,
            mock: children,
            retry_count: configuration.map_or(0, StateConfiguration::retry_count),
            failed_iterations,
            item_reader_data: configuration.and_then(|given| given.map_item_reader_data.as_deref()).map(Into::into),
        };
        let execution = Execution::of_state(subject.machine.clone(), identity, input.clone(), test);
        let (end, seen) = drive::run(&self.runtime, execution, task).await;
        if seen.iterations.is_some_and(|iterations| failed_iterations > iterations) {
            // `test_state/state_mock_validation--map_iteration_failure_count_exceeds_mock_result_items.json`
            return Err(ApiError::validation(
                "Map iteration failure count must be less than or equal to the number of Map iterations",
            ));
        }
        Ok(reply(&answer::Answer::new(subject.state(), request.level(), &input, end, seen)))
    }

    /// The execution is an Express one of a state machine that never was; both have random names (recorded case
    /// `test_state/test_state_scenarios--state_with_variables-base_expressions.json`).
    fn tester(&self, role_arn: Option<&str>) -> Result<Identity, ApiError> {
        let (machine, name) = (uuid::Uuid::new_v4().to_string(), uuid::Uuid::new_v4().to_string());
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(ApiError::internal)?;
        Ok(Identity {
            execution_arn: self.registry.arn("express", &format!("{machine}:{name}")),
            execution_name: name.into(),
            state_machine_arn: self.registry.arn("stateMachine", &machine),
            state_machine_name: machine.into(),
            role_arn: role_arn.unwrap_or_default().into(),
            region: self.region.clone(),
            redrive_count: 0,
            express: true,
            seed,
        })
    }
}

/// What stands for the branches or iterations. Whether a task is what failed shows the state that is named for it; when
/// none is named, it is taken for one, as most errors are.
fn mock_of(mocked: Mocked, subject: &Subject, caused_by: Option<&str>) -> Mock {
    match mocked {
        Mocked::Result(result) => Mock::Result(result),
        Mocked::Error(error) => {
            Mock::Error { error, of_task: caused_by.is_none_or(|name| subject.is_inner_task(name)) }
        }
    }
}

/// A text that has to be a JSON object; `None` when it is not.
fn object(text: &str) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_str(text).ok()
}
