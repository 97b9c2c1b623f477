#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    support::run(async |request| process_api::handle(&request)).await
}
