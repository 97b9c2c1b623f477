//! `States.UUID`.

use uuid::Builder;

/// The identifier of version 4 that these random bits make.
pub(in super::super) fn version_4(high: u64, low: u64) -> String {
    let bits = u128::from(high) << 64 | u128::from(low);
    Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
}
