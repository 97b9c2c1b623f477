#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    support::run_any(async |input| inicio::handle(&input)).await
}
