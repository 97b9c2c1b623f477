//! Refusals, in the words recorded from AWS.

use super::*;

#[tokio::test]
async fn errors_have_awss_codes_and_words() {
    let local = local();
    let topic = local.topic("results", json!({})).await;
    let fifo = local.topic("results.fifo", json!({"FifoTopic": "true"})).await;
    let absent = topic.replace("results", "absent");
    let to = |arn: &str, more: Value| {
        let mut request = json!({"TopicArn": arn, "Message": "m"});
        request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        request
    };
    for (operation, request, code, exception, status, message) in [
        ("Publish", to(&absent, json!({})), "NotFound", Some("NotFoundException"), 404, "Topic does not exist"),
        (
            "Publish",
            to("nonsense", json!({})),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
        ),
        (
            "Publish",
            json!({"Message": "m"}),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
        ),
        (
            "Publish",
            to(&topic, json!({"Message": ""})),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: Empty message",
        ),
        (
            "Publish",
            to(&topic, json!({"Message": null})),
            "ValidationError",
            None,
            400,
            "1 validation error detected: Value null at 'message' failed to satisfy constraint: Member must not be null",
        ),
        (
            "Publish",
            to(&topic, json!({"Message": "x".repeat(262_145)})),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: Message too long",
        ),
        (
            "Publish",
            to(&topic, json!({"Subject": ""})),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: Subject",
        ),
        (
            "Publish",
            to(&topic, json!({"MessageStructure": "json"})),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            "Publish",
            to(&topic, json!({"MessageStructure": "json", "Message": "{\"default\": {}}"})),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            "Publish",
            to(&fifo, json!({})),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
        ),
        (
            "Publish",
            to(&fifo, json!({"MessageGroupId": "g"})),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        ),
        (
            "Publish",
            to(&topic, json!({"MessageDeduplicationId": "d"})),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
        ),
        (
            "Publish",
            to(&topic, json!({"MessageAttributes": {"attr1": {"DataType": "String", "StringValue": ""}}})),
            "ParameterValueInvalid",
            Some("InvalidParameterValueException"),
            400,
            "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
        ),
        (
            "Publish",
            to(&topic, json!({"MessageAttributes": {"attr1": {"StringValue": "x"}}})),
            "ValidationError",
            None,
            400,
            "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null",
        ),
        (
            "PublishBatch",
            json!({"TopicArn": topic, "PublishBatchRequestEntries": [{"Id": "1", "Message": "a"}, {"Id": "1", "Message": "b"}]}),
            "BatchEntryIdsNotDistinct",
            Some("BatchEntryIdsNotDistinctException"),
            400,
            "Two or more batch entries in the request have the same Id.",
        ),
        (
            "Subscribe",
            json!({"TopicArn": topic, "Protocol": "test-protocol", "Endpoint": "x"}),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: Amazon SNS does not support this protocol string: test-protocol",
        ),
        (
            "Subscribe",
            json!({"TopicArn": topic, "Protocol": "https", "Endpoint": "https://example.com"}),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: The SNS protocol https is not emulated here: subscribe a queue, a function or a mail address",
        ),
        (
            "Subscribe",
            json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": "http://127.0.0.1:1/1/q"}),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: SQS endpoint ARN",
        ),
        (
            "Subscribe",
            json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:123456789012:q.fifo"}),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ),
        (
            "Subscribe",
            json!({"TopicArn": topic, "Protocol": "email", "Endpoint": "a@b", "Attributes": {"RawMessageDelivery": "wrongvalue"}}),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.",
        ),
        (
            "GetSubscriptionAttributes",
            json!({"SubscriptionArn": format!("{topic}:1")}),
            "NotFound",
            Some("NotFoundException"),
            404,
            "Subscription does not exist",
        ),
        (
            "CreateTopic",
            json!({"Name": "results", "Attributes": {"DisplayName": "other"}}),
            "InvalidParameter",
            Some("InvalidParameterException"),
            400,
            "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
        ),
        (
            "CreatePlatformApplication",
            json!({}),
            "InvalidAction",
            None,
            400,
            "The SNS operation CreatePlatformApplication is not emulated here",
        ),
    ] {
        let error = local.refused(operation, request.clone()).await;
        assert_eq!(error.code, code, "{operation} {request}");
        assert_eq!(error.exception.as_deref(), exception, "{operation} {request}");
        assert_eq!(error.status, status, "{operation} {request}");
        assert_eq!(error.message, message, "{operation} {request}");
    }
}
