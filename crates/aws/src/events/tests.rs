use serde_json::{Value, json};

use super::*;
use crate::cloud::{Cloud, Config};
use crate::functions::{AsyncSettings, FunctionDescription, FunctionReply, Functions, FunctionsError, Origin};
use crate::service::{JsonReply, JsonService};
use crate::spec::{QueueSpec, TopicSpec};

/// A cloud with a queue `q` that the rule `r` feeds.
async fn cloud(pattern: &Value, target: Value) -> Cloud {
    let cloud = Cloud::start(Config::default()).await.expect("it starts");
    let queue = cloud.create_queue(&QueueSpec { name: "q".into(), ..Default::default() }).await.expect("a queue");
    let mut members = json!({"Id": "one", "Arn": queue.arn});
    members.as_object_mut().expect("an object").extend(target.as_object().cloned().unwrap_or_default());
    let arn = cloud.put_rule(json!({"Name": "r", "EventPattern": pattern.to_string()}), vec![members]).expect("a rule");
    assert_eq!(arn, "arn:aws:events:us-east-1:000000000000:rule/r");
    cloud
}

async fn call(cloud: &Cloud, action: &str, request: Value) -> Value {
    cloud.call("events", action, request).await.unwrap_or_else(|error| panic!("{action}: {error}")).output
}

async fn put(cloud: &Cloud, entries: Value) -> Value {
    call(cloud, "PutEvents", json!({"Entries": entries})).await
}

/// The next message of a queue; waits for it.
async fn received(cloud: &Cloud, queue: &str) -> String {
    let url = format!("{}/000000000000/{queue}", cloud.endpoint());
    let request = json!({"QueueUrl": url, "WaitTimeSeconds": 20});
    let output = cloud.call("sqs", "ReceiveMessage", request).await.expect("an answer").output;
    output["Messages"][0]["Body"].as_str().expect("a message").to_owned()
}

#[tokio::test]
async fn an_event_reaches_the_queue_of_its_rule() {
    let cloud = cloud(&json!({"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}}), json!({})).await;
    let done = put(
        &cloud,
        json!([
            {"Source": "shop", "DetailType": "paid", "Detail": "{\"total\": 5}"},
            {"Source": "shop", "DetailType": "paid", "Detail": "{\"total\": 12}", "Resources": ["r"], "Time": 1_795_000_000.9}
        ]),
    )
    .await;
    assert_eq!(done["FailedEntryCount"], 0);
    let event: Value = serde_json::from_str(&received(&cloud, "q").await).expect("JSON");
    assert_eq!(
        event,
        json!({
            "version": "0", "id": done["Entries"][1]["EventId"], "detail-type": "paid", "source": "shop",
            "account": "000000000000", "time": "2026-11-18T11:06:40Z", "region": "us-east-1", "resources": ["r"],
            "detail": {"total": 12}
        })
    );
    let members: Vec<&String> = event.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"]);
    let all = cloud.put_events().so_far();
    assert_eq!(all.len(), 2);
    assert_eq!(
        (all[0].rules.len(), all[1].rules.as_slice()),
        (0, ["arn:aws:events:us-east-1:000000000000:rule/r".to_owned()].as_slice())
    );
    assert_eq!((all[1].event_bus.as_str(), &all[1].event), ("default", &event));
    cloud.shutdown().await;
}

/// `services/events_task_service--put_events_mixed_malformed_detail.json`, and `test_events.snapshot.json`.
#[tokio::test]
async fn wrong_entries_fail_alone() {
    let cloud = cloud(&json!({"source": ["s"]}), json!({})).await;
    let done = put(
        &cloud,
        json!([
            {"Source": "s", "DetailType": "t", "Detail": "{\"Message\": \"HelloWorld0\"}"},
            {"Source": "s", "DetailType": "t", "Detail": "\"jsonstring\""},
            {"Source": "s", "DetailType": "t", "Detail": "[1]"},
            {"Source": "s", "DetailType": "t", "Detail": "{"},
            {"DetailType": "t", "Detail": "{}"},
            {"Source": "s", "Detail": "{}"},
            {"Source": "s", "DetailType": "t"},
            {"Source": "aws.s3", "DetailType": "t", "Detail": "{}"}
        ]),
    )
    .await;
    assert!(done["Entries"][0]["EventId"].is_string());
    let malformed = json!({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."});
    let missing = |name: &str| json!({"ErrorCode": "InvalidArgument", "ErrorMessage": format!("Parameter {name} is not valid. Reason: {name} is a required argument.")});
    assert_eq!(
        done["Entries"].as_array().expect("entries")[1..],
        [
            malformed.clone(),
            malformed.clone(),
            malformed,
            missing("Source"),
            missing("DetailType"),
            missing("Detail"),
            json!({"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."})
        ]
    );
    assert_eq!(done["FailedEntryCount"], 7);
    let entry = json!({"Source": "s", "DetailType": "t", "Detail": "{}"});
    let big = json!({"Source": "s", "DetailType": "t", "Detail": format!("{{\"a\": \"{}\"}}", "x".repeat(262_144))});
    for (entries, sentence) in [
        (vec![entry.clone(); 11], "Member must have length less than or equal to 10"),
        (vec![], "Member must have length greater than or equal to 1"),
        (vec![big], "Total size of the entries in the request is over the limit."),
        (vec![json!({"Time": "noon"})], "Parameter Time is not valid."),
    ] {
        let error = cloud.call("events", "PutEvents", json!({"Entries": entries})).await.expect_err("refused");
        assert!(error.code == "ValidationException" && error.message.contains(sentence), "{error}");
    }
    let elsewhere =
        put(&cloud, json!([{"Source": "s", "DetailType": "t", "Detail": "{}", "EventBusName": "none"}])).await;
    assert_eq!(elsewhere["FailedEntryCount"], 0, "AWS drops an event for a bus that isn't there");
    cloud.shutdown().await;
}

#[tokio::test]
async fn inputs_are_shaped_for_their_targets() {
    let transformer =
        json!({"InputPathsMap": {"t": "$.detail-type", "m": "$.detail.m"}, "InputTemplate": "\"<t>: <m>\""});
    for (target, expected) in [
        (json!({"InputPath": "$.detail"}), "{\"m\":\"x\"}"),
        (json!({"Input": "{\"fixed\": true}"}), "{\"fixed\": true}"),
        (json!({"InputTransformer": transformer}), "\"t1: x\""),
    ] {
        let cloud = cloud(&json!({"source": ["s"]}), target).await;
        put(&cloud, json!([{"Source": "s", "DetailType": "t1", "Detail": "{\"m\": \"x\"}"}])).await;
        assert_eq!(received(&cloud, "q").await, expected);
        cloud.shutdown().await;
    }
}

/// Shows what it was called with.
struct Stub(tokio::sync::mpsc::UnboundedSender<(String, Value, Origin)>);

#[async_trait]
impl Functions for Stub {
    async fn invoke(
        &self,
        function: &str,
        payload: bytes::Bytes,
        origin: Origin,
    ) -> Result<FunctionReply, FunctionsError> {
        if function.ends_with(":absent") {
            return Err(FunctionsError::NotFound(function.to_owned()));
        }
        let _ = self.0.send((function.to_owned(), serde_json::from_slice(&payload).expect("JSON"), origin));
        Ok(FunctionReply { payload: "null".into(), ..FunctionReply::default() })
    }

    fn describe(&self, function: &str) -> Result<FunctionDescription, FunctionsError> {
        if function.ends_with("absent") {
            return Err(FunctionsError::NotFound(function.to_owned()));
        }
        let mut asynchronous = AsyncSettings::default();
        if function.ends_with("tells-the-bus") {
            asynchronous.on_success = Some("arn:aws:events:us-east-1:000000000000:event-bus/default".into());
        }
        let arn = if function.starts_with("arn:") {
            function.to_owned()
        } else {
            format!("arn:aws:lambda:us-east-1:000000000000:function:{function}")
        };
        let (name, version) = (function.to_owned(), "$LATEST".to_owned());
        Ok(FunctionDescription { name, arn, version, asynchronous, ..FunctionDescription::default() })
    }

    fn list(&self) -> Vec<FunctionDescription> {
        Vec::new()
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
#[tokio::test]
async fn a_bus_can_be_a_functions_destination() {
    let cloud = cloud(&json!({"source": ["lambda"]}), json!({})).await;
    let (sender, _calls) = tokio::sync::mpsc::unbounded_channel();
    cloud.attach_functions(Arc::new(Stub(sender))).expect("the first host");
    let function = "arn:aws:lambda:us-east-1:000000000000:function:tells-the-bus";
    let rule = json!({"Name": "calls", "EventPattern": "{\"source\": [\"s\"]}"});
    cloud.put_rule(rule, vec![json!({"Id": "f", "Arn": function})]).expect("a rule");
    put(&cloud, json!([{"Source": "s", "DetailType": "t", "Detail": "{}"}])).await;
    let event: Value = serde_json::from_str(&received(&cloud, "q").await).expect("JSON");
    assert_eq!(event["detail-type"], "Lambda Function Invocation Result - Success");
    assert_eq!(event["resources"], json!([function, "arn:aws:events:us-east-1:000000000000:event-bus/default"]));
    assert_eq!(event["detail"]["requestContext"]["functionArn"], format!("{function}:$LATEST"));
    assert_eq!(event["detail"]["requestPayload"]["source"], "s");
    assert_eq!(event["detail"]["responsePayload"], Value::Null);
    cloud.shutdown().await;
}

#[tokio::test]
async fn functions_topics_log_groups_and_other_buses_receive_events() {
    let cloud = cloud(&json!({"source": ["none"]}), json!({})).await;
    let (sender, mut calls) = tokio::sync::mpsc::unbounded_channel();
    cloud.attach_functions(Arc::new(Stub(sender))).expect("the first host");
    let topic = cloud.create_topic(&TopicSpec { name: "t".into(), ..Default::default() }).await.expect("a topic");
    let bus = cloud.create_event_bus("other").expect("a bus");
    assert_eq!(cloud.create_event_bus("other").expect("the same"), bus);
    let queue = cloud.create_queue(&QueueSpec { name: "far".into(), ..Default::default() }).await.expect("a queue");
    let far = json!({"Name": "far", "EventBusName": "other", "EventPattern": "{\"source\": [\"s\"]}"});
    let arn = cloud.put_rule(far, vec![json!({"Id": "q", "Arn": queue.arn})]).expect("a rule");
    assert_eq!(arn, "arn:aws:events:us-east-1:000000000000:rule/other/far");
    let function = "arn:aws:lambda:us-east-1:000000000000:function:f";
    let group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/g";
    let targets = [function, &topic, group, &bus];
    let targets = targets.iter().enumerate().map(|(index, arn)| json!({"Id": index.to_string(), "Arn": arn})).collect();
    cloud.put_rule(json!({"Name": "many", "EventPattern": "{\"detail-type\": [\"t\"]}"}), targets).expect("a rule");
    let mut published = cloud.published().subscribe().live;
    put(&cloud, json!([{"Source": "s", "DetailType": "t", "Detail": "{\"n\": 1}"}])).await;
    let (name, event, origin) = calls.recv().await.expect("a call");
    assert_eq!((name.as_str(), &event["detail"]), (function, &json!({"n": 1})));
    assert_eq!(origin, Origin::EventBridge { rule_arn: "arn:aws:events:us-east-1:000000000000:rule/many".into() });
    let message = published.recv().await.expect("a message");
    assert_eq!(message.message, event.to_string());
    assert_eq!(received(&cloud, "far").await, event.to_string());
    let logged =
        cloud.call("logs", "FilterLogEvents", json!({"logGroupName": "/aws/events/g"})).await.expect("events").output;
    assert_eq!(logged["events"][0]["message"], event.to_string());
    cloud.shutdown().await;
}

/// An engine that shows what it is asked to start.
struct Engine(tokio::sync::mpsc::UnboundedSender<(String, Value)>);

#[async_trait]
impl JsonService for Engine {
    fn target_prefix(&self) -> &'static str {
        "AWSStepFunctions"
    }

    async fn handle(&self, operation: &str, body: bytes::Bytes, _headers: &http::HeaderMap) -> JsonReply {
        let _ = self.0.send((operation.to_owned(), serde_json::from_slice(&body).expect("JSON")));
        JsonReply::ok("{}")
    }
}

#[tokio::test]
async fn a_state_machine_is_started_with_the_event() {
    let cloud = cloud(&json!({"source": ["none"]}), json!({})).await;
    let (sender, mut started) = tokio::sync::mpsc::unbounded_channel();
    cloud.register(Arc::new(Engine(sender))).expect("the first engine");
    let machine = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
    let target =
        json!({"Id": "m", "Arn": machine, "RoleArn": "arn:aws:iam::000000000000:role/r", "InputPath": "$.detail"});
    cloud.put_rule(json!({"Name": "m", "EventPattern": "{\"source\": [\"s\"]}"}), vec![target]).expect("a rule");
    put(&cloud, json!([{"Source": "s", "DetailType": "t", "Detail": "{\"n\": 1}"}])).await;
    let start = started.recv().await.expect("a start");
    assert_eq!(start, ("StartExecution".to_owned(), json!({"stateMachineArn": machine, "input": "{\"n\":1}"})));
    cloud.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_delivered_goes_to_the_dead_letter_queue() {
    let cloud = cloud(&json!({"source": ["none"]}), json!({})).await;
    let (sender, _calls) = tokio::sync::mpsc::unbounded_channel();
    cloud.attach_functions(Arc::new(Stub(sender))).expect("the first host");
    let target = json!({
        "Id": "f", "Arn": "arn:aws:lambda:us-east-1:000000000000:function:absent", "InputPath": "$.detail",
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q"}
    });
    cloud.put_rule(json!({"Name": "dead", "EventPattern": "{\"source\": [\"s\"]}"}), vec![target]).expect("a rule");
    put(&cloud, json!([{"Source": "s", "DetailType": "t", "Detail": "{\"n\": 1}"}])).await;
    assert_eq!(received(&cloud, "q").await, "{\"n\":1}");
    cloud.shutdown().await;
}

/// Members and sentences as in `test_events.snapshot.json`.
#[tokio::test]
async fn rules_and_buses_are_kept_as_the_api_says() {
    let cloud = cloud(&json!({"source": ["s"]}), json!({"InputPath": "$.detail"})).await;
    let described = call(&cloud, "DescribeRule", json!({"Name": "r"})).await;
    let arn = "arn:aws:events:us-east-1:000000000000:rule/r";
    assert_eq!(
        described,
        json!({"Name": "r", "Arn": arn, "EventPattern": "{\"source\":[\"s\"]}", "State": "ENABLED", "EventBusName": "default", "CreatedBy": "000000000000"})
    );
    let listed = call(&cloud, "ListTargetsByRule", json!({"Rule": "r"})).await;
    assert_eq!(
        listed["Targets"],
        json!([{"Id": "one", "Arn": "arn:aws:sqs:us-east-1:000000000000:q", "InputPath": "$.detail"}])
    );
    call(&cloud, "PutRule", json!({"Name": "r", "EventPattern": "{\"source\": [\"x\"]}"})).await;
    let kept = call(&cloud, "ListTargetsByRule", json!({"Rule": "r"})).await;
    assert_eq!(kept, listed, "a rule that is put anew keeps its targets");
    call(&cloud, "DisableRule", json!({"Name": "r"})).await;
    put(&cloud, json!([{"Source": "x", "DetailType": "t", "Detail": "{}"}])).await;
    assert_eq!(cloud.put_events().so_far()[0].rules, Vec::<String>::new());
    call(&cloud, "EnableRule", json!({"Name": "r"})).await;
    call(&cloud, "PutRule", json!({"Name": "timed", "ScheduleExpression": "rate(5 minutes)"})).await;
    let rules = call(&cloud, "ListRules", json!({"NamePrefix": "t"})).await;
    assert_eq!(rules["Rules"][0]["ScheduleExpression"], "rate(5 minutes)");
    call(&cloud, "CreateEventBus", json!({"Name": "other"})).await;
    let buses = call(&cloud, "ListEventBuses", json!({"NamePrefix": "o"})).await;
    assert_eq!(buses["EventBuses"][0]["Arn"], "arn:aws:events:us-east-1:000000000000:event-bus/other");
    for (action, request, code, sentence) in [
        (
            "DescribeRule",
            json!({"Name": "none"}),
            "ResourceNotFoundException",
            "Rule none does not exist on EventBus default.",
        ),
        ("DeleteRule", json!({"Name": "r"}), "ValidationException", "Rule can't be deleted since it has targets."),
        (
            "CreateEventBus",
            json!({"Name": "other"}),
            "ResourceAlreadyExistsException",
            "Event bus other already exists.",
        ),
        ("DescribeEventBus", json!({"Name": "none"}), "ResourceNotFoundException", "Event bus none does not exist."),
        ("DeleteEventBus", json!({"Name": "default"}), "ValidationException", "Cannot delete event bus default."),
        (
            "PutRule",
            json!({"Name": "x"}),
            "ValidationException",
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ),
        (
            "PutRule",
            json!({"Name": "x", "EventPattern": "{\"a\": 1}"}),
            "InvalidEventPatternException",
            "Event pattern is not valid. Reason: \"a\" must be an object or an array",
        ),
        (
            "PutRule",
            json!({"Name": "x", "EventBusName": "other", "ScheduleExpression": "rate(1 day)"}),
            "ValidationException",
            "ScheduleExpression is supported only on the default event bus.",
        ),
        (
            "PutTargets",
            json!({"Rule": "r", "Targets": [{"Id": "k", "Arn": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}]}),
            "ValidationException",
            "Events can't be delivered to arn:aws:kinesis:us-east-1:000000000000:stream/s here",
        ),
        (
            "CreateArchive",
            json!({}),
            "UnknownOperationException",
            "The EventBridge operation CreateArchive is not emulated here",
        ),
    ] {
        let error = cloud.call("events", action, request).await.expect_err(action);
        assert_eq!((error.code.as_ref(), error.message.as_str()), (code, sentence), "{action}");
    }
    call(&cloud, "RemoveTargets", json!({"Rule": "r", "Ids": ["one"]})).await;
    call(&cloud, "DeleteRule", json!({"Name": "r"})).await;
    call(&cloud, "DeleteEventBus", json!({"Name": "other"})).await;
    let event = json!({"id": "1", "account": "1", "source": "s", "time": "t", "region": "r", "resources": [], "detail-type": "t"});
    let tested =
        call(&cloud, "TestEventPattern", json!({"EventPattern": "{\"source\": [\"s\"]}", "Event": event.to_string()}))
            .await;
    assert_eq!(tested, json!({"Result": true}));
    cloud.shutdown().await;
}
