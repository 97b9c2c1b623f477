//! The two query languages.

use crate::common::{check, state};

fn machine(language: &str, state: &str) -> Vec<String> {
    check(&format!(
        r#"{{"QueryLanguage": {language}, "StartAt": "A", "States": {{"A": {{"Type": "Pass", "End": true, {state}}}}}}}"#
    ))
}

#[test]
fn a_field_of_the_other_language() {
    assert_eq!(
        machine(r#""JSONata""#, r#""InputPath": "$.a""#),
        [
            "SCHEMA_VALIDATION_FAILED 1:92 /States/A The QueryLanguage is set to 'JSONata', but field 'InputPath' is only \
          supported for the 'JSONPath' QueryLanguage (use '$states.input' where the input is needed)"
        ]
    );
    assert_eq!(
        machine(r#""JSONPath""#, r#""Output": 1"#),
        ["SCHEMA_VALIDATION_FAILED 1:93 /States/A The QueryLanguage is set to 'JSONPath', but field 'Output' is only \
          supported for the 'JSONata' QueryLanguage (use 'ResultSelector', 'ResultPath' and 'OutputPath')"]
    );
    assert_eq!(machine(r#""JSONPath""#, r#""QueryLanguage": "JSONata", "Output": 1"#), Vec::<String>::new());
}

#[test]
fn a_state_cannot_go_back_to_jsonpath() {
    let downgrade = "SCHEMA_VALIDATION_FAILED 1:109 /States/A 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' \
                     for whole state machine";
    assert_eq!(machine(r#""JSONata""#, r#""QueryLanguage": "JSONPath""#), [downgrade]);
    assert_eq!(machine(r#""JSONata""#, r#""QueryLanguage": "JSONPath", "Output": 1"#), [downgrade]);
}

#[test]
fn a_misspelt_language_counts_as_jsonata() {
    assert_eq!(
        machine(r#""jsonata""#, r#""Output": 1"#),
        [
            "SCHEMA_VALIDATION_FAILED 1:19 /QueryLanguage Value should be one of the following: [JSONPath, JSONata] (did you \
          mean 'JSONata'?)"
        ]
    );
    let problems = machine("5", r#""InputPath": "$.a""#);
    assert_eq!(problems[0], "SCHEMA_VALIDATION_FAILED 1:19 /QueryLanguage Expected value of type [STRING]");
    assert!(problems[1].contains("field 'InputPath' is only supported"), "{problems:?}");
}

#[test]
fn the_language_of_a_map_is_its_own() {
    let problems = state(
        r#""Type": "Map", "QueryLanguage": "JSONata", "Items": [1], "Output": 1, "End": true,
           "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": 1, "End": true}}}"#,
    );
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("/States/A/ItemProcessor/States/P The QueryLanguage is set to 'JSONPath'"));
    for field in ["ItemProcessor", "Iterator"] {
        let problems = state(&format!(
            r#""Type": "Map", "End": true,
               "{field}": {{"QueryLanguage": "JSONata", "StartAt": "P", "States": {{"P": {{"Type": "Succeed"}}}}}}"#
        ));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains(&format!("/States/A/{field} Field 'QueryLanguage' is not supported")));
    }
}

#[test]
fn a_query_that_cannot_be_read() {
    // Where in the query is for the expression's own tests: its parser doesn't always know.
    for (output, place, sentence) in [
        (r#"{"a": ["{% 1 + %}"]}"#, "/States/A/Output/a/0", "Unexpected end of expression"),
        (r#""{% \"é\" & a[1,2) %}""#, "/States/A/Output", r#"Expected "]", got ",""#),
    ] {
        let problems = machine(r#""JSONata""#, &format!("\"Output\": {output}"));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("INVALID_JSONATA_EXPRESSION 1:"), "{problems:?}");
        assert!(problems[0].ends_with(&format!(" {place} {sentence}")), "{problems:?}");
    }
    assert_eq!(
        machine(r#""JSONata""#, r#""Output": {"a": "{% 1"}"#),
        ["SCHEMA_VALIDATION_FAILED 1:108 /States/A/Output/a JSONata string must start with {% and end with %}"]
    );
}

#[test]
fn a_query_has_no_document_to_look_names_up_in() {
    assert_eq!(
        machine(r#""JSONata""#, r#""Output": {"a": "{% $states.input.phone & phone.number & `last name` & phone %}"}"#),
        [
            "UNSUPPORTED_JSONATA_EXPRESSION 1:134 /States/A/Output/a Reference to 'phone' at the top level is not \
             supported. (use '$states.input.phone' for a field of the input, or '$phone' for a variable)",
            "UNSUPPORTED_JSONATA_EXPRESSION 1:149 /States/A/Output/a Reference to 'last name' at the top level is not \
             supported. (use '$states.input.`last name`' for a field of the input)"
        ]
    );
    for good in [
        "$states.input.items[price > 3].name",
        "$map($states.input.items, function($item) { $item.price })",
        "$states.input.items{kind: $sum(price)}",
        "$states.input.items^(price)",
        "[1, 2].{'n': $}",
        "$states.input ~> |items|{'sold': true}|",
        "'phone'",
        "{'phone': 1}",
    ] {
        assert_eq!(machine(r#""JSONata""#, &format!(r#""Output": "{{% {good} %}}""#)), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn a_query_refers_to_what_is_there() {
    assert_eq!(
        machine(r#""JSONata""#, r#""Output": "{% $$ %}""#),
        ["UNSUPPORTED_JSONATA_EXPRESSION 1:106 /States/A/Output Reference to '$$' is not supported. (use \
          '$states.input')"]
    );
    assert_eq!(
        machine(r#""JSONata""#, r#""Output": "{% $states.errorOutput %}""#),
        [
            "UNSUPPORTED_JSONATA_EXPRESSION 1:106 /States/A/Output Field '$states.errorOutput' does not exist. (only the \
          'Assign' and 'Output' of an entry of 'Catch' have it)"
        ]
    );
    assert_eq!(
        check(
            r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "B", "Catch": [
              {"ErrorEquals": ["States.ALL"], "Next": "B", "Output": "{% $states.errorOutput %}",
               "Assign": {"e": "{% $states.errorOutput.Error %}"}}]}, "B": {"Type": "Succeed"}}}"#
        ),
        Vec::<String>::new()
    );
}
