//! The port, spoken to with the SDK that the functions use.

use std::collections::HashMap;

use aws::{Cloud, Config, QueueSpec, SubscriptionSpec};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, Put, ScalarAttributeType,
    TransactWriteItem, Update,
};
use aws_sdk_sns::types::MessageAttributeValue;
use serde_json::json;

fn sdk(cloud: &Cloud) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(cloud.endpoint())
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

#[tokio::test]
async fn a_trade_is_one_conditional_transaction() {
    let cloud = Cloud::start(Config::default()).await.expect("a cloud");
    let client = aws_sdk_dynamodb::Client::new(&sdk(&cloud));
    let key =
        |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a key");
    let attribute = |name: &str| {
        let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        definition.build().expect("a definition")
    };
    client
        .create_table()
        .table_name("ledger")
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute("sk"))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .expect("a table");
    let text = |text: &str| AttributeValue::S(text.into());
    let number = |number: &str| AttributeValue::N(number.into());
    client
        .put_item()
        .table_name("ledger")
        .item("pk", text("acct"))
        .item("sk", text("cash"))
        .item("amount", number("100.00"))
        .send()
        .await
        .expect("written");
    let trade = |order: &str, price: &str| {
        let put = Put::builder()
            .table_name("ledger")
            .item("pk", text(order))
            .item("sk", text("order"))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .expect("a put");
        let update = Update::builder()
            .table_name("ledger")
            .key("pk", text("acct"))
            .key("sk", text("cash"))
            .update_expression("SET amount = amount - :price")
            .condition_expression("amount >= :price")
            .expression_attribute_values(":price", number(price))
            .build()
            .expect("an update");
        client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(TransactWriteItem::builder().update(update).build())
            .send()
    };
    trade("order-1", "60.5").await.expect("bought");
    let refused = trade("order-2", "60.5").await.expect_err("not enough money").into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = refused else {
        panic!("no cancelled transaction: {refused}");
    };
    let codes: Vec<_> = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    let cash = client.get_item().table_name("ledger").key("pk", text("acct")).key("sk", text("cash")).send().await;
    assert_eq!(cash.expect("read").item().expect("an item")["amount"], number("39.5"));
    let absent = client.get_item().table_name("none").key("pk", text("x")).send().await.expect_err("no table");
    assert!(absent.into_service_error().is_resource_not_found_exception());
    cloud.shutdown().await;
}

#[tokio::test]
async fn a_notification_reaches_a_queue() {
    let cloud = Cloud::start(Config::default()).await.expect("a cloud");
    let client = aws_sdk_sns::Client::new(&sdk(&cloud));
    let topic = client.create_topic().name("results").send().await.expect("a topic").topic_arn.expect("its ARN");
    let queue = cloud.create_queue(&QueueSpec { name: "inbox".into(), ..QueueSpec::default() }).await.expect("a queue");
    let spec = SubscriptionSpec {
        topic_arn: topic.clone(),
        protocol: "sqs".into(),
        endpoint: queue.arn.clone(),
        attributes: [("RawMessageDelivery".to_owned(), "true".to_owned())].into(),
    };
    cloud.subscribe(&spec).await.expect("a subscription");
    let kind = MessageAttributeValue::builder().data_type("String").string_value("sold").build().expect("an attribute");
    let published = client
        .publish()
        .topic_arn(&topic)
        .subject("Sold")
        .message("10 shares & <more>")
        .set_message_attributes(Some(HashMap::from([("kind".to_owned(), kind)])))
        .send()
        .await
        .expect("published");
    assert_eq!(published.message_id().map(str::len), Some(36));
    let receive = json!({"QueueUrl": queue.url, "MessageAttributeNames": ["All"]});
    let got = cloud.call("sqs", "ReceiveMessage", receive).await.expect("a reply").output;
    assert_eq!(got["Messages"][0]["Body"], "10 shares & <more>");
    assert_eq!(got["Messages"][0]["MessageAttributes"]["kind"]["StringValue"], "sold");
    let listed = client.list_subscriptions_by_topic().topic_arn(&topic).send().await.expect("listed");
    assert_eq!(listed.subscriptions()[0].endpoint(), Some(queue.arn.as_str()));
    let attributes = client.get_topic_attributes().topic_arn(&topic).send().await.expect("described");
    assert_eq!(attributes.attributes().expect("attributes")["SubscriptionsConfirmed"], "1");
    let absent = client.publish().topic_arn(format!("{topic}-none")).message("m").send().await.expect_err("no topic");
    let absent = absent.into_service_error();
    assert!(absent.is_not_found_exception());
    assert_eq!(absent.meta().message(), Some("Topic does not exist"));
    cloud.shutdown().await;
}
