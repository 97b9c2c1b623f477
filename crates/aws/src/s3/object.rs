//! Objects and their versions as rows of the database.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html>: in a bucket that never had
//! versioning, and in one whose versioning is suspended, an object is written as the version `null`, which replaces the
//! one there is.

use rusqlite::{Connection, OptionalExtension as _, Row};
use s3s::S3Result;
use s3s::dto::{ETag, Timestamp};

use super::checksum::Sum;
use super::content::Segment;
use super::fault;
use super::head::Head;
use super::store::{Change, View, database};

/// The version of objects that were written without versioning.
pub(super) const NULL: &str = "null";

/// A bucket.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) id: i64,
    /// `Enabled`, `Suspended`, or `None` when it never was.
    pub(super) versioning: Option<String>,
}

/// Finds a bucket.
pub(super) fn bucket(connection: &Connection, name: &str) -> S3Result<Bucket> {
    connection
        .prepare_cached("SELECT id, versioning FROM bucket WHERE name = ?1")
        .and_then(|mut select| {
            let row = select.query_row([name], |row| Ok(Bucket { id: row.get(0)?, versioning: row.get(1)? }));
            row.optional()
        })
        .map_err(database)?
        .ok_or_else(fault::no_such_bucket)
}

/// A version of an object, or a delete marker.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) id: i64,
    pub(super) key: String,
    /// The version's name: `null` or 32 digits.
    pub(super) name: String,
    pub(super) latest: bool,
    pub(super) marker: bool,
    pub(super) size: u64,
    /// Without quotes.
    pub(super) etag: String,
    /// Milliseconds since 1970.
    pub(super) modified: i64,
    pub(super) class: String,
    pub(super) sum: Option<Sum>,
    /// JSON texts, read when they are needed: listings don't.
    head: String,
    tags: String,
    /// `None` for markers and for objects of several parts.
    pub(super) blob: Option<i64>,
}

/// The columns that [`Version::read`] reads.
pub(super) const COLUMNS: &str = "id, key, version, latest, marker, size, etag, modified, class, sum, head, tags, blob";

impl Version {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            key: row.get(1)?,
            name: row.get(2)?,
            latest: row.get(3)?,
            marker: row.get(4)?,
            size: row.get(5)?,
            etag: row.get(6)?,
            modified: row.get(7)?,
            class: row.get(8)?,
            sum: row.get::<_, Option<String>>(9)?.as_deref().and_then(Sum::from_text),
            head: row.get(10)?,
            tags: row.get(11)?,
            blob: row.get(12)?,
        })
    }

    pub(super) fn head(&self) -> S3Result<Head> {
        serde_json::from_str(&self.head).map_err(fault::internal)
    }

    pub(super) fn tags(&self) -> S3Result<Vec<(String, String)>> {
        serde_json::from_str(&self.tags).map_err(fault::internal)
    }

    pub(super) fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    pub(super) fn modified(&self) -> Timestamp {
        timestamp(self.modified)
    }

    /// The version's name for a reply: none when the bucket never had versioning.
    pub(super) fn named(&self, bucket: &Bucket) -> Option<String> {
        bucket.versioning.is_some().then(|| self.name.clone())
    }
}

/// A stored time, in whole seconds as S3 tells it.
pub(super) fn timestamp(milliseconds: i64) -> Timestamp {
    let seconds = u64::try_from(milliseconds / 1000).unwrap_or_default();
    (std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).into()
}

/// The time in milliseconds since 1970.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// The newest version of a key; it may be a delete marker.
pub(super) fn latest(connection: &Connection, bucket: &Bucket, key: &str) -> S3Result<Option<Version>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM object WHERE bucket = ?1 AND key = ?2 AND latest = 1"))
        .and_then(|mut select| select.query_row((bucket.id, key), Version::read).optional())
        .map_err(database)
}

/// One version of a key.
pub(super) fn version(connection: &Connection, bucket: &Bucket, key: &str, name: &str) -> S3Result<Option<Version>> {
    let hexadecimal = name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit());
    if name != NULL && !hexadecimal {
        return Err(fault::invalid_argument("Invalid version id specified"));
    }
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM object WHERE bucket = ?1 AND key = ?2 AND version = ?3"))
        .and_then(|mut select| select.query_row((bucket.id, key, name), Version::read).optional())
        .map_err(database)
}

/// The version that a request reads: the newest, or the one it names. Delete markers are told as S3 tells them.
pub(super) fn readable(connection: &Connection, bucket: &Bucket, key: &str, name: Option<&str>) -> S3Result<Version> {
    let deleted = |error, found: &Version| {
        let error = fault::with_header(error, s3s::header::X_AMZ_DELETE_MARKER, "true");
        fault::with_header(error, s3s::header::X_AMZ_VERSION_ID, &found.name)
    };
    match name.filter(|name| !name.is_empty()) {
        Some(name) => {
            let found = version(connection, bucket, key, name)?.ok_or_else(fault::no_such_version)?;
            if found.marker {
                let refused =
                    s3s::s3_error!(MethodNotAllowed, "The specified method is not allowed against this resource.");
                return Err(deleted(refused, &found));
            }
            Ok(found)
        }
        None => match latest(connection, bucket, key)? {
            Some(found) if found.marker => Err(deleted(fault::no_such_key(), &found)),
            Some(found) => Ok(found),
            None => Err(fault::no_such_key()),
        },
    }
}

/// The content of a version, one piece for each part.
pub(super) fn segments(view: &View<'_>, found: &Version) -> S3Result<Vec<Segment>> {
    let blobs = match found.blob {
        Some(blob) => vec![blob],
        None => part_blobs(view, found.id)?,
    };
    blobs.into_iter().map(|blob| view.segment(blob)).collect()
}

fn part_blobs(connection: &Connection, object: i64) -> S3Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT blob FROM object_part WHERE object = ?1 ORDER BY number")
        .and_then(|mut select| select.query_map([object], |row| row.get(0))?.collect())
        .map_err(database)
}

/// A version to be written.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) key: &'a str,
    pub(super) marker: bool,
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) class: String,
    pub(super) sum: Option<Sum>,
    pub(super) head: &'a Head,
    pub(super) tags: &'a [(String, String)],
    pub(super) blob: Option<i64>,
}

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) id: i64,
    /// The version's name for a reply.
    pub(super) version: Option<String>,
    pub(super) modified: i64,
}

/// Writes a version, which becomes the newest.
pub(super) fn write(change: &mut Change<'_>, bucket: &Bucket, draft: &Draft<'_>) -> S3Result<Written> {
    let enabled = bucket.versioning.as_deref() == Some("Enabled");
    let name = if enabled { uuid::Uuid::new_v4().simple().to_string() } else { NULL.to_owned() };
    if !enabled && let Some(old) = version(change, bucket, draft.key, NULL)? {
        erase(change, &old)?;
    }
    if bucket.versioning.is_some() {
        change
            .prepare_cached("UPDATE object SET latest = 0 WHERE bucket = ?1 AND key = ?2 AND latest = 1")
            .and_then(|mut update| update.execute((bucket.id, draft.key)))
            .map_err(database)?;
    }
    let modified = now();
    let head = serde_json::to_string(draft.head).map_err(fault::internal)?;
    let tags = serde_json::to_string(draft.tags).map_err(fault::internal)?;
    change
        .prepare_cached(
            "INSERT INTO object (bucket, key, version, latest, marker, size, etag, modified, class, sum, head, tags, blob)
             VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )
        .and_then(|mut insert| {
            insert.execute(rusqlite::params![
                bucket.id,
                draft.key,
                name,
                draft.marker,
                draft.size,
                draft.etag,
                modified,
                draft.class,
                draft.sum.as_ref().map(Sum::to_text),
                head,
                tags,
                draft.blob,
            ])
        })
        .map_err(database)?;
    let id = change.last_insert_rowid();
    Ok(Written { id, version: bucket.versioning.is_some().then_some(name), modified })
}

/// Removes a version and its content. Which version is the newest is not looked at.
pub(super) fn erase(change: &mut Change<'_>, version: &Version) -> S3Result<()> {
    let parts = if version.blob.is_none() && !version.marker { part_blobs(change, version.id)? } else { Vec::new() };
    if !parts.is_empty() {
        change
            .prepare_cached("DELETE FROM object_part WHERE object = ?1")
            .and_then(|mut delete| delete.execute([version.id]))
            .map_err(database)?;
    }
    change
        .prepare_cached("DELETE FROM object WHERE id = ?1")
        .and_then(|mut delete| delete.execute([version.id]))
        .map_err(database)?;
    parts.into_iter().chain(version.blob).try_for_each(|blob| change.forget(blob))
}

/// Makes the newest of a key's versions the latest, after the latest was erased.
pub(super) fn promote(change: &mut Change<'_>, bucket: &Bucket, key: &str) -> S3Result<()> {
    change
        .prepare_cached(
            "UPDATE object SET latest = 1
             WHERE id = (SELECT max(id) FROM object WHERE bucket = ?1 AND key = ?2)",
        )
        .and_then(|mut update| update.execute((bucket.id, key)))
        .map_err(database)?;
    Ok(())
}
