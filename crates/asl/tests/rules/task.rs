//! Task states.

use crate::common::{apart_from_variables, check, state};

const LAMBDA: &str = r#""Type": "Task", "End": true, "Resource": "arn:aws:states:::lambda:invoke""#;

#[test]
fn a_resource_is_an_arn() {
    assert_eq!(
        state(r#""Type": "Task", "End": true"#),
        ["SCHEMA_VALIDATION_FAILED 1:34 /States/A These fields are required: [Resource]"]
    );
    assert_eq!(
        state(r#""Type": "Task", "End": true, "Resource": "buy""#),
        ["SCHEMA_VALIDATION_FAILED 1:76 /States/A/Resource Value is not a valid resource ARN (an ARN has six parts: \
          arn:partition:service:region:account:resource)"]
    );
    assert_eq!(
        state(r#""Type": "Task", "End": true, "Resource": 5"#),
        ["SCHEMA_VALIDATION_FAILED 1:76 /States/A/Resource Expected value of type [STRING]"]
    );
    assert_eq!(state(LAMBDA), Vec::<String>::new());
}

#[test]
fn times_have_limits() {
    let task = |fields: &str| state(&format!("{LAMBDA},\n{fields}"));
    assert_eq!(
        task(r#""TimeoutSeconds": 0"#),
        ["SCHEMA_VALIDATION_FAILED 2:19 /States/A/TimeoutSeconds Minimum value is 1"]
    );
    assert_eq!(
        task(r#""HeartbeatSeconds": 100000000"#),
        ["SCHEMA_VALIDATION_FAILED 2:21 /States/A/HeartbeatSeconds Maximum value is 99999999"]
    );
    assert_eq!(
        task(r#""TimeoutSeconds": 5, "TimeoutSecondsPath": "$.t""#),
        ["SCHEMA_VALIDATION_FAILED 2:22 /States/A There should only be one of the following fields: [TimeoutSeconds, \
          TimeoutSecondsPath]"]
    );
    assert_eq!(
        task(r#""TimeoutSeconds": 5, "HeartbeatSeconds": 5"#),
        [
            "warning HEARTBEAT_NOT_SMALLER 2:42 /States/A/HeartbeatSeconds A heartbeat of 5 s can't be missed: the task times out \
          after 5 s (make 'HeartbeatSeconds' smaller than 'TimeoutSeconds')"
        ]
    );
    assert_eq!(
        apart_from_variables(task(r#""TimeoutSecondsPath": "$.t", "HeartbeatSecondsPath": "$h""#)),
        Vec::<String>::new()
    );
}

#[test]
fn who_waits_for_a_token_should_not_wait_forever() {
    let task = |fields: &str| {
        state(&format!(
            r#""Type": "Task", "End": true, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"{fields}"#
        ))
    };
    assert_eq!(
        task(""),
        [
            "warning MISSING_TASK_TIMEOUT 1:76 /States/A/Resource A task that waits for a token waits a year when nobody answers \
          (add 'TimeoutSeconds' or 'HeartbeatSeconds')"
        ]
    );
    assert_eq!(task(r#", "HeartbeatSeconds": 60"#), Vec::<String>::new());
}

#[test]
fn credentials_name_a_role() {
    let task = |fields: &str| state(&format!("{LAMBDA},\n{fields}"));
    assert_eq!(task(r#""Credentials": {"RoleArn.$": "$.role"}"#), Vec::<String>::new());
    assert_eq!(
        task(r#""Credentials": {"Role": "x"}"#),
        ["SCHEMA_VALIDATION_FAILED 2:16 /States/A/Credentials The field 'RoleArn' is required but was missing"]
    );
    assert_eq!(
        task(r#""Credentials": 5"#),
        ["SCHEMA_VALIDATION_FAILED 2:16 /States/A/Credentials Expected value of type [OBJECT]"]
    );
    assert_eq!(
        state(
            r#""Type": "Task", "End": true, "Resource": "arn:aws:states:us-east-1:123456789012:activity:a",
"Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/x"}"#
        ),
        ["SCHEMA_VALIDATION_FAILED 2:1 /States/A/Credentials The field 'Credentials' is not supported for activities"]
    );
}

#[test]
fn a_task_in_jsonata() {
    let task = |fields: &str| {
        check(&format!(r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{"A": {{{LAMBDA}, {fields}}}}}}}"#))
    };
    assert_eq!(
        apart_from_variables(task(
            r#""Arguments": {"Payload": "{% $states.input %}"}, "TimeoutSeconds": "{% 5 %}",
               "Output": "{% $states.result %}",
               "Credentials": {"RoleArn": "{% $role %}"}, "Assign": {"x": "{% $states.result.y %}"}"#
        )),
        Vec::<String>::new()
    );
    assert_eq!(task(r#""Arguments": "{% $states.input %}""#), Vec::<String>::new());
    let problems = task(r#""Parameters": {}, "ResultSelector": {}, "TimeoutSecondsPath": "$.x""#);
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(
        problems[0]
            .ends_with("field 'Parameters' is only supported for the 'JSONPath' QueryLanguage (use 'Arguments')")
    );
    assert!(problems[2].ends_with("(use 'TimeoutSeconds' with a query {% … %})"), "{problems:?}");
}

#[test]
fn integrations_are_those_of_aws() {
    let task = |resource: &str| state(&format!(r#""Type": "Task", "End": true, "Resource": "{resource}""#));
    assert_eq!(
        task("arn:aws:states:::sqss:sendMessage"),
        [
            "SCHEMA_VALIDATION_FAILED 1:76 /States/A/Resource The resource provided arn:aws:states:::sqss:sendMessage is not \
          recognized. The value is not a valid resource ARN, or the resource is not available in this region. (did you \
          mean 'sqs'?)"
        ]
    );
    assert_eq!(
        task("arn:aws:states:::glue:startJobsRun"),
        [
            "warning UNKNOWN_INTEGRATION 1:76 /States/A/Resource AWS Step Functions may have no such integration (did you \
          mean 'startJobRun'?)"
        ]
    );
}

#[test]
fn parameters_are_those_of_the_integration() {
    let task = |resource: &str, fields: &str| {
        state(&format!(
            r#""Type": "Task", "End": true, "TimeoutSeconds": 9, "Resource": "arn:aws:states:::{resource}",
"Parameters": {{{fields}}}"#
        ))
    };
    assert_eq!(
        task("sqs:sendMessage.waitForTaskToken", r#""QueueURL": "q", "MessageBody.$": "$$.Task.Token""#),
        [
            "warning UNKNOWN_PARAMETER 2:16 /States/A/Parameters/QueueURL The field \"QueueURL\" is not supported by Step \
          Functions: the execution fails here (did you mean 'QueueUrl'?)"
        ]
    );
    assert_eq!(
        task("lambda:invoke.waitForTaskToken", r#""FunctionName": "f", "TaskToken.$": "$$.Task.Token""#),
        [
            "warning UNKNOWN_PARAMETER 2:37 /States/A/Parameters/TaskToken.$ The field \"TaskToken\" is not supported by Step \
          Functions: the execution fails here (lambda:invoke has: ClientContext, FunctionName, InvocationType, LogType, \
          Payload, Qualifier)"
        ]
    );
    for fine in ["aws-sdk:sqs:sendMessage", "glue:startJobRun", "lambda:listFunctions"] {
        let found = task(fine, r#""Anything": 1"#);
        assert!(!found.iter().any(|found| found.contains("UNKNOWN_PARAMETER")), "{found:?}");
    }
}
