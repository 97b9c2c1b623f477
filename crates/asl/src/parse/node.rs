//! The JSON document with the place of every node.

use std::borrow::Cow;
use std::ops::Range;

use diagnostic::closest;
use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Number, Value};

use super::substitution::{placeholders, replace};
use super::{Context, Place, Substitutions, position, syntax_error};
use crate::codes;

/// A JSON value where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// Its bytes in the source text, a string's quotes included.
    pub(crate) span: Range<usize>,
    /// What it is.
    pub(crate) value: NodeValue,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum NodeValue {
    Null,
    Bool(bool),
    Number(Number),
    /// After substitution.
    String(Box<str>),
    Array(Vec<Node>),
    Object(Vec<Property>),
}

/// A field of an object. No two of one object have the same key.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) key: Box<str>,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Node,
}

impl Node {
    /// The string, when it is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value without places.
    pub(crate) fn to_value(&self) -> Value {
        match &self.value {
            NodeValue::Null => Value::Null,
            NodeValue::Bool(value) => Value::Bool(*value),
            NodeValue::Number(number) => Value::Number(number.clone()),
            NodeValue::String(text) => Value::String(text.to_string()),
            NodeValue::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            NodeValue::Object(properties) => Value::Object(
                properties.iter().map(|property| (property.key.to_string(), property.value.to_value())).collect(),
            ),
        }
    }

    /// The field of that name, when this is an object that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Property> {
        match &self.value {
            NodeValue::Object(properties) => properties.iter().find(|property| &*property.key == key),
            _ => None,
        }
    }

    /// The node at a JSON pointer (RFC 6901) that starts here.
    pub(crate) fn find(&self, pointer: &str) -> Option<&Node> {
        pointer.split('/').skip(1).try_fold(self, |node, token| match &node.value {
            NodeValue::Array(items) => items.get(token.parse::<usize>().ok()?),
            NodeValue::Object(_) => {
                node.get(&token.replace("~1", "/").replace("~0", "~")).map(|property| &property.value)
            }
            _ => None,
        })
    }
}

/// Reads the text as strict JSON. When it is none, that is reported and nothing returned.
pub(crate) fn read(context: &mut Context<'_>) -> Option<Node> {
    let text = context.text;
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = match parse_to_ast(text, &CollectOptions::default(), &strict) {
        Ok(parsed) => parsed,
        Err(error) => {
            let diagnostic = syntax_error::from_jsonc(text, &error);
            context.push(diagnostic);
            return None;
        }
    };
    let Some(root) = parsed.value else {
        context.push(syntax_error::not_an_object(0..text.len()));
        return None;
    };
    // `jsonc-parser` lets raw control characters in strings and deep nesting pass, which JSON and AWS do not.
    if let Err(error) = serde_json::from_str::<Value>(text) {
        context.push(syntax_error::from_serde(text, &error));
        return None;
    }
    Some(convert(context, &Place::ROOT, root))
}

fn convert(context: &mut Context<'_>, place: &Place<'_>, value: ast::Value<'_>) -> Node {
    let range = value.range();
    let span = range.start..range.end;
    let value = match value {
        ast::Value::NullKeyword(_) => NodeValue::Null,
        ast::Value::BooleanLit(literal) => NodeValue::Bool(literal.value),
        ast::Value::NumberLit(literal) => {
            // serde_json has read the whole text already, so that this number can be read as well.
            NodeValue::Number(serde_json::from_str(literal.value).unwrap_or_else(|_| Number::from(0)))
        }
        ast::Value::StringLit(literal) => NodeValue::String(substitute(context, place, &span, literal.value)),
        ast::Value::Array(array) => NodeValue::Array(
            array
                .elements
                .into_iter()
                .enumerate()
                .map(|(index, element)| convert(context, &place.item(index), element))
                .collect(),
        ),
        ast::Value::Object(object) => NodeValue::Object(convert_properties(context, place, object)),
    };
    Node { span, value }
}

fn convert_properties(context: &mut Context<'_>, place: &Place<'_>, object: ast::Object<'_>) -> Vec<Property> {
    let mut properties: Vec<Property> = Vec::with_capacity(object.properties.len());
    let mut positions = std::collections::HashMap::with_capacity(object.properties.len());
    for property in object.properties {
        let range = property.name.range();
        let key_span = range.start..range.end;
        let key = substitute(context, place, &key_span, Cow::Owned(property.name.into_string()));
        let value = convert(context, &place.field(&key), property.value);
        let property = Property { key, key_span, value };
        if let Some(&position) = positions.get(&property.key) {
            context
                .warn(
                    codes::DUPLICATE_KEY,
                    &place.field(&property.key),
                    property.key_span.clone(),
                    format!("The field '{}' stands here a second time", property.key),
                )
                .set_help("only the last one counts: remove or rename one of them");
            properties[position] = property;
        } else {
            positions.insert(property.key.clone(), properties.len());
            properties.push(property);
        }
    }
    properties
}

/// A string after substitution; a placeholder that has no value is reported.
fn substitute(context: &mut Context<'_>, place: &Place<'_>, span: &Range<usize>, text: Cow<'_, str>) -> Box<str> {
    let options = context.options;
    let Substitutions::Values(values) = &options.substitutions else { return text.into_owned().into_boxed_str() };
    for placeholder in placeholders(&text) {
        if values.contains_key(placeholder.name) {
            continue;
        }
        let start = position::character(context.text, span, placeholder.range.start, &Substitutions::Unresolved).start;
        let end = position::character(context.text, span, placeholder.range.end - 1, &Substitutions::Unresolved).end;
        let help = match closest(placeholder.name, values.keys().map(String::as_str)) {
            Some(near) => format!("did you mean '${{{near}}}'?"),
            None => format!("give '{}' a value under DefinitionSubstitutions in the template", placeholder.name),
        };
        context
            .error(
                codes::UNRESOLVED_SUBSTITUTION,
                place,
                start..end,
                format!("The substitution '${{{}}}' has no value", placeholder.name),
            )
            .set_help(help);
    }
    replace(&text, values).into_boxed_str()
}
