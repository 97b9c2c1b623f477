use std::env;
use std::process::ExitCode;

use batch_worker::{Error, S3Results, Work, run};
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    support::logs::start();
    match work().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(error.exit_status()),
    }
}

async fn work() -> Result<(), Error> {
    let work = Work::read(|name| env::var(name).ok())
        .map_err(Error::from)
        .inspect_err(|error| tracing::error!(%error, "container failed"))?;
    // Each line says whose it is, so that the lines of parts that run at the same time can be told apart.
    let span = tracing::info_span!(
        "part",
        execution = work.execution,
        state = work.state,
        batch_id = %work.batch_id,
        part = work.part,
    );
    async {
        let results = S3Results::new(&support::aws::config().await, work.bucket.clone());
        let result = run(&work, &results).await;
        result.map(drop).inspect_err(|error| tracing::error!(%error, "container failed"))
    }
    .instrument(span)
    .await
}
