use serde_json::{Value, json};

use super::*;

fn place() -> Place {
    Place { region: "us-east-1".into(), account: "123456789012".into() }
}

fn memory() -> DynamoDb {
    DynamoDb::new(Arc::new(Dynoxide::open(None).expect("tables in memory")), place())
}

fn orders() -> Value {
    json!({
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST"
    })
}

async fn with_orders() -> DynamoDb {
    let dynamodb = memory();
    dynamodb.furnish(orders()).await.expect("a table");
    dynamodb
}

#[tokio::test]
async fn items_are_written_read_changed_and_deleted() {
    let dynamodb = with_orders().await;
    let put = json!({"TableName": "orders", "Item": {"id": {"S": "1"}, "n": {"N": "1.50"}}});
    let reply = dynamodb.call("PutItem", put).await.expect("a reply");
    assert_eq!(reply.output, json!({}));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers[4], ("Content-Length", "2".to_owned()), "as recorded for a put");
    assert_eq!(reply.request_id.len(), 52);

    let update = json!({"TableName": "orders", "Key": {"id": {"S": "1"}}, "UpdateExpression": "SET n = n + :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}}, "ReturnValues": "UPDATED_NEW"});
    let reply = dynamodb.call("UpdateItem", update).await.expect("a reply");
    assert_eq!(reply.output, json!({"Attributes": {"n": {"N": "2.5"}}}));

    let key = json!({"TableName": "orders", "Key": {"id": {"S": "1"}}});
    let reply = dynamodb.call("GetItem", key.clone()).await.expect("a reply");
    assert_eq!(reply.output["Item"], json!({"id": {"S": "1"}, "n": {"N": "2.5"}}));
    dynamodb.call("DeleteItem", key.clone()).await.expect("a reply");
    assert_eq!(dynamodb.call("GetItem", key).await.expect("a reply").output, json!({}));
}

#[tokio::test]
async fn a_failed_condition_is_named_and_a_cancelled_transaction_says_why() {
    let dynamodb = with_orders().await;
    let put =
        json!({"TableName": "orders", "Item": {"id": {"S": "1"}}, "ConditionExpression": "attribute_not_exists(id)"});
    dynamodb.call("PutItem", put.clone()).await.expect("the first");
    let error = dynamodb.call("PutItem", put.clone()).await.expect_err("the second");
    assert_eq!(error.code, "ConditionalCheckFailedException");
    assert_eq!(error.exception.as_deref(), Some("ConditionalCheckFailedException"));
    assert_eq!(error.message, "The conditional request failed");
    assert_eq!(error.status, 400);

    let transaction =
        json!({"TransactItems": [{"Put": {"TableName": "orders", "Item": {"id": {"S": "2"}}}}, {"Put": put}]});
    let error = dynamodb.call("TransactWriteItems", transaction).await.expect_err("cancelled");
    assert_eq!(error.code, "TransactionCanceledException");
    assert_eq!(
        error.message,
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"
    );
    let reasons = &error.details.expect("reasons")["CancellationReasons"];
    assert_eq!(reasons[0]["Code"], "None");
    assert_eq!(reasons[1]["Code"], "ConditionalCheckFailed");
    let get = json!({"TableName": "orders", "Key": {"id": {"S": "2"}}});
    assert_eq!(dynamodb.call("GetItem", get).await.expect("a reply").output, json!({}), "nothing was written");
}

/// The sentence of `error_handling/task_service_dynamodb--invalid_param.json`.
#[tokio::test]
async fn a_missing_member_is_worded_as_recorded() {
    let dynamodb = with_orders().await;
    for request in [json!({"TableName": "orders", "Item": null}), json!({"TableName": "orders"})] {
        let error = dynamodb.call("PutItem", request).await.expect_err("no item");
        assert_eq!(error.code, "ValidationException");
        assert_eq!(error.exception, None, "the model doesn't name it");
        assert_eq!(
            error.message,
            "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null"
        );
    }
}

#[tokio::test]
async fn a_missing_table_and_an_unknown_operation_are_refused() {
    let dynamodb = memory();
    let error =
        dynamodb.call("GetItem", json!({"TableName": "none", "Key": {"id": {"S": "1"}}})).await.expect_err("none");
    assert_eq!(error.code, "ResourceNotFoundException");
    assert_eq!(error.message, "Requested resource not found");
    let error = dynamodb.call("CreateBackup", json!({})).await.expect_err("not emulated");
    assert_eq!(error.code, "UnknownOperationException");
    assert!(error.message.contains("CreateBackup"), "{}", error.message);
}

#[tokio::test]
async fn a_table_is_furnished_once_and_an_other_one_is_refused() {
    let dynamodb = memory();
    let arn = dynamodb.furnish(orders()).await.expect("made");
    assert_eq!(arn, "arn:aws:dynamodb:us-east-1:123456789012:table/orders");
    assert_eq!(dynamodb.furnish(orders()).await.expect("found"), arn);
    let mut other = orders();
    other["AttributeDefinitions"][0]["AttributeType"] = json!("N");
    let error = dynamodb.furnish(other).await.expect_err("another type");
    assert!(error.to_string().contains("attribute types"), "{error}");
    let by_arn = json!({"TableName": arn, "Key": {"id": {"S": "1"}}});
    assert_eq!(dynamodb.call("GetItem", by_arn).await.expect("found by its ARN").output, json!({}));
}

#[tokio::test]
async fn tables_in_a_file_outlive_the_process_that_wrote_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("dynamodb.sqlite");
    let open = || DynamoDb::new(Arc::new(Dynoxide::open(Some(&file)).expect("tables in a file")), place());
    let first = open();
    first.furnish(orders()).await.expect("made");
    first.call("PutItem", json!({"TableName": "orders", "Item": {"id": {"S": "1"}}})).await.expect("written");
    drop(first);
    let second = open();
    second.furnish(orders()).await.expect("found");
    let get = json!({"TableName": "orders", "Key": {"id": {"S": "1"}}});
    assert_eq!(second.call("GetItem", get).await.expect("read").output["Item"]["id"]["S"], "1");
}
