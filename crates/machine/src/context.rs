//! The context object and what else an expression can see.

use std::cell::OnceCell;

use asl::expression::Environment;
use serde_json::{Map, Value, json};

use crate::execution::Execution;
use crate::items::Item;
use crate::scope::{Phase, Scope, ScopeId};
use crate::state_test::{TESTED_STATE, Test};
use crate::timestamp;

/// What the expressions of one state can see.
pub(crate) struct View<'e> {
    execution: &'e Execution,
    scope: &'e Scope,
    input: &'e Value,
    result: Option<&'e Value>,
    error_output: Option<&'e Value>,
    item: Option<(u64, &'e Value)>,
    /// The item of a distributed Map has more to tell.
    distributed_item: Option<&'e Item>,
    token: Option<&'e str>,
    context: OnceCell<Value>,
    /// Members of the context object that were asked for by themselves.
    parts: OnceCell<Box<Parts>>,
}

/// Members of the context object, without what may be large: the execution's input and the Map's item.
#[derive(Default)]
struct Parts {
    execution: OnceCell<Value>,
    state_machine: OnceCell<Value>,
    state: OnceCell<Value>,
    task: OnceCell<Option<Value>>,
    map: OnceCell<Option<Value>>,
}

impl<'e> View<'e> {
    /// What the state of that scope sees when `$` is `input`.
    pub(crate) fn new(execution: &'e Execution, scope: ScopeId, input: &'e Value) -> Self {
        let scope = &execution.scopes[scope];
        let token = match &scope.phase {
            Phase::Task(task) => task.token.as_deref(),
            _ => None,
        };
        Self {
            execution,
            scope,
            input,
            result: None,
            error_output: None,
            item: None,
            distributed_item: None,
            token,
            context: OnceCell::new(),
            parts: OnceCell::new(),
        }
    }

    /// With `$states.result`.
    pub(crate) fn with_result(mut self, result: Option<&'e Value>) -> Self {
        self.result = result;
        self
    }

    /// With `$states.errorOutput`.
    pub(crate) fn with_error_output(mut self, error_output: &'e Value) -> Self {
        self.error_output = Some(error_output);
        self
    }

    /// With `$$.Map.Item` of an iteration that is about to start.
    pub(crate) fn with_item(mut self, index: u64, value: &'e Value) -> Self {
        self.item = Some((index, value));
        self
    }

    /// The same of a distributed Map.
    pub(crate) fn with_distributed_item(self, index: u64, item: &'e Item) -> Self {
        Self { distributed_item: Some(item), ..self.with_item(index, item.value.value()) }
    }

    /// With `$$.Task.Token`.
    pub(crate) fn with_token(mut self, token: Option<&'e str>) -> Self {
        self.token = token;
        self
    }

    /// The context object (<https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>; the
    /// members and their order are those of recorded case `base/base--query_context_object_values.json`).
    fn build_context(&self) -> Value {
        if let Some(test) = &self.execution.test {
            return self.test_context(test);
        }
        self.own_context()
    }

    /// The context object of a state that is tested: the one that was given for it, or one with no name that means
    /// anything (recorded cases `test_state/state_context_object--state_task_context_object-ALL.json` and
    /// `test_state/test_state_scenarios--state_with_variables-base_expressions.json`).
    fn test_context(&self, test: &Test) -> Value {
        let Some(given) = &test.setup.context else {
            let mut context = self.own_context();
            context["State"]["Name"] = json!(TESTED_STATE);
            if self.execution.identity.role_arn.is_empty() {
                context["Execution"]["RoleArn"] = Value::Null;
            }
            return context;
        };
        let mut context = given.clone();
        if let Some(item) = self.map_item(true) {
            context.insert("Map".into(), item);
        }
        context.into()
    }

    fn own_context(&self) -> Value {
        let mut context = Map::new();
        context.insert("Execution".into(), self.about_execution(true));
        context.insert("StateMachine".into(), self.about_state_machine());
        context.insert("State".into(), self.about_state());
        if let Some(task) = self.about_task() {
            context.insert("Task".into(), task);
        }
        if let Some(item) = self.map_item(true) {
            context.insert("Map".into(), item);
        }
        context.into()
    }

    /// The member `Execution`, with or without the input.
    fn about_execution(&self, whole: bool) -> Value {
        let identity = &self.execution.identity;
        let mut execution = Map::new();
        execution.insert("Id".into(), json!(&*identity.execution_arn));
        if whole {
            execution.insert("Input".into(), self.execution.input.value().clone());
        }
        execution.insert("StartTime".into(), json!(timestamp::format(self.execution.started_at)));
        execution.insert("Name".into(), json!(&*identity.execution_name));
        execution.insert("RoleArn".into(), json!(&*identity.role_arn));
        // Express executions can't be redriven, and have no such member
        // (recorded case `express/express_sync--query_runtime_memory.json`).
        if !identity.express {
            let count = identity.redrive_count + self.execution.redrives;
            execution.insert("RedriveCount".into(), json!(count));
            if let Some(at) = self.execution.redriven_at {
                execution.insert("RedriveTime".into(), json!(timestamp::format(at)));
            }
        }
        execution.into()
    }

    /// The member `StateMachine`.
    fn about_state_machine(&self) -> Value {
        let identity = &self.execution.identity;
        json!({"Id": &*identity.state_machine_arn, "Name": &*identity.state_machine_name})
    }

    /// The member `State`.
    fn about_state(&self) -> Value {
        let state = &self.scope.flow.states[self.scope.state];
        let mut about = Map::new();
        about.insert("Name".into(), json!(&*state.name));
        about.insert("EnteredTime".into(), json!(timestamp::format(self.scope.entered_at)));
        if state.kind.can_be_retried() {
            about.insert("RetryCount".into(), json!(self.scope.retry_count()));
        }
        about.into()
    }

    /// The member `Task`.
    fn about_task(&self) -> Option<Value> {
        Some(json!({"Token": self.token?}))
    }

    /// The member `Map`, with or without the item's value.
    fn map_item(&self, whole: bool) -> Option<Value> {
        let (index, value) = self.item.or_else(|| self.enclosing_item())?;
        let mut item = json!({ "Index": index });
        if whole {
            item["Value"] = value.clone();
        }
        if let Some(distributed) = self.distributed_item {
            if let Some(key) = &distributed.key {
                item["Key"] = json!(&**key);
            }
            item["Source"] = json!(&*distributed.source);
        }
        Some(json!({"Item": item}))
    }

    /// The item of the innermost Map iteration around the state.
    fn enclosing_item(&self) -> Option<(u64, &'e Value)> {
        let mut scope = self.scope;
        loop {
            if let Some((index, value)) = &scope.item {
                return Some((*index, value.value()));
            }
            scope = &self.execution.scopes[scope.parent?.0];
        }
    }
}

impl Environment for View<'_> {
    fn input(&self) -> &Value {
        self.input
    }

    fn context(&self) -> &Value {
        self.context.get_or_init(|| self.build_context())
    }

    /// Every iteration of a Map may look at its item: it must not cost a copy of all items.
    fn context_part(&self, names: &[&str]) -> Option<(usize, &Value)> {
        if self.execution.test.is_some() {
            return None;
        }
        match names {
            ["Execution", "Input", ..] => Some((2, self.execution.input.value())),
            ["Map", "Item", "Value", ..] => Some((3, self.item.or_else(|| self.enclosing_item())?.1)),
            // These have it all.
            [] | ["Map" | "Execution"] | ["Map", "Item"] => None,
            [member, ..] => {
                let parts = self.parts.get_or_init(Box::default);
                let part = match *member {
                    "Execution" => parts.execution.get_or_init(|| self.about_execution(false)),
                    "StateMachine" => parts.state_machine.get_or_init(|| self.about_state_machine()),
                    "State" => parts.state.get_or_init(|| self.about_state()),
                    "Task" => parts.task.get_or_init(|| self.about_task()).as_ref()?,
                    "Map" => parts.map.get_or_init(|| self.map_item(false)).as_ref()?,
                    _ => return None,
                };
                Some((1, part))
            }
        }
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        let mut scope = self.scope;
        loop {
            if let Some(value) = scope.variables.get(name) {
                return Some(value.value());
            }
            scope = &self.execution.scopes[scope.parent?.0];
        }
    }

    fn states(&self) -> Value {
        let mut states = Map::new();
        states.insert("input".into(), self.input.clone());
        states.insert("context".into(), self.context().clone());
        if let Some(result) = self.result {
            states.insert("result".into(), result.clone());
        }
        if let Some(error_output) = self.error_output {
            states.insert("errorOutput".into(), error_output.clone());
        }
        states.into()
    }

    fn state_member(&self, name: &str) -> Option<&Value> {
        match name {
            "input" => Some(self.input),
            "context" => Some(self.context()),
            "result" => self.result,
            "errorOutput" => self.error_output,
            _ => None,
        }
    }

    fn random_bits(&self) -> u64 {
        self.execution.entropy.bits()
    }

    fn now_millis(&self) -> i64 {
        self.execution.now.as_millisecond()
    }
}
