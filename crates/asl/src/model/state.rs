//! States and the fields that several of them share.

use std::sync::Arc;

use serde_json::Value;

use super::{Catcher, Choice, Flow, Map, Retrier, StateIndex};
use crate::expression::{Jsonata, PathExpr, ReferencePath, StringExpr, Template};

/// In which language a state's expressions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryLanguage {
    /// `$.path` fields, `Parameters`, `ResultPath` and their kin; intrinsic functions.
    #[default]
    JsonPath,
    /// `{% … %}` fields, `Arguments`, `Output`.
    Jsonata,
}

/// One state.
#[derive(Debug)]
pub struct State {
    /// Its name, unique in the whole definition.
    pub name: Arc<str>,
    /// Where it stands in the definition, as a JSON pointer such as `/States/Buy`.
    pub pointer: String,
    /// Its `Comment`.
    pub comment: Option<String>,
    /// The language of its expressions.
    pub query_language: QueryLanguage,
    /// `InputPath` (JSONPath only).
    pub input_path: PathField,
    /// `OutputPath` (JSONPath only).
    pub output_path: PathField,
    /// `Assign` of the state itself (not of a catcher or a rule).
    pub assign: Option<Template>,
    /// `Output` (JSONata only).
    pub output: Option<Template>,
    /// What comes after it: none for Choice, Succeed and Fail.
    pub transition: Option<Transition>,
    /// What it does.
    pub kind: StateKind,
}

/// `Next` or `End`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// `Next`: that state of the same flow.
    Next(StateIndex),
    /// `End: true`.
    End,
}

/// What a state does.
#[derive(Debug)]
pub enum StateKind {
    /// Hands its input on, or a fixed result.
    Pass(Pass),
    /// Has work done elsewhere.
    Task(Box<Task>),
    /// Decides where to go.
    Choice(Choice),
    /// Waits.
    Wait(Wait),
    /// Ends the flow with success.
    Succeed,
    /// Ends the execution (or the branch) with a failure.
    Fail(Fail),
    /// Runs several flows at the same time.
    Parallel(Box<Parallel>),
    /// Runs one flow for each item of a list.
    Map(Box<Map>),
}

impl StateKind {
    /// The value of the `Type` field, which is also the front part of the history events' names.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Pass(_) => "Pass",
            Self::Task(_) => "Task",
            Self::Choice(_) => "Choice",
            Self::Wait(_) => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail(_) => "Fail",
            Self::Parallel(_) => "Parallel",
            Self::Map(_) => "Map",
        }
    }

    /// The state's `Catch`; empty for the types that have none.
    pub fn catchers(&self) -> &[Catcher] {
        match self {
            Self::Task(task) => &task.catch,
            Self::Parallel(parallel) => &parallel.catch,
            Self::Map(map) => &map.catch,
            _ => &[],
        }
    }

    /// Whether the state may have `Retry` and `Catch`.
    pub fn can_be_retried(&self) -> bool {
        matches!(self, Self::Task(_) | Self::Parallel(_) | Self::Map(_))
    }
}

/// `InputPath` or `OutputPath`.
#[derive(Debug, Clone, PartialEq)]
pub enum PathField {
    /// Absent or `"$"`: everything.
    Whole,
    /// `null`: an empty object.
    Null,
    /// A path into the input, the context object (`$$…`) or a variable (`$name…`).
    Path(PathExpr),
}

/// `ResultPath`: where the result goes into the state's input.
#[derive(Debug, Clone, PartialEq)]
pub enum ResultPath {
    /// Absent or `"$"`: the result takes the input's place.
    Whole,
    /// `null`: the result is dropped.
    Discard,
    /// The result is put there; missing objects on the way are made.
    At(ReferencePath),
}

/// A number of seconds that is written down, read from data, or computed.
#[derive(Debug, Clone)]
pub enum Seconds {
    /// `…Seconds: 10`.
    Literal(u64),
    /// `…SecondsPath: "$.x"`.
    Path(PathExpr),
    /// `…Seconds: "{% … %}"`.
    Query(Jsonata),
}

/// A Pass state.
#[derive(Debug)]
pub struct Pass {
    /// `Result` (JSONPath only).
    pub result: Option<Arc<Value>>,
    /// `Parameters` (JSONPath only).
    pub parameters: Option<Template>,
    /// `ResultPath`.
    pub result_path: ResultPath,
}

/// A Task state.
#[derive(Debug)]
pub struct Task {
    /// `Resource`, as written: an ARN.
    pub resource: Arc<str>,
    /// `Parameters`, or `Arguments` in JSONata.
    pub parameters: Option<Template>,
    /// `ResultSelector`.
    pub result_selector: Option<Template>,
    /// `ResultPath`.
    pub result_path: ResultPath,
    /// `TimeoutSeconds` or `TimeoutSecondsPath`. None: the default of the service (99,999,999 seconds).
    pub timeout: Option<Seconds>,
    /// `HeartbeatSeconds` or `HeartbeatSecondsPath`.
    pub heartbeat: Option<Seconds>,
    /// `Retry`, in order.
    pub retry: Vec<Retrier>,
    /// `Catch`, in order.
    pub catch: Vec<Catcher>,
    /// `Credentials`.
    pub credentials: Option<Template>,
}

/// A Wait state.
#[derive(Debug)]
pub struct Wait {
    /// Until when.
    pub until: WaitUntil,
}

/// The four forms of a Wait state.
#[derive(Debug)]
pub enum WaitUntil {
    /// `Seconds` (a number or a query) or `SecondsPath`.
    Seconds(Seconds),
    /// `Timestamp`: a literal RFC 3339 time, as written.
    Timestamp(Box<str>),
    /// `TimestampPath`.
    TimestampPath(PathExpr),
    /// `Timestamp: "{% … %}"`.
    TimestampQuery(Jsonata),
}

/// A Fail state.
#[derive(Debug)]
pub struct Fail {
    /// `Error` or `ErrorPath`.
    pub error: Text,
    /// `Cause` or `CausePath`.
    pub cause: Text,
}

/// A text that is written down, read from data, or computed.
#[derive(Debug, Clone)]
pub enum Text {
    /// Not given.
    None,
    /// Written down.
    Literal(Box<str>),
    /// `…Path`: a path, or an intrinsic function that makes a string.
    Path(StringExpr),
    /// `"{% … %}"`.
    Query(Jsonata),
}

/// A Parallel state.
#[derive(Debug)]
pub struct Parallel {
    /// `Branches`, in order.
    pub branches: Vec<Arc<Flow>>,
    /// `Parameters`, or `Arguments` in JSONata.
    pub parameters: Option<Template>,
    /// `ResultSelector`.
    pub result_selector: Option<Template>,
    /// `ResultPath`.
    pub result_path: ResultPath,
    /// `Retry`, in order.
    pub retry: Vec<Retrier>,
    /// `Catch`, in order.
    pub catch: Vec<Catcher>,
}
