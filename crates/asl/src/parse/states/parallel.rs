//! Parallel.

use std::sync::Arc;

use crate::check::query::Scope;
use crate::check::{fields, sentences};
use crate::model::{Flow, Parallel, QueryLanguage};
use crate::parse::expression::{result_path, template};
use crate::parse::flow::{FlowKind, broken, parse_flow};
use crate::parse::state::StateContext;
use crate::parse::{Context, Object, catch, retry};

pub(super) fn parse(context: &mut Context<'_>, state: &mut StateContext<'_, '_>) -> Parallel {
    let object = state.object;
    object.require(context, &["Branches"]);
    let parameters = match state.language {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    };
    Parallel {
        branches: branches(context, &object),
        parameters: template(context, &object, parameters, state.language, Scope::State),
        result_selector: template(context, &object, "ResultSelector", QueryLanguage::JsonPath, Scope::State),
        result_path: result_path(context, &object),
        retry: retry::parse(context, &object),
        catch: catch::parse(context, state),
    }
}

fn branches(context: &mut Context<'_>, object: &Object<'_>) -> Vec<Arc<Flow>> {
    let Some(items) = object.array(context, "Branches") else { return Vec::new() };
    let place = object.place.field("Branches");
    if items.is_empty()
        && let Some(property) = object.get("Branches")
    {
        context.schema(&place, property.value.span.clone(), sentences::EMPTY);
    }
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let place = place.item(index);
            let Some(branch) = Object::of(context, &place, item) else { return Arc::new(broken(&place)) };
            branch.allow(context, "a branch", fields::BRANCH, None);
            branch.string(context, "Comment");
            Arc::new(parse_flow(context, &branch, FlowKind::Inner))
        })
        .collect()
}
