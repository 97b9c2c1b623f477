use warehouse::{DynamoWarehouse, PaperGateway};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    let gateway = PaperGateway::from_environment()?;
    let warehouse = DynamoWarehouse::from_environment(&support::aws::config().await)?;
    support::run(async |input| process_payment::handle(input, &gateway, &warehouse).await).await
}
