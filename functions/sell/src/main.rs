use ledger::DynamoLedger;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    let ledger = DynamoLedger::from_environment(&support::aws::config().await)?;
    support::run(async |input| sell::handle(input, &ledger).await).await
}
