//! `arn:aws:states:::events:putEvents` (<https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html>).

use machine::{Document, Pattern, TaskCall};
use runtime::{Answer, TaskContext};
use serde_json::{Map, Value, json};

use crate::parameters::{Parameters, Refusal};
use crate::{Integrations, failure, unsupported};

pub(crate) async fn call(
    integrations: &Integrations,
    operation: &str,
    call: &TaskCall,
    context: &TaskContext,
    pattern: Pattern,
    arn: &str,
) -> Answer {
    if operation != "putEvents" || pattern == Pattern::Sync {
        return unsupported(arn);
    }
    match put_events(integrations, call, context, pattern).await {
        Ok(answer) | Err(answer) => answer,
    }
}

async fn put_events(
    integrations: &Integrations,
    call: &TaskCall,
    context: &TaskContext,
    pattern: Pattern,
) -> Result<Answer, Answer> {
    let entries: Vec<Value> =
        entries(&call.parameters)?.into_iter().map(|entry| Value::Object(completed(entry, context))).collect();
    match integrations.services.call("events", "PutEvents", json!({"Entries": entries})).await {
        Err(error) => Err(failure::optimized(&error, "EventBridge", "AmazonEventBridge", "AmazonEventBridgeException")),
        Ok(reply) => {
            // The answer has no metadata of the request (recorded case
            // `local_mocking/base_scenarios--events_put_events.json`).
            let (entries, failed) = (&reply.output["Entries"], &reply.output["FailedEntryCount"]);
            let output = json!({"Entries": entries, "FailedEntryCount": failed});
            // Recorded case `services/events_task_service--put_events_mixed_malformed_detail.json`.
            if failed.as_u64().is_some_and(|count| count > 0) {
                return Err(Answer::failed("EventBridge.FailedEntry", output.to_string()));
            }
            Ok(match pattern {
                Pattern::WaitForTaskToken => Answer::Submitted(output.into()),
                _ => Answer::succeeded(output),
            })
        }
    }
}

/// The entries that the parameters name: objects, whose `Resources` are a list.
pub(crate) fn entries(parameters: &Document) -> Result<Vec<&Map<String, Value>>, Refusal> {
    let parameters = Parameters::of(parameters, "events", "putEvents")?;
    let entries = parameters.get("Entries").ok_or_else(|| parameters.missing("Entries"))?.as_array();
    let sound =
        |entry: &&Map<String, Value>| matches!(entry.get("Resources"), None | Some(Value::Null | Value::Array(_)));
    let entries = entries.and_then(|entries| entries.iter().map(|entry| entry.as_object().filter(sound)).collect());
    entries.ok_or_else(|| parameters.invalid("Entries"))
}

/// An entry with its `Detail` as text, and with the ARNs of state machine and execution appended to its `Resources`, in
/// the order of the event that recorded case `services/events_task_service--put_events_mixed_malformed_detail.json`
/// received.
fn completed(entry: &Map<String, Value>, context: &TaskContext) -> Map<String, Value> {
    let mut entry = entry.clone();
    if let Some(detail) = entry.get_mut("Detail")
        && !detail.is_string()
        && !detail.is_null()
    {
        *detail = Value::String(detail.to_string());
    }
    let identity = &context.identity;
    let own = [&identity.state_machine_arn, &identity.execution_arn].map(|arn| Value::String(arn.to_string()));
    match entry.entry("Resources").or_insert(Value::Null) {
        Value::Array(resources) => resources.extend(own),
        none => *none = Value::Array(own.into()),
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fake, call, context, integrations, outcome};
    use machine::TaskOutcome;
    use runtime::TaskHandler as _;

    const PUT_EVENTS: &str = "arn:aws:states:::events:putEvents";

    #[tokio::test]
    async fn entries_carry_text_and_tell_whose_they_are() {
        let fake =
            Fake::default().reply(json!({"Entries": [{"EventId": "e"}, {"EventId": "f"}], "FailedEntryCount": 0}));
        let entries = json!([
            {"Source": "s", "DetailType": "d", "Detail": {"Message": "m"}},
            {"Source": "s", "DetailType": "d", "Detail": "{}", "Resources": ["arn:aws:s3:::bucket"]}
        ]);
        let (fake, integrations) = integrations(fake);
        let answer = integrations.handle(call(PUT_EVENTS, json!({"Entries": entries})), context()).await;
        let expected = json!({"Entries": [{"EventId": "e"}, {"EventId": "f"}], "FailedEntryCount": 0});
        assert_eq!(outcome(answer), TaskOutcome::Succeeded(expected.into()));
        let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:machine";
        let execution = "arn:aws:states:us-east-1:123456789012:execution:machine:one";
        assert_eq!(
            fake.calls(),
            [(
                "events PutEvents".to_owned(),
                json!({"Entries": [
                    {"Source": "s", "DetailType": "d", "Detail": "{\"Message\":\"m\"}", "Resources": [machine, execution]},
                    {"Source": "s", "DetailType": "d", "Detail": "{}", "Resources": ["arn:aws:s3:::bucket", machine, execution]}
                ]})
            )]
        );
    }

    #[tokio::test]
    async fn an_entry_that_failed_fails_the_task() {
        let reply = json!({
            "FailedEntryCount": 1,
            "Entries": [{"EventId": "e"}, {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}]
        });
        let (_, integrations) = integrations(Fake::default().reply(reply));
        for resource in [PUT_EVENTS, "arn:aws:states:::events:putEvents.waitForTaskToken"] {
            let answer = integrations.handle(call(resource, json!({"Entries": [{}, {}]})), context()).await;
            let TaskOutcome::Failed { error, cause } = outcome(answer) else { panic!("it failed") };
            assert_eq!(error.as_deref(), Some("EventBridge.FailedEntry"));
            assert_eq!(
                cause.as_deref(),
                Some(
                    r#"{"Entries":[{"EventId":"e"},{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."}],"FailedEntryCount":1}"#
                )
            );
        }
    }

    #[tokio::test]
    async fn a_token_is_waited_for_when_all_entries_are_in() {
        let (_, integrations) =
            integrations(Fake::default().reply(json!({"Entries": [{"EventId": "e"}], "FailedEntryCount": 0})));
        let resource = "arn:aws:states:::events:putEvents.waitForTaskToken";
        let answer = integrations.handle(call(resource, json!({"Entries": [{}]})), context()).await;
        let Answer::Submitted(submitted) = answer else { panic!("submitted, not {answer:?}") };
        assert_eq!(submitted.value()["Entries"][0]["EventId"], "e");
    }

    #[tokio::test]
    async fn other_parameters_and_operations_are_refused() {
        let (fake, integrations) = integrations(Fake::default());
        for parameters in
            [json!({}), json!({"Entries": {}}), json!({"Entries": ["e"]}), json!({"Entries": [], "Id": 1})]
        {
            let answer = integrations.handle(call(PUT_EVENTS, parameters.clone()), context()).await;
            assert!(matches!(outcome(answer), TaskOutcome::Impossible { .. }), "{parameters}");
        }
        for resource in ["arn:aws:states:::events:putRule", "arn:aws:states:::events:putEvents.sync"] {
            let TaskOutcome::Failed { error, .. } =
                outcome(integrations.handle(call(resource, json!({})), context()).await)
            else {
                panic!("it is refused")
            };
            assert_eq!(error.as_deref(), Some("Batuta.UnsupportedIntegration"));
        }
        assert_eq!(fake.calls(), []);
    }
}
