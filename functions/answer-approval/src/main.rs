use answer_approval::{StepFunctions, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    let tokens = StepFunctions::new(&support::aws::config().await);
    support::run(async |request| handle(request, &tokens).await).await
}
