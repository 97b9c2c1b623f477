use dispatch_order::{DeliveryTopic, handle};
use warehouse::DynamoWarehouse;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    let config = support::aws::config().await;
    let (warehouse, topic) = (DynamoWarehouse::from_environment(&config)?, DeliveryTopic::from_environment(&config)?);
    support::run(async |input| handle(input, &warehouse, &topic).await).await
}
