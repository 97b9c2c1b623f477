//! Template to value.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Node;
use crate::expression::{Absence, Environment, EvalError, PathExpr, Root};

pub(super) fn value<E: Environment + ?Sized>(node: &Node, env: &E, location: &str) -> Result<Value, EvalError> {
    match node {
        Node::Literal(value) => Ok((**value).clone()),
        Node::Object(fields) => {
            let mut object = Map::with_capacity(fields.len());
            for (name, node) in fields {
                object.insert(name.to_string(), value(node, env, location)?);
            }
            Ok(Value::Object(object))
        }
        Node::Array(items) => items.iter().map(|node| value(node, env, location)).collect(),
        Node::Path { path, field } => field_value(path, env, field),
        Node::Intrinsic { call, .. } => call.evaluate(env),
        Node::Query { query, place } => query.evaluate_at(env, || format!("{location}{place}")),
    }
}

/// The value of a path that stands in the field `field`.
///
/// An index past the end of its array is `null` here, as AWS answers; as an argument of an intrinsic function, and in a
/// field such as `InputPath`, it is an error.
pub(in super::super) fn field_value<E: Environment + ?Sized>(
    path: &PathExpr,
    env: &E,
    field: &str,
) -> Result<Value, EvalError> {
    path.find(env).map(Cow::into_owned).or_else(|missing| match missing.absence {
        Absence::OutOfRange => Ok(Value::Null),
        Absence::NotApplicable => Err(EvalError::Path { path: path.source().to_owned(), reason: missing.reason }),
        Absence::Missing => Err(EvalError::TemplatePath {
            path: path.source().to_owned(),
            field: field.to_owned(),
            input: match path.root() {
                Root::Context => env.context(),
                Root::Input | Root::Variable(_) => env.input(),
            }
            .to_string(),
        }),
    })
}
