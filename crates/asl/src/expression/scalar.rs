//! Expressions for single texts and numbers.

use serde_json::Value;

use super::{Environment, EvalError, Intrinsic, Jsonata, PathExpr, PathSyntaxError};

/// `ErrorPath` or `CausePath` of a Fail state: a path, or an intrinsic function that makes a string.
#[derive(Debug, Clone, PartialEq)]
pub enum StringExpr {
    /// A path.
    Path(PathExpr),
    /// An intrinsic function's call.
    Intrinsic(Intrinsic),
}

/// The intrinsic functions that make strings, the only ones that a Fail state takes
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html>).
const MAKE_STRINGS: [&str; 7] = [
    "States.Format",
    "States.JsonToString",
    "States.ArrayGetItem",
    "States.Base64Encode",
    "States.Base64Decode",
    "States.Hash",
    "States.UUID",
];

impl StringExpr {
    /// Compiles a path or an intrinsic function's call.
    ///
    /// # Errors
    /// With the place of the first character that does not belong, or when the function can't make a string.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        if source.starts_with('$') {
            return PathExpr::parse(source).map(Self::Path);
        }
        let call = Intrinsic::parse(source)?;
        if MAKE_STRINGS.contains(&call.name()) {
            return Ok(Self::Intrinsic(call));
        }
        let message = format!("{} does not make a string; use one of {}", call.name(), MAKE_STRINGS.join(", "));
        Err(PathSyntaxError { message, offset: 0 })
    }

    /// The expression as written.
    pub fn source(&self) -> &str {
        match self {
            Self::Path(path) => path.source(),
            Self::Intrinsic(call) => call.source(),
        }
    }

    /// The value, of whatever type it turns out to be; `field` (such as `ErrorPath`) is for the error's sentence.
    ///
    /// # Errors
    /// [`EvalError::TemplatePath`] for a path that leads nowhere
    /// (`base_scenarios--invalid_jsonpath-INVALID_JSONPATH_IN_ERRORPATH.json`), [`EvalError::Intrinsic`] for a function.
    pub fn evaluate<E: Environment + ?Sized>(&self, env: &E, field: &str) -> Result<Value, EvalError> {
        match self {
            Self::Path(path) => super::template::field_value(path, env, field),
            Self::Intrinsic(call) => call.evaluate(env),
        }
    }
}

/// A number that is written down, read from data, or computed.
#[derive(Debug, Clone)]
pub enum Number {
    /// Written down.
    Literal(serde_json::Number),
    /// The `…Path` form.
    Path(PathExpr),
    /// `"{% … %}"`.
    Query(Jsonata),
}

impl Number {
    /// The value, of whatever type it turns out to be; `location` (such as `MaxConcurrency`) is for the error's sentence.
    ///
    /// # Errors
    /// [`EvalError::Path`] for a path that leads nowhere, [`EvalError::Query`] for a query that fails.
    pub fn evaluate<E: Environment + ?Sized>(&self, env: &E, location: &str) -> Result<Value, EvalError> {
        match self {
            Self::Literal(number) => Ok(Value::Number(number.clone())),
            Self::Path(path) => path.evaluate(env).map(std::borrow::Cow::into_owned),
            Self::Query(query) => query.evaluate(env, location),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::expression::testing::Fixture;

    #[test]
    fn a_text_comes_from_a_path_or_a_function() {
        let env = Fixture::new(json!({"Error": "E", "n": 1})).with_variable("cause", json!("because"));
        for (source, value) in [
            ("$.Error", json!("E")),
            ("$.n", json!(1)),
            ("$cause", json!("because")),
            ("States.Format('{} {}', $.Error, $.n)", json!("E 1")),
        ] {
            let text = StringExpr::parse(source).expect(source);
            assert_eq!(text.source(), source);
            assert_eq!(text.evaluate(&env, "ErrorPath"), Ok(value));
        }
        for (source, offset) in [("E", 0), ("States.Array(1)", 0), ("$.", 2)] {
            assert_eq!(StringExpr::parse(source).expect_err(source).offset, offset);
        }
    }

    /// `base_scenarios--invalid_jsonpath-INVALID_JSONPATH_IN_ERRORPATH.json`
    #[test]
    fn a_missing_text_names_the_field() {
        let env = Fixture::new(json!({"Error": "error-value"}));
        let error = StringExpr::parse("$.ErrorX").expect("a path").evaluate(&env, "ErrorPath").expect_err("missing");
        let sentence = "The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not be found in the input \
                        '{\"Error\":\"error-value\"}'";
        assert_eq!(error.to_string(), sentence);
    }

    #[test]
    fn a_number_is_written_down_or_read() {
        let env = Fixture::new(json!({"n": "five"}));
        assert_eq!(Number::Literal(5.into()).evaluate(&env, "MaxConcurrency"), Ok(json!(5)));
        let path = PathExpr::parse("$.n").expect("a path");
        assert_eq!(Number::Path(path).evaluate(&env, "MaxConcurrency"), Ok(json!("five")));
        let query = Jsonata::compile("{% 2 + 3 %}").expect("a query");
        assert_eq!(Number::Query(query).evaluate(&env, "MaxConcurrency"), Ok(json!(5)));
    }
}
