//! Expressions: paths, payload templates, intrinsic functions, JSONata queries. Compiled once, evaluated often.

mod intrinsic;
mod java;
mod jsonata;
mod jsonpath;
mod path;
mod reference_path;
mod scalar;
mod template;
#[cfg(test)]
mod testing;

pub use intrinsic::Intrinsic;
pub use java::hash_map_order;
pub use jsonata::Jsonata;
pub use jsonpath::{Absence, JsonPath, NotFound, PathSyntaxError};
pub use path::{PathExpr, Root};
pub use reference_path::ReferencePath;
pub use scalar::{Number, StringExpr};
pub use template::{Expression, ExpressionKind, Template, TemplateError};

use serde_json::Value;

/// What an expression can see while it is evaluated, and the only door to anything that is not pure.
pub trait Environment {
    /// `$`: the data that paths start from.
    fn input(&self) -> &Value;
    /// `$$`: the context object.
    fn context(&self) -> &Value;
    /// The part of the context object that has all of what these names lead to, one below the other, if it can be had
    /// without the whole: how many of the names lead to it, and the part.
    fn context_part(&self, names: &[&str]) -> Option<(usize, &Value)> {
        let _ = names;
        None
    }
    /// The value of a variable that is in scope, by its name without the dollar sign.
    fn variable(&self, name: &str) -> Option<&Value>;
    /// `$states` of a JSONata query: an object with `input` (what [`Self::input`] answers), `context`, and `result` or
    /// `errorOutput` where they exist.
    fn states(&self) -> Value;
    /// One member of `$states`, if it can be had without making the others: queries that name members ask here first, and
    /// for [`Self::states`] only when this knows no such member.
    fn state_member(&self, name: &str) -> Option<&Value> {
        match name {
            "input" => Some(self.input()),
            "context" => Some(self.context()),
            _ => None,
        }
    }
    /// 64 fresh random bits, for `States.UUID`, `States.MathRandom`, `$random` and `$uuid`.
    fn random_bits(&self) -> u64;
    /// The present time in milliseconds since 1970, for `$now` and `$millis`.
    fn now_millis(&self) -> i64;
}

/// Why an expression has no value. The text of each is AWS's own sentence without the leading
/// "An error occurred while executing the state …".
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// A path field (`InputPath`, `OutputPath`, `TimeoutSecondsPath`, …) leads nowhere, or a path anywhere has a step that
    /// can't be applied to what is there: the error `States.Runtime`.
    #[error("Invalid path '{path}' : {reason}")]
    Path {
        /// The path as written.
        path: String,
        /// Jayway's own words, such as `No results for path: $['x']` or `Missing property in path $['a']`.
        reason: String,
    },
    /// A path in a payload template leads nowhere: the error `States.Runtime`.
    #[error("The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'")]
    TemplatePath {
        /// The path as written.
        path: String,
        /// The template's field, with its `.$`.
        field: String,
        /// The whole input (the context object for a path that starts there) as compact JSON.
        input: String,
    },
    /// An intrinsic function refused its arguments, or one of their paths leads nowhere. AWS documents the error
    /// `States.IntrinsicFailure` for it, but was seen to report `States.Runtime`.
    #[error("{message}")]
    Intrinsic {
        /// AWS's sentence.
        message: String,
    },
    /// A JSONata query failed: the error `States.QueryEvaluationError`.
    #[error("{message}")]
    Query {
        /// AWS's sentence.
        message: String,
        /// The field, as a path inside the state such as `Output/result`.
        location: String,
    },
}
