//! `PutObject`.

use s3s::dto::{ETag, PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Result};

use super::body::Trailer;
use super::checksum::{self, Algorithm, Sum};
use super::condition::WriteIf;
use super::content::{Content, hex};
use super::head::{self, Head, head_of};
use super::object::{self, Draft, Written};
use super::receive::Arriving;
use super::{Objects, encrypted, tagging};

pub(super) async fn put(objects: &Objects, request: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
    let trailer = request.extensions.get::<Trailer>().cloned();
    let mut input = request.input;
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    head::refuse(&[("appending to an object", input.write_offset_bytes.is_some())])?;
    let head = head_of!(input);
    let arriving = Arriving {
        length: input.content_length,
        md5: input.content_md5.take(),
        sum: checksum::given!(input)?,
        trailer,
        otherwise: Algorithm::asked(input.checksum_algorithm.as_ref())?.unwrap_or(Algorithm::Crc64Nvme),
        also: None,
        body: input.body.take(),
    };
    let new = New {
        bucket: input.bucket,
        key: input.key,
        class: head::class(input.storage_class.as_ref())?,
        tags: tagging::of_header(input.tagging.as_deref())?,
        head,
        condition: WriteIf { matches: input.if_match, none_matches: input.if_none_match },
    };
    // Who writes to a bucket that isn't there is told before the content is taken.
    let name = new.bucket.clone();
    objects.store.read(move |view| object::bucket(view, &name)).await?;
    let content = arriving.take(objects).await?;
    let stored = objects.store(new, content).await?;
    let mut output = PutObjectOutput {
        e_tag: Some(ETag::Strong(stored.etag)),
        checksum_type: Some(stored.sum.kind()),
        server_side_encryption: Some(encrypted()),
        version_id: stored.written.version,
        ..Default::default()
    };
    checksum::put!(output, Some(&stored.sum));
    Ok(output)
}

/// Where and how content is to be stored.
#[derive(Debug, Default)]
pub(super) struct New {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) class: String,
    pub(super) head: Head,
    pub(super) tags: Vec<(String, String)>,
    pub(super) condition: WriteIf,
}

/// What was stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) etag: String,
    pub(super) sum: Sum,
    pub(super) size: u64,
    pub(super) written: Written,
}

impl Objects {
    /// Stores content as an object. Conditions are checked in the transaction that writes.
    pub(super) async fn store(&self, new: New, content: Content) -> S3Result<Stored> {
        self.store
            .write(move |change| {
                let bucket = object::bucket(change, &new.bucket)?;
                if new.condition.any() {
                    new.condition.check(object::latest(change, &bucket, &new.key)?.as_ref())?;
                }
                let (etag, sum, size) = (hex(&content.md5), content.sum.clone(), content.size);
                let blob = change.keep(content)?;
                let draft = Draft {
                    key: &new.key,
                    marker: false,
                    size,
                    etag: etag.clone(),
                    class: new.class,
                    sum: Some(sum.clone()),
                    head: &new.head,
                    tags: &new.tags,
                    blob: Some(blob),
                };
                let written = object::write(change, &bucket, &draft)?;
                Ok(Stored { etag, sum, size, written })
            })
            .await
    }
}
