//! The store for those who embed the cloud: objects without a protocol between.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;

use super::checksum::Algorithm;
use super::content;
use super::fault::service_error;
use super::get::{Asked, Found};
use super::head::Head;
use super::list;
use super::object::{self, Bucket, Version};
use super::put::New;
use super::walk::{Last, Walk};
use super::{Objects, fault};
use crate::error::{Error, ServiceError};

/// The most objects of one page.
const MAX_PAGE: usize = 1_000;

/// A bucket to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketSpec {
    /// The bucket's name, by S3's rules for new buckets: 3 to 63 lower-case letters, digits, points and hyphens.
    pub name: String,
    /// Whether its objects have versions.
    pub versioning: bool,
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its entity tag, with the quotes that belong to it.
    pub etag: String,
    /// When it was written, in whole seconds as S3 tells it.
    pub last_modified: Timestamp,
    /// Its version, in a bucket that has or had versioning; `null` for what was written without.
    pub version_id: Option<String>,
    /// `STANDARD` and the like.
    pub storage_class: String,
    /// Its type: `binary/octet-stream` when none was given.
    pub content_type: String,
    /// Its metadata, names in lower case.
    pub metadata: BTreeMap<String, String>,
}

impl ObjectInfo {
    fn new(version: &Version, head: Head, bucket: &Bucket) -> Self {
        Self {
            key: version.key.clone(),
            size: version.size,
            etag: format!("\"{}\"", version.etag),
            last_modified: Timestamp::from_second(version.modified / 1000).unwrap_or_default(),
            version_id: version.named(bucket),
            storage_class: version.class.clone(),
            content_type: head.content_type.unwrap_or_else(|| Head::CONTENT_TYPE.to_owned()),
            metadata: head.metadata,
        }
    }
}

/// One page of a bucket's objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPage {
    /// In the order of their keys' bytes.
    pub objects: Vec<ObjectInfo>,
    /// After which key the next page begins; `None` when this one is the last.
    pub next: Option<String>,
}

/// The content of an object, read as it is asked for. The object may be replaced or deleted meanwhile.
#[derive(Debug)]
pub struct ObjectReader(content::Reading);

impl ObjectReader {
    /// The bytes that are still to come.
    pub fn left(&self) -> u64 {
        self.0.left()
    }

    /// The next bytes, some hundred KiB at most; `None` at the end.
    ///
    /// # Errors
    /// The system's, when a file can't be read.
    pub async fn next(&mut self) -> Option<std::io::Result<Bytes>> {
        self.0.next().await
    }
}

/// The objects of the embedded S3, in process. Clones are handles to the same; they don't keep the port open.
#[derive(Debug, Clone)]
pub struct ObjectStore {
    objects: Objects,
}

impl ObjectStore {
    pub(super) fn new(objects: Objects) -> Self {
        Self { objects }
    }

    async fn find(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<Found, ServiceError> {
        let asked = Asked {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version: version.map(str::to_owned),
            ..Asked::default()
        };
        self.objects.find(asked, true).await.map_err(|error| service_error(&error))
    }

    /// Reads an object whole: its newest version, or the one named.
    ///
    /// # Errors
    /// S3's: `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`.
    pub async fn get(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<(ObjectInfo, Bytes), ServiceError> {
        let (info, reader) = self.read(bucket, key, version).await?;
        let whole = reader.0.all().await.map_err(|error| service_error(&error))?;
        Ok((info, whole))
    }

    /// Opens an object to be read bit by bit.
    ///
    /// # Errors
    /// S3's: `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`.
    pub async fn read(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<(ObjectInfo, ObjectReader), ServiceError> {
        let found = self.find(bucket, key, version).await?;
        let info = ObjectInfo::new(&found.version, found.head, &found.bucket);
        let reading = found.reading.ok_or_else(|| service_error(&fault::internal("no content")))?;
        Ok((info, ObjectReader(reading)))
    }

    /// Writes an object.
    ///
    /// # Errors
    /// S3's: `NoSuchBucket`, `KeyTooLongError`.
    pub async fn put(
        &self,
        bucket: &str,
        key: &str,
        body: Bytes,
        content_type: Option<&str>,
    ) -> Result<ObjectInfo, ServiceError> {
        let head = Head { content_type: content_type.map(str::to_owned), ..Head::default() };
        let new = New {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            class: "STANDARD".to_owned(),
            head: head.clone(),
            ..New::default()
        };
        let stored = async {
            check_key(key)?;
            let body = content::blob(body);
            let content = content::take(self.objects.store.blobs(), body, Algorithm::Crc64Nvme, None).await?;
            self.objects.store(new, content).await
        };
        let stored = stored.await.map_err(|error| service_error(&error))?;
        Ok(ObjectInfo {
            key: key.to_owned(),
            size: stored.size,
            etag: format!("\"{}\"", stored.etag),
            last_modified: Timestamp::from_second(stored.written.modified / 1000).unwrap_or_default(),
            version_id: stored.written.version,
            storage_class: "STANDARD".to_owned(),
            content_type: head.content_type.unwrap_or_else(|| Head::CONTENT_TYPE.to_owned()),
            metadata: BTreeMap::new(),
        })
    }

    /// Lists objects whose keys begin with `prefix` (empty for all), after the key `after`: `limit` of them, at most
    /// 1,000.
    ///
    /// # Errors
    /// S3's: `NoSuchBucket`.
    pub async fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ObjectPage, ServiceError> {
        let (name, prefix) = (bucket.to_owned(), prefix.to_owned());
        let marker = after.unwrap_or_default().to_owned();
        let listed = self.objects.store.read(move |view| {
            let bucket = object::bucket(view, &name)?;
            let walk = Walk { prefix: &prefix, delimiter: "", limit: limit.min(MAX_PAGE), marker: &marker };
            let page = list::page(view, &bucket, &walk)?;
            let next = page.next.map(|last| match last {
                Last::Row(row) => row.key,
                Last::Prefix(prefix) => prefix,
            });
            let objects = page.rows.iter().map(|row| Ok(ObjectInfo::new(row, row.head()?, &bucket)));
            Ok(ObjectPage { objects: objects.collect::<s3s::S3Result<_>>()?, next })
        });
        listed.await.map_err(|error| service_error(&error))
    }

    /// Makes a bucket, or finds it; versioning is switched on when it is asked for.
    pub(crate) async fn furnish(&self, spec: &BucketSpec) -> Result<(), Error> {
        let resource = || format!("bucket {}", spec.name);
        if !s3s::path::check_bucket_name(&spec.name) {
            let reason = "a bucket's name has 3 to 63 lower-case letters, digits, points and hyphens, \
                          with a letter or digit at both ends";
            return Err(Error::Invalid { resource: resource(), reason: reason.to_owned() });
        }
        let made = async {
            self.objects.make_bucket(&spec.name).await?;
            if spec.versioning {
                self.objects.set_versioning(&spec.name, "Enabled").await?;
            }
            Ok(())
        };
        made.await.map_err(|error: s3s::S3Error| Error::refused(resource(), service_error(&error)))
    }
}

/// Checks the length of a key that didn't come in a URL.
pub(super) fn check_key(key: &str) -> s3s::S3Result<()> {
    if key.is_empty() {
        return Err(fault::invalid_argument("The key of an object can't be empty"));
    }
    if !s3s::path::check_key(key) {
        return Err(s3s::s3_error!(KeyTooLongError, "Your key is too long"));
    }
    Ok(())
}
