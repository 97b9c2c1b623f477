//! JSONata queries.

use super::Fault;
use crate::check::query::{Scope, first_name, forbidden_reference, variable};
use crate::check::sentences;
use crate::codes;
use crate::expression::{Jsonata, PathSyntaxError};
use crate::parse::{Context, Node, NodeValue, Place, position};

/// How a query starts.
const OPENING: &str = "{%";
/// How a query ends.
const CLOSING: &str = "%}";

/// Whether the value is written as a query.
pub(in crate::parse) fn is_query(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.starts_with(OPENING))
}

/// A query that is a field's whole value.
pub(in crate::parse) fn query(
    context: &mut Context<'_>,
    place: &Place<'_>,
    node: &Node,
    scope: Scope,
) -> Option<Jsonata> {
    let Some(source) = node.as_str() else {
        context.schema(place, node.span.clone(), sentences::expected_type("STRING"));
        return None;
    };
    if !(source.len() >= OPENING.len() + CLOSING.len() && source.starts_with(OPENING) && source.ends_with(CLOSING)) {
        context.schema(place, node.span.clone(), sentences::QUERY_BRACES);
        return None;
    }
    match Jsonata::compile(source) {
        Ok(query) => {
            check_references(context, &place.to_string(), node, &query, scope);
            note_variables(context, &place.to_string(), node, &query);
            Some(query)
        }
        Err(PathSyntaxError { message, offset }) => {
            Fault {
                code: codes::INVALID_JSONATA_EXPRESSION,
                pointer: place.to_string(),
                node,
                offset,
                message,
                help: None,
            }
            .report(context);
            None
        }
    }
}

/// Takes note of the variables that a query refers to.
pub(super) fn note_variables(context: &mut Context<'_>, pointer: &str, node: &Node, query: &Jsonata) {
    let character = |context: &Context<'_>, offset| {
        position::character(context.text, &node.span, offset, &context.options.substitutions)
    };
    for name in query.variables().iter().filter(|name| ***name != *"states") {
        let span = match variable(node.as_str().unwrap_or_default(), name) {
            Some(found) => character(context, found.start).start..character(context, found.end - 1).end,
            None => node.span.clone(),
        };
        context.note_reference(name, pointer.to_owned(), span);
    }
}

/// Reports what a query refers to but may not.
pub(super) fn check_references(context: &mut Context<'_>, pointer: &str, node: &Node, query: &Jsonata, scope: Scope) {
    let Some(source) = node.as_str() else { return };
    for name in query.top_level_names() {
        Fault {
            code: codes::UNSUPPORTED_JSONATA_EXPRESSION,
            pointer: pointer.to_owned(),
            node,
            offset: first_name(source, name).unwrap_or_default(),
            message: sentences::top_level_reference(name),
            help: Some(instead_of(name)),
        }
        .report(context);
    }
    if let Some((at, message)) = forbidden_reference(source, scope) {
        Fault {
            code: codes::UNSUPPORTED_JSONATA_EXPRESSION,
            pointer: pointer.to_owned(),
            node,
            offset: at,
            message: message.to_owned(),
            help: match message {
                sentences::ROOT_REFERENCE => Some("use '$states.input'".to_owned()),
                _ => Some("only the 'Assign' and 'Output' of an entry of 'Catch' have it".to_owned()),
            },
        }
        .report(context);
    }
}

/// What may be meant by a name that stands for nothing.
fn instead_of(name: &str) -> String {
    if name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        format!("use '$states.input.{name}' for a field of the input, or '${name}' for a variable")
    } else {
        format!("use '$states.input.`{name}`' for a field of the input")
    }
}

/// Whether a text has only one of the two ends of a query.
fn has_one_brace(text: &str) -> bool {
    let inside = text.strip_prefix(OPENING);
    inside.is_some() != inside.unwrap_or(text).ends_with(CLOSING)
}

/// Reports strings that have only one of the two ends of a query.
pub(super) fn check_braces(context: &mut Context<'_>, place: &Place<'_>, node: &Node) -> bool {
    let mut good = true;
    match &node.value {
        NodeValue::String(text) if has_one_brace(text) => {
            context.schema(place, node.span.clone(), sentences::QUERY_BRACES);
            good = false;
        }
        NodeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                good &= check_braces(context, &place.item(index), item);
            }
        }
        NodeValue::Object(properties) => {
            for property in properties {
                good &= check_braces(context, &place.field(&property.key), &property.value);
            }
        }
        _ => {}
    }
    good
}
