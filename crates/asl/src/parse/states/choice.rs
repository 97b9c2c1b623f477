//! Choice.

use crate::check::query::Scope;
use crate::check::sentences;
use crate::codes;
use crate::model::{Choice, Condition, QueryLanguage, Rule, StateIndex};
use crate::parse::choice_rule::{self, condition};
use crate::parse::expression::assign;
use crate::parse::flow::target;
use crate::parse::state::{StateContext, output};
use crate::parse::{Context, Node, Object, Place};

pub(super) fn parse(context: &mut Context<'_>, state: &mut StateContext<'_, '_>) -> Choice {
    let object = state.object;
    object.require(context, &["Choices"]);
    let place = object.place.field("Choices");
    let mut rules = Vec::new();
    if let Some(items) = object.array(context, "Choices") {
        if items.is_empty()
            && let Some(property) = object.get("Choices")
        {
            context.schema(&place, property.value.span.clone(), sentences::EMPTY);
        }
        for (index, item) in items.iter().enumerate() {
            if let Some(rule) = parse_rule(context, state, item, &place.item(index)) {
                rules.push(rule);
            }
        }
    }
    let default = target(context, state.names, &object, "Default");
    let certain = rules.iter().any(|rule| matches!(rule.condition, Condition::Literal(true)));
    if !object.has("Default") && !certain {
        context
            .warn(
                codes::CHOICE_WITHOUT_DEFAULT,
                object.place,
                object.opening(),
                "Where no rule holds, the execution fails with States.NoChoiceMatched",
            )
            .set_help("add 'Default'");
    }
    Choice { rules, default }
}

/// An entry of `Choices`.
fn parse_rule(
    context: &mut Context<'_>,
    state: &mut StateContext<'_, '_>,
    node: &Node,
    place: &Place<'_>,
) -> Option<Rule> {
    let object = Object::of(context, place, node)?;
    choice_rule::allow(context, &object, true, state.language);
    object.require(context, &["Next"]);
    let language = state.language;
    let next = target(context, state.names, &object, "Next");
    Some(Rule {
        // A rule that was reported never decides anything: its model isn't handed out.
        condition: condition(context, &object, language).unwrap_or(Condition::Literal(false)),
        next: next.unwrap_or(StateIndex::MAX),
        comment: object.string(context, "Comment").map(str::to_owned),
        assign: assign(context, &object, language, Scope::State),
        output: match language {
            QueryLanguage::JsonPath => None,
            QueryLanguage::Jsonata => output(context, &object, language, Scope::State),
        },
    })
}
