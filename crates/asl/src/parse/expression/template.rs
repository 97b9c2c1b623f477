//! Payload templates.

use super::Fault;
use super::query::{check_braces, check_references, note_variables};
use crate::check::query::Scope;
use crate::check::{names, sentences};
use crate::codes;
use crate::expression::{ExpressionKind, Root, Template};
use crate::model::QueryLanguage;
use crate::parse::{Context, Node, NodeValue, Object, Place};

/// A payload template.
pub(in crate::parse) fn template(
    context: &mut Context<'_>,
    object: &Object<'_>,
    field: &str,
    language: QueryLanguage,
    scope: Scope,
) -> Option<Template> {
    let property = object.get(field)?;
    let place = object.place.field(field);
    match language {
        QueryLanguage::JsonPath => jsonpath_template(context, &place, &property.value),
        QueryLanguage::Jsonata => jsonata_template(context, &place, &property.value, scope),
    }
}

fn jsonpath_template(context: &mut Context<'_>, place: &Place<'_>, node: &Node) -> Option<Template> {
    match Template::compile_jsonpath(&node.to_value()) {
        Ok(template) => {
            if !context.options.features.variables {
                let uses_variable = template.expressions().any(|expression| match expression.kind {
                    ExpressionKind::Path(path) => matches!(path.root(), Root::Variable(_)),
                    ExpressionKind::Intrinsic(call) => {
                        call.paths().iter().any(|path| matches!(path.root(), Root::Variable(_)))
                    }
                    ExpressionKind::Jsonata(_) => false,
                });
                if uses_variable {
                    context.unsupported("A workflow variable", place, node.span.clone());
                }
            }
            for expression in template.expressions() {
                let paths = match expression.kind {
                    ExpressionKind::Path(path) => vec![path],
                    ExpressionKind::Intrinsic(call) => call.paths(),
                    ExpressionKind::Jsonata(_) => Vec::new(),
                };
                let Some(found) = node.find(&expression.pointer) else { continue };
                for path in paths {
                    if let Root::Variable(name) = path.root() {
                        context.note_reference(name, format!("{place}{}", expression.pointer), found.span.clone());
                    }
                }
            }
            advise_dollar(context, place, node);
            Some(template)
        }
        Err(errors) => {
            for error in errors {
                let name = error.pointer.rsplit('/').next().unwrap_or_default();
                Fault {
                    code: codes::SCHEMA_VALIDATION_FAILED,
                    pointer: place.to_string(),
                    node: node.find(&error.pointer).unwrap_or(node),
                    offset: error.offset,
                    message: sentences::template_field(&name.replace("~1", "/").replace("~0", "~")),
                    help: Some(error.message),
                }
                .report(context);
            }
            None
        }
    }
}

/// Warns of values that look like a path or a call but are only text, because their field's name doesn't end in `.$`.
fn advise_dollar(context: &mut Context<'_>, place: &Place<'_>, node: &Node) {
    match &node.value {
        NodeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                advise_dollar(context, &place.item(index), item);
            }
        }
        NodeValue::Object(properties) => {
            for property in properties {
                let place = place.field(&property.key);
                if !property.key.ends_with(".$") && property.value.as_str().is_some_and(looks_like_expression) {
                    let message = format!("The value of '{}' looks like a path but is only text", property.key);
                    context
                        .warn(codes::NO_DOLLAR, &place, property.value.span.clone(), message)
                        .set_help(format!("to have it looked up, name the field '{}.$'", property.key));
                } else {
                    advise_dollar(context, &place, &property.value);
                }
            }
        }
        _ => {}
    }
}

/// Whether a text is most likely meant as a path or an intrinsic function's call.
pub(in crate::parse) fn looks_like_expression(text: &str) -> bool {
    let is_call = || {
        text.strip_prefix("States.").is_some_and(|call| {
            call.split_once('(')
                .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()))
        })
    };
    text.starts_with("$.") || text.starts_with("$$.") || is_call()
}

fn jsonata_template(context: &mut Context<'_>, place: &Place<'_>, node: &Node, scope: Scope) -> Option<Template> {
    if !check_braces(context, place, node) {
        return None;
    }
    match Template::compile_jsonata(&node.to_value()) {
        Ok(template) => {
            for expression in template.expressions() {
                if let Some(found) = node.find(&expression.pointer) {
                    let pointer = format!("{place}{}", expression.pointer);
                    if let ExpressionKind::Jsonata(query) = expression.kind {
                        check_references(context, &pointer, found, query, scope);
                        note_variables(context, &pointer, found, query);
                    }
                }
            }
            Some(template)
        }
        Err(errors) => {
            for error in errors {
                Fault {
                    code: codes::INVALID_JSONATA_EXPRESSION,
                    pointer: format!("{place}{}", error.pointer),
                    node: node.find(&error.pointer).unwrap_or(node),
                    offset: error.offset,
                    message: error.message,
                    help: None,
                }
                .report(context);
            }
            None
        }
    }
}

/// `Assign`: an object whose fields are variables.
pub(in crate::parse) fn assign(
    context: &mut Context<'_>,
    object: &Object<'_>,
    language: QueryLanguage,
    scope: Scope,
) -> Option<Template> {
    const FIELD: &str = "Assign";
    let property = object.get(FIELD)?;
    let place = object.place.field(FIELD);
    let assigned = Object::of(context, &place, &property.value)?;
    if !context.options.features.variables {
        context.unsupported("Assign (workflow variables)", &place, property.key_span.clone());
    }
    for variable in assigned.properties() {
        let name = match language {
            QueryLanguage::JsonPath => variable.key.strip_suffix(".$").unwrap_or(&variable.key),
            QueryLanguage::Jsonata => &variable.key,
        };
        if let Some((code, message)) = names::variable_fault(name) {
            context.error(code, &place, variable.key_span.clone(), message);
        }
        context.note_assigned(name);
    }
    template(context, object, FIELD, language, scope)
}
