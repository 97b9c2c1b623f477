use domain::Execution;
use serde::{Deserialize, Serialize};

use crate::{Order, Payment, Status};

/// The payload of the functions after `receive-order`.
#[derive(Clone, Debug, Deserialize)]
pub struct StepInput {
    /// The input of the state; what else it holds, such as a caught error, is left out.
    pub input: Step,
    /// Which step of which execution asks.
    pub execution: Execution,
}

/// What the states hand on to each other: how far the order is, and the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// How far it is.
    pub status: Status,
    /// The order.
    pub order: Order,
    /// How it was paid, once that is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
}
