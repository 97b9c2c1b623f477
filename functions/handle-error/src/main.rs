#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    support::run(async |input| handle_error::handle(input)).await
}
