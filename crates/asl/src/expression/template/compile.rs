//! Source to template.

use std::sync::Arc;

use serde_json::Value;

use super::{Node, Template, TemplateError};
use crate::expression::{Intrinsic, Jsonata, PathExpr, PathSyntaxError};

pub(super) fn jsonpath(source: &Value) -> Result<Template, Vec<TemplateError>> {
    finish(source, |source, compiler| compiler.jsonpath(source))
}

pub(super) fn jsonata(source: &Value) -> Result<Template, Vec<TemplateError>> {
    finish(source, |source, compiler| compiler.jsonata(source))
}

fn finish(source: &Value, compile: fn(&Value, &mut Compiler) -> Node) -> Result<Template, Vec<TemplateError>> {
    let mut compiler = Compiler::default();
    let node = compile(source, &mut compiler);
    if compiler.errors.is_empty() { Ok(Template { node: Arc::new(node) }) } else { Err(compiler.errors) }
}

/// Adds a part to a JSON pointer (RFC 6901).
pub(super) fn push(pointer: &mut String, part: &str) {
    pointer.push('/');
    for character in part.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(character),
        }
    }
}

#[derive(Default)]
struct Compiler {
    pointer: String,
    /// The same place as AWS writes it: `/a/b[0]`.
    place: String,
    errors: Vec<TemplateError>,
}

impl Compiler {
    fn error(&mut self, message: impl Into<String>, offset: usize) -> Node {
        self.errors.push(TemplateError { pointer: self.pointer.clone(), message: message.into(), offset });
        Node::Literal(Arc::new(Value::Null))
    }

    fn syntax_error(&mut self, error: PathSyntaxError) -> Node {
        self.error(error.message, error.offset)
    }

    /// Compiles what is one step further down.
    fn below<T>(&mut self, part: &str, place: &str, compile: impl FnOnce(&mut Self) -> T) -> T {
        let (pointer, length) = (self.pointer.len(), self.place.len());
        push(&mut self.pointer, part);
        self.place.push_str(place);
        let compiled = compile(self);
        self.pointer.truncate(pointer);
        self.place.truncate(length);
        compiled
    }

    fn jsonpath(&mut self, source: &Value) -> Node {
        match source {
            Value::Object(fields) => {
                let compiled = fields.iter().map(|(name, value)| {
                    self.below(name, "", |compiler| match name.strip_suffix(".$") {
                        Some(stripped) => (stripped.into(), compiler.field(name, value)),
                        None => (name.as_str().into(), compiler.jsonpath(value)),
                    })
                });
                object(compiled.collect(), source)
            }
            Value::Array(items) => {
                let compiled =
                    items.iter().enumerate().map(|(at, item)| self.below(&at.to_string(), "", |c| c.jsonpath(item)));
                array(compiled.collect(), source)
            }
            _ => Node::Literal(Arc::new(source.clone())),
        }
    }

    /// A field whose name ends in `.$`.
    fn field(&mut self, name: &str, value: &Value) -> Node {
        let Value::String(text) = value else {
            return self
                .error(format!("the value of '{name}' must be a string with a path or an intrinsic function"), 0);
        };
        if text.starts_with('$') {
            return match PathExpr::parse(text) {
                Ok(path) => Node::Path { path, field: name.into() },
                Err(error) => self.syntax_error(error),
            };
        }
        match Intrinsic::parse(text) {
            Ok(call) => Node::Intrinsic { call, field: name.into() },
            Err(error) => self.syntax_error(error),
        }
    }

    fn jsonata(&mut self, source: &Value) -> Node {
        match source {
            Value::Object(fields) => {
                let compiled = fields.iter().map(|(name, value)| {
                    let place = format!("/{name}");
                    (name.as_str().into(), self.below(name, &place, |compiler| compiler.jsonata(value)))
                });
                object(compiled.collect(), source)
            }
            Value::Array(items) => {
                let compiled = items.iter().enumerate().map(|(at, item)| {
                    self.below(&at.to_string(), &format!("[{at}]"), |compiler| compiler.jsonata(item))
                });
                array(compiled.collect(), source)
            }
            Value::String(text) => match (text.starts_with("{%"), text.ends_with("%}")) {
                (true, true) => match Jsonata::compile(text) {
                    Ok(query) => Node::Query { query, place: self.place.as_str().into() },
                    Err(error) => self.syntax_error(error),
                },
                (true, false) => self.error("a query that starts with '{%' must end with '%}'", text.len()),
                (false, true) => self.error("a query that ends with '%}' must start with '{%'", 0),
                (false, false) => Node::Literal(Arc::new(source.clone())),
            },
            _ => Node::Literal(Arc::new(source.clone())),
        }
    }
}

/// An object of compiled fields, or the source itself if none of them depends on anything.
fn object(fields: Vec<(Box<str>, Node)>, source: &Value) -> Node {
    if fields.iter().all(|(_, node)| matches!(node, Node::Literal(_))) {
        return Node::Literal(Arc::new(source.clone()));
    }
    Node::Object(fields.into())
}

fn array(items: Vec<Node>, source: &Value) -> Node {
    if items.iter().all(|node| matches!(node, Node::Literal(_))) {
        return Node::Literal(Arc::new(source.clone()));
    }
    Node::Array(items.into())
}
