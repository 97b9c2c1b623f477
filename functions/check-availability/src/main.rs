use warehouse::DynamoWarehouse;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    let warehouse = DynamoWarehouse::from_environment(&support::aws::config().await)?;
    support::run(async |input| check_availability::handle(input, &warehouse).await).await
}
