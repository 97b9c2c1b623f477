//! MD5 digests, which clients compare with their own
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>).

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::attribute::MessageAttribute;

/// The digest of a body, in hexadecimal.
pub(super) fn of_body(body: &str) -> String {
    hex(Md5::digest(body))
}

/// The digest of attributes: for each, by name, the name, the type and the value, each after its length, and before the
/// value whether it is text or bytes. None when there are no attributes.
pub(super) fn of_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    let add = |digest: &mut Md5, bytes: &[u8]| {
        digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        digest.update(bytes);
    };
    for (name, attribute) in attributes {
        add(&mut digest, name.as_bytes());
        add(&mut digest, attribute.data_type.as_bytes());
        if let Some(text) = &attribute.string_value {
            digest.update([1]);
            add(&mut digest, text.as_bytes());
        } else if let Some(base64) = &attribute.binary_value {
            digest.update([2]);
            add(&mut digest, &STANDARD.decode(base64).unwrap_or_default());
        }
    }
    Some(hex(digest.finalize()))
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    let nibbles = bytes.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_aws() {
        // `test_receive_message_message_attribute_names_filters` and `test_send_message_with_binary_attributes` of
        // LocalStack's snapshot `test_sqs.snapshot.json`, recorded from AWS.
        let text = |value: &str| MessageAttribute {
            data_type: "String".into(),
            string_value: Some(value.into()),
            binary_value: None,
        };
        let mut attributes = BTreeMap::from([
            ("Help.Me".into(), text("Me")),
            ("Hello".into(), text("There")),
            ("General".into(), text("Kenobi")),
        ]);
        assert_eq!(of_body("msg"), "6e2baaf3b97dbeef01c0043275f9a0e7");
        assert_eq!(of_attributes(&attributes).as_deref(), Some("4c360f3fdafd970e05fae2f149d997f5"));
        attributes.remove("Help.Me");
        assert_eq!(of_attributes(&attributes).as_deref(), Some("fca026605781cb4126a1e9044df24232"));
        let bytes = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01";
        let binary = MessageAttribute {
            data_type: "Binary".into(),
            string_value: None,
            binary_value: Some(STANDARD.encode(bytes)),
        };
        let attributes = BTreeMap::from([("attr1".into(), binary)]);
        assert_eq!(of_attributes(&attributes).as_deref(), Some("8cbe4db156db8a94db8b801b7addb984"));
        assert_eq!(of_attributes(&BTreeMap::new()), None);
    }
}
