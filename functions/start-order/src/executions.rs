use std::future::Future;

use warehouse::Draft;

/// Port: what starts deliveries.
pub trait Executions {
    /// Starts the delivery of an order, in an execution of the order's name, and gives the execution's ARN. While one of
    /// this name and with this very order runs, it gives that one.
    fn start(&self, order: &Draft) -> impl Future<Output = Result<String, StartError>>;
}

/// Why no delivery was started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// An execution of this name has ended, or runs with another order.
    #[error("an execution of this name exists")]
    Exists,
    /// Step Functions could not be asked, or did not take it.
    #[error("Step Functions could not be reached: {0}")]
    Unreachable(String),
}
