//! Files that say where the items are: an S3 inventory's `manifest.json`, and the manifest of an Athena `UNLOAD`.

use std::io::Read as _;
use std::sync::Arc;

use serde_json::Value;

use super::{CsvFormat, CsvHeader, Fetch, TransferError};
use crate::sentences;

/// The most bytes that a compressed file may grow to: AWS reads files of up to 10 GB, a laptop's memory holds less.
const MOST_UNPACKED_BYTES: u64 = 2 << 30;

/// The lists of an S3 inventory and how to read them
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html>).
pub(super) fn inventory(body: &[u8]) -> Result<(CsvFormat, Vec<Fetch>), TransferError> {
    let manifest: Value = serde_json::from_slice(body)
        .map_err(|error| TransferError::reader(sentences::unreadable("MANIFEST", &error)))?;
    let text = |name: &str| {
        manifest
            .get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| TransferError::reader(sentences::unreadable("MANIFEST", &format!("it has no '{name}'"))))
    };
    let format = text("fileFormat")?;
    if format != "CSV" {
        let cause = format!("An S3 inventory in the format {format} is not supported by batuta, only CSV is.");
        return Err(TransferError::reader(cause));
    }
    let bucket = text("destinationBucket")?;
    let bucket: Arc<str> = bucket.rsplit(":::").next().unwrap_or(bucket).into();
    let header = text("fileSchema")?.split(',').map(|name| Arc::from(name.trim())).collect();
    let files = manifest.get("files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let files = files.iter().filter_map(|file| file.get("key")?.as_str());
    let fetches =
        files.map(|key| Fetch::Object { bucket: bucket.clone(), key: key.into(), version_id: None }).collect();
    Ok((CsvFormat { header: CsvHeader::Given(header), delimiter: b',' }, fetches))
}

/// The files of an Athena manifest: one `s3://bucket/key` on each line.
pub(super) fn athena(body: &[u8]) -> Result<Vec<Fetch>, TransferError> {
    String::from_utf8_lossy(body)
        .lines()
        .map(|line| line.trim().trim_matches('"'))
        .filter(|line| !line.is_empty())
        .map(|line| {
            let place = line.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("s3://")).map(|_| &line[5..]);
            let (bucket, key) = place.and_then(|place| place.split_once('/')).ok_or_else(|| {
                TransferError::reader(sentences::unreadable("MANIFEST", &format!("'{line}' is no place in S3")))
            })?;
            Ok(Fetch::Object { bucket: bucket.into(), key: key.into(), version_id: None })
        })
        .collect()
}

/// The content of a file, unpacked when it was compressed with gzip.
pub(super) fn unpacked(body: &[u8]) -> Result<std::borrow::Cow<'_, [u8]>, TransferError> {
    if !body.starts_with(&[0x1f, 0x8b]) {
        return Ok(body.into());
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(body)
        .take(MOST_UNPACKED_BYTES + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| TransferError::reader(sentences::unreadable("GZIP", &error)))?;
    if unpacked.len() as u64 > MOST_UNPACKED_BYTES {
        return Err(TransferError::reader("A compressed file holds more than 2 GiB, which batuta does not read."));
    }
    Ok(unpacked.into())
}
