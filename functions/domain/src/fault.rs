//! The names that a fault has outside the process: `errorType` on Lambda, `ErrorEquals` in the state machine.
//!
//! A name is a contract with `statemachine/*.asl.json`. It is stated here once and never derived from a Rust type's
//! name, which a refactoring would change without a warning.

/// An error that a state machine can tell by its name.
///
/// `Display` gives the sentence for a person; it becomes `errorMessage`.
pub trait Fault: std::error::Error {
    /// The stable name, for instance [`INSUFFICIENT_FUNDS`].
    fn name(&self) -> &'static str;
}

/// The error of a function that has none: it answers its faults in another way.
impl Fault for std::convert::Infallible {
    fn name(&self) -> &'static str {
        match *self {}
    }
}

/// The input is not what the step needs: a field is missing, malformed or out of bounds. Never worth a retry.
pub const INVALID_INPUT: &str = "InvalidInput";
/// The market does not list the symbol. Never worth a retry.
pub const UNKNOWN_SYMBOL: &str = "UnknownSymbol";
/// The quote source is down, too slow, or answers nonsense. Worth a retry.
pub const PRICE_SOURCE_UNAVAILABLE: &str = "PriceSourceUnavailable";
/// The account's cash does not cover the purchase.
pub const INSUFFICIENT_FUNDS: &str = "InsufficientFunds";
/// The account holds fewer shares than are to be sold.
pub const INSUFFICIENT_SHARES: &str = "InsufficientShares";
/// The ledger could not be asked, or a concurrent transaction won. Worth a retry: a step trades once however often it
/// is tried.
pub const LEDGER_UNAVAILABLE: &str = "LedgerUnavailable";
/// The person who was asked said no. `SendTaskFailure` carries it, no function returns it.
pub const REJECTED: &str = "Rejected";

/// Every name above, so that a test can hold the state machines against it.
pub const ALL: [&str; 7] = [
    INVALID_INPUT,
    UNKNOWN_SYMBOL,
    PRICE_SOURCE_UNAVAILABLE,
    INSUFFICIENT_FUNDS,
    INSUFFICIENT_SHARES,
    LEDGER_UNAVAILABLE,
    REJECTED,
];
