use prepare_batch::{Source, handle};
use support::environment;

/// As of how many numbers a batch goes to containers, unless the template says otherwise.
const THRESHOLD: usize = 10;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    let source = Source::from_environment()?;
    let threshold = environment::parsed("CONTAINER_THRESHOLD", THRESHOLD)?;
    support::run(async |input| handle(input, threshold, &source).await).await
}
