//! What an object says of itself beside its content: headers, metadata, storage class.

use std::collections::BTreeMap;

use s3s::dto::{Expires, Metadata, StorageClass, Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use serde::{Deserialize, Serialize};

use super::fault;

/// The largest metadata of an object, in bytes of names and values
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>).
const MAX_METADATA: usize = 2 * 1024;

/// Headers and metadata as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_language: Option<String>,
    /// An HTTP date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
}

impl Head {
    /// S3's type of content for which none was given.
    pub(super) const CONTENT_TYPE: &'static str = "binary/octet-stream";

    pub(super) fn metadata(&self) -> Metadata {
        self.metadata.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    pub(super) fn expires(&self) -> Option<Expires> {
        Timestamp::parse(TimestampFormat::HttpDate, self.expires.as_deref()?).ok()
    }
}

/// Metadata as it is stored.
pub(super) fn metadata(given: Option<Metadata>) -> S3Result<BTreeMap<String, String>> {
    let given: BTreeMap<String, String> =
        given.unwrap_or_default().into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    if given.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > MAX_METADATA {
        return Err(s3_error!(MetadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size"));
    }
    Ok(given)
}

/// A time as an HTTP date.
pub(super) fn http_date(time: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    time.format(TimestampFormat::HttpDate, &mut text).ok()?;
    String::from_utf8(text).ok()
}

/// The storage class that is asked for. Classes whose objects must be restored before they are read are refused.
pub(super) fn class(asked: Option<&StorageClass>) -> S3Result<String> {
    match asked.map_or(StorageClass::STANDARD, StorageClass::as_str) {
        class @ ("STANDARD"
        | "STANDARD_IA"
        | "ONEZONE_IA"
        | "INTELLIGENT_TIERING"
        | "GLACIER_IR"
        | "REDUCED_REDUNDANCY") => Ok(class.to_owned()),
        class @ ("GLACIER" | "DEEP_ARCHIVE") => Err(fault::not_implemented(&format!("the storage class {class}"))),
        _ => {
            Err(S3Error::with_message(S3ErrorCode::InvalidStorageClass, "The storage class you specified is not valid"))
        }
    }
}

/// The head of an object from a request that makes one, after refusing what isn't emulated.
macro_rules! head_of {
    ($input:expr) => {{
        use $crate::s3::head;
        head::refuse(&[
            ("a customer's encryption key", $input.sse_customer_algorithm.is_some()),
            ("encryption with a KMS key", $input.ssekms_key_id.is_some()),
            (
                "encryption other than AES256",
                $input.server_side_encryption.as_ref().is_some_and(|asked| asked.as_str() != "AES256"),
            ),
            ("object lock", $input.object_lock_mode.is_some() || $input.object_lock_legal_hold_status.is_some()),
            ("a website redirect", $input.website_redirect_location.is_some()),
        ])?;
        let canned = $input.acl.as_ref().map(s3s::dto::ObjectCannedACL::as_str);
        let granted = $input.grant_full_control.is_some()
            || $input.grant_read.is_some()
            || $input.grant_read_acp.is_some()
            || $input.grant_write_acp.is_some();
        head::refuse_acl(canned, granted)?;
        head::Head {
            content_type: $input.content_type.take(),
            cache_control: $input.cache_control.take(),
            content_disposition: $input.content_disposition.take(),
            content_encoding: $input.content_encoding.take().filter(|coding| !coding.is_empty()),
            content_language: $input.content_language.take(),
            expires: $input.expires.as_ref().and_then(head::http_date),
            metadata: head::metadata($input.metadata.take())?,
        }
    }};
}

pub(super) use head_of;

/// Refuses the first thing that is asked for and not emulated.
pub(super) fn refuse(asked: &[(&str, bool)]) -> S3Result<()> {
    match asked.iter().find(|(_, asked)| *asked) {
        Some((what, _)) => Err(fault::not_implemented(what)),
        None => Ok(()),
    }
}

/// New buckets have no access control lists: the bucket's owner owns every object
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>).
pub(super) fn refuse_acl(canned: Option<&str>, granted: bool) -> S3Result<()> {
    if granted || canned.is_some_and(|acl| acl != "private" && acl != "bucket-owner-full-control") {
        return Err(s3_error!(AccessControlListNotSupported, "The bucket does not allow ACLs"));
    }
    Ok(())
}
