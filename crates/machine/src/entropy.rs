//! The randomness of one execution: jitter, UUIDs, task tokens.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};

/// The bytes of a task token that nobody can guess.
const SECRET_BYTES: usize = 48;

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

    /// A random UUID, as text.
    pub(crate) fn uuid(&self) -> String {
        let (high, low) = (self.bits(), self.bits());
        uuid_text((high & !0xf000) | 0x4000, (low & !(0b11 << 62)) | (0b10 << 62))
    }

    /// Where the randomness of a child execution starts.
    pub(crate) fn seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.0.borrow_mut().fill_bytes(&mut seed);
        seed
    }

    /// A task token of that execution: 384 random bits, and whose it is. Safe in URLs.
    pub(crate) fn token(&self, execution_arn: &str) -> String {
        let mut bytes = [0; SECRET_BYTES].to_vec();
        self.0.borrow_mut().fill_bytes(&mut bytes);
        bytes.extend_from_slice(execution_arn.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// The ARN of the execution that a task token says it is of; none: it is no task token. Whether it is a token of that
/// execution is known by the execution alone.
pub fn execution_of_token(token: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    String::from_utf8(bytes.get(SECRET_BYTES..)?.to_vec()).ok()
}

/// 128 bits in the form of a UUID.
pub(crate) fn uuid_text(high: u64, low: u64) -> String {
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}
