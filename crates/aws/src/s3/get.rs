//! `GetObject` and `HeadObject`.

use std::ops::Range as Span;

use http::StatusCode;
use s3s::dto::{
    ChecksumMode, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, Range, StorageClass,
    StreamingBlob,
};
use s3s::{S3Result, s3_error};

use super::checksum::{self, Sum};
use super::condition::ReadIf;
use super::content::Reading;
use super::head::Head;
use super::object::{self, Bucket, Version};
use super::store::{View, database};
use super::{Objects, encrypted, fault};

/// What is asked for of an object.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version: Option<String>,
    pub(super) range: Option<Range>,
    pub(super) part: Option<i32>,
    pub(super) condition: ReadIf,
    /// Whether the checksum is wanted.
    pub(super) sum: bool,
}

/// An object that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) bucket: Bucket,
    pub(super) version: Version,
    pub(super) head: Head,
    tags: usize,
    /// `None` for the whole.
    range: Option<Span<u64>>,
    parts: Option<i32>,
    sum: Option<Sum>,
    /// Not there when only the head was asked for.
    pub(super) reading: Option<Reading>,
}

impl Found {
    fn length(&self) -> u64 {
        self.range.as_ref().map_or(self.version.size, |range| range.end - range.start)
    }

    fn content_range(&self) -> Option<String> {
        let range = self.range.as_ref()?;
        Some(format!("bytes {}-{}/{}", range.start, range.end - 1, self.version.size))
    }

    fn class(&self) -> Option<StorageClass> {
        (self.version.class != StorageClass::STANDARD).then(|| StorageClass::from(self.version.class.clone()))
    }
}

impl Objects {
    /// Finds an object and, when `read`, makes its content ready to be read.
    pub(super) async fn find(&self, asked: Asked, read: bool) -> S3Result<Found> {
        self.store.read(move |view| find(view, &asked, read)).await
    }
}

fn find(view: &View<'_>, asked: &Asked, read: bool) -> S3Result<Found> {
    let bucket = object::bucket(view, &asked.bucket)?;
    let version = object::readable(view, &bucket, &asked.key, asked.version.as_deref())?;
    asked.condition.check(&version)?;
    let mut sum = version.sum.clone();
    let (mut range, mut parts) = (None, None);
    if let Some(number) = asked.part {
        if asked.range.is_some() {
            return Err(fault::invalid_request("Cannot specify both Range header and partNumber query parameter"));
        }
        let (span, part_sum, count) = part(view, &version, number)?;
        sum = part_sum.or(sum);
        range = (version.size > 0).then_some(span);
        parts = count;
    } else if let Some(wanted) = asked.range {
        let span = wanted.check(version.size).map_err(|_| {
            let refused = s3_error!(InvalidRange, "The requested range is not satisfiable");
            fault::with_header(refused, http::header::CONTENT_RANGE, &format!("bytes */{}", version.size))
        })?;
        range = Some(span);
        sum = None;
    }
    let reading = if read {
        let whole = 0..version.size;
        Some(Reading::new(object::segments(view, &version)?, range.as_ref().unwrap_or(&whole)))
    } else {
        None
    };
    let tags = version.tags()?.len();
    Ok(Found { head: version.head()?, bucket, version, tags, range, parts, sum: sum.filter(|_| asked.sum), reading })
}

/// The bytes of one part, its checksum, and how many there are.
fn part(view: &View<'_>, version: &Version, number: i32) -> S3Result<(Span<u64>, Option<Sum>, Option<i32>)> {
    let beyond = || {
        fault::custom(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
        )
    };
    if number < 1 {
        return Err(fault::invalid_argument("Part number must be an integer between 1 and 10000, inclusive"));
    }
    if version.blob.is_some() {
        return if number == 1 { Ok((0..version.size, None, None)) } else { Err(beyond()) };
    }
    let sizes: Vec<(u64, String)> = view
        .prepare_cached("SELECT size, sum FROM object_part WHERE object = ?1 ORDER BY number")
        .and_then(|mut select| select.query_map([version.id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(database)?;
    let index = number as usize - 1;
    let (size, sum) = sizes.get(index).ok_or_else(beyond)?;
    let begin: u64 = sizes[..index].iter().map(|(size, _)| size).sum();
    Ok((begin..begin + size, Sum::from_text(sum), i32::try_from(sizes.len()).ok()))
}

fn wants(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

/// Fills the members that both replies have.
macro_rules! reply {
    ($kind:ident, $found:expr) => {{
        let found = $found;
        let mut output = $kind {
            accept_ranges: Some("bytes".into()),
            cache_control: found.head.cache_control.clone(),
            checksum_type: found.sum.as_ref().map(Sum::kind),
            content_disposition: found.head.content_disposition.clone(),
            content_encoding: found.head.content_encoding.clone(),
            content_language: found.head.content_language.clone(),
            content_length: i64::try_from(found.length()).ok(),
            content_range: found.content_range(),
            content_type: Some(found.head.content_type.clone().unwrap_or_else(|| Head::CONTENT_TYPE.to_owned())),
            e_tag: Some(found.version.etag()),
            expires: found.head.expires(),
            last_modified: Some(found.version.modified()),
            metadata: Some(found.head.metadata()),
            parts_count: found.parts,
            server_side_encryption: Some(encrypted()),
            storage_class: found.class(),
            version_id: found.version.named(&found.bucket),
            ..Default::default()
        };
        checksum::put!(output, found.sum.as_ref());
        output
    }};
}

pub(super) async fn get(objects: &Objects, input: GetObjectInput) -> S3Result<GetObjectOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    super::head::refuse(&[("a customer's encryption key", input.sse_customer_algorithm.is_some())])?;
    let asked = Asked {
        bucket: input.bucket,
        key: input.key,
        version: input.version_id,
        range: input.range,
        part: input.part_number,
        condition: ReadIf {
            matches: input.if_match,
            none_matches: input.if_none_match,
            modified_since: input.if_modified_since,
            unmodified_since: input.if_unmodified_since,
        },
        sum: wants(input.checksum_mode.as_ref()),
    };
    let mut found = objects.find(asked, true).await?;
    let body = found.reading.take().map(StreamingBlob::from);
    let mut output = reply!(GetObjectOutput, &found);
    output.tag_count = i32::try_from(found.tags).ok().filter(|tags| *tags > 0);
    output.body = body;
    Ok(output)
}

pub(super) async fn head(objects: &Objects, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    super::head::refuse(&[("a customer's encryption key", input.sse_customer_algorithm.is_some())])?;
    let asked = Asked {
        bucket: input.bucket,
        key: input.key,
        version: input.version_id,
        range: input.range,
        part: input.part_number,
        condition: ReadIf {
            matches: input.if_match,
            none_matches: input.if_none_match,
            modified_since: input.if_modified_since,
            unmodified_since: input.if_unmodified_since,
        },
        sum: wants(input.checksum_mode.as_ref()),
    };
    let found = objects.find(asked, false).await?;
    let mut output = reply!(HeadObjectOutput, &found);
    if let Some(kind) = input.response_content_type {
        output.content_type = Some(kind);
    }
    output.cache_control = input.response_cache_control.or(output.cache_control);
    output.content_disposition = input.response_content_disposition.or(output.content_disposition);
    output.content_encoding = input.response_content_encoding.or(output.content_encoding);
    output.content_language = input.response_content_language.or(output.content_language);
    output.expires = input.response_expires.or(output.expires);
    Ok(output)
}
