//! The vocabulary that the functions share: money, symbols, quotes, orders, accounts, faults.
//!
//! Nothing in here knows AWS, a network, a clock or an environment variable, so every rule of the business can be
//! tested as a plain function. Field names are what travels between the states of `statemachine/`, so renaming one is
//! a change of contract.
#![warn(missing_docs)]

mod account;
mod execution;
pub mod fault;
mod money;
mod order;
mod quantity;
mod quote;
mod recommendation;
pub mod record;
mod side;
mod symbol;
mod task_token;
pub mod text;

pub use account::{Account, Settlement, Shortfall};
pub use execution::Execution;
pub use fault::Fault;
pub use money::{Money, MoneyError};
pub use order::{Order, OrderId};
pub use quantity::{Quantity, QuantityError};
pub use quote::Quote;
pub use recommendation::Recommendation;
pub use side::Side;
pub use symbol::{Symbol, SymbolError};
pub use task_token::{TaskToken, TaskTokenError};
