//! Path fields: a JSONPath with the root it starts from.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::{Absence, Environment, EvalError, JsonPath, NotFound, PathSyntaxError};

/// Where a path starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$`: the state's input (or result).
    Input,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable, by its name without the dollar sign.
    Variable(Arc<str>),
}

/// A path with its root: `$.a`, `$$.Execution.Id` or `$name.a`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathExpr {
    root: Root,
    path: JsonPath,
}

impl PathExpr {
    /// Compiles a path.
    ///
    /// # Errors
    /// With the place of the first character that does not belong.
    pub fn parse(source: &str) -> Result<Self, PathSyntaxError> {
        let Some(after) = source.strip_prefix('$') else {
            return Err(PathSyntaxError { message: "a path starts with '$'".to_owned(), offset: 0 });
        };
        let (root, root_end) = if after.starts_with('$') {
            (Root::Context, 2)
        } else {
            let length = after.find(['.', '[']).unwrap_or(after.len());
            match &after[..length] {
                "" => (Root::Input, 1),
                name => {
                    check_variable(name)?;
                    (Root::Variable(name.into()), 1 + length)
                }
            }
        };
        Ok(Self { root, path: JsonPath::parse_after(source, root_end)? })
    }

    /// The path as written.
    pub fn source(&self) -> &str {
        self.path.source()
    }

    /// Where it starts.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Whether the path can match one place at the most; if not, its value is an array.
    pub fn is_definite(&self) -> bool {
        self.path.is_definite()
    }

    /// What it leads to.
    ///
    /// # Errors
    /// [`EvalError::Path`] when it leads nowhere, or starts at a variable that has no value.
    pub fn evaluate<'e, E: Environment + ?Sized>(&self, env: &'e E) -> Result<Cow<'e, Value>, EvalError> {
        self.find(env).map_err(|missing| EvalError::Path { path: self.source().to_owned(), reason: missing.reason })
    }

    /// What it leads to, with Jayway's reason when that is nowhere.
    pub(super) fn find<'e, E: Environment + ?Sized>(&self, env: &'e E) -> Result<Cow<'e, Value>, NotFound> {
        if self.root == Root::Context
            && let Some((taken, part)) = self.path.with_first_names(|names| env.context_part(names))
            && let Some(value) = self.path.straight_from(taken, part)
        {
            return Ok(Cow::Borrowed(value));
        }
        self.path.find(match &self.root {
            Root::Input => env.input(),
            Root::Context => env.context(),
            Root::Variable(name) => env.variable(name).ok_or_else(|| NotFound {
                reason: format!("Variable '{name}' has not been assigned"),
                absence: Absence::Missing,
            })?,
        })
    }
}

/// Names of variables follow Unicode's rule for identifiers, up to 80 characters
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>).
fn check_variable(name: &str) -> Result<(), PathSyntaxError> {
    for (offset, character) in name.char_indices() {
        let belongs = match offset {
            0 => character.is_alphabetic() || character == '_',
            _ => character.is_alphanumeric() || character == '_',
        };
        if !belongs {
            let message = format!("expected '.', '[' or the name of a variable after '$', found '{character}'");
            return Err(PathSyntaxError { message, offset: 1 + offset });
        }
    }
    if name.chars().count() > 80 {
        let message = "the name of a variable has 80 characters at the most".to_owned();
        return Err(PathSyntaxError { message, offset: 1 });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::expression::testing::Fixture;

    #[test]
    fn a_path_starts_at_the_input_the_context_or_a_variable() {
        let env = Fixture::new(json!({"a": {"b": 1}}))
            .with_context(json!({"Execution": {"Id": "e"}}))
            .with_variable("name", json!({"x": [1, 2]}));
        for (source, root, value) in [
            ("$", Root::Input, json!({"a": {"b": 1}})),
            ("$.a.b", Root::Input, json!(1)),
            ("$['a']", Root::Input, json!({"b": 1})),
            ("$$", Root::Context, json!({"Execution": {"Id": "e"}})),
            ("$$.Execution.Id", Root::Context, json!("e")),
            ("$$['Execution']", Root::Context, json!({"Id": "e"})),
            ("$name", Root::Variable("name".into()), json!({"x": [1, 2]})),
            ("$name.x[1]", Root::Variable("name".into()), json!(2)),
            ("$name['x'][*]", Root::Variable("name".into()), json!([1, 2])),
        ] {
            let path = PathExpr::parse(source).expect(source);
            assert_eq!(path.root(), &root, "{source}");
            assert_eq!(path.source(), source);
            assert_eq!(*path.evaluate(&env).expect(source), value, "{source}");
        }
    }

    #[test]
    fn what_is_found_is_borrowed() {
        let env = Fixture::new(json!({"a": {"b": [1]}}));
        for source in ["$", "$.a.b", "$.a.b[0]", "$.a.b[-1]"] {
            let path = PathExpr::parse(source).expect(source);
            assert!(matches!(path.evaluate(&env), Ok(Cow::Borrowed(_))), "{source}");
        }
    }

    /// The reasons of `base_scenarios--invalid_jsonpath-*.json` and `base_scenarios--catch_states_runtime.json`.
    #[test]
    fn what_leads_nowhere_says_why() {
        let env = Fixture::new(json!({"int-literal": 0}));
        for (source, message) in [
            ("$.NoSuchInputPath", "Invalid path '$.NoSuchInputPath' : No results for path: $['NoSuchInputPath']"),
            ("$.no.such.result.path", "Invalid path '$.no.such.result.path' : Missing property in path $['no']"),
            ("$x.y", "Invalid path '$x.y' : Variable 'x' has not been assigned"),
        ] {
            let error = PathExpr::parse(source).expect(source).evaluate(&env).expect_err(source);
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn what_is_no_path_is_refused_with_its_place() {
        for (source, offset) in [
            ("a.b", 0),
            ("", 0),
            ("$$$", 2),
            ("$$x.y", 2),
            ("$1a", 1),
            ("$a-b", 2),
            ("$.a.", 4),
            ("$ .a", 1),
            ("$x.[", 3),
        ] {
            assert_eq!(PathExpr::parse(source).expect_err(source).offset, offset, "{source}");
        }
        assert!(PathExpr::parse(&format!("${}", "v".repeat(80))).is_ok());
        assert_eq!(PathExpr::parse(&format!("${}", "v".repeat(81))).expect_err("too long").offset, 1);
    }
}
