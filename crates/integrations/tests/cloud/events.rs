//! `events:putEvents`.

use serde_json::{Value, json};

use crate::world::world;

#[tokio::test]
async fn events_tell_whose_they_are_and_malformed_ones_fail_the_task() {
    let world = world().await;
    let good = json!({"Source": "some.source", "DetailType": "d", "Detail": {"Message": "HelloWorld0"}});
    let output = world.output("events:putEvents", json!({"Entries": [good]})).await;
    assert_eq!(output["FailedEntryCount"], 0);
    assert!(output["Entries"][0]["EventId"].is_string() && output.get("SdkHttpMetadata").is_none(), "{output}");
    let event = world.cloud.put_events().so_far()[0].event.clone();
    assert_eq!(event["detail"], json!({"Message": "HelloWorld0"}));
    assert_eq!(
        event["resources"],
        json!([
            "arn:aws:states:us-east-1:000000000000:stateMachine:machine",
            "arn:aws:states:us-east-1:000000000000:execution:machine:one"
        ])
    );
    // The second entry of `services/events_task_service--put_events_mixed_malformed_detail.json`.
    let malformed = json!({"Source": "some.source", "DetailType": "d", "Detail": "\"jsonstring\""});
    let (error, cause) = world.failure("events:putEvents", json!({"Entries": [good, malformed]})).await;
    assert_eq!(error, "EventBridge.FailedEntry");
    let cause: Value = serde_json::from_str(&cause).expect("JSON");
    assert_eq!(cause["FailedEntryCount"], 1);
    assert_eq!(cause["Entries"][1], json!({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}));
}
