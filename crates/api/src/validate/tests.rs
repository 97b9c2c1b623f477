use serde_json::{Value, json};

use super::*;

fn validate(request: &Value) -> Value {
    let answer = validate_state_machine_definition(request.to_string().as_bytes()).expect("it is answered");
    serde_json::from_slice(&answer).expect("an answer is JSON")
}

/// Two states that lead nowhere, and a name that no path begins with.
fn broken() -> String {
    json!({
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Result": {"a.$": "$.b"}, "Next": "Nowhere"},
            "B": {"Type": "Pass", "Next": "Nowhere"}
        }
    })
    .to_string()
}

#[test]
fn warnings_are_for_who_asks_and_fail_nothing() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Result": {"a.$": "$.b"}, "OutputPath": "$unassigned", "End": true}
    }});
    let definition = definition.to_string();
    let silent = validate(&json!({"definition": definition}));
    assert_eq!(silent, json!({"result": "OK", "diagnostics": [], "truncated": false}));
    let told = validate(&json!({"definition": definition, "severity": "WARNING"}));
    assert_eq!(told["result"], "OK");
    assert_eq!(told["diagnostics"][0]["severity"], "WARNING");
    let codes: Vec<_> = told["diagnostics"].as_array().into_iter().flatten().map(|told| &told["code"]).collect();
    assert_eq!(codes, ["PASS_RESULT_IS_STATIC"], "what only this project warns of is not told as if AWS did");
}

#[test]
fn as_many_diagnostics_are_told_as_are_wanted() {
    let all = validate(&json!({"definition": broken()}));
    let count = all["diagnostics"].as_array().map_or(0, Vec::len);
    assert!(count > 1 && all["result"] == "FAIL" && all["truncated"] == false, "{all}");
    let some = validate(&json!({"definition": broken(), "maxResults": 1}));
    assert_eq!((some["diagnostics"].as_array().map(Vec::len), &some["truncated"]), (Some(1), &json!(true)));
    assert_eq!(validate(&json!({"definition": broken(), "maxResults": 0})), all);
}

#[test]
fn a_request_keeps_to_the_model() {
    for (request, member) in [
        (json!({}), "definition"),
        (json!({"definition": "{}", "type": "FAST"}), "type"),
        (json!({"definition": "{}", "severity": "INFO"}), "severity"),
        (json!({"definition": "{}", "maxResults": 101}), "maxResults"),
    ] {
        let refused = validate_state_machine_definition(request.to_string().as_bytes()).expect_err("it is refused");
        assert_eq!(refused.kind, "ValidationException");
        assert!(refused.message.contains(&format!("at '{member}'")), "{}", refused.message);
    }
}
