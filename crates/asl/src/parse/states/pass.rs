//! Pass.

use std::sync::Arc;

use crate::check::query::Scope;
use crate::codes;
use crate::model::{Pass, QueryLanguage};
use crate::parse::expression::{looks_like_expression, result_path, template};
use crate::parse::state::StateContext;
use crate::parse::{Context, Node, NodeValue, Place};

pub(super) fn parse(context: &mut Context<'_>, state: &mut StateContext<'_, '_>) -> Pass {
    let object = state.object;
    if state.language == QueryLanguage::Jsonata {
        return Pass { result: None, parameters: None, result_path: result_path(context, &object) };
    }
    if let Some(result) = object.get("Result") {
        advise_static(context, &object.place.field("Result"), &result.value);
    }
    Pass {
        result: object.get("Result").map(|property| Arc::new(property.value.to_value())),
        parameters: template(context, &object, "Parameters", QueryLanguage::JsonPath, Scope::State),
        result_path: result_path(context, &object),
    }
}

/// Warns of paths in `Result`, which is handed on as it is: recorded in `base--state_pass_result_jsonpaths`.
fn advise_static(context: &mut Context<'_>, place: &Place<'_>, node: &Node) {
    match &node.value {
        NodeValue::String(text) if looks_like_expression(text) => {
            context
                .warn(
                    codes::PASS_RESULT_IS_STATIC,
                    place,
                    node.span.clone(),
                    "The 'Result' of a Pass state is handed on as it is: nothing in it is looked up",
                )
                .set_help("use 'Parameters' with a field whose name ends in '.$'");
        }
        NodeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                advise_static(context, &place.item(index), item);
            }
        }
        NodeValue::Object(properties) => {
            for property in properties {
                advise_static(context, &place.field(&property.key), &property.value);
            }
        }
        _ => {}
    }
}
