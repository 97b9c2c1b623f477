//! A state: what all types have, and the way to each type's own part.

use std::sync::Arc;

use diagnostic::closest;

use crate::check::query::Scope;
use crate::check::{fields, sentences};
use crate::model::{QueryLanguage, State, StateIndex, Transition};

use super::flow::{Names, target};
use super::object::language_name;
use super::{Context, Node, Object, Place, expression, machine, states};

/// What the parts of a state share.
pub(super) struct StateContext<'d, 'n> {
    /// The state.
    pub(super) object: Object<'d>,
    /// The language of its expressions.
    pub(super) language: QueryLanguage,
    /// The states that it can lead to.
    pub(super) names: &'n mut Names,
}

/// The language that an object's `QueryLanguage` names. AWS takes anything that is not exactly `JSONPath` for JSONata, and
/// complains of it besides (measured, floci 2968).
pub(super) fn own_language(context: &mut Context<'_>, object: &Object<'_>) -> Option<QueryLanguage> {
    object.get("QueryLanguage")?;
    let path = language_name(QueryLanguage::JsonPath);
    let word = object.word(context, "QueryLanguage", &[path, language_name(QueryLanguage::Jsonata)]);
    Some(if word == Some(path) { QueryLanguage::JsonPath } else { QueryLanguage::Jsonata })
}

/// A state. A part that is broken is reported and replaced by a placeholder.
pub(super) fn parse_state(
    context: &mut Context<'_>,
    names: &mut Names,
    name: &str,
    node: &Node,
    place: &Place<'_>,
) -> State {
    let name: Arc<str> = Arc::from(name);
    let pointer = place.to_string();
    let Some(object) = Object::of(context, place, node) else { return machine::broken(name, pointer) };
    let kind = object.string(context, "Type");
    let Some(known) = kind.and_then(fields::of_state) else {
        report_type(context, &object, kind);
        // What can be read of its transitions, so that the states behind it don't seem out of reach.
        let next = target(context, names, &object, "Next");
        return State {
            transition: Some(next.map_or(Transition::End, Transition::Next)),
            ..machine::broken(name, pointer)
        };
    };
    let kind = kind.unwrap_or_default();

    let own = own_language(context, &object);
    // A state that would go back to JSONPath gets this one sentence in place of one for each field of the wrong language
    // (measured, floci 2972).
    let downgraded = context.language == QueryLanguage::Jsonata && own == Some(QueryLanguage::JsonPath);
    if downgraded && let Some(property) = object.get("QueryLanguage") {
        context.schema(place, property.value.span.clone(), sentences::LANGUAGE_DOWNGRADE);
    }
    // A Map's or Parallel's own language is not handed down to the states inside (measured, floci 2968).
    let language = own.unwrap_or(context.language);
    if own == Some(QueryLanguage::Jsonata)
        && !context.options.features.jsonata
        && context.language == QueryLanguage::JsonPath
        && let Some(property) = object.get("QueryLanguage")
    {
        context.unsupported("JSONata", place, property.value.span.clone());
    }
    object.allow(context, &format!("a {kind} state"), known, (!downgraded).then_some(language));

    context.enter_state(&pointer);
    let mut state = StateContext { object, language, names };
    let has = |field| known.iter().any(|known| known.name == field);
    let read = State {
        name,
        pointer,
        comment: state.object.string(context, "Comment").map(str::to_owned),
        query_language: language,
        input_path: expression::path_field(context, &state.object, "InputPath"),
        output_path: expression::path_field(context, &state.object, "OutputPath"),
        assign: if has("Assign") { expression::assign(context, &state.object, language, Scope::State) } else { None },
        output: if has("Output") { output(context, &state.object, language, Scope::State) } else { None },
        transition: if has("Next") { Some(transition(context, &mut state)) } else { None },
        kind: states::parse_kind(context, &mut state, kind),
    };
    context.leave_state();
    read
}

/// `Output`.
pub(super) fn output(
    context: &mut Context<'_>,
    object: &Object<'_>,
    language: QueryLanguage,
    scope: Scope,
) -> Option<crate::expression::Template> {
    match language {
        // Not a field of this language: reported already.
        QueryLanguage::JsonPath => None,
        QueryLanguage::Jsonata => expression::template(context, object, "Output", language, scope),
    }
}

fn report_type(context: &mut Context<'_>, object: &Object<'_>, kind: Option<&str>) {
    let Some(property) = object.get("Type") else {
        object.require(context, &["Type"]);
        return;
    };
    // Anything but a string has been reported already.
    if let Some(kind) = kind {
        let help = closest(kind, fields::STATES.iter().map(|(name, _)| *name));
        context
            .schema(&object.place.field("Type"), property.value.span.clone(), sentences::TYPES)
            .set_help_if(help.map(|near| format!("did you mean '{near}'?")));
    }
}

/// `Next` or `End`.
fn transition(context: &mut Context<'_>, state: &mut StateContext<'_, '_>) -> Transition {
    const FIELDS: [&str; 2] = ["Next", "End"];
    let object = state.object;
    let end = object.boolean(context, "End");
    match (object.get("Next"), end) {
        (Some(next), Some(true)) => {
            context.schema(object.place, next.key_span.clone(), sentences::only_one(&FIELDS));
        }
        (None, Some(false)) => {
            context.schema(object.place, object.opening(), sentences::one_needed(&FIELDS));
        }
        (None, None) if !object.has("End") => {
            context.schema(object.place, object.opening(), sentences::one_needed(&FIELDS));
        }
        _ => {}
    }
    let errors = context.danglings();
    match target(context, state.names, &object, "Next") {
        Some(next) => Transition::Next(next),
        // A transition to nowhere is no end; anything else has been reported and counts as one.
        None if context.danglings() > errors => Transition::Next(StateIndex::MAX),
        None => Transition::End,
    }
}
