//! What a Choice rule tests.

use crate::check::fields::Field;
use crate::check::query::Scope;
use crate::check::sentences;
use crate::model::{Comparison, Condition, QueryLanguage};

use super::expression::{PathKind, path, query};
use super::operator::{self, OPERATORS};
use super::{Context, Node, NodeValue, Object, Place};

/// What a rule can be, of which it is exactly one.
const SELECTORS: [&str; 5] = ["And", "Or", "Not", "Variable", "Condition"];

/// Reports fields that a rule can't have. A rule inside another has no `Next`, `Assign` or `Output`.
pub(super) fn allow(context: &mut Context<'_>, object: &Object<'_>, outermost: bool, language: QueryLanguage) {
    let field = |name, only| Field { name, only };
    let mut known = vec![
        field("Comment", None),
        field("Variable", Some(QueryLanguage::JsonPath)),
        field("And", Some(QueryLanguage::JsonPath)),
        field("Or", Some(QueryLanguage::JsonPath)),
        field("Not", Some(QueryLanguage::JsonPath)),
    ];
    known.extend(OPERATORS.iter().map(|name| field(name, Some(QueryLanguage::JsonPath))));
    known.push(field("Condition", Some(QueryLanguage::Jsonata)));
    if outermost {
        known.extend([field("Next", None), field("Assign", None), field("Output", Some(QueryLanguage::Jsonata))]);
    }
    object.allow(context, if outermost { "a rule" } else { "a rule inside another" }, &known, Some(language));
}

/// What a rule tests; none when that was reported.
pub(super) fn condition(context: &mut Context<'_>, object: &Object<'_>, language: QueryLanguage) -> Option<Condition> {
    let mut selectors = object.properties().iter().filter(|property| SELECTORS.contains(&&*property.key));
    let (Some(selector), None) = (selectors.next(), selectors.next()) else {
        let span = object
            .properties()
            .iter()
            .filter(|property| SELECTORS.contains(&&*property.key))
            .nth(1)
            .map_or_else(|| object.opening(), |second| second.key_span.clone());
        context.schema(object.place, span, sentences::RULE_SELECTOR);
        return None;
    };
    let place = object.place.field(&selector.key);
    match &*selector.key {
        "And" => nested(context, object, "And", language).map(Condition::And),
        "Or" => nested(context, object, "Or", language).map(Condition::Or),
        "Not" => {
            let rule = rule(context, &place, &selector.value, language)?;
            Some(Condition::Not(Box::new(rule)))
        }
        "Variable" => {
            let variable = path(context, object, "Variable", PathKind::Rule);
            let operator = operator::parse(context, object);
            Some(Condition::Compare(Box::new(Comparison { variable: variable?, operator: operator? })))
        }
        _ => match &selector.value.value {
            NodeValue::Bool(value) => Some(Condition::Literal(*value)),
            _ => query(context, &place, &selector.value, Scope::State).map(Condition::Query),
        },
    }
}

/// The rules of `And` or `Or`.
fn nested(
    context: &mut Context<'_>,
    object: &Object<'_>,
    field: &str,
    language: QueryLanguage,
) -> Option<Vec<Condition>> {
    let items = object.array(context, field)?;
    let place = object.place.field(field);
    if items.is_empty() {
        let span = object.get(field).map_or_else(|| object.opening(), |property| property.value.span.clone());
        context.schema(&place, span, sentences::EMPTY);
        return None;
    }
    let rules: Vec<Option<Condition>> =
        items.iter().enumerate().map(|(index, item)| rule(context, &place.item(index), item, language)).collect();
    rules.into_iter().collect()
}

/// A rule inside another.
fn rule(context: &mut Context<'_>, place: &Place<'_>, node: &Node, language: QueryLanguage) -> Option<Condition> {
    let object = Object::of(context, place, node)?;
    allow(context, &object, false, language);
    object.string(context, "Comment");
    condition(context, &object, language)
}
