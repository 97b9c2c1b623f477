//! The definitions `orchestration`, `simple-flow` and `task-timer` against their promises.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

const MACHINES: [&str; 3] = ["orchestration", "simple-flow", "task-timer"];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn states(machine: &str) -> Map<String, Value> {
    let definition: Value = serde_json::from_str(&text(&format!("statemachine/{machine}.asl.json"))).unwrap();
    definition["States"].as_object().unwrap().clone()
}

fn list<'v>(state: &'v Value, field: &str) -> &'v [Value] {
    state[field].as_array().map_or(&[], Vec::as_slice)
}

/// The states, with those of branches. The flag says whether a branch holds it.
fn every_state(machine: &str) -> Vec<(String, Value, bool)> {
    let mut all = Vec::new();
    for (name, state) in states(machine) {
        for branch in list(&state, "Branches") {
            let inner = branch["States"].as_object().unwrap();
            all.extend(inner.iter().map(|(name, state)| (name.clone(), state.clone(), true)));
        }
        all.push((name, state, false));
    }
    all
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
fn every_task_ends_by_itself_is_retried_with_full_jitter_and_caught() {
    for machine in MACHINES {
        for (name, state, in_branch) in every_state(machine) {
            let whole = state["Type"] == "Task";
            if whole {
                assert!(state["TimeoutSeconds"].is_u64(), "{machine}: {name}");
                assert!(!list(&state, "Retry").is_empty(), "{machine}: {name}");
            }
            for rule in list(&state, "Retry") {
                assert_eq!(rule["JitterStrategy"], "FULL", "{machine}: {name}");
                assert!(rule["MaxDelaySeconds"].is_u64() && rule["BackoffRate"].is_number(), "{machine}: {name}");
            }
            // What fails in a branch is caught by the Parallel state around it.
            if (whole && !in_branch) || state["Type"] == "Parallel" {
                let last = list(&state, "Catch").last().unwrap_or_else(|| panic!("{machine}: {name} catches nothing"));
                assert_eq!(last["ErrorEquals"], serde_json::json!(["States.ALL"]), "{machine}: {name}");
            }
        }
    }
}

#[test]
fn every_state_is_reached() {
    for (machine, start) in [("orchestration", "ProcessData"), ("simple-flow", "Início"), ("task-timer", "Check Input")]
    {
        let states = states(machine);
        assert_eq!(reached_from(&states, start).len(), states.len(), "{machine}");
    }
}

#[test]
fn every_failure_of_the_orchestration_is_handled_and_every_way_leads_to_notify() {
    let states = states("orchestration");
    for name in ["ProcessData", "ParallelChoice", "Finalize"] {
        for rule in list(&states[name], "Catch") {
            let failed = rule["Next"].as_str().unwrap();
            assert_eq!(states[failed]["Type"], "Pass", "{failed}");
            assert_eq!(states[failed]["Parameters"]["failed_state"], name);
            assert_eq!(states[failed]["Next"], "HandleError", "{failed}");
        }
    }
    let ends = states.iter().filter(|(_, state)| nexts(state).is_empty() || state["End"] == true);
    assert_eq!(ends.map(|(name, _)| name.as_str()).collect::<BTreeSet<_>>(), ["NotNotified", "Notify"].into());
    let before = states.iter().filter(|(_, state)| nexts(state).contains(&"NotNotified"));
    assert_eq!(before.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Notify"]);
}

#[test]
fn the_key_of_an_object_is_the_one_that_finalize_expects() {
    let id: domain::record::RecordId = "demo-123".parse().unwrap();
    let definition = text("statemachine/orchestration.asl.json");
    let format = definition.split_once("\"Key.$\": \"States.Format('").unwrap().1.split_once('\'').unwrap().0;
    assert_eq!(format.replace("{}", id.as_str()), id.key());
}

#[test]
fn the_original_names_and_values_are_kept() {
    let flow = states("simple-flow");
    assert_eq!(flow["Processamento"]["Choices"][0]["Variable"], "$.status");
    assert_eq!(flow["Processamento"]["Choices"][0]["StringEquals"], "sucesso");
    assert_eq!(flow["Concluir"]["Type"], "Succeed");
    assert_eq!((&flow["Falha"]["Error"], &flow["Falha"]["Cause"]), (&"Processo Falhou".into(), &"Erro".into()));
    let timer = states("task-timer");
    assert_eq!(timer["Wait for Timestamp"]["SecondsPath"], "$.timer_seconds");
    assert_eq!(timer["Wait for Timestamp"]["Next"], "Send SNS Message");
    assert_eq!(timer["Send SNS Message"]["Parameters"]["TopicArn.$"], "$.topic");
    let branches = every_state("orchestration").into_iter().filter(|(.., in_branch)| *in_branch);
    let branches: Vec<_> =
        branches.map(|(name, state, _)| (name, state["Resource"].as_str().unwrap().to_owned())).collect();
    let expected = [
        ("WriteToS3", "arn:aws:states:::aws-sdk:s3:putObject"),
        ("WriteToDynamoDB", "arn:aws:states:::dynamodb:putItem"),
        ("CallApiGateway", "arn:aws:states:::apigateway:invoke"),
    ];
    assert_eq!(branches, expected.map(|(name, resource)| (name.to_owned(), resource.to_owned())));
}

#[test]
fn the_template_substitutes_what_the_definitions_ask_for() {
    let template = text("template.yaml");
    for machine in MACHINES {
        let definition = text(&format!("statemachine/{machine}.asl.json"));
        let asked: BTreeSet<&str> =
            definition.split("${").skip(1).map(|rest| rest.split_once('}').expect("a substitution ends").0).collect();
        let uri = format!("DefinitionUri: statemachine/{machine}.asl.json");
        let block = template.split_once(&uri).unwrap().1.split_once("DefinitionSubstitutions:\n").unwrap().1;
        let given: BTreeSet<&str> = block
            .lines()
            .take_while(|line| line.starts_with("        "))
            .map(|line| line.trim().split_once(':').unwrap().0)
            .collect();
        assert_eq!(asked, given, "{machine}");
        assert!(!definition.replace("\"arn:aws:states:::", "").contains("\"arn:"), "{machine}: a literal ARN");
    }
}

#[test]
fn every_event_says_what_must_come_of_it_and_one_is_the_default() {
    for machine in MACHINES {
        let folder = root().join("events").join(machine);
        let names: BTreeSet<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".expect.json"))
            .collect();
        let mut defaults = 0;
        for name in &names {
            let expected = format!("events/{machine}/{}.expect.json", name.strip_suffix(".json").unwrap());
            let expected: Value = serde_json::from_str(&text(&expected)).unwrap();
            assert!(expected["comment"].is_string() && expected["status"].is_string(), "{machine}/{name}");
            defaults += usize::from(expected["default"] == true);
        }
        assert_eq!(defaults, 1, "{machine}");
        let files = fs::read_dir(&folder).unwrap().count();
        assert_eq!(files, names.len() * 2, "{machine}: an expectation without an event");
    }
}
