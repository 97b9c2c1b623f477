//! The transactions against a table engine that evaluates their expressions: what the warehouse in memory promises must
//! hold for the real one as well.

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
use domain::{Execution, Money};
use dynoxide::{Database, DynoxideError};
use warehouse::{
    Cancellation, Delivery, DynamoWarehouse, Item, MemoryWarehouse, Order, OrderId, Payment, PaymentStatus, Reserved,
    Warehouse, WarehouseError,
};

const TABLE: &str = "delivery";
const OPENING: u32 = 10;

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
            "Query" => serde_json::to_vec(&tables.query(serde_json::from_slice(body).expect(read))?),
            "UpdateItem" => serde_json::to_vec(&tables.update_item(serde_json::from_slice(body).expect(read))?),
            "PutItem" => serde_json::to_vec(&tables.put_item(serde_json::from_slice(body).expect(read))?),
            "TransactWriteItems" => {
                serde_json::to_vec(&tables.transact_write_items(serde_json::from_slice(body).expect(read))?)
            }
            other => panic!("the warehouse has no need for {other}"),
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

fn warehouse(client: &Client) -> DynamoWarehouse {
    DynamoWarehouse::new(client.clone(), TABLE.to_owned(), OPENING)
}

fn order(id: &str, quantity: u64) -> Order {
    let execution: Execution = serde_json::from_value(serde_json::json!({
        "id": "arn:aws:states:us-east-1:123456789012:execution:delivery:demo", "name": "demo",
        "started_at": "2026-01-01T00:00:00.000Z", "state": "ReceberPedido", "entered_at": "2026-01-01T00:00:01.000Z",
    }))
    .unwrap();
    let draft = serde_json::from_value(serde_json::json!({
        "order_id": id, "item": "moka", "quantity": quantity, "unit_price": "349.9012", "card": "cartao-ana",
        "customer": "José Conceição 🌵", "address": "Rua das Flores 123",
    }))
    .unwrap();
    Order::receive(draft, &execution).unwrap()
}

fn payment(order: &Order, status: PaymentStatus) -> Payment {
    let reason = (status == PaymentStatus::Refused).then(|| "The card was refused.".to_owned());
    Payment { status, amount: order.total, card: order.draft.card.clone(), reason, decided_at: "paid".to_owned() }
}

/// The units of the one item, as they stand in the table.
async fn stock(client: &Client) -> Option<String> {
    let found = client
        .get_item()
        .table_name(TABLE)
        .key("pk", AttributeValue::S("STOCK#moka".into()))
        .key("sk", AttributeValue::S("STOCK".into()))
        .send()
        .await
        .unwrap();
    Some(found.item?.get("units")?.as_n().unwrap().clone())
}

#[tokio::test]
async fn an_order_is_received_once_and_read_back_whole() {
    let client = engine().await;
    let warehouse = warehouse(&client);
    let first = order("a", 2);
    assert_eq!(warehouse.receive(&first).await.unwrap(), first);
    let later = Order { received_at: "later".into(), execution: "another".into(), ..first.clone() };
    assert_eq!(warehouse.receive(&later).await.unwrap(), first);
    let other = order("a", 3);
    assert_eq!(warehouse.receive(&other).await, Err(WarehouseError::AnotherOrder(first.id().clone())));
    assert_eq!(warehouse.receive(&first).await.unwrap(), first);
}

#[tokio::test]
async fn units_are_reserved_once_and_to_the_last_one() {
    let client = engine().await;
    let warehouse = warehouse(&client);
    assert_eq!(warehouse.reserve(&order("a", 11), "now").await, Ok(Reserved::Short { available: 10 }));
    assert_eq!(stock(&client).await, None);
    for at in ["now", "later"] {
        assert_eq!(warehouse.reserve(&order("b", 6), at).await, Ok(Reserved::Held));
        assert_eq!(stock(&client).await.as_deref(), Some("4"));
    }
    assert_eq!(warehouse.reserve(&order("c", 5), "now").await, Ok(Reserved::Short { available: 4 }));
    assert_eq!(warehouse.reserve(&order("d", 4), "now").await, Ok(Reserved::Held));
    assert_eq!(stock(&client).await.as_deref(), Some("0"));
    // The order's own units are the missing ones: it has them.
    assert_eq!(warehouse.reserve(&order("d", 4), "now").await, Ok(Reserved::Held));
}

#[tokio::test]
async fn a_payment_is_written_once_and_read_back_whole() {
    let client = engine().await;
    let warehouse = warehouse(&client);
    for (id, first, second) in
        [("a", PaymentStatus::Charged, PaymentStatus::Refused), ("b", PaymentStatus::Refused, PaymentStatus::Charged)]
    {
        let order = order(id, 1);
        let decided = payment(&order, first);
        assert_eq!(warehouse.pay(&order, &decided).await, Err(WarehouseError::Closed(order.id().clone())));
        warehouse.reserve(&order, "now").await.unwrap();
        assert_eq!(warehouse.pay(&order, &decided).await.as_ref(), Ok(&decided));
        assert_eq!(warehouse.pay(&order, &payment(&order, second)).await.as_ref(), Ok(&decided));
    }
}

#[tokio::test]
async fn what_is_released_may_be_reserved_again_but_a_refund_is_never_charged_again() {
    let client = engine().await;
    let warehouse = warehouse(&client);
    let order = order("a", 2);
    warehouse.reserve(&order, "now").await.unwrap();
    warehouse.pay(&order, &payment(&order, PaymentStatus::Charged)).await.unwrap();
    let refunded = Cancellation::Cancelled { released: 2, refunded: order.total };
    assert_eq!(warehouse.cancel(order.id(), "now").await, Ok(refunded));
    assert_eq!(stock(&client).await.as_deref(), Some("10"));
    let delivery = Delivery::of(&order, "now");
    assert_eq!(warehouse.dispatch(&order, &delivery).await, Err(WarehouseError::Closed(order.id().clone())));

    assert_eq!(warehouse.reserve(&order, "later").await, Ok(Reserved::Held));
    assert_eq!(stock(&client).await.as_deref(), Some("8"));
    let again = warehouse.pay(&order, &payment(&order, PaymentStatus::Charged)).await.unwrap();
    assert_eq!(again, payment(&order, PaymentStatus::Refunded));
    assert_eq!(warehouse.dispatch(&order, &delivery).await, Err(WarehouseError::Closed(order.id().clone())));
    let released = Cancellation::Cancelled { released: 2, refunded: Money::ZERO };
    assert_eq!(warehouse.cancel(order.id(), "later").await, Ok(released));
}

#[tokio::test]
async fn an_order_on_its_way_can_neither_be_sent_twice_nor_cancelled() {
    let client = engine().await;
    let warehouse = warehouse(&client);
    let order = order("a", 2);
    let charged = payment(&order, PaymentStatus::Charged);
    warehouse.reserve(&order, "now").await.unwrap();
    warehouse.pay(&order, &charged).await.unwrap();
    let delivery = Delivery::of(&order, "now");
    assert_eq!(warehouse.dispatch(&order, &delivery).await.as_ref(), Ok(&delivery));
    assert_eq!(warehouse.dispatch(&order, &Delivery::of(&order, "later")).await.as_ref(), Ok(&delivery));
    warehouse.announced(order.id()).await.unwrap();
    let announced = Delivery { announced: true, ..delivery };
    assert_eq!(warehouse.dispatch(&order, &Delivery::of(&order, "later")).await.as_ref(), Ok(&announced));
    let shipped = Cancellation::Shipped { payment: charged.clone(), delivery: announced };
    assert_eq!(warehouse.cancel(order.id(), "later").await, Ok(shipped));
    assert_eq!(warehouse.reserve(&order, "later").await, Ok(Reserved::Held));
    assert_eq!(warehouse.pay(&order, &charged).await, Ok(charged));
    assert_eq!(stock(&client).await.as_deref(), Some("8"));
}

#[tokio::test]
async fn a_delivery_that_is_not_there_is_not_marked_as_told_of() {
    let client = engine().await;
    let error = warehouse(&client).announced(order("a", 1).id()).await.unwrap_err();
    assert!(
        matches!(&error, WarehouseError::Unavailable { reason } if reason.contains("ConditionalCheckFailed")),
        "{error}"
    );
}

/// One call of the port.
#[derive(Clone, Copy, Debug)]
enum Call {
    Receive,
    Reserve,
    Pay(PaymentStatus),
    Dispatch,
    Cancel,
}

async fn make(call: Call, order: &Order, warehouse: &impl Warehouse) -> String {
    match call {
        Call::Receive => format!("{:?}", warehouse.receive(order).await),
        Call::Reserve => format!("{:?}", warehouse.reserve(order, "now").await),
        Call::Pay(status) => format!("{:?}", warehouse.pay(order, &payment(order, status)).await),
        Call::Dispatch => format!("{:?}", warehouse.dispatch(order, &Delivery::of(order, "now")).await),
        Call::Cancel => format!("{:?}", warehouse.cancel(order.id(), "now").await),
    }
}

#[tokio::test]
async fn both_warehouses_answer_alike_whatever_is_called_in_whatever_order() {
    use Call::{Cancel, Dispatch, Pay, Receive, Reserve};
    let calls = [Receive, Reserve, Pay(PaymentStatus::Charged), Pay(PaymentStatus::Refused), Dispatch, Cancel];
    let client = engine().await;
    let (table, memory) = (warehouse(&client), MemoryWarehouse::opening_with(OPENING));
    let item: Item = "moka".parse().unwrap();
    // Every sequence of three calls on an order of its own, and then the whole way: 216 orders over one stock, so that it
    // runs out and fills again.
    for number in 0..calls.len().pow(3) {
        let order = order(&format!("o-{number}"), number as u64 % 4 + 1);
        let some = [number, number / 6, number / 36].map(|number| calls[number % 6]);
        for call in some.into_iter().chain([Reserve, Pay(PaymentStatus::Charged), Cancel]) {
            let expected = make(call, &order, &memory).await;
            assert_eq!(make(call, &order, &table).await, expected, "{call:?} of {some:?}");
        }
        let left = stock(&client).await.map_or(OPENING, |units| units.parse().unwrap());
        assert_eq!(left, memory.stock(&item), "{some:?}");
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_is_a_warehouse_that_is_away() {
    let client = engine().await;
    let warehouse = DynamoWarehouse::new(client, "elsewhere".to_owned(), OPENING);
    let order = order("a", 1);
    let id: &OrderId = order.id();
    for error in [
        warehouse.receive(&order).await.unwrap_err(),
        warehouse.reserve(&order, "now").await.unwrap_err(),
        warehouse.pay(&order, &payment(&order, PaymentStatus::Charged)).await.unwrap_err(),
        warehouse.dispatch(&order, &Delivery::of(&order, "now")).await.unwrap_err(),
        warehouse.announced(id).await.unwrap_err(),
        warehouse.cancel(id, "now").await.unwrap_err(),
    ] {
        assert!(
            matches!(&error, WarehouseError::Unavailable { reason } if reason.contains("ResourceNotFound")),
            "{error}"
        );
    }
}
