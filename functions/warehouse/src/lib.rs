//! The paper shop behind the delivery workflow: what an order is, and what stock, payments and deliveries are worth.
//!
//! An order goes one way: received, reserved, charged, dispatched. Every step is one conditional write, keyed by the
//! order, so a step that is tried again, or that a second delivery of the same order repeats, finds what was done and
//! changes nothing. Until it is dispatched an order can be cancelled: what was reserved and charged goes back, together
//! and once.
//!
//! [`Warehouse`] is the port, [`DynamoWarehouse`] the real one, [`MemoryWarehouse`] the one for tests. [`Payments`] is
//! the port to who decides on a card, [`PaperGateway`] what stands there.
#![warn(missing_docs)]

mod dynamodb;
pub mod fault;
mod gateway;
mod memory;
mod order;
mod outcome;
mod port;
mod record;
mod step;

pub use dynamodb::DynamoWarehouse;
pub use gateway::{Decision, PaperGateway, Payments};
pub use memory::MemoryWarehouse;
pub use order::{Card, Draft, IdError, Item, Line, LineError, Order, OrderId, Units, UnitsError};
pub use outcome::Status;
pub use port::{Warehouse, WarehouseError};
pub use record::{Cancellation, Delivery, Payment, PaymentStatus, ReservationStatus, Reserved};
pub use step::{Step, StepInput};
