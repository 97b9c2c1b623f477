//! Entering and leaving states, and the flow of data through them.

use std::sync::Arc;

use asl::expression::Template;
use asl::model::{PathField, QueryLanguage, ResultPath, State, StateIndex, StateKind, Transition};
use serde_json::{Map, Value};

use crate::command::Outcome;
use crate::context::View;
use crate::document::Document;
use crate::event::{Assigned, EventKind, StateType};
use crate::execution::{Execution, Turn};
use crate::failure::{Failure, name};
use crate::limits;
use crate::scope::{Phase, ScopeId};
use crate::sentences;

/// The front part of the state events' names.
pub(crate) fn state_type(state: &State) -> StateType {
    match &state.kind {
        StateKind::Pass(_) => StateType::Pass,
        StateKind::Task(_) => StateType::Task,
        StateKind::Choice(_) => StateType::Choice,
        StateKind::Wait(_) => StateType::Wait,
        StateKind::Succeed => StateType::Succeed,
        StateKind::Fail(_) => StateType::Fail,
        StateKind::Parallel(_) => StateType::Parallel,
        StateKind::Map(_) => StateType::Map,
    }
}

/// Where a state goes on to, and what it hands on.
pub(crate) struct Exit<'s> {
    pub(crate) transition: Transition,
    pub(crate) output: Document,
    pub(crate) assigned: Option<Assigned>,
    /// The `Output` template's and `Assign` template's owner is a rule or catcher, or the state itself.
    pub(crate) state: &'s State,
}

impl Execution {
    /// Enters a state with the scope's input.
    pub(crate) fn enter(&mut self, scope: ScopeId, index: StateIndex) {
        self.scopes[scope].state = index;
        let state = self.current(scope);
        let input = self.scopes[scope].input.clone();
        let entered = EventKind::StateEntered { state_type: state_type(&state), name: state.name.clone(), input };
        let before = self.scopes[scope].previous;
        let id = self.chain(scope, entered);
        let now = self.now;
        let entering = &mut self.scopes[scope];
        entering.entered = id;
        entering.before_entry = before;
        entering.entered_at = now;
        entering.attempts.clear();
        entering.phase = Phase::Ready;
        match self.effective_input(scope, &state) {
            Ok(effective) => {
                self.see(|seen| seen.after_input_path = Some(effective.clone()));
                self.scopes[scope].effective = effective;
                self.work(scope);
            }
            Err(failure) => self.state_failed(scope, &state, failure),
        }
    }

    /// Does the work of the current state: right after it was entered, or again at a retry.
    pub(crate) fn work(&mut self, scope: ScopeId) {
        let state = self.current(scope);
        let worked = match &state.kind {
            StateKind::Pass(pass) => self.pass(scope, &state, pass),
            StateKind::Task(task) => self.schedule_task(scope, &state, task),
            StateKind::Choice(choice) => self.choose(scope, &state, choice),
            StateKind::Wait(wait) => self.wait(scope, &state, wait),
            StateKind::Succeed => self.succeed(scope, &state),
            StateKind::Fail(fail) => self.fail(scope, fail),
            StateKind::Parallel(parallel) => self.start_branches(scope, &state, parallel),
            StateKind::Map(map) => self.start_map(scope, &state, map),
        };
        if let Err(failure) = worked {
            self.state_failed(scope, &state, failure);
        }
    }

    /// `InputPath`.
    fn effective_input(&self, scope: ScopeId, state: &State) -> Result<Document, Failure> {
        let input = &self.scopes[scope].input;
        self.select(scope, &state.input_path, input)
    }

    /// `InputPath` or `OutputPath`.
    pub(crate) fn select(&self, scope: ScopeId, field: &PathField, data: &Document) -> Result<Document, Failure> {
        match field {
            PathField::Whole => Ok(data.clone()),
            PathField::Null => Ok(Document::new(Value::Object(Map::new()))),
            PathField::Path(path) => {
                let view = View::new(self, scope, data.value());
                Ok(Document::new(path.evaluate(&view)?.into_owned()))
            }
        }
    }

    /// A payload template over the state's input; the input itself when there is no template.
    pub(crate) fn payload(
        &self,
        scope: ScopeId,
        template: Option<&Template>,
        location: &str,
    ) -> Result<Document, Failure> {
        let effective = &self.scopes[scope].effective;
        match template {
            None => Ok(effective.clone()),
            Some(template) => {
                let view = View::new(self, scope, effective.value());
                Ok(Document::new(template.evaluate_shared(&view, location)?))
            }
        }
    }

    /// `ResultSelector`.
    pub(crate) fn selected(
        &self,
        scope: ScopeId,
        selector: Option<&Template>,
        result: Document,
    ) -> Result<Document, Failure> {
        match selector {
            None => Ok(result),
            Some(selector) => {
                let view = View::new(self, scope, result.value());
                Ok(Document::new(selector.evaluate_shared(&view, "ResultSelector")?))
            }
        }
    }

    /// `ResultPath`: the result put into the state's raw input.
    pub(crate) fn merged(
        &self,
        scope: ScopeId,
        result_path: &ResultPath,
        result: &Document,
    ) -> Result<Document, Failure> {
        let input = &self.scopes[scope].input;
        match result_path {
            ResultPath::Whole => Ok(result.clone()),
            ResultPath::Discard => Ok(input.clone()),
            ResultPath::At(path) => path
                .put(input.value().clone(), result.value().clone())
                .map(Document::new)
                .map_err(|cause| Failure::new(name::REFERENCE_PATH_CONFLICT, cause)),
        }
    }

    /// Completes a state whose work has a result: `ResultSelector`, `ResultPath`, and what comes after them.
    pub(crate) fn complete_with(
        &mut self,
        scope: ScopeId,
        state: &State,
        selector: Option<&Template>,
        result_path: &ResultPath,
        result: Document,
    ) -> Result<(), Failure> {
        let selected = self.selected(scope, selector, result)?;
        self.see(|seen| seen.after_result_selector = Some(selected.clone()));
        let output = self.merged(scope, result_path, &selected)?;
        self.see(|seen| seen.after_result_path = Some(output.clone()));
        self.complete(scope, state, Some(&selected), output)
    }

    /// Completes the current state with what it did: `result` is the work's result (none for states that have none),
    /// `output` what it hands on before `OutputPath`.
    pub(crate) fn complete(
        &mut self,
        scope: ScopeId,
        state: &State,
        result: Option<&Document>,
        output: Document,
    ) -> Result<(), Failure> {
        let Some(transition) = state.transition.or_else(|| {
            // A Succeed state has neither `Next` nor `End`, and ends its flow.
            matches!(state.kind, StateKind::Succeed).then_some(Transition::End)
        }) else {
            return Err(Failure::runtime("The state has neither a Next nor an End field."));
        };
        let exit = match state.query_language {
            QueryLanguage::JsonPath => {
                let assigned = self.assigned_jsonpath(scope, state.assign.as_ref(), result.unwrap_or(&output))?;
                let output = self.select(scope, &state.output_path, &output)?;
                Exit { transition, output, assigned, state }
            }
            QueryLanguage::Jsonata => {
                let (output, assigned) =
                    self.query_output(scope, state.output.as_ref(), state.assign.as_ref(), result, None, output)?;
                Exit { transition, output, assigned, state }
            }
        };
        self.exit(scope, exit)
    }

    /// `Assign` of a JSONPath state: its paths start from the state's result.
    pub(crate) fn assigned_jsonpath(
        &self,
        scope: ScopeId,
        assign: Option<&Template>,
        data: &Document,
    ) -> Result<Option<Assigned>, Failure> {
        let Some(assign) = assign else { return Ok(None) };
        let view = View::new(self, scope, data.value());
        Ok(variables(assign.evaluate(&view, "Assign")?))
    }

    /// `Output` and `Assign` of a JSONata state, catcher or rule.
    pub(crate) fn query_output(
        &self,
        scope: ScopeId,
        output_template: Option<&Template>,
        assign: Option<&Template>,
        result: Option<&Document>,
        error_output: Option<&Document>,
        default: Document,
    ) -> Result<(Document, Option<Assigned>), Failure> {
        if output_template.is_none() && assign.is_none() {
            return Ok((default, None));
        }
        let effective = self.scopes[scope].effective.clone();
        let mut view = View::new(self, scope, effective.value()).with_result(result.map(Document::value));
        if let Some(error_output) = error_output {
            view = view.with_error_output(error_output.value());
        }
        let assigned = match assign {
            None => None,
            Some(assign) => variables(assign.evaluate(&view, "Assign")?),
        };
        let output = match output_template {
            None => default,
            Some(template) => Document::new(template.evaluate_shared(&view, "Output")?),
        };
        Ok((output, assigned))
    }

    /// Leaves the current state.
    pub(crate) fn exit(&mut self, scope: ScopeId, exit: Exit<'_>) -> Result<(), Failure> {
        self.step_bytes += Failure::if_excessive(&exit.output, &exit.state.name)?;
        if let Some(assigned) = &exit.assigned {
            self.weigh_variables(scope, exit.state, assigned)?;
        }
        self.chain(
            scope,
            EventKind::StateExited {
                state_type: state_type(exit.state),
                name: exit.state.name.clone(),
                output: exit.output.clone(),
                assigned: exit.assigned.clone(),
            },
        );
        let tested = self.test.is_some();
        let leaving = &mut self.scopes[scope];
        if let Some(assigned) = exit.assigned {
            leaving.variables.extend(assigned.iter().cloned());
        }
        leaving.phase = Phase::Ready;
        match exit.transition {
            Transition::Next(next) if tested => self.tested(scope, next, exit.output),
            Transition::Next(next) => {
                leaving.input = exit.output;
                self.ready.push_back((scope, Turn::Enter(next)));
            }
            Transition::End => self.scope_succeeded(scope, exit.output),
        }
        Ok(())
    }

    /// Counts what is about to be assigned, and refuses what is too much.
    fn weigh_variables(&mut self, scope: ScopeId, state: &State, assigned: &Assigned) -> Result<(), Failure> {
        let mut together = 0;
        let mut before = 0;
        for (name, value) in assigned.iter() {
            Failure::if_excessive(value, &state.name)?;
            together += value.text().len();
            before += self.scopes[scope].variables.get(name).map_or(0, |value| value.text().len());
        }
        if together > limits::MAX_PAYLOAD_BYTES {
            return Err(Failure::new(name::DATA_LIMIT_EXCEEDED, sentences::variables_too_large(&state.name)));
        }
        let all = (self.variables_bytes + together).saturating_sub(before);
        if all > limits::MAX_VARIABLES_BYTES {
            return Err(Failure::new(name::DATA_LIMIT_EXCEEDED, sentences::ALL_VARIABLES_TOO_LARGE));
        }
        self.variables_bytes = all;
        Ok(())
    }

    /// A scope's flow has come to its end.
    fn scope_succeeded(&mut self, scope: ScopeId, output: Document) {
        match self.scopes[scope].parent {
            None => self.finish(Outcome::Succeeded(output)),
            Some((parent, index)) => self.child_succeeded(parent, index, scope, output),
        }
    }
}

/// The members of an evaluated `Assign`; an empty one assigns nothing and shows nothing
/// (recorded case `assign/assign_base--base_cases-BASE_EMPTY.json`).
fn variables(value: Value) -> Option<Assigned> {
    match value {
        Value::Object(members) if !members.is_empty() => {
            Some(members.into_iter().map(|(name, value)| (Arc::from(name), Document::new(value))).collect())
        }
        // Else it is empty: a template compiled from an object evaluates to an object.
        _ => None,
    }
}
