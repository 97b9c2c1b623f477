//! Expressions: paths, payload templates, intrinsic functions, JSONata queries. Compiled once, evaluated often.

use serde_json::Value;

/// What an expression can see while it is evaluated, and the only door to anything that is not pure.
pub trait Environment {
    /// `$`: the data that paths start from.
    fn input(&self) -> &Value;
    /// `$$`: the context object.
    fn context(&self) -> &Value;
    /// The value of a variable that is in scope, by its name without the dollar sign.
    fn variable(&self, name: &str) -> Option<&Value>;
    /// `$states` of a JSONata query: an object with `input`, `context`, and `result` or `errorOutput` where they exist.
    fn states(&self) -> Value;
    /// 64 fresh random bits, for `States.UUID`, `States.MathRandom`, `$random` and `$uuid`.
    fn random_bits(&self) -> u64;
    /// The present time in milliseconds since 1970, for `$now` and `$millis`.
    fn now_millis(&self) -> i64;
}

/// Why an expression has no value. The text of each is AWS's own sentence without the leading
/// "An error occurred while executing the state …".
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// A path field (`InputPath`, `OutputPath`, `TimeoutSecondsPath`, …) leads nowhere.
    #[error("Invalid path '{path}' : {reason}")]
    Path {
        /// The path as written.
        path: String,
        /// Jayway's own words, such as `No results for path: $['x']` or `Missing property in path $['a']`.
        reason: String,
    },
    /// A path in a payload template leads nowhere.
    #[error("The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'")]
    TemplatePath {
        /// The path as written.
        path: String,
        /// The template's field, with its `.$`.
        field: String,
        /// The input as compact JSON.
        input: String,
    },
    /// An intrinsic function refused its arguments: the error `States.IntrinsicFailure`.
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
