use std::future::Future;

use domain::TaskToken;

/// Port: what answers task tokens.
pub trait TaskTokens {
    /// Says that somebody is at it, so that the task waits on.
    fn heartbeat(&self, token: &TaskToken) -> impl Future<Output = Result<(), TokenError>>;

    /// The task has succeeded, with this JSON.
    fn succeed(&self, token: &TaskToken, output: &str) -> impl Future<Output = Result<(), TokenError>>;

    /// The task has failed, with this name and this sentence.
    fn fail(&self, token: &TaskToken, error: &str, cause: &str) -> impl Future<Output = Result<(), TokenError>>;
}

/// Why a token could not be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The task waits no more: it was answered before, or nobody answered it in time. Step Functions does not tell
    /// which.
    #[error("the task has ended")]
    Ended,
    /// It is no token of Step Functions.
    #[error("the token is not valid")]
    Invalid,
    /// Step Functions could not be asked.
    #[error("Step Functions could not be reached: {0}")]
    Unreachable(String),
}
