//! Payload templates: `Parameters`, `ItemSelector`, `ResultSelector`, `Arguments`, `Assign`, `Output`.

mod compile;
mod evaluate;

use std::sync::Arc;

use serde_json::Value;

use super::{Environment, EvalError, Intrinsic, Jsonata, PathExpr};

pub(super) use evaluate::field_value;

/// A compiled payload template. Copies share the compiled form.
#[derive(Debug, Clone)]
pub struct Template {
    node: Arc<Node>,
}

/// A part of a template.
#[derive(Debug)]
enum Node {
    /// A part that depends on nothing, whole.
    Literal(Arc<Value>),
    /// An object, its fields in the order of the text, without the `.$` of their names.
    Object(Box<[(Box<str>, Node)]>),
    Array(Box<[Node]>),
    /// A path, with the name of its field as written.
    Path {
        path: PathExpr,
        field: Box<str>,
    },
    Intrinsic {
        call: Intrinsic,
        field: Box<str>,
    },
    /// A query, with its place below the template's own field as AWS writes it: `/a/b[0]`.
    Query {
        query: Jsonata,
        place: Box<str>,
    },
}

/// One faulty expression in a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// Where in the template, as a JSON pointer such as `/a/0/b.$`; empty for the template itself.
    pub pointer: String,
    /// What is wrong, one sentence.
    pub message: String,
    /// Where in the expression's text, in bytes (of the unescaped string, its `{%` included).
    pub offset: usize,
}

/// One expression of a template, for static checks.
#[derive(Debug)]
pub struct Expression<'t> {
    /// Where in the template, as a JSON pointer such as `/a/0/b.$`; empty for the template itself.
    pub pointer: String,
    /// The expression.
    pub kind: ExpressionKind<'t>,
}

/// What an expression of a template is.
#[derive(Debug)]
pub enum ExpressionKind<'t> {
    /// A path.
    Path(&'t PathExpr),
    /// An intrinsic function's call; [`Intrinsic::paths`] has the paths in it.
    Intrinsic(&'t Intrinsic),
    /// A JSONata query.
    Jsonata(&'t Jsonata),
}

impl Template {
    /// Compiles a template of the JSONPath language: fields whose name ends in `.$` hold a path or an intrinsic function,
    /// at any depth; everything else is taken as it is.
    ///
    /// # Errors
    /// All faulty expressions, in the order of the text.
    pub fn compile_jsonpath(source: &Value) -> Result<Self, Vec<TemplateError>> {
        compile::jsonpath(source)
    }

    /// Compiles a template of the JSONata language: strings of the form `{% … %}` are queries, at any depth.
    ///
    /// # Errors
    /// All faulty queries, in the order of the text, and strings that have only one of `{%` and `%}`.
    pub fn compile_jsonata(source: &Value) -> Result<Self, Vec<TemplateError>> {
        compile::jsonata(source)
    }

    /// The template's value when nothing in it depends on data.
    pub fn as_literal(&self) -> Option<&Arc<Value>> {
        match &*self.node {
            Node::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The template with every expression replaced by its value. `location` is the name of the template's field, such as
    /// `Output`, which the sentences of failed queries start their path with.
    ///
    /// # Errors
    /// Those of the first expression that fails: [`EvalError::TemplatePath`], [`EvalError::Path`] (a step of a path can't
    /// be applied), [`EvalError::Intrinsic`], [`EvalError::Query`].
    pub fn evaluate<E: Environment + ?Sized>(&self, env: &E, location: &str) -> Result<Value, EvalError> {
        evaluate::value(&self.node, env, location)
    }

    /// As [`Self::evaluate`], but the value of a constant template is shared and not copied.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn evaluate_shared<E: Environment + ?Sized>(&self, env: &E, location: &str) -> Result<Arc<Value>, EvalError> {
        match &*self.node {
            Node::Literal(value) => Ok(Arc::clone(value)),
            node => evaluate::value(node, env, location).map(Arc::new),
        }
    }

    /// The expressions in the order of the text.
    pub fn expressions(&self) -> impl Iterator<Item = Expression<'_>> {
        let mut found = Vec::new();
        self.node.collect(&mut String::new(), &mut found);
        found.into_iter()
    }

    /// The names of the fields of the whole, if it is an object; without the `.$` of the JSONPath language.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        let (literal, computed) = match &*self.node {
            Node::Literal(value) => (value.as_object(), None),
            Node::Object(fields) => (None, Some(fields)),
            _ => (None, None),
        };
        let literal = literal.into_iter().flat_map(serde_json::Map::keys).map(String::as_str);
        literal.chain(computed.into_iter().flatten().map(|(name, _)| &**name))
    }

    /// The value of a field of the whole, when it depends on no data.
    pub fn literal_field(&self, name: &str) -> Option<&Value> {
        match &*self.node {
            Node::Literal(value) => value.get(name),
            Node::Object(fields) => match fields.iter().rev().find(|(field, _)| **field == *name)? {
                (_, Node::Literal(value)) => Some(value),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Node {
    fn collect<'t>(&'t self, pointer: &mut String, found: &mut Vec<Expression<'t>>) {
        let length = pointer.len();
        match self {
            Self::Literal(_) => {}
            Self::Object(fields) => {
                for (name, node) in fields {
                    compile::push(pointer, node.field().unwrap_or(name));
                    node.collect(pointer, found);
                    pointer.truncate(length);
                }
            }
            Self::Array(items) => {
                for (index, node) in items.iter().enumerate() {
                    compile::push(pointer, &index.to_string());
                    node.collect(pointer, found);
                    pointer.truncate(length);
                }
            }
            Self::Path { path, .. } => {
                found.push(Expression { pointer: pointer.clone(), kind: ExpressionKind::Path(path) });
            }
            Self::Intrinsic { call, .. } => {
                found.push(Expression { pointer: pointer.clone(), kind: ExpressionKind::Intrinsic(call) });
            }
            Self::Query { query, .. } => {
                found.push(Expression { pointer: pointer.clone(), kind: ExpressionKind::Jsonata(query) });
            }
        }
    }

    /// The name of the field as written, where it differs from the field's name.
    fn field(&self) -> Option<&str> {
        match self {
            Self::Path { field, .. } | Self::Intrinsic { field, .. } => Some(field),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
