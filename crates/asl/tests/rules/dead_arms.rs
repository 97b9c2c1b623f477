//! `DEAD_ARM`: rules, catchers and retriers that never get their turn.

use crate::common::states;

/// What is found in a Choice state with these rules, each without its `Next`.
fn rules(rules: &[&str]) -> Vec<String> {
    let rules: Vec<String> = rules.iter().map(|rule| format!(r#"{{{rule}, "Next": "B"}}"#)).collect();
    let found = states(&format!(
        r#""A": {{"Type": "Choice", "Choices": [{}], "Default": "B"}}, "B": {{"Type": "Succeed"}}"#,
        rules.join(",\n")
    ));
    found.iter().map(|found| found.split(' ').skip(3).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_rule_that_holds_only_when_an_earlier_one_does_is_dead() {
    for (first, second) in [
        (r#""Variable": "$.n", "NumericGreaterThan": 1"#, r#""Variable": "$.n", "NumericGreaterThan": 1"#),
        (r#""Variable": "$.n", "NumericGreaterThan": 1"#, r#""Variable": "$.n", "NumericEquals": 5"#),
        (r#""Variable": "$.n", "NumericLessThanEquals": 1"#, r#""Variable": "$.n", "NumericLessThan": 1"#),
        (r#""Variable": "$.n", "IsPresent": true"#, r#""Variable": "$.n", "StringMatches": "a*""#),
        (r#""Variable": "$.s", "IsString": true"#, r#""Variable": "$.s", "StringEquals": "a""#),
        (
            r#""Variable": "$.s", "StringEquals": "a""#,
            r#""And": [{"Variable": "$.n", "IsPresent": true}, {"Variable": "$.s", "StringEquals": "a"}]"#,
        ),
        (
            r#""Or": [{"Variable": "$.s", "StringEquals": "a"}, {"Variable": "$.s", "StringEquals": "b"}]"#,
            r#""Variable": "$.s", "StringEquals": "b""#,
        ),
        (
            r#""Not": {"Variable": "$.s", "StringEquals": "a"}"#,
            r#""And": [{"Variable": "$.s", "StringEquals": "b"}, {"Variable": "$.n", "IsNull": true}]"#,
        ),
    ] {
        assert_eq!(
            rules(&[first, second]),
            ["/States/A/Choices/1 This rule is never taken: whenever it holds, Choices[0] holds and comes first \
              (put it before Choices[0], or remove it)"],
            "{first} / {second}"
        );
    }
}

#[test]
fn a_rule_that_may_hold_is_not_reported() {
    for (first, second) in [
        (r#""Variable": "$.n", "NumericGreaterThan": 1"#, r#""Variable": "$.n", "NumericGreaterThanEquals": 1"#),
        (r#""Variable": "$.n", "NumericGreaterThan": 10"#, r#""Variable": "$.n", "NumericGreaterThan": 1"#),
        (r#""Variable": "$.n", "NumericGreaterThan": 1"#, r#""Variable": "$.m", "NumericGreaterThan": 1"#),
        (r#""Variable": "$.s", "StringEquals": "a""#, r#""Variable": "$.s", "StringEquals": "b""#),
        (r#""Variable": "$.s", "IsString": true"#, r#""Variable": "$.s", "IsTimestamp": true, "Comment": "dead""#),
        (r#""Variable": "$.n", "NumericEqualsPath": "$.m""#, r#""Variable": "$.n", "NumericEqualsPath": "$.k""#),
        (
            r#""And": [{"Variable": "$.a", "IsPresent": true}, {"Variable": "$.a", "NumericEquals": 1}]"#,
            r#""Variable": "$.a", "IsPresent": true"#,
        ),
    ] {
        assert_eq!(rules(&[first, second]), Vec::<String>::new(), "{first} / {second}");
    }
}

#[test]
fn a_rule_that_never_holds_is_dead() {
    for rule in [
        r#""And": [{"Variable": "$.n", "NumericGreaterThan": 5}, {"Variable": "$.n", "NumericLessThan": 5}]"#,
        r#""And": [{"Variable": "$.s", "StringEquals": "a"}, {"Variable": "$.s", "StringEquals": "b"}]"#,
        r#""And": [{"Variable": "$.s", "IsString": true}, {"Variable": "$.s", "IsNumeric": true}]"#,
        r#""And": [{"Variable": "$.s", "IsNull": true}, {"Not": {"Variable": "$.s", "IsNull": true}}]"#,
    ] {
        assert_eq!(
            rules(&[rule]),
            [
                "/States/A/Choices/0 This rule is never taken: its condition holds for no data (correct the condition, or \
              remove the rule)"
            ],
            "{rule}"
        );
    }
    let possible = r#""And": [{"Variable": "$.s", "IsString": true}, {"Variable": "$.s", "IsTimestamp": true}]"#;
    assert_eq!(rules(&[possible]), Vec::<String>::new());
}

#[test]
fn behind_rules_that_leave_nothing_over_all_is_dead() {
    let found = rules(&[
        r#""Variable": "$.n", "IsPresent": true"#,
        r#""Variable": "$.n", "IsPresent": false"#,
        r#""Variable": "$.m", "IsPresent": true"#,
    ]);
    assert_eq!(
        found,
        [
            "/States/A/Choices/2 This rule is never taken: one of the rules before it always holds (remove it, or put it \
             before them)",
            "/States/A/Default Default is never taken: one of the rules always holds (remove it)",
        ]
    );
}

#[test]
fn queries_are_compared_by_their_text() {
    let found = |first: &str, second: &str| {
        states(&format!(
            r#""A": {{"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [
                 {{"Condition": {first}, "Next": "B"}}, {{"Condition": {second}, "Next": "B"}}], "Default": "B"}},
               "B": {{"Type": "Succeed"}}"#
        ))
        .len()
    };
    assert_eq!(found(r#""{% $states.input.a %}""#, r#""{%$states.input.a%}""#), 1);
    assert_eq!(found(r#""{% $random() > 0.5 %}""#, r#""{% $random() > 0.5 %}""#), 0);
    assert_eq!(found("true", r#""{% $states.input.a %}""#), 2, "the rule and Default");
    assert_eq!(found("false", r#""{% $states.input.a %}""#), 1);
}

#[test]
fn errors_that_an_entry_before_takes_never_get_further() {
    let task = |catch: &str| {
        states(&format!(
            r#""A": {{"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": true,
                 "Catch": [{catch}]}}, "B": {{"Type": "Succeed"}}"#
        ))
    };
    assert_eq!(
        task(
            r#"{"ErrorEquals": ["X", "States.TaskFailed"], "Next": "B"},
               {"ErrorEquals": ["Y"], "Next": "B"},
               {"ErrorEquals": ["States.Timeout", "X"], "Next": "B"},
               {"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "B"}"#
        ),
        [
            "warning DEAD_ARM 3:16 /States/A/Catch/1 This entry never gets its turn: Catch[0] takes all its errors first \
             (put it before Catch[0], or remove it)",
            "warning DEAD_ARM 4:51 /States/A/Catch/2/ErrorEquals/1 'X' never gets as far as here: Catch[0] takes it first \
             (remove the name from one of them)",
            "warning DEAD_ARM 5:16 /States/A/Catch/3 This entry never gets its turn: Catch[2] takes all its errors first \
             (put it before Catch[2], or remove it)",
        ]
    );
    // What a Parallel state's branches fail with need not be a task's error.
    let parallel = states(
        r#""A": {"Type": "Parallel", "Branches": [{"StartAt": "C", "States": {"C": {"Type": "Fail", "Error": "Y"}}}],
             "End": true, "Retry": [{"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": ["Y"]}]}"#,
    );
    assert!(parallel.is_empty(), "{parallel:?}");
}
