use start_order::{StepFunctions, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    let executions = StepFunctions::from_environment(&support::aws::config().await)?;
    support::run(async |request| handle(request, &executions).await).await
}
