#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    support::run_any(async |input| finalize::handle(input)).await
}
