//! The definitions recorded from AWS: what AWS took must be taken here, and what it refused must be refused with its
//! words. Without the recordings beside the workspace there is nothing to compare, and the tests say so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use asl::{Options, Parsed, aws, parse, parse_state};
use diagnostic::Diagnostic;
use serde_json::Value;

/// The recorded cases, by their file's name; none when the folder is absent.
fn cases(test: &str) -> Option<Vec<(String, Value)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/cases");
    if !folder.is_dir() {
        println!("SKIPPED {test}: the recorded cases are not here ({})", folder.display());
        return None;
    }
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    Some(
        files
            .into_iter()
            .map(|file| {
                let text = fs::read_to_string(&file).expect("a recorded case can be read");
                let case = serde_json::from_str(&text).expect("a recorded case is JSON");
                (file.file_name().unwrap_or_default().to_string_lossy().into_owned(), case)
            })
            .collect(),
    )
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the recordings can be listed") {
        let path = entry.expect("the recordings can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
}

/// The text of a recorded machine's definition, its placeholder tokens replaced by what they stood for.
fn definition(case: &Value, machine: &Value) -> Option<String> {
    let mut text = match (&machine["definition_string"], &machine["definition"]) {
        (Value::String(text), _) => text.clone(),
        (_, Value::Null) => return None,
        (_, definition) => serde_json::to_string_pretty(definition).expect("a JSON value can be written"),
    };
    let bindings: BTreeMap<&str, &str> = case["captured_bindings"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(token, value)| Some((token.as_str(), value.as_str()?)))
        .collect();
    // Longer tokens first: one may be a part of another.
    let mut bindings: Vec<_> = bindings.into_iter().collect();
    bindings.sort_by_key(|(token, _)| std::cmp::Reverse(token.len()));
    for (token, value) in bindings {
        text = text.replace(&format!("\"{token}\""), &Value::from(value).to_string());
        if token.starts_with('<') {
            text = text.replace(token, value);
        }
    }
    Some(text)
}

/// The errors found in a definition that AWS took, one line each.
fn errors(file: &str, parsed: &Parsed) -> Vec<String> {
    assert_eq!(parsed.machine.is_some(), !parsed.diagnostics.iter().any(Diagnostic::is_error), "{file}");
    let errors = parsed.diagnostics.iter().filter(|problem| problem.is_error());
    errors.map(|problem| format!("{file}: {} {} {}", problem.code, problem.pointer, problem.message)).collect()
}

#[test]
fn what_aws_ran_is_accepted() {
    let Some(cases) = cases("what_aws_ran_is_accepted") else { return };
    let mut read = 0;
    let mut refused = Vec::new();
    for (file, case) in &cases {
        let replay = case["flags"]["replay"].as_str().unwrap_or_default();
        let classes = ["engine-history", "outcome-cases", "sync-result", "execution-log"];
        if !classes.iter().any(|class| replay.starts_with(class)) {
            continue;
        }
        let executions = case["executions"].as_array().into_iter().flatten();
        let indexes: BTreeSet<u64> =
            executions.filter_map(|execution| execution["state_machine_index"].as_u64()).collect();
        for index in indexes {
            let machine = &case["state_machines"][usize::try_from(index).expect("a small index")];
            let Some(text) = definition(case, machine) else { continue };
            let express = machine["type"] == "EXPRESS";
            refused.extend(errors(file, &parse(&text, &Options { express, ..Options::default() })));
            read += 1;
        }
    }
    println!("{read} definitions that AWS ran were read, with {} errors", refused.len());
    assert!(read > 700, "only {read} definitions were found");
    assert!(refused.is_empty(), "AWS ran what is refused here:\n{}", refused.join("\n"));
}

#[test]
fn what_aws_created_is_accepted() {
    let Some(cases) = cases("what_aws_created_is_accepted") else { return };
    let mut read = 0;
    let mut refused = Vec::new();
    for (file, case) in &cases {
        let mut sentences = Vec::new();
        refusals(&case["expected"], &mut sentences);
        if !sentences.is_empty() {
            continue;
        }
        for machine in case["state_machines"].as_array().into_iter().flatten() {
            let Some(text) = definition(case, machine) else { continue };
            let express = machine["type"] == "EXPRESS";
            refused.extend(errors(file, &parse(&text, &Options { express, ..Options::default() })));
            read += 1;
        }
    }
    println!("{read} definitions that AWS created were read, with {} errors", refused.len());
    assert!(read > 850, "only {read} definitions were found");
    assert!(refused.is_empty(), "AWS created what is refused here:\n{}", refused.join("\n"));
}

#[test]
fn what_aws_tested_is_accepted() {
    let Some(cases) = cases("what_aws_tested_is_accepted") else { return };
    let mut read = 0;
    let mut refused = Vec::new();
    for (file, case) in &cases {
        let mut sentences = Vec::new();
        refusals(&case["expected"], &mut sentences);
        if !sentences.is_empty() {
            continue;
        }
        for call in case["test_state_calls"].as_array().into_iter().flatten() {
            let Some(text) = call["params"]["definition"].as_str() else { continue };
            let name = call["params"]["stateName"].as_str();
            let parsed = match name {
                Some(_) => parse(text, &Options::default()),
                None => parse_state("TestState", text, &Options::default()),
            };
            refused.extend(errors(file, &parsed));
            read += 1;
        }
    }
    println!("{read} definitions that AWS tested were read, with {} errors", refused.len());
    assert!(read > 150, "only {read} definitions were found");
    assert!(refused.is_empty(), "AWS tested what is refused here:\n{}", refused.join("\n"));
}

/// Every sentence with which AWS refused a definition in the recordings.
fn refusals(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            if let Some(at) = text.find("Invalid State Machine Definition: ") {
                found.push(text[at..].to_owned());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| refusals(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| refusals(field, found)),
        _ => {}
    }
}

#[test]
fn what_aws_refused_is_refused_with_its_words() {
    let Some(cases) = cases("what_aws_refused_is_refused_with_its_words") else { return };
    let mut compared = 0;
    for (file, case) in &cases {
        let mut sentences = Vec::new();
        refusals(&case["expected"], &mut sentences);
        // Whether AWS has an integration is not a matter of the language: others check it.
        sentences.retain(|sentence| !sentence.contains("is not recognized"));
        sentences.dedup();
        let Some(sentence) = sentences.first() else { continue };
        let machines = case["state_machines"].as_array().into_iter().flatten();
        let tests = case["test_state_calls"].as_array().into_iter().flatten();
        let texts = machines
            .filter_map(|machine| Some((definition(case, machine)?, machine["type"] == "EXPRESS")))
            .chain(tests.filter_map(|call| Some((call["params"]["definition"].as_str()?.to_owned(), false))));
        let said: Vec<String> = texts
            .filter_map(|(text, express)| {
                aws::invalid_definition(&parse(&text, &Options { express, ..Options::default() }).diagnostics)
            })
            .collect();
        assert!(said.contains(sentence), "{file}\n AWS said: {sentence}\n here: {said:#?}");
        compared += 1;
    }
    println!("{compared} refusals of AWS were compared");
    assert!(compared >= 9, "only {compared} refusals were found");
}

#[test]
fn validation_answers_as_aws_does() {
    let Some(cases) = cases("validation_answers_as_aws_does") else { return };
    let mut compared = 0;
    for (file, case) in &cases {
        let calls = case["calls"].as_array().into_iter().flatten();
        for call in calls.filter(|call| call["method"] == "validate_state_machine_definition") {
            let Some(text) = call["params"]["definition"].as_str() else { continue };
            let express = call["params"]["type"] == "EXPRESS";
            let parsed = parse(text, &Options { express, ..Options::default() });
            let here: Vec<Value> = parsed
                .diagnostics
                .iter()
                .filter(|problem| problem.is_error())
                .map(|problem| {
                    let mut answer = serde_json::json!({
                        "code": problem.code,
                        "message": problem.message,
                        "severity": "ERROR",
                    });
                    if let Some(location) = aws::location(problem) {
                        answer["location"] = Value::from(location);
                    }
                    answer
                })
                .collect();
            let there = &case["expected"]["validation_response"]["diagnostics"];
            assert_eq!(&Value::Array(here), there, "{file}");
            compared += 1;
        }
    }
    println!("{compared} validations of AWS were compared");
    assert!(compared >= 10, "only {compared} validations were found");
}
