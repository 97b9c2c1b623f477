//! `aws-sdk:cloudwatchlogs`.

use serde_json::json;

use crate::world::world;

#[tokio::test]
async fn logs_are_written_by_their_names_in_the_sdk() {
    let world = world().await;
    world.cloud.create_log_group("/demo", None).await.expect("a group");
    let stream = json!({"LogGroupName": "/demo", "LogStreamName": "s"});
    assert_eq!(world.output("aws-sdk:cloudwatchlogs:createLogStream", stream).await, json!({}));
    let (error, cause) =
        world.failure("aws-sdk:cloudwatchlogs:describeLogStreams", json!({"LogGroupName": "/nobodys"})).await;
    assert_eq!(error, "CloudWatchLogs.ResourceNotFoundException");
    assert!(cause.contains("(Service: CloudWatchLogs, Status Code: 400, Request ID: "), "{cause}");
}
