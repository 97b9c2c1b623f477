//! `UNDEFINED_VARIABLE`: where a variable can be seen.

use crate::common::{check, states};

#[test]
fn a_variable_is_seen_behind_the_state_that_assigns_it() {
    assert!(
        states(
            r#""A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
               "B": {"Type": "Pass", "InputPath": "$x", "Parameters": {"y.$": "States.Format('{}', $x)"}, "End": true}"#
        )
        .is_empty()
    );
    assert_eq!(
        states(
            r#""A": {"Type": "Pass", "OutputPath": "$x.y", "Assign": {"x": 1}, "Next": "B"},
               "B": {"Type": "Pass", "Parameters": {"y.$": "States.Format('{}', $xs)"}, "End": true}"#
        ),
        [
            "warning UNDEFINED_VARIABLE 1:65 /States/A/OutputPath No way to this state assigns the variable '$x' \
             (/States/A assigns it, but no way leads from there to here, or it is in a scope of its own)",
            "warning UNDEFINED_VARIABLE 2:60 /States/B/Parameters/y.$ No way to this state assigns the variable '$xs' \
             (did you mean '$x'?)",
        ]
    );
}

#[test]
fn one_way_that_assigns_it_is_enough() {
    let loop_ = |assign: &str| {
        states(&format!(
            r#""A": {{"Type": "Choice", "Choices": [{{"Variable": "$.n", "IsPresent": true, "Next": "B"{assign}}}],
                      "Default": "C"}},
               "B": {{"Type": "Pass", "Next": "A"}},
               "C": {{"Type": "Pass", "InputPath": "$x", "End": true}}"#
        ))
    };
    // Only by way of B and back.
    assert!(loop_(r#", "Assign": {"x": 1}"#).is_empty());
    assert_eq!(loop_("").len(), 1);
}

#[test]
fn each_way_out_assigns_its_own() {
    let found = states(
        r#""A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "Assign": {"good": 1},
                 "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C", "Assign": {"bad": 2}}], "Next": "B"},
           "B": {"Type": "Pass", "Parameters": {"good.$": "$good", "bad.$": "$bad"}, "Next": "D"},
           "C": {"Type": "Pass", "Parameters": {"good.$": "$good", "bad.$": "$bad"}, "Next": "D"},
           "D": {"Type": "Pass", "Parameters": {"good.$": "$good", "bad.$": "$bad"}, "End": true}"#,
    );
    let places: Vec<&str> = found.iter().filter_map(|found| found.split(' ').nth(3)).collect();
    assert_eq!(places, ["/States/B/Parameters/bad.$", "/States/C/Parameters/good.$"]);
}

#[test]
fn branches_and_iterations_see_what_is_around_them_and_keep_what_is_theirs() {
    let map = |config: &str| {
        states(&format!(
            r#""A": {{"Type": "Pass", "Assign": {{"x": 1}}, "Next": "M"}},
               "M": {{"Type": "Map", "Next": "Z", "ItemProcessor": {{{config} "StartAt": "I", "States": {{
                 "I": {{"Type": "Pass", "InputPath": "$x", "Assign": {{"inner": 1}}, "End": true}}}}}}}},
               "Z": {{"Type": "Pass", "InputPath": "$inner", "End": true}}"#
        ))
    };
    assert_eq!(map("").len(), 1, "what an iteration assigns ends with it");
    let distributed = map(r#""ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},"#);
    assert_eq!(distributed.len(), 2, "a distributed Map sees nothing from outside");
    assert!(distributed[0].contains("/States/M/ItemProcessor/States/I/InputPath"), "{distributed:?}");
}

#[test]
fn queries_are_looked_into() {
    let found = check(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
            "A": {"Type": "Wait", "Seconds": "{% $delay %}", "Assign": {"n": "{% ($own := 1; $own + $m) %}"}, "Next": "B"},
            "B": {"Type": "Choice", "Choices": [{"Condition": "{% $sum([$n, '$k']) > $k %}", "Next": "C"}], "Default": "C"},
            "C": {"Type": "Fail", "Error": "{% $e %}", "Cause": "{% $n & $states.input %}"}}}"#,
    );
    let short: Vec<String> =
        found.iter().map(|found| found.split(' ').skip(2).take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        short,
        [
            "2:50 /States/A/Seconds",
            "2:101 /States/A/Assign/n",
            "3:86 /States/B/Choices/0/Condition",
            "4:48 /States/C/Error",
        ]
    );
}

#[test]
fn a_definition_with_errors_only_shows_what_nothing_assigns() {
    let found = states(
        r#""A": {"Type": "Pass", "InputPath": "$x", "Next": "Nowhere"},
           "B": {"Type": "Pass", "InputPath": "$y", "Assign": {"x": 1}, "End": true}"#,
    );
    let undefined: Vec<&String> = found.iter().filter(|found| found.contains("UNDEFINED_VARIABLE")).collect();
    assert_eq!(undefined.len(), 1, "{found:?}");
    assert!(undefined[0].contains("'$y'"));
}
