//! The randomness of one execution: jitter, UUIDs, task tokens.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};

/// A cryptographic generator whose seed is part of the execution's identity. Replaying the same inputs draws the same
/// numbers in the same order, so nothing that was drawn needs a record of its own.
#[derive(Debug)]
pub(crate) struct Entropy(RefCell<ChaCha20Rng>);

impl Entropy {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(RefCell::new(ChaCha20Rng::from_seed(seed)))
    }

    /// 64 random bits.
    pub(crate) fn bits(&self) -> u64 {
        self.0.borrow_mut().next_u64()
    }

    /// An even draw from 0 (included) to 1 (excluded).
    pub(crate) fn fraction(&self) -> f64 {
        // 53 bits are what an f64 holds.
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A task token: 384 random bits, safe in URLs.
    pub(crate) fn token(&self) -> String {
        let mut bytes = [0; 48];
        self.0.borrow_mut().fill_bytes(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}
