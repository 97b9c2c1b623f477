//! The transaction against a table engine that evaluates its expressions: what the in-memory ledger promises must hold
//! for the real one as well.

use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use domain::{Account, Money, Order, Side};
use dynoxide::{Database, DynoxideError};
use ledger::{DynamoLedger, Ledger, LedgerError, MemoryLedger};

const TABLE: &str = "trading";
const CASH: Money = Money::from_whole(10_000);
const SHARES: u32 = 100;

/// The engine in place of the network: what the SDK would send over it is answered at once.
struct Engine(Database);

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    fn answer(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        let Self(tables) = self;
        let read = "the SDK sends what the service takes";
        let json = match operation {
            "CreateTable" => serde_json::to_vec(&tables.create_table(serde_json::from_slice(body).expect(read))?),
            "GetItem" => serde_json::to_vec(&tables.get_item(serde_json::from_slice(body).expect(read))?),
            "PutItem" => serde_json::to_vec(&tables.put_item(serde_json::from_slice(body).expect(read))?),
            "TransactWriteItems" => {
                serde_json::to_vec(&tables.transact_write_items(serde_json::from_slice(body).expect(read))?)
            }
            other => panic!("the ledger has no need for {other}"),
        };
        Ok(json.expect("an answer is JSON"))
    }
}

impl HttpConnector for Engine {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.split_once('.').unwrap().1;
        let (status, body) = match self.answer(operation, request.body().bytes().unwrap()) {
            Ok(body) => (200, body),
            Err(error) => (error.status_code(), error.to_json().into_bytes()),
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))))
    }
}

/// A client of an engine of its own, with the empty table.
async fn engine() -> Client {
    let engine = SharedHttpConnector::new(Engine(Database::memory().unwrap()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .http_client(http_client_fn(move |_, _| engine.clone()))
        .build();
    let client = Client::from_conf(config);
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let text = |name: &str| {
        let kind = ScalarAttributeType::S;
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    };
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .attribute_definitions(text("pk"))
        .attribute_definitions(text("sk"))
        .send()
        .await
        .unwrap();
    client
}

fn ledger(client: &Client) -> DynamoLedger {
    DynamoLedger::new(client.clone(), TABLE.to_owned(), CASH, SHARES)
}

fn order(id: &str, side: Side, quantity: u64, price: &str) -> Order {
    let price: Money = price.parse().unwrap();
    let quantity = domain::Quantity::new(quantity).unwrap();
    Order {
        order_id: domain::OrderId::from_text(&format!("{id:0>32}")),
        side,
        symbol: "NVDA".parse().unwrap(),
        quantity,
        price,
        amount: price.times(quantity).unwrap(),
        created_at: "2026-01-01T00:00:05.000Z".to_owned(),
        execution: "arn:aws:states:us-east-1:123456789012:execution:stock-trading:demo".to_owned(),
    }
}

/// An account item's number, as it stands in the table.
async fn number(client: &Client, sort: &str) -> Option<String> {
    let found = client
        .get_item()
        .table_name(TABLE)
        .key("pk", AttributeValue::S("ACCOUNT#paper".into()))
        .key("sk", AttributeValue::S(sort.into()))
        .send()
        .await
        .unwrap();
    Some(found.item?.get("value")?.as_n().unwrap().clone())
}

#[tokio::test]
async fn a_fresh_table_buys_and_sells_with_exact_decimals() {
    let client = engine().await;
    let ledger = ledger(&client);

    let bought = order("1", Side::Buy, 10, "187.4213");
    assert_eq!(ledger.settle(&bought).await.unwrap(), bought);
    assert_eq!(number(&client, "CASH").await.as_deref(), Some("8125.787"));
    assert_eq!(number(&client, "POSITION#NVDA").await.as_deref(), Some("110"));

    let sold = order("2", Side::Sell, 110, "0.10");
    assert_eq!(ledger.settle(&sold).await.unwrap(), sold);
    assert_eq!(number(&client, "CASH").await.as_deref(), Some("8136.787"));
    assert_eq!(number(&client, "POSITION#NVDA").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn a_step_that_is_tried_again_trades_once_even_when_the_token_is_long_forgotten() {
    let client = engine().await;
    let first = order("1", Side::Buy, 50, "187.42");
    assert_eq!(ledger(&client).settle(&first).await.unwrap(), first);
    for _ in 0..2 {
        assert_eq!(ledger(&client).settle(&first).await.unwrap(), first);
    }

    // Another moment makes it another request under the same token: within the token's ten minutes a mismatch, after
    // them an order whose key is taken. The account could not afford it a second time.
    let later = Order { created_at: "2026-01-02T00:00:00.000Z".into(), ..first.clone() };
    assert_eq!(ledger(&client).settle(&later).await.unwrap(), first);
    assert_eq!(number(&client, "CASH").await.as_deref(), Some("629"));
    assert_eq!(number(&client, "POSITION#NVDA").await.as_deref(), Some("150"));
}

#[tokio::test]
async fn an_order_whose_key_is_taken_is_read_and_not_settled_again() {
    let client = engine().await;
    // Written by nobody's token, as if more than ten minutes had gone by.
    let stored = order("1", Side::Buy, 50, "187.42");
    assert_eq!(ledger(&client).settle(&stored).await.unwrap(), stored);
    let mut item = client
        .get_item()
        .table_name(TABLE)
        .key("pk", AttributeValue::S(format!("ORDER#{}", stored.order_id)))
        .key("sk", AttributeValue::S("ORDER".into()))
        .send()
        .await
        .unwrap()
        .item
        .unwrap();
    let again = order("2", Side::Buy, 50, "187.42");
    item.insert("pk".into(), AttributeValue::S(format!("ORDER#{}", again.order_id)));
    item.insert("order_id".into(), AttributeValue::S(again.order_id.to_string()));
    client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();

    assert_eq!(ledger(&client).settle(&again).await.unwrap(), again);
    assert_eq!(number(&client, "CASH").await.as_deref(), Some("629"), "not bought again");
}

#[tokio::test]
async fn a_shortfall_changes_nothing_and_says_what_is_there() {
    let client = engine().await;
    let ledger = ledger(&client);
    let dear = order("1", Side::Buy, 100, "100.0001");
    assert_eq!(ledger.settle(&dear).await, Err(LedgerError::Short(dear.short_of_funds(CASH))));
    let many = order("2", Side::Sell, 101, "1.00");
    assert_eq!(ledger.settle(&many).await, Err(LedgerError::Short(many.short_of_shares(100))));
    assert_eq!((number(&client, "CASH").await, number(&client, "POSITION#NVDA").await), (None, None));

    ledger.settle(&order("3", Side::Buy, 50, "187.42")).await.unwrap();
    let dear = order("4", Side::Buy, 4, "157.2501");
    assert_eq!(ledger.settle(&dear).await, Err(LedgerError::Short(dear.short_of_funds("629.00".parse().unwrap()))));
    let many = order("5", Side::Sell, 151, "1.00");
    assert_eq!(ledger.settle(&many).await, Err(LedgerError::Short(many.short_of_shares(150))));

    // To the last cent and the last share.
    ledger.settle(&order("6", Side::Buy, 4, "157.25")).await.unwrap();
    ledger.settle(&order("7", Side::Sell, 154, "1.00")).await.unwrap();
    assert_eq!(number(&client, "CASH").await.as_deref(), Some("154"));
    assert_eq!(number(&client, "POSITION#NVDA").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn both_ledgers_answer_alike() {
    let client = engine().await;
    let table = ledger(&client);
    let memory = MemoryLedger::of(Account::opened(CASH, SHARES.into()));
    for order in [
        order("1", Side::Buy, 30, "187.42"),
        order("2", Side::Sell, 131, "187.42"),
        order("1", Side::Buy, 30, "187.42"),
        order("3", Side::Buy, 30, "187.42"),
        order("4", Side::Sell, 130, "187.4299"),
        order("3", Side::Buy, 30, "187.42"),
        order("5", Side::Sell, 31, "0.0001"),
    ] {
        assert_eq!(table.settle(&order).await, memory.settle(&order).await, "{order:?}");
    }
    let cash: Money = number(&client, "CASH").await.unwrap().parse().unwrap();
    assert_eq!(cash, memory.account().cash);
}

#[tokio::test]
async fn a_table_that_is_not_there_is_a_ledger_that_is_away() {
    let client = engine().await;
    let ledger = DynamoLedger::new(client, "elsewhere".to_owned(), CASH, SHARES);
    let error = ledger.settle(&order("1", Side::Buy, 1, "1.00")).await.unwrap_err();
    assert!(matches!(&error, LedgerError::Unavailable { reason } if reason.contains("ResourceNotFound")), "{error}");
}
