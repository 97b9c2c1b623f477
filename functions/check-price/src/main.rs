use check_price::{Source, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    let source = Source::from_environment()?;
    support::run(async |input| handle(input, &source).await).await
}
