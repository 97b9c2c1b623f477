//! Choice.

use crate::check::dead_arms::{Arm, check_rules};
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
    let (mut rules, mut places) = (Vec::new(), Vec::new());
    if let Some(items) = object.array(context, "Choices") {
        if items.is_empty()
            && let Some(property) = object.get("Choices")
        {
            context.schema(&place, property.value.span.clone(), sentences::EMPTY);
        }
        for (index, item) in items.iter().enumerate() {
            if let Some((rule, sound)) = parse_rule(context, state, item, &place.item(index)) {
                rules.push(rule);
                places.push((index, item.span.start..item.span.start + 1, sound));
            }
        }
    }
    let default = target(context, state.names, &object, "Default");
    let arms: Vec<Arm<'_>> = places
        .into_iter()
        .zip(&rules)
        .map(|((index, span, sound), rule)| Arm { index, span, condition: sound.then_some(&rule.condition) })
        .collect();
    let certain = check_rules(context, &place, &arms);
    if let Some(property) = object.get("Default")
        && certain
    {
        context
            .warn(
                codes::DEAD_ARM,
                &object.place.field("Default"),
                property.value.span.clone(),
                "Default is never taken: one of the rules always holds",
            )
            .set_help("remove it");
    }
    if !object.has("Default") && !certain {
        context
            .warn(
                codes::CHOICE_WITHOUT_DEFAULT,
                object.place,
                object.opening(),
                "Where no rule holds, the execution fails with States.Runtime",
            )
            .set_help("add 'Default'");
    }
    Choice { rules, default }
}

/// An entry of `Choices`, and whether its condition could be read.
fn parse_rule(
    context: &mut Context<'_>,
    state: &mut StateContext<'_, '_>,
    node: &Node,
    place: &Place<'_>,
) -> Option<(Rule, bool)> {
    let object = Object::of(context, place, node)?;
    choice_rule::allow(context, &object, true, state.language);
    object.require(context, &["Next"]);
    let language = state.language;
    let next = target(context, state.names, &object, "Next");
    let condition = condition(context, &object, language);
    let sound = condition.is_some();
    let rule = Rule {
        // A rule that was reported never decides anything: its model isn't handed out.
        condition: condition.unwrap_or(Condition::Literal(false)),
        next: next.unwrap_or(StateIndex::MAX),
        comment: object.string(context, "Comment").map(str::to_owned),
        assign: assign(context, &object, language, Scope::State),
        output: match language {
            QueryLanguage::JsonPath => None,
            QueryLanguage::Jsonata => output(context, &object, language, Scope::State),
        },
    };
    Some((rule, sound))
}
