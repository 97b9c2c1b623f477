//! S3's errors, with its codes and sentences
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::{S3Error, S3ErrorCode, s3_error};

use super::wire;
use crate::error::ServiceError;

/// Names that the service's model gives to exceptions; SDKs report all other codes by their service's base type.
const MODELLED: [&str; 13] = [
    "BucketAlreadyExists",
    "BucketAlreadyOwnedByYou",
    "EncryptionTypeMismatch",
    "IdempotencyParameterMismatch",
    "InvalidObjectState",
    "InvalidRequest",
    "InvalidWriteOffset",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchUpload",
    "ObjectAlreadyInActiveTierError",
    "ObjectNotInActiveTierError",
    "TooManyParts",
];

pub(super) fn no_such_bucket() -> S3Error {
    s3_error!(NoSuchBucket, "The specified bucket does not exist")
}

pub(super) fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

pub(super) fn no_such_version() -> S3Error {
    s3_error!(NoSuchVersion, "The specified version does not exist.")
}

pub(super) fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )
}

pub(super) fn precondition_failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

pub(super) fn invalid_argument(sentence: impl Into<String>) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidArgument, sentence.into())
}

pub(super) fn invalid_request(sentence: impl Into<String>) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidRequest, sentence.into())
}

/// A header or member that asks for something that isn't emulated.
pub(super) fn not_implemented(what: &str) -> S3Error {
    let sentence =
        format!("A header you provided implies functionality that is not implemented: {what} is not emulated here");
    S3Error::with_message(S3ErrorCode::NotImplemented, sentence)
}

pub(super) fn malformed_xml() -> S3Error {
    s3_error!(MalformedXML, "The XML you provided was not well-formed or did not validate against our published schema")
}

/// The content isn't what its checksum of this name says.
pub(super) fn bad_digest(name: &str) -> S3Error {
    s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum.")
}

/// Something here went wrong; it is logged, the client gets AWS's sentence.
pub(super) fn internal(problem: impl std::fmt::Display) -> S3Error {
    tracing::error!(%problem, "the object store failed");
    s3_error!(InternalError, "We encountered an internal error. Please try again.")
}

/// An error with a code of its own.
pub(super) fn custom(status: StatusCode, code: &'static str, sentence: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), sentence);
    error.set_status_code(status);
    error
}

/// The same error with one more header.
pub(super) fn with_header(mut error: S3Error, name: HeaderName, value: &str) -> S3Error {
    let mut headers: HeaderMap = error.headers().cloned().unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
    error.set_headers(headers);
    error
}

/// AWS's sentence for errors that the protocol library raises without one.
pub(super) fn sentence(code: &str) -> &'static str {
    match code {
        "InvalidBucketName" => "The specified bucket is not valid.",
        "InvalidURI" => "Couldn't parse the specified URI.",
        "KeyTooLongError" => "Your key is too long",
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "IncompleteBody" => "You did not provide the number of bytes specified by the Content-Length HTTP header",
        "MaxMessageLengthExceeded" => "Your request was too big.",
        "MalformedXML" => "The XML you provided was not well-formed or did not validate against our published schema",
        "NotImplemented" => "A header you provided implies functionality that is not implemented",
        "InternalError" => "We encountered an internal error. Please try again.",
        _ => "The request is not valid",
    }
}

/// The error of an in-process call.
pub(super) fn service_error(error: &S3Error) -> ServiceError {
    let code = error.code().as_str().to_owned();
    let status = error.status_code().map_or(500, |status| status.as_u16());
    let message = error.message().unwrap_or_else(|| sentence(&code)).to_owned();
    let named = MODELLED.contains(&code.as_str());
    let mut reply = ServiceError::new(status, code.clone(), message);
    if named {
        reply = reply.exception(code);
    }
    reply.request_id = wire::request_id();
    // Causes of failed tasks name it: error_handling/aws_sdk--no_such_bucket.json.
    let details = serde_json::json!({"ExtendedRequestId": wire::extended_request_id()});
    reply.details = details.as_object().cloned().map(Box::new);
    reply
}
