//! `Retry` and `Catch`.

use crate::common::states;

/// The problems of a task with these fields and a state `Z` behind it.
fn task(fields: &str) -> Vec<String> {
    states(&format!(
        r#""A": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Z",
{fields}}}, "Z": {{"Type": "Succeed"}}"#
    ))
}

#[test]
fn sound_ones() {
    for sound in [
        r#""Retry": [], "Catch": []"#,
        r#""Retry": [{"ErrorEquals": ["States.ALL"]}]"#,
        r#""Retry": [{"ErrorEquals": ["A", "B"], "IntervalSeconds": 0, "MaxAttempts": 0, "BackoffRate": 1},
                     {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 99999999, "BackoffRate": 1.5,
                      "MaxDelaySeconds": 31622400, "JitterStrategy": "FULL", "Comment": "c"}]"#,
        r#""Catch": [{"ErrorEquals": ["A"], "Next": "Z", "ResultPath": "$.e", "Assign": {"x": 1}, "Comment": "c"},
                     {"ErrorEquals": ["States.ALL"], "Next": "Z", "ResultPath": null}]"#,
    ] {
        assert_eq!(task(sound), Vec::<String>::new(), "{sound}");
    }
}

#[test]
fn errors_are_named() {
    assert_eq!(
        task(r#""Retry": [{}], "Catch": [{}]"#),
        [
            "SCHEMA_VALIDATION_FAILED 2:11 /States/A/Retry/0 These fields are required: [ErrorEquals]",
            "SCHEMA_VALIDATION_FAILED 2:26 /States/A/Catch/0 These fields are required: [ErrorEquals, Next]",
        ]
    );
    assert_eq!(
        task(r#""Retry": [{"ErrorEquals": []}]"#),
        ["SCHEMA_VALIDATION_FAILED 2:27 /States/A/Retry/0/ErrorEquals Value cannot be empty"]
    );
    assert_eq!(
        task(r#""Retry": [{"ErrorEquals": "A"}]"#),
        ["SCHEMA_VALIDATION_FAILED 2:27 /States/A/Retry/0/ErrorEquals Expected value of type [ARRAY]"]
    );
    assert_eq!(
        task(r#""Retry": [{"ErrorEquals": [5]}]"#),
        ["SCHEMA_VALIDATION_FAILED 2:28 /States/A/Retry/0/ErrorEquals/0 Expected value of type [STRING]"]
    );
}

#[test]
fn all_errors_stand_alone_and_last() {
    let refused = |place: &str, entry: &str| {
        format!(
            "SCHEMA_VALIDATION_FAILED {place} /States/A/{entry} States.ALL must appear alone and at end of list (give it an \
             entry of its own behind all others)"
        )
    };
    assert_eq!(task(r#""Retry": [{"ErrorEquals": ["A", "States.ALL"]}]"#), [refused("2:33", "Retry/0/ErrorEquals/1")]);
    assert_eq!(
        task(r#""Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}]"#),
        [refused("2:28", "Retry/0/ErrorEquals/0")]
    );
    assert_eq!(
        task(r#""Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}, {"ErrorEquals": ["A"], "Next": "Z"}]"#),
        [refused("2:28", "Catch/0/ErrorEquals/0")]
    );
}

#[test]
fn numbers_have_limits() {
    let retry = |field: &str| task(&format!(r#""Retry": [{{"ErrorEquals": ["A"], {field}}}]"#));
    for (field, sentence) in [
        (r#""IntervalSeconds": -1"#, "Minimum value is 0"),
        (r#""IntervalSeconds": 1.5"#, "Expected value of type Integer"),
        (r#""MaxAttempts": -1"#, "Minimum value is 0"),
        (r#""MaxAttempts": 100000000"#, "Maximum value is 99999999"),
        (r#""BackoffRate": 0.9"#, "Minimum value is 1.0"),
        (r#""BackoffRate": "2""#, "Expected value of type [NUMBER]"),
        (r#""MaxDelaySeconds": 0"#, "Minimum value is 1"),
        (r#""MaxDelaySeconds": 31622401"#, "Maximum value is 31622400"),
        (r#""JitterStrategy": "SOME""#, "Value should be one of the following: [NONE, FULL]"),
    ] {
        let name = field.split('"').nth(1).expect("a name");
        assert_eq!(
            retry(field),
            [format!("SCHEMA_VALIDATION_FAILED 2:{} /States/A/Retry/0/{name} {sentence}", 38 + name.len())]
        );
    }
    assert_eq!(
        retry(r#""IntervalSeconds": 5, "MaxDelaySeconds": 5"#),
        [
            "warning MAX_DELAY_NOT_GREATER 2:75 /States/A/Retry/0/MaxDelaySeconds A longest delay of 5 s never lets the first one \
          of 5 s grow (make 'MaxDelaySeconds' greater than 'IntervalSeconds')"
        ]
    );
    let problems = retry(r#""MaxRetries": 2"#);
    assert!(problems[0].contains("/States/A/Retry/0 Field 'MaxRetries' is not supported"), "{problems:?}");
}
