use request_approval::{ApprovalUrl, SnsApprovers, handle};
use support::environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), support::Error> {
    support::logs::start();
    let url: ApprovalUrl = environment::required_parsed("APPROVAL_URL")?;
    let approvers = SnsApprovers::from_environment(&support::aws::config().await)?;
    support::run(async |event| handle(event, &url, &approvers).await).await
}
