//! The names of the faults of the delivery workflow, beside [`domain::fault::INVALID_INPUT`]: contracts with
//! `statemachine/delivery.asl.json`.

/// The warehouse could not be asked, or another transaction was in the way. Worth a retry: a step is done once however
/// often it is tried.
pub const WAREHOUSE_UNAVAILABLE: &str = "WarehouseUnavailable";
/// The delivery is recorded, but nobody could be told. Worth a retry.
pub const TOPIC_UNAVAILABLE: &str = "TopicUnavailable";
/// The order was cancelled meanwhile: it is neither charged nor dispatched any more. Never worth a retry.
pub const ORDER_CLOSED: &str = "OrderClosed";

/// Every name above.
pub const ALL: [&str; 3] = [WAREHOUSE_UNAVAILABLE, TOPIC_UNAVAILABLE, ORDER_CLOSED];
