//! What can go wrong when the cloud is started or furnished, and the error replies of its services.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Why the cloud could not start, or a resource could not be furnished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address could not be listened on.
    #[error("can't listen on {address}: {source}; choose another port, or 0 for any free one")]
    Bind {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file of the data directory, or the directory itself, could not be made or opened; it was left as it is.
    #[error("can't use {}: {reason}", path.display())]
    Data {
        /// The directory or the file in it.
        path: std::path::PathBuf,
        /// What went wrong, and what to do.
        reason: String,
    },
    /// A resource of that name exists and is different.
    #[error("{resource} exists already with another {difference}; {cure}")]
    Conflict {
        /// The resource, like `DynamoDB table orders`.
        resource: String,
        /// What differs, like `key schema`.
        difference: String,
        /// What to do.
        cure: &'static str,
    },
    /// A specification can't be what was meant.
    #[error("{resource}: {reason}")]
    Invalid {
        /// The resource, like `route GET /orders`.
        resource: String,
        /// What is wrong and how to put it right.
        reason: String,
    },
    /// A function host or a service with the same prefix is there already.
    #[error("{0} is registered already")]
    Registered(String),
    /// A service refused to make the resource.
    #[error("{resource}: {source}")]
    Refused {
        /// The resource, like `queue approvals`.
        resource: String,
        /// The service's error reply.
        source: Box<ServiceError>,
    },
}

impl Error {
    /// A service refused to make `resource`.
    pub(crate) fn refused(resource: String, source: ServiceError) -> Self {
        Self::Refused { resource, source: Box::new(source) }
    }
}

/// An error reply of a service, with AWS's code and words.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
#[non_exhaustive]
pub struct ServiceError {
    /// The error code. For the services that once spoke AWS's Query protocol (SQS, SNS, STS) it is that protocol's
    /// code, like `AWS.SimpleQueueService.NonExistentQueue` or `NotFound`; for the others the shape's name, like
    /// `ConditionalCheckFailedException`.
    pub code: Cow<'static, str>,
    /// Name of the exception in the service's model, like `QueueDoesNotExist` or `NotFoundException`, which SDKs name
    /// their error types after; `None` when the model doesn't name it (like `DynamoDB`'s `ValidationException`).
    pub exception: Option<Cow<'static, str>>,
    /// AWS's sentence.
    pub message: String,
    /// HTTP status of the reply.
    pub status: u16,
    /// The request's identifier, as in the reply's `x-amzn-RequestId` header.
    pub request_id: String,
    /// Further members of the reply, like `CancellationReasons` of a cancelled transaction.
    pub details: Option<Box<Map<String, Value>>>,
}

impl ServiceError {
    /// An error that the service's model doesn't name, with a fresh request identifier.
    pub fn new(status: u16, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            exception: None,
            message: message.into(),
            status,
            request_id: uuid::Uuid::new_v4().to_string(),
            details: None,
        }
    }

    /// The same error, named by the service's model.
    #[must_use]
    pub fn exception(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.exception = Some(name.into());
        self
    }
}
