//! `variableReferences`: which variables each state of a definition reads
//! (recorded in `sfn_api_variable_references/*`).

use std::collections::{BTreeMap, BTreeSet};

use asl::expression::Jsonata;
use serde_json::{Map, Value};

/// The variables that the states read, by the names of the states; states that read none are left out.
pub(crate) fn of(definition: &str) -> BTreeMap<String, Vec<String>> {
    let mut references = BTreeMap::new();
    if let Ok(Value::Object(machine)) = serde_json::from_str(definition) {
        flow(&machine, is_jsonata(&machine).unwrap_or(false), &mut references);
    }
    references
}

fn is_jsonata(object: &Map<String, Value>) -> Option<bool> {
    Some(object.get("QueryLanguage")?.as_str()? == "JSONata")
}

fn flow(flow: &Map<String, Value>, jsonata: bool, references: &mut BTreeMap<String, Vec<String>>) {
    let Some(Value::Object(states)) = flow.get("States") else { return };
    for (name, state) in states {
        let Value::Object(state) = state else { continue };
        let jsonata = is_jsonata(state).unwrap_or(jsonata);
        let mut found = BTreeSet::new();
        for (field, value) in state {
            match (field.as_str(), value) {
                ("ItemProcessor" | "Iterator", Value::Object(processor)) => {
                    self::flow(processor, is_jsonata(processor).unwrap_or(jsonata), references);
                }
                ("Branches", Value::Array(branches)) => {
                    for branch in branches.iter().filter_map(Value::as_object) {
                        self::flow(branch, is_jsonata(branch).unwrap_or(jsonata), references);
                    }
                }
                // A literal, whatever its members are called.
                ("Result", _) if !jsonata => {}
                (_, value) if jsonata => queries(value, &mut found),
                (field, value) => paths(field, value, &mut found),
            }
        }
        if !found.is_empty() {
            references.insert(name.clone(), found.into_iter().collect());
        }
    }
}

/// The variables of the JSONata queries in a value.
fn queries(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.starts_with("{%") && text.ends_with("%}") => {
            if let Ok(query) = Jsonata::compile(text) {
                let variables = query.variables().iter().filter(|name| &***name != "states");
                found.extend(variables.map(ToString::to_string));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        Value::Object(members) => members.values().for_each(|value| queries(value, found)),
        _ => {}
    }
}

/// The variables of the paths and intrinsic functions in a value: what stands in a field whose name ends in `Path` or
/// `.$`, or in `Variable`.
fn paths(field: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text)
            if field.ends_with(".$") || field == "Variable" || (field.ends_with("Path") && field != "ResultPath") =>
        {
            variables(text, found);
        }
        Value::Array(items) => items.iter().for_each(|item| paths("", item, found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| paths(name, value, found)),
        _ => {}
    }
}

/// The names behind single dollar signs, outside of quotes.
fn variables(text: &str, found: &mut BTreeSet<String>) {
    let (mut quoted, mut escaped, mut dollars) = (None, false, 0);
    for (at, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if let Some(quote) = quoted {
            escaped = character == '\\';
            quoted = (character != quote).then_some(quote);
        } else if matches!(character, '\'' | '"') {
            quoted = Some(character);
        }
        if quoted.is_some() || character != '$' {
            dollars = 0;
            continue;
        }
        dollars += 1;
        let is_name = |character: char| character.is_alphanumeric() || character == '_';
        let name: String = text[at + 1..].chars().take_while(|character| is_name(*character)).collect();
        if dollars == 1 && name.starts_with(|first: char| !first.is_numeric()) {
            found.insert(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_functions_and_queries_tell_what_a_state_reads() {
        let definition = serde_json::json!({"StartAt": "A", "States": {
            "A": {"Type": "Pass", "InputPath": "$one.x", "ResultPath": "$.r", "Result": {"a.$": "$no"},
                "Assign": {"two.$": "States.Format('$no {}', $three, $.x, $$.Execution.Id)", "four": "$no"}},
            "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% ($local := $six; $local + $sum($five)) %}",
                "Assign": {"x": "{% $states.input.x %}"}},
            "C": {"Type": "Pass", "Comment": "$no"},
            "D": {"Type": "Choice", "Choices": [{"And": [{"Variable": "$a", "StringEqualsPath": "$b['c']"}]}]},
        }});
        let expected = [("A", vec!["one", "three"]), ("B", vec!["five", "six"]), ("D", vec!["a", "b"])];
        let expected =
            expected.map(|(state, names)| (state.to_owned(), names.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        assert_eq!(of(&definition.to_string()), BTreeMap::from(expected));
    }
}
