//! The definition `batch-processing` against the names that its functions and its container go by, and against its own
//! promises.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use batch::{PARTS, fault};
use serde_json::{Map, Value, json};

fn text(path: &str) -> String {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn states() -> Map<String, Value> {
    let definition: Value = serde_json::from_str(&text("statemachine/batch-processing.asl.json")).unwrap();
    definition["States"].as_object().unwrap().clone()
}

fn branches() -> Vec<Value> {
    list(&states()["Parallel State"], "Branches").to_vec()
}

/// The states, with those of the branches.
fn every_state() -> BTreeMap<String, Value> {
    let inner = branches().into_iter().flat_map(|branch| branch["States"].as_object().unwrap().clone());
    states().into_iter().chain(inner).collect()
}

fn list<'v>(state: &'v Value, field: &str) -> &'v [Value] {
    state[field].as_array().map_or(&[], Vec::as_slice)
}

fn names(rule: &Value) -> Vec<&str> {
    list(rule, "ErrorEquals").iter().map(|name| name.as_str().unwrap()).collect()
}

/// Whether a function of ours gives an error this name, and not AWS.
fn is_ours(name: &&str) -> bool {
    !name.contains('.')
}

/// Every state that this one can go on to.
fn nexts(state: &Value) -> Vec<&str> {
    let own = [&state["Next"], &state["Default"]];
    let rules = list(state, "Choices").iter().chain(list(state, "Catch")).map(|rule| &rule["Next"]);
    own.into_iter().chain(rules).filter_map(Value::as_str).collect()
}

fn reached_from<'s>(states: &'s Map<String, Value>, start: &'s str) -> BTreeSet<&'s str> {
    let mut reached = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(name) = open.pop() {
        open.extend(nexts(&states[name]).into_iter().filter(|next| reached.insert(next)));
    }
    reached
}

#[test]
fn the_original_names_and_rules_are_kept() {
    let states = states();
    assert_eq!(states["Lambda Invoke"]["Type"], "Task");
    assert_eq!(states["Lambda Invoke"]["Next"], "Choice State");
    let rule = &states["Choice State"]["Choices"][0];
    assert_eq!((&rule["Comment"], &rule["Next"]), (&json!("Rule #1"), &json!("Parallel State")));
    assert_eq!(states["Choice State"]["Default"], "DynamoDB PutItem");
    assert_eq!(states["Parallel State"]["Type"], "Parallel");
    assert_eq!(states["DynamoDB PutItem"]["Next"], "SNS Publish");
    assert_eq!(states["SNS Publish"]["End"], true);
}

#[test]
fn every_name_that_is_caught_or_retried_is_one_that_a_function_states() {
    let states = every_state();
    let rules = states.values().flat_map(|state| list(state, "Catch").iter().chain(list(state, "Retry")));
    let ours: BTreeSet<&str> = rules.flat_map(names).filter(is_ours).collect();
    assert_eq!(ours, fault::ALL.into());
    let rules = states.values().flat_map(|state| list(state, "Retry"));
    let retried: BTreeSet<&str> = rules.flat_map(names).filter(is_ours).collect();
    assert_eq!(retried, [fault::ENRICHMENT_UNAVAILABLE].into());
}

#[test]
fn every_task_ends_by_itself_is_retried_with_full_jitter_and_caught() {
    for (name, state) in every_state() {
        if state["Type"] == "Task" {
            assert!(state["TimeoutSeconds"].is_u64(), "{name}");
            assert!(!list(&state, "Retry").is_empty(), "{name}");
        }
        for rule in list(&state, "Retry") {
            assert_eq!(rule["JitterStrategy"], "FULL", "{name}");
            assert!(rule["MaxDelaySeconds"].is_u64() && rule["BackoffRate"].is_number(), "{name}");
        }
        if state["Type"] == "Task" || state["Type"] == "Parallel" {
            let last = list(&state, "Catch").last().unwrap_or_else(|| panic!("{name} catches nothing"));
            assert_eq!(names(last), ["States.ALL"], "{name}");
        }
    }
}

#[test]
fn every_way_leads_to_a_told_report() {
    let states = states();
    assert_eq!(reached_from(&states, "Lambda Invoke").len(), states.len(), "a state is never reached");
    let ends = states.iter().filter(|(_, state)| nexts(state).is_empty() || state["End"] == true);
    let ends: BTreeSet<&str> = ends.map(|(name, _)| name.as_str()).collect();
    assert_eq!(ends, ["Completion Not Told", "SNS Publish"].into());
    for branch in branches() {
        let inner = branch["States"].as_object().unwrap();
        assert_eq!(reached_from(inner, branch["StartAt"].as_str().unwrap()).len(), inner.len());
    }
    // What comes before the item must bring what the item is made of.
    for (name, state) in states.iter().filter(|(_, state)| state["Type"] == "Pass") {
        if nexts(state) == ["DynamoDB PutItem"] || nexts(state) == ["SNS Publish"] {
            let fields = state["Parameters"].as_object().unwrap();
            let fields: BTreeSet<&str> = fields.keys().map(|field| field.trim_end_matches(".$")).collect();
            let needed = BTreeSet::from(["status", "batch_id", "mode", "message", "result"]);
            assert!(fields.is_superset(&needed), "{name}: {fields:?}");
        }
    }
}

#[test]
fn there_is_one_branch_for_each_part_and_they_differ_in_nothing_else() {
    let branches = branches();
    assert_eq!(branches.len(), PARTS);
    for (at, branch) in branches.iter().enumerate() {
        let (part, index) = (at + 1, at);
        let first = branch
            .to_string()
            .replace(&format!(" {part}\""), " 1\"")
            .replace(&format!(" {part} "), " 1 ")
            .replace(&format!("\"part\":\"{part}\""), "\"part\":\"1\"")
            .replace(&format!("$.parts[{index}]"), "$.parts[0]")
            .replace(&format!("/{part}.json"), "/1.json");
        assert_eq!(serde_json::from_str::<Value>(&first).unwrap(), branches[0], "part {part}");
    }
}

#[test]
fn the_containers_get_what_they_read() {
    let run = &branches()[0]["States"]["Run Container 1"]["Parameters"];
    let overrides = &run["Overrides"]["ContainerOverrides"][0];
    let given = list(overrides, "Environment").iter().map(|variable| variable["Name"].as_str().unwrap());
    let given: BTreeSet<&str> = given.collect();
    assert_eq!(given, ["BATCH_ID", "DRILL", "EXECUTION_NAME", "NUMBERS", "PART", "STATE_NAME"].into());
    let program = text("functions/batch-worker/src/work.rs");
    for name in given.into_iter().chain(["RESULTS_BUCKET"]) {
        assert!(program.contains(&format!("\"{name}\"")), "{name}");
    }
    assert!(text("template.yaml").contains("{ Name: RESULTS_BUCKET, Value: !Ref BatchResultsBucket }"));
    assert!(text("template.yaml").contains(&format!("- Name: {}\n", overrides["Name"].as_str().unwrap())));
}

#[test]
fn the_template_substitutes_what_the_definition_asks_for() {
    let definition = text("statemachine/batch-processing.asl.json");
    let asked: BTreeSet<&str> =
        definition.split("${").skip(1).map(|rest| rest.split_once('}').expect("a substitution ends").0).collect();
    let template = text("template.yaml");
    let block = template.split_once("DefinitionUri: statemachine/batch-processing.asl.json").unwrap().1;
    let block = block.split_once("DefinitionSubstitutions:\n").unwrap().1;
    let lines = block.lines().take_while(|line| line.starts_with("        ")).map(str::trim);
    let given: BTreeSet<&str> =
        lines.filter(|line| !line.starts_with('#')).map(|line| line.split_once(':').unwrap().0).collect();
    assert_eq!(asked, given);
    assert!(!definition.replace("\"arn:aws:states:::", "").contains("\"arn:"), "a resource by a literal ARN");
}

#[test]
fn the_alarm_counts_the_line_that_the_function_writes() {
    let pattern = "{ ($.message = \"parts combined\") && ($.failed > 0) }";
    assert!(text("template.yaml").contains(pattern));
    let function = text("functions/combine-parts/src/lib.rs");
    assert!(function.contains("failed = failures.len(), \"parts combined\""), "the log line has changed");
}
