//! Receipt handles: base64 of `<message>:<row>:<nonce>`. They stay good over a restart.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::ServiceError;
use crate::sqs::fault::fault;

/// A receipt handle taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) uuid: String,
    /// The message's row.
    pub(super) id: i64,
    /// Different for each receive.
    pub(super) nonce: i64,
}

impl Receipt {
    /// A receipt of this message that there was never before.
    pub(super) fn new(uuid: &str, id: i64) -> Self {
        let (nonce, _) = uuid::Uuid::new_v4().as_u64_pair();
        Self { uuid: uuid.to_owned(), id, nonce: nonce as i64 }
    }

    pub(super) fn handle(&self) -> String {
        STANDARD.encode(format!("{}:{}:{:016x}", self.uuid, self.id, self.nonce))
    }

    /// Reads a handle, or refuses it in AWS's words.
    pub(super) fn parse(handle: &str) -> Result<Self, ServiceError> {
        let parsed = || {
            let text = String::from_utf8(STANDARD.decode(handle).ok()?).ok()?;
            let mut parts = text.split(':');
            let (uuid, id, nonce) = (parts.next()?, parts.next()?, parts.next()?);
            let nonce = u64::from_str_radix(nonce, 16).ok()?;
            Some(Self { uuid: uuid.to_owned(), id: id.parse().ok()?, nonce: nonce as i64 })
        };
        parsed().ok_or_else(|| {
            let sentence = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
            fault("ReceiptHandleIsInvalid", sentence)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_back_and_anything_else_refused() {
        let receipt = Receipt::new("5b0b4a0e", 42);
        assert_eq!(Receipt::parse(&receipt.handle()).expect("its own"), receipt);
        assert_ne!(Receipt::new("5b0b4a0e", 42).handle(), receipt.handle());
        for other in ["", "nonsense", "%%%", &STANDARD.encode("a:b:c"), &STANDARD.encode("a:1")] {
            assert_eq!(Receipt::parse(other).expect_err("none of ours").code, "ReceiptHandleIsInvalid", "{other}");
        }
    }
}
