//! S3: the protocol by the `s3s` crate, the storage our own.
//!
//! Not emulated, and refused by name: access control lists and policies, encryption other than AES256, object lock,
//! lifecycle, replication, website hosting, forms (`POST` of a browser), notifications.

mod attributes;
mod blobs;
mod body;
mod bucket;
mod call;
mod checksum;
mod chunked;
mod complete;
mod condition;
mod content;
mod copy;
mod delete;
mod door;
mod fault;
mod get;
mod head;
mod hosts;
mod list;
mod object;
mod part;
mod protocol;
mod put;
mod receive;
mod store;
mod tagging;
mod upload;
mod versions;
mod walk;
mod wire;

use std::path::Path;
use std::sync::Arc;

use http::Response;
use http::request::Parts;
use s3s::dto::{Owner, ServerSideEncryption};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::validation::NameValidation;
use s3s::{Body, S3Result, s3_error};

use crate::error::Error;
use crate::front::RequestBody;
use crate::place::Place;

pub use door::{BucketSpec, ObjectInfo, ObjectPage, ObjectReader, ObjectStore};
pub(crate) use hosts::{is_s3_host, looks_like_s3};

/// What the operations work on. Clones are handles to the same.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    store: Arc<store::Store>,
    place: Place,
    /// `http://127.0.0.1:<port>`.
    endpoint: String,
}

impl Objects {
    /// Checks `ExpectedBucketOwner`: all buckets are this account's.
    fn check_owner(&self, expected: Option<&str>) -> S3Result<()> {
        match expected {
            Some(account) if account != self.place.account => Err(s3_error!(AccessDenied, "Access Denied")),
            _ => Ok(()),
        }
    }

    /// The owner of everything. S3 names accounts by 64 digits of their own.
    fn owner(&self) -> Owner {
        use s3s::crypto::Checksum as _;
        let digest = s3s::crypto::Sha256::checksum(self.place.account.as_bytes());
        Owner { id: Some(content::hex(digest.as_ref())), display_name: None }
    }
}

/// Every object is encrypted with AES-256, as S3 says of objects for which nothing else was asked.
fn encrypted() -> ServerSideEncryption {
    ServerSideEncryption::from_static(ServerSideEncryption::AES256)
}

/// The service.
pub(crate) struct S3 {
    objects: Objects,
    protocol: S3Service,
}

impl S3 {
    /// Opens the store in the folder `s3` of `data`, or in memory.
    pub(crate) fn open(data: Option<&Path>, place: Place, endpoint: String) -> Result<Self, Error> {
        let folder = data.map(|data| data.join("s3"));
        let store = store::Store::open(folder.as_deref())?;
        let objects = Objects { store: Arc::new(store), place, endpoint };
        let mut builder = S3ServiceBuilder::new(objects.clone());
        builder.set_host(hosts::Hosts);
        builder.set_validation(Names);
        Ok(Self { objects, protocol: builder.build() })
    }

    /// Answers a request of the port.
    pub(crate) async fn answer(&self, parts: Parts, body: RequestBody) -> Response<Body> {
        wire::answer(&self.protocol, parts, body).await
    }

    /// A handle for those who embed the cloud.
    pub(crate) fn door(&self) -> ObjectStore {
        ObjectStore::new(self.objects.clone())
    }
}

/// Names that may be asked for. Some are older than today's rules, which only new buckets must follow: a request for
/// `someNonexistentBucketName` is told that there is no such bucket (error_handling/aws_sdk--no_such_bucket.json).
struct Names;

impl NameValidation for Names {
    fn validate_bucket_name(&self, name: &str) -> bool {
        (3..=255).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    }
}
