//! The names that the faults of this workflow have outside the process; `InvalidInput` is `domain`'s.
//!
//! As with [`domain::fault`], a name is a contract with the state machine and stated once.

pub use domain::fault::INVALID_INPUT;

/// The batch has more numbers than a workflow can hand over. Never worth a retry.
pub const BATCH_TOO_LARGE: &str = "BatchTooLarge";
/// The enrichment service is down, too slow, or answers nonsense. Worth a retry.
pub const ENRICHMENT_UNAVAILABLE: &str = "EnrichmentUnavailable";
/// What the containers stored is not what they were asked for. Never worth a retry: the results stay as they are.
pub const INCONSISTENT_RESULTS: &str = "InconsistentResults";
/// Every name above, so that a test can hold the state machine against it.
pub const ALL: [&str; 4] = [INVALID_INPUT, BATCH_TOO_LARGE, ENRICHMENT_UNAVAILABLE, INCONSISTENT_RESULTS];
