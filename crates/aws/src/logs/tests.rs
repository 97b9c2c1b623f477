use serde_json::{Value, json};

use super::*;

fn logs() -> Logs {
    Logs::open(Place { region: "us-east-1".into(), account: "123456789012".into() }, None).expect("a database")
}

async fn ok(logs: &Logs, operation: &str, request: Value) -> Value {
    logs.execute(operation, request).await.unwrap_or_else(|e| panic!("{operation}: {e}"))
}

async fn refused(logs: &Logs, operation: &str, request: Value) -> (String, String) {
    let error = logs.execute(operation, request).await.expect_err(operation);
    (error.code.into_owned(), error.message)
}

async fn with_stream() -> Logs {
    let logs = logs();
    ok(&logs, "CreateLogGroup", json!({"logGroupName": "/app/a"})).await;
    ok(&logs, "CreateLogStream", json!({"logGroupName": "/app/a", "logStreamName": "one"})).await;
    logs
}

fn put(stream: &str, events: &[(i64, &str)]) -> Value {
    let events: Vec<Value> = events.iter().map(|(at, message)| json!({"timestamp": at, "message": message})).collect();
    json!({"logGroupName": "/app/a", "logStreamName": stream, "logEvents": events})
}

fn messages(output: &Value) -> Vec<&str> {
    output["events"].as_array().expect("events").iter().map(|event| event["message"].as_str().expect("text")).collect()
}

/// Members and sentences as in `test_logs_groups.snapshot.json`.
#[tokio::test]
async fn groups_are_made_described_and_deleted() {
    let logs = logs();
    for name in ["/app/b", "/app/a", "/other"] {
        assert_eq!(ok(&logs, "CreateLogGroup", json!({"logGroupName": name})).await, json!({}));
    }
    assert_eq!(
        refused(&logs, "CreateLogGroup", json!({"logGroupName": "/app/a"})).await,
        ("ResourceAlreadyExistsException".into(), "The specified log group already exists".into())
    );
    ok(&logs, "PutRetentionPolicy", json!({"logGroupName": "/app/a", "retentionInDays": 14})).await;
    let mut page = ok(&logs, "DescribeLogGroups", json!({"logGroupNamePrefix": "/app/", "limit": 1})).await;
    assert!(page["logGroups"][0]["creationTime"].take().is_i64());
    assert_eq!(
        page["logGroups"],
        json!([{
            "logGroupName": "/app/a", "creationTime": null, "metricFilterCount": 0,
            "arn": "arn:aws:logs:us-east-1:123456789012:log-group:/app/a:*", "storedBytes": 0, "logGroupClass": "STANDARD",
            "logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/app/a", "deletionProtectionEnabled": false,
            "retentionInDays": 14
        }])
    );
    let more = json!({"logGroupNamePrefix": "/app/", "limit": 1, "nextToken": page["nextToken"]});
    let next = ok(&logs, "DescribeLogGroups", more).await;
    assert_eq!(next["logGroups"][0]["logGroupName"], "/app/b");
    assert_eq!(next.get("nextToken"), None);
    ok(&logs, "DeleteRetentionPolicy", json!({"logGroupName": "/app/a"})).await;
    ok(&logs, "DeleteLogGroup", json!({"logGroupName": "/other"})).await;
    let left = ok(&logs, "DescribeLogGroups", json!({})).await;
    assert_eq!(left["logGroups"].as_array().map(Vec::len), Some(2));
    assert_eq!(left["logGroups"][0].get("retentionInDays"), None);
    for (request, words) in [
        (json!({"logGroupName": "x".repeat(513)}), "less than or equal to 512"),
        (json!({"logGroupName": "a b"}), "regular expression pattern"),
    ] {
        let (code, sentence) = refused(&logs, "CreateLogGroup", request).await;
        assert!(code == "InvalidParameterException" && sentence.contains(words), "{sentence}");
    }
    let (_, sentence) =
        refused(&logs, "PutRetentionPolicy", json!({"logGroupName": "/app/a", "retentionInDays": 2})).await;
    assert!(sentence.contains("enum value set: [1, 3, 5"), "{sentence}");
    assert_eq!(
        refused(&logs, "DeleteLogGroup", json!({"logGroupName": "/other"})).await.0,
        "ResourceNotFoundException"
    );
    assert_eq!(refused(&logs, "StartQuery", json!({})).await.0, "UnknownOperationException");
}

#[tokio::test]
async fn streams_tell_of_their_events() {
    let logs = with_stream().await;
    assert_eq!(
        refused(&logs, "CreateLogStream", json!({"logGroupName": "/app/a", "logStreamName": "one"})).await.1,
        "The specified log stream already exists"
    );
    assert_eq!(
        refused(&logs, "CreateLogStream", json!({"logGroupName": "/app/a", "logStreamName": "a:b"})).await.0,
        "InvalidParameterException"
    );
    ok(&logs, "CreateLogStream", json!({"logGroupName": "/app/a", "logStreamName": "two"})).await;
    let at = now();
    ok(&logs, "PutLogEvents", put("two", &[(at - 5, "a"), (at, "bc")])).await;
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/app/a:*";
    let request = json!({"logGroupIdentifier": arn, "orderBy": "LastEventTime", "descending": true});
    let streams = ok(&logs, "DescribeLogStreams", request).await;
    let first = &streams["logStreams"][0];
    assert_eq!(first["logStreamName"], "two");
    assert_eq!((first["firstEventTimestamp"].as_i64(), first["lastEventTimestamp"].as_i64()), (Some(at - 5), Some(at)));
    assert!(first["lastIngestionTime"].as_i64() >= Some(at));
    assert_eq!(first["arn"], "arn:aws:logs:us-east-1:123456789012:log-group:/app/a:log-stream:two");
    assert_eq!(streams["logStreams"][1].get("firstEventTimestamp"), None);
    let groups = ok(&logs, "DescribeLogGroups", json!({})).await;
    assert_eq!(groups["logGroups"][0]["storedBytes"], 3 + 2 * 26);
    ok(&logs, "DeleteLogStream", json!({"logGroupName": "/app/a", "logStreamName": "two"})).await;
    let left = ok(&logs, "DescribeLogStreams", json!({"logGroupName": "/app/a", "logStreamNamePrefix": "t"})).await;
    assert_eq!(left["logStreams"], json!([]));
    let both = json!({"logGroupName": "/app/a", "logGroupIdentifier": "/app/a"});
    assert_eq!(refused(&logs, "DescribeLogStreams", both).await.0, "ValidationException");
}

#[tokio::test]
async fn events_are_put_in_order_and_within_their_time() {
    let logs = with_stream().await;
    let at = now();
    let (day, hour) = (86_400_000, 3_600_000);
    for (events, sentence) in [
        (vec![(at, "b"), (at - 1, "a")], "Log events in a single PutLogEvents request must be in chronological order."),
        (vec![(at - 2 * day, "a"), (at, "b")], "cannot span more than 24 hours"),
        (vec![(at, "")], "length greater than or equal to 1"),
        (vec![], "length greater than or equal to 1"),
    ] {
        let (code, words) = refused(&logs, "PutLogEvents", put("one", &events)).await;
        assert!(code == "InvalidParameterException" && words.contains(sentence), "{words}");
    }
    assert_eq!(
        refused(&logs, "PutLogEvents", put("none", &[(at, "a")])).await.1,
        "The specified log stream does not exist."
    );
    let old = ok(&logs, "PutLogEvents", put("one", &[(at - 15 * day, "a")])).await;
    assert_eq!(old["rejectedLogEventsInfo"], json!({"tooOldLogEventEndIndex": 1}));
    let new = ok(&logs, "PutLogEvents", put("one", &[(at, "kept"), (at + 3 * hour, "x")])).await;
    assert_eq!(new["rejectedLogEventsInfo"], json!({"tooNewLogEventStartIndex": 1}));
    let kept = ok(&logs, "GetLogEvents", json!({"logGroupName": "/app/a", "logStreamName": "one"})).await;
    assert_eq!(messages(&kept), ["kept"]);
}

#[tokio::test]
async fn a_stream_is_read_in_both_directions() {
    let logs = with_stream().await;
    let at = now() - 10;
    let texts = ["0", "1", "2", "3", "4"];
    let events: Vec<(i64, &str)> = (at..).zip(texts).collect();
    ok(&logs, "PutLogEvents", put("one", &events)).await;
    let get = |more: Value| {
        let mut request = json!({"logGroupName": "/app/a", "logStreamName": "one", "limit": 2});
        request.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        request
    };
    let last = ok(&logs, "GetLogEvents", get(json!({}))).await;
    assert_eq!(messages(&last), ["3", "4"]);
    let before = ok(&logs, "GetLogEvents", get(json!({"nextToken": last["nextBackwardToken"]}))).await;
    assert_eq!(messages(&before), ["1", "2"]);
    let again = ok(&logs, "GetLogEvents", get(json!({"nextToken": before["nextForwardToken"]}))).await;
    assert_eq!(messages(&again), ["3", "4"]);
    let end = ok(&logs, "GetLogEvents", get(json!({"nextToken": again["nextForwardToken"]}))).await;
    assert_eq!(messages(&end), Vec::<&str>::new());
    assert_eq!(end["nextForwardToken"], again["nextForwardToken"], "the end is told by the same token");
    let head =
        ok(&logs, "GetLogEvents", get(json!({"startFromHead": true, "startTime": at + 1, "endTime": at + 3}))).await;
    assert_eq!(messages(&head), ["1", "2"]);
    for request in [get(json!({"nextToken": "x"})), get(json!({"nextToken": "f/1/s"}))] {
        assert_eq!(refused(&logs, "GetLogEvents", request).await.1, "The specified nextToken is invalid.");
    }
    let (_, sentence) = refused(&logs, "GetLogEvents", get(json!({"limit": 10_001}))).await;
    assert_eq!(
        sentence,
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"
    );
}

#[tokio::test]
async fn a_group_is_filtered_across_its_streams() {
    let logs = with_stream().await;
    ok(&logs, "CreateLogStream", json!({"logGroupName": "/app/a", "logStreamName": "two"})).await;
    let at = now() - 10;
    ok(&logs, "PutLogEvents", put("one", &[(at, "ERROR a"), (at + 2, "{\"code\": 500}")])).await;
    ok(&logs, "PutLogEvents", put("two", &[(at + 1, "ERROR b"), (at + 3, "{\"code\": 404}")])).await;
    let filter = |more: Value| {
        let mut request = json!({"logGroupName": "/app/a"});
        request.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        request
    };
    let all = ok(&logs, "FilterLogEvents", filter(json!({"limit": 3}))).await;
    assert_eq!(messages(&all), ["ERROR a", "ERROR b", "{\"code\": 500}"]);
    assert_eq!(all["events"][1]["logStreamName"], "two");
    assert_eq!(all["events"][0]["eventId"].as_str().map(str::len), Some(56));
    let rest = ok(&logs, "FilterLogEvents", filter(json!({"limit": 3, "nextToken": all["nextToken"]}))).await;
    assert_eq!(messages(&rest), ["{\"code\": 404}"]);
    assert_eq!(rest.get("nextToken"), None);
    for (more, expected) in [
        (json!({"filterPattern": "ERROR"}), vec!["ERROR a", "ERROR b"]),
        (json!({"filterPattern": "{ $.code >= 500 }"}), vec!["{\"code\": 500}"]),
        (json!({"filterPattern": "ERROR", "logStreamNames": ["two"]}), vec!["ERROR b"]),
        (json!({"filterPattern": "ERROR", "logStreamNamePrefix": "o"}), vec!["ERROR a"]),
        (json!({"startTime": at + 1, "endTime": at + 1}), vec!["ERROR b"]),
    ] {
        assert_eq!(messages(&ok(&logs, "FilterLogEvents", filter(more.clone())).await), expected, "{more}");
    }
    for (more, code) in [
        (json!({"logStreamNames": ["none"]}), "ResourceNotFoundException"),
        (json!({"filterPattern": "[a, b]"}), "InvalidParameterException"),
        (json!({"nextToken": "x"}), "InvalidParameterException"),
        (json!({"logGroupName": "none"}), "ResourceNotFoundException"),
    ] {
        assert_eq!(refused(&logs, "FilterLogEvents", filter(more.clone())).await.0, code, "{more}");
    }
}

#[tokio::test]
async fn lines_of_this_process_are_there_when_they_are_asked_for() {
    let logs = logs();
    let writer = logs.writer();
    let at = jiff::Timestamp::now();
    for number in 0..2_500 {
        let stream = if number % 2 == 0 { "even" } else { "odd" };
        writer.write("/aws/lambda/f", stream, at, &format!("line {number}"));
    }
    let request = json!({"logGroupName": "/aws/lambda/f", "logStreamName": "odd", "startFromHead": true});
    let odd = ok(&logs, "GetLogEvents", request).await;
    let odd = messages(&odd);
    assert_eq!((odd.len(), odd[0], odd[1249]), (1250, "line 1", "line 2499"));
}

#[tokio::test]
async fn a_file_keeps_events_and_the_retention_removes_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("logs.sqlite");
    let place = Place { region: "us-east-1".into(), account: "123456789012".into() };
    let logs = Logs::open(place.clone(), Some(&file)).expect("a database");
    logs.furnish("g", None).await.expect("a group");
    logs.furnish("g", Some(365)).await.expect("the same group");
    let (present, past) = (jiff::Timestamp::now(), jiff::Timestamp::now() - jiff::SignedDuration::from_hours(48));
    logs.writer().write("g", "s", past, "old");
    logs.writer().write("g", "s", present, "new");
    logs.close().await;
    let closed = refused(&logs, "DescribeLogGroups", json!({})).await;
    assert_eq!(closed.1, "The log database is closed");
    let logs = Logs::open(place, Some(&file)).expect("the same database");
    assert_eq!(messages(&ok(&logs, "FilterLogEvents", json!({"logGroupName": "g"})).await), ["old", "new"]);
    logs.furnish("g", Some(1)).await.expect("the same group");
    assert_eq!(messages(&ok(&logs, "FilterLogEvents", json!({"logGroupName": "g"})).await), ["new"]);
}
