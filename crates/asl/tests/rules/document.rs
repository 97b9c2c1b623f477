//! What a text must be to be a definition, and the fields of the machine itself.

use crate::common::{check, state};

#[test]
fn a_text_that_is_no_json_is_pointed_at() {
    assert_eq!(
        check("not a definition"),
        [
            "INVALID_JSON_DESCRIPTION 1:1 - Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or \
          token 'null', 'true' or 'false')\n at [Source: (String)\"not a definition\"; line: 1, column: 4]"
        ]
    );
    assert_eq!(
        check("{\n  \"StartAt\": \"A\",\n}"),
        ["INVALID_JSON_DESCRIPTION 2:17 - Trailing commas are not allowed"]
    );
    assert_eq!(check("{'a': 1}").len(), 1);
    assert!(check("{'a': 1}")[0].starts_with(
        "INVALID_JSON_DESCRIPTION 1:2 - Unexpected character (''' (code 39)): was expecting double-quote to start field \
         name"
    ));
    assert_eq!(check("{} // note"), ["INVALID_JSON_DESCRIPTION 1:4 - Comments are not allowed"]);
    assert_eq!(check("{\"a\": nope}")[0].split(" - ").next(), Some("INVALID_JSON_DESCRIPTION 1:7"));
}

#[test]
fn what_jsonc_lets_pass_is_refused_too() {
    assert_eq!(
        check("{\"Comment\": \"a\nb\"}"),
        ["INVALID_JSON_DESCRIPTION 2:1 - control character (\\u0000-\\u001F) found while parsing a string"]
    );
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(200), "]".repeat(200));
    assert_eq!(check(&deep), ["INVALID_JSON_DESCRIPTION 1:133 - recursion limit exceeded"]);
    let deeper = "[".repeat(100_000);
    assert!(check(&deeper)[0].starts_with("INVALID_JSON_DESCRIPTION"));
}

#[test]
fn an_empty_text_is_no_definition() {
    let refused = |place| format!("SCHEMA_VALIDATION_FAILED {place} - Definition must be a valid JSON object");
    assert_eq!(check(""), [refused("1:1")]);
    assert_eq!(check(" \n"), [refused("1:1")]);
    assert_eq!(check(" []"), [refused("1:2")]);
    assert_eq!(check("\"x\""), [refused("1:1")]);
}

#[test]
fn a_field_that_stands_twice_is_noticed() {
    assert_eq!(
        state(r#""Type": "Pass", "End": true, "Comment": "a", "Comment": "b""#),
        [
            "warning DUPLICATE_KEY 1:80 /States/A/Comment The field 'Comment' stands here a second time (only the last one \
          counts: remove or rename one of them)"
        ]
    );
}

#[test]
fn what_is_missing_is_named_in_awss_order() {
    assert_eq!(check("{}"), ["SCHEMA_VALIDATION_FAILED 1:1 - These fields are required: [States, StartAt]"]);
    assert_eq!(
        check(r#"{"StartAt": "A", "States": {}}"#),
        ["SCHEMA_VALIDATION_FAILED 1:28 /States Value cannot be empty"]
    );
}

#[test]
fn the_machines_own_fields() {
    let with =
        |fields: &str| check(&format!(r#"{{{fields}, "StartAt": "A", "States": {{"A": {{"Type": "Succeed"}}}}}}"#));
    assert_eq!(with(r#""TimeoutSeconds": 0"#), Vec::<String>::new());
    assert_eq!(with(r#""TimeoutSeconds": -1"#), ["SCHEMA_VALIDATION_FAILED 1:20 /TimeoutSeconds Minimum value is 0"]);
    assert_eq!(
        with(r#""Version": "2.0""#),
        ["SCHEMA_VALIDATION_FAILED 1:13 /Version Value should be one of the following: [1.0]"]
    );
    assert_eq!(
        with(r#""Timeout": 3"#),
        ["SCHEMA_VALIDATION_FAILED 1:2 - Field 'Timeout' is not supported (a state machine may have: Comment, \
          QueryLanguage, StartAt, States, TimeoutSeconds, Version)"]
    );
    assert_eq!(
        with(r#""comment": "x""#),
        ["SCHEMA_VALIDATION_FAILED 1:2 - Field 'comment' is not supported (did you mean 'Comment'?)"]
    );
    assert_eq!(with(r#""Comment": 5"#), ["SCHEMA_VALIDATION_FAILED 1:13 /Comment Expected value of type [STRING]"]);
}
