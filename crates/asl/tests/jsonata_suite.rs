//! The official JSONata cases, through this crate's binding.
//!
//! They lie beside the workspace; without them there is nothing to compare, and the test says so. A case whose result is
//! another one stands in `jsonata-differences.txt` with its reason; one that stands there and comes out right fails the test
//! as well.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use asl::expression::{Environment, Jsonata};
use serde_json::{Map, Value, json};

/// Deep recursion is a part of the suite; the evaluator bounds it, and needs this much stack until then.
const STACK: usize = 64 << 20;

struct Bindings {
    variables: Map<String, Value>,
}

impl Environment for Bindings {
    fn input(&self) -> &Value {
        &Value::Null
    }
    fn context(&self) -> &Value {
        &Value::Null
    }
    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }
    fn states(&self) -> Value {
        json!({})
    }
    fn random_bits(&self) -> u64 {
        0x9e37_79b9_7f4a_7c15
    }
    fn now_millis(&self) -> i64 {
        1_763_700_000_000
    }
}

#[test]
fn the_official_cases_come_out_as_in_jsonata() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/jsonata-suite");
    if !suite.is_dir() {
        println!("SKIPPED: the official JSONata cases are not here ({})", suite.display());
        return;
    }
    let differences = differences();
    let (sender, receiver) = mpsc::channel();
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        for (name, case) in cases(&suite) {
            let fault = run(&suite, &case).err();
            sender.send((name, fault)).expect("the test listens");
        }
    });
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (name, fault) in receiver {
        seen += 1;
        match (fault, differences.contains_key(&name)) {
            (Some(fault), false) => wrong.push(format!("{name}: {fault}")),
            (None, true) => wrong.push(format!("{name} comes out right: take it off jsonata-differences.txt")),
            _ => {}
        }
    }
    worker.expect("a thread").join().expect("no case panics");
    assert!(wrong.is_empty(), "{} of {seen}\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen > 1_600, "{seen} cases");
    println!("{} of {seen} official JSONata cases come out as in JSONata", seen - differences.len());
}

/// Each case that differs, with the reason.
fn differences() -> BTreeMap<String, String> {
    include_str!("jsonata-differences.txt")
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, reason) = line.split_once("  ").unwrap_or_else(|| panic!("{line} has no reason"));
            (name.to_owned(), reason.trim().to_owned())
        })
        .collect()
}

/// Every case, named by group and file, and by its position where a file holds several.
fn cases(suite: &Path) -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    for group in sorted(&suite.join("groups")) {
        for file in sorted(&group) {
            if file.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).expect("a case can be read");
            // A lone surrogate, which a few cases are about, can't be held by any Rust string.
            let Ok(value) = serde_json::from_str(&text) else {
                cases.push((format!("{}/{}", name(&group), name(&file)), Value::Null));
                continue;
            };
            let mut case = |at: String, mut case: Value| {
                if let Some(file) = case.get("expr-file").and_then(Value::as_str) {
                    let text = fs::read_to_string(group.join(file)).expect("an expression can be read");
                    case["expr"] = text.into();
                }
                cases.push((format!("{}/{}{at}", name(&group), name(&file)), case));
            };
            match value {
                Value::Array(several) => {
                    several.into_iter().enumerate().for_each(|(index, one)| case(format!("#{index}"), one));
                }
                one => case(String::new(), one),
            }
        }
    }
    cases
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> =
        fs::read_dir(folder).expect("the suite can be listed").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries
}

fn run(suite: &Path, case: &Value) -> Result<(), String> {
    let Some(expression) = case.get("expr").and_then(Value::as_str) else { return Err("can't be read".to_owned()) };
    let document = match case.get("dataset").and_then(Value::as_str) {
        Some(name) => {
            let text = fs::read_to_string(suite.join(format!("datasets/{name}.json"))).expect("a dataset can be read");
            Some(serde_json::from_str::<Value>(&text).expect("a dataset is JSON"))
        }
        None => case.get("data").cloned(),
    };
    let variables = case.get("bindings").and_then(Value::as_object).cloned().unwrap_or_default();
    let bindings = Bindings { variables };
    let code = case.get("code").or_else(|| case.pointer("/error/code")).and_then(Value::as_str);
    let expects_error = code.is_some() || case.get("error").is_some();
    let got = match Jsonata::compile(expression) {
        Ok(query) => query.evaluate_document(document.as_ref(), &bindings),
        Err(error) if expects_error => {
            // Syntax errors are told in AWS's words, which have no code.
            return if error.message.is_empty() { Err("refused without a word".to_owned()) } else { Ok(()) };
        }
        Err(error) => return Err(format!("refused: {}", error.message)),
    };
    match got {
        Err(_) if expects_error && code.is_none() => Ok(()),
        Err(message) if expects_error => {
            let code = code.unwrap_or_default();
            let has_code = message.as_bytes().get(5) == Some(&b':');
            if has_code && !message.starts_with(code) {
                return Err(format!("threw {message}, not {code}"));
            }
            Ok(())
        }
        Err(message) => Err(format!("threw {message}")),
        Ok(got) if expects_error => Err(format!("is {got:?}, not an error {code:?}")),
        Ok(None) if case.get("undefinedResult").is_some() => Ok(()),
        Ok(got) => {
            let expected = case.get("result").unwrap_or(&Value::Null);
            let unordered = case.get("unordered").is_some();
            match got {
                Some(got) if equal(&got, expected, unordered) => Ok(()),
                got => Err(format!("is {}, not {expected}", got.unwrap_or_default())),
            }
        }
    }
}

/// Equal as JSON; numbers up to the last digits, as the suite's own runner compares them.
fn equal(one: &Value, other: &Value, unordered: bool) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap_or(f64::NAN), other.as_f64().unwrap_or(f64::NAN));
            (one - other).abs() <= 1e-12_f64.max(other.abs() * 1e-12)
        }
        (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
            if unordered {
                ones.iter().all(|one| others.iter().any(|other| equal(one, other, false)))
            } else {
                ones.iter().zip(others).all(|(one, other)| equal(one, other, false))
            }
        }
        (Value::Object(ones), Value::Object(others)) => {
            ones.len() == others.len()
                && ones.iter().all(|(name, one)| others.get(name).is_some_and(|other| equal(one, other, false)))
        }
        _ => one == other,
    }
}
