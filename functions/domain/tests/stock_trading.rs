//! The definition `stock-trading` against the names that the functions give their faults, and against its own promises.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use domain::fault;
use serde_json::{Map, Value};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn states() -> Map<String, Value> {
    let text = fs::read_to_string(root().join("statemachine/stock-trading.asl.json")).unwrap();
    let definition: Value = serde_json::from_str(&text).unwrap();
    definition["States"].as_object().unwrap().clone()
}

fn list<'v>(state: &'v Value, field: &str) -> &'v [Value] {
    state[field].as_array().map_or(&[], Vec::as_slice)
}

fn names(rule: &Value) -> Vec<&str> {
    list(rule, "ErrorEquals").iter().map(|name| name.as_str().unwrap()).collect()
}

/// Whether AWS gives an error this name, and not one of our functions.
fn is_of_aws(name: &str) -> bool {
    ["States.", "Lambda.", "SQS.", "SNS.", "Sandbox.", "Runtime."].iter().any(|prefix| name.starts_with(prefix))
}

/// Every state that this one can go on to.
fn nexts(state: &Value) -> Vec<&str> {
    let own = [&state["Next"], &state["Default"]];
    let rules = list(state, "Choices").iter().chain(list(state, "Catch")).map(|rule| &rule["Next"]);
    own.into_iter().chain(rules).filter_map(Value::as_str).collect()
}

#[test]
fn every_name_that_is_caught_or_retried_is_one_that_a_function_states() {
    let states = states();
    let rules = states.values().flat_map(|state| list(state, "Catch").iter().chain(list(state, "Retry")));
    let ours: BTreeSet<&str> = rules.flat_map(names).filter(|name| !is_of_aws(name)).collect();
    assert_eq!(ours, fault::ALL.into_iter().collect());
}

#[test]
fn only_what_may_pass_by_itself_is_retried() {
    let states = states();
    let retried: BTreeSet<&str> = states
        .values()
        .flat_map(|state| list(state, "Retry"))
        .flat_map(names)
        .filter(|name| !is_of_aws(name))
        .collect();
    assert_eq!(retried, BTreeSet::from([fault::PRICE_SOURCE_UNAVAILABLE, fault::LEDGER_UNAVAILABLE]));
    for rule in states.values().flat_map(|state| list(state, "Retry")) {
        assert_eq!(rule["JitterStrategy"], "FULL", "{rule}");
        assert!(rule["MaxDelaySeconds"].is_u64() && rule["BackoffRate"].is_number(), "{rule}");
    }
}

#[test]
fn every_task_ends_by_itself_and_everything_is_caught() {
    for (name, state) in states().iter().filter(|(_, state)| state["Type"] == "Task") {
        assert!(state["TimeoutSeconds"].is_u64(), "{name}");
        let last = list(state, "Catch").last().unwrap_or_else(|| panic!("{name} catches nothing"));
        assert_eq!(names(last), ["States.ALL"], "{name}");
        assert!(!list(state, "Retry").is_empty(), "{name}");
    }
}

#[test]
fn every_way_leads_through_the_report() {
    let states = states();
    for (name, state) in &states {
        for next in nexts(state) {
            assert!(states.contains_key(next), "{name} goes on to {next}, which is not there");
        }
    }
    let ends: Vec<_> = states.iter().filter(|(_, state)| nexts(state).is_empty() || state["End"] == true).collect();
    let ends: BTreeMap<_, _> = ends.into_iter().map(|(name, state)| (name.as_str(), state["Type"].as_str())).collect();
    assert_eq!(ends, BTreeMap::from([("Report Result", Some("Task")), ("Result Not Reported", Some("Succeed"))]));

    let mut reached = BTreeSet::from(["Check Stock Price"]);
    let mut open = vec!["Check Stock Price"];
    while let Some(name) = open.pop() {
        open.extend(nexts(&states[name]).into_iter().filter(|next| reached.insert(next)));
    }
    assert_eq!(reached.len(), states.len(), "a state is never reached");
}

#[test]
fn every_outcome_has_a_message_and_the_request() {
    let states = states();
    let mut outcomes = BTreeSet::new();
    for (name, state) in states.iter().filter(|(_, state)| state["Type"] == "Pass") {
        let fields = state["Parameters"].as_object().unwrap();
        outcomes.extend(fields.get("outcome").and_then(Value::as_str));
        if state["Next"] == "Report Result" {
            assert!(fields.contains_key("outcome") || fields.contains_key("outcome.$"), "{name}");
            assert!(fields.contains_key("message") || fields.contains_key("message.$"), "{name}");
            assert_eq!(fields["request.$"], "$$.Execution.Input", "{name}");
        } else {
            assert_eq!(state["Next"], "Explain Fault", "{name}");
        }
    }
    let expected = [
        "executed",
        "expired",
        "failed",
        "insufficient_funds",
        "insufficient_shares",
        "invalid_input",
        "price_unavailable",
        "rejected",
        "unconfirmed",
        "unknown_symbol",
        "unsupported_recommendation",
    ];
    assert_eq!(outcomes, BTreeSet::from(expected));
}

#[test]
fn the_template_substitutes_what_the_definition_asks_for() {
    let definition = fs::read_to_string(root().join("statemachine/stock-trading.asl.json")).unwrap();
    let asked: BTreeSet<&str> =
        definition.split("${").skip(1).map(|rest| rest.split_once('}').expect("a substitution ends").0).collect();
    let template = fs::read_to_string(root().join("template.yaml")).unwrap();
    let machine = template.split_once("DefinitionUri: statemachine/stock-trading.asl.json").unwrap().1;
    let block = machine.split_once("DefinitionSubstitutions:\n").unwrap().1;
    let given: BTreeSet<&str> = block
        .lines()
        .take_while(|line| line.starts_with("        "))
        .map(|line| line.trim().split_once(':').unwrap().0)
        .collect();
    assert_eq!(asked, given);
    assert!(!definition.replace("\"arn:aws:states:::", "").contains("\"arn:"), "a resource by a literal ARN");
}
